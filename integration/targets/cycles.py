# SPDX-License-Identifier: MIT
"""Cycles that nobody has collected, of many kinds, and what the collector says.

It answers lines.  The first: it collects, and what DEBUG_SAVEALL then saves is a
line of JSON, [id, type] each.  Arguments:

    frozen	cycles are frozen before, but for one
    suspended	some are of generators, which their finalizers close
"""
import collections
import functools
import gc
import json
import sys
import weakref


class Node(object):
    pass


class Session(object):
    __slots__ = ("node", "rows", "__weakref__")


class Tree(dict):
    pass


def pair(i):
    node, session = Node(), Session()
    node.session, session.node = session, node
    node.text = "text %d" % i
    session.rows = [i, "row %d" % i, (i, [i])]


def closure():
    def inner():
        return inner
    return inner


def generator():
    me = [generator]
    kept = yield me
    yield kept, me


def suspended():
    g = generator()
    next(g)
    g.send([g])


def failing():
    try:
        raise ValueError("kept")
    except ValueError as error:
        kept = error
    return kept and None


def containers():
    a, b = [], {}
    a.append(b)
    b["a"] = a
    tree = Tree()
    tree["tree"] = (tree,)
    queue = collections.deque()
    queue.extend([queue] * 200)
    ordered = collections.OrderedDict()
    ordered["me"] = ordered
    default = collections.defaultdict(list)
    default["me"].append(default)
    alone = []
    alone.append(alone)
    members = Node()
    members.set = {members, "member"}
    members.partial = functools.partial(print, members)
    members.method = members.__repr__
    members.reference = weakref.ref(members)
    members.ours = {"big": list(range(1000)), "own": "x" * 1000}


def classes():
    class Local(object):
        held = []
    Local.held.append(Local())


def long_list(n):
    first = last = Node()
    for _ in range(n):
        last.next = Node()
        last = last.next
    last.next = first


def garbage():
    for i in range(300):
        pair(i)
    kinds = [closure, failing, containers, classes]
    if "suspended" in sys.argv:
        kinds.append(suspended)
    for make in kinds:
        for i in range(3):
            make()
    long_list(20000)


def saved():
    """What is alive may still be told from what is not by this alone."""
    del gc.garbage[:]
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    return gc.garbage


def main():
    gc.collect()
    gc.disable()
    garbage()
    if "frozen" in sys.argv:
        gc.freeze()
        pair(0)
    print("ready")
    sys.stdout.flush()
    sys.stdin.readline()
    found = saved()
    print(json.dumps([["0x%x" % id(o), type(o).__name__] for o in found]))
    sys.stdout.flush()
    sys.stdin.readline()


main()
