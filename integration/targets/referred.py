# SPDX-License-Identifier: MIT
"""Who refers to what, as gc.get_referrers() says: a line of JSON for each object,
and first a line of the addresses of all that could.

It adds nothing that refers to anything, and lets go of its lists when it is
done.  Frames are left out: they run on.
"""
import collections
import functools
import gc
import json
import os
import sys
import types

MOST = 1200		# of objects asked about, at most
MINE = ("shared", "Holder", "Slotted", "method", "partial", "walking", "table",
        "nested")


class Slotted(object):
    __slots__ = ("one", "other")


class Holder(object):
    kept = {}

    def __init__(self, held):
        self.held = held
        self.kept[held[0]] = self

    def method(self):
        return self.held


def closing(held):
    def inner(more=held):
        return held, more
    return inner


def generating(held):
    local = [held]
    yield local


shared = ["shared"]
slotted = Slotted()
slotted.one = slotted.other = shared
holders = [Holder((i, shared)) for i in range(50)]
method = holders[3].method
partial = functools.partial(closing(shared), shared, key=shared)
walking = generating(shared)
next(walking)
table = {"a": shared, (1, "b"): shared, 2: {3: shared}}
nested = [[[shared], (shared, frozenset([7]), {8, 9})],
          collections.deque([shared, method]),
          collections.OrderedDict(a=shared)]


def wanted(everything, i):
    """The i-th, and of what it refers to some that the collector does not
    know."""
    yield everything[i]
    for to in gc.get_referents(everything[i])[:2]:
        if not gc.is_tracked(to):
            yield to


def referrers(of, everything):
    return ["%x" % id(who) for who in gc.get_referrers(of)
            if who is not everything and
            not isinstance(who, (types.FrameType, types.GeneratorType))]


def tell(path):
    everything = gc.get_objects()
    step = len(everything) // MOST + 1
    with open(path, "w") as f:
        f.write(json.dumps(["%x" % id(o) for o in everything
                            if not isinstance(o, (types.FrameType,
                                                  types.GeneratorType))]))
        for i in range(0, len(everything), step):
            for of in wanted(everything, i):
                f.write('\n["%x", %s]' % (
                    id(of), json.dumps(referrers(of, everything))))
        del of
        for name in MINE:
            f.write('\n["%x", %s]' % (
                id(globals()[name]),
                json.dumps(referrers(globals()[name], everything))))


def main():
    gc.collect()
    gc.disable()
    tell(os.environ["PYHEAPSPY_TRUTH"])
    print("ready")
    sys.stdout.flush()
    sys.stdin.readline()


main()
