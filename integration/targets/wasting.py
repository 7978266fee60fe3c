# SPDX-License-Identifier: MIT
"""What could be done without, and how much that would save.

The first line it is told: it says, as JSON, [kind, owner, objects, saved] each.
What is saved, copies tell that are really made.
"""
import collections
import gc
import json
import sys

from inuse import in_use

MANY = 20000		# instances
MARK = "waste of text "


class Plain(object):
    def __init__(self, i):
        self.a = self.b = self.c = None
        self.d = i is None


class Slotted(object):
    __slots__ = ("a", "b", "c", "d")

    def __init__(self, i):
        self.a = self.b = self.c = None
        self.d = i is None


class Watched(object):
    """One has a weak reference."""

    def __init__(self):
        self.first = None


class Filled(dict):
    pass


ANY_KEYS = set()	# id of dicts that were not made for str


def shrunk(container, keep, remove):
    for key in list(container)[keep:]:
        remove(container, key)
    return container


def sparse_dicts():
    made = []
    for size in 6, 11, 200, 300, 1000, 70000:
        for keep in 2, 5, 6, size // 3 - 1:
            words = {"%d of %d" % (i, size): None for i in range(size)}
            numbers = {i + 1000: None for i in range(size)}
            both = dict.fromkeys(words)
            both[1] = None
            for d in words, numbers, both:
                shrunk(d, min(keep, size), dict.__delitem__)
                made.append(d)
                if d is not words:
                    ANY_KEYS.add(id(d))
    filled = Filled.fromkeys(range(1000))
    made.append(shrunk(filled, 10, dict.__delitem__))
    ANY_KEYS.add(id(filled))
    return made


def smallest(d):
    """Two copies, for neither has always the smallest table that there may be.

    From 3.11 on tables for str alone are of another kind."""
    grown = {}
    if id(d) in ANY_KEYS:
        grown[1] = None
        del grown[1]
    for key in d:
        grown[key] = None
    presized = dict.fromkeys(dict(d) if type(d) is Filled else d)
    return min(grown, presized, key=sys.getsizeof)


def sparse_sets():
    made = []
    for size in 5, 6, 8, 21, 100, 1000, 60000:
        for keep in 1, 4, 5, 7, 8, 16, size:
            made.append(shrunk(set(range(size)), keep, set.discard))
            made.append(frozenset(range(size)))
    return made


def sparse_lists():
    made = []
    for size in 1, 2, 100, 101, 1000:
        for keep in size, size // 2, size // 2 + 1:
            items = [None] * size
            del items[keep:]
            made.append(items)
        items = []
        for i in range(size % 7):
            items.append(None)
        made.append(items)
    return made


EMPTY = [make() for make in (dict, list, set, lambda:
                             collections.defaultdict(list)) * 100]
ONE = [{i: None} for i in range(300)] + [{"one": None} for i in range(300)]
SPARSE_DICTS, SPARSE_SETS = sparse_dicts(), sparse_sets()
SPARSE_LISTS = sparse_lists()
SHARED = [i + 0.25 for i in range(50)]
FLOATS = [i + 0.5 for i in range(5000)] + SHARED
INTS = [10 ** 6 + i for i in range(5000)] + [1, 2, 3]
WIDE = [2 ** 80 + i for i in range(100)]	# no array has them
MIXED = [i + 0.125 for i in range(100)] + [None]
FEW = [i + 0.125 for i in range(10)]
TEXTS = [MARK + str(i % 10) for i in range(1000)] + \
    [(MARK + u"\u20ac%d" % (i % 3)) for i in range(100)]
BYTES = [(MARK + str(i % 7)).encode() for i in range(700)]
BYTES.append(b"z" * 100000 + str(MANY).encode())
BYTES.append(b"z" * 100000 + str(MANY).encode())
CACHE = {"b": bytearray(5)}

gc.collect()
before = in_use()
PLAIN = [Plain(i) for i in range(MANY)]
between = in_use()
SLOTTED = [Slotted(i) for i in range(MANY)]
after = in_use()
WATCHED = [Watched() for _ in range(2000)]


def size(items):
    return sum(map(sys.getsizeof, items))


def row(kind, owner, wasting, saved):
    return [kind, "__main__." + owner, len(wasting), sum(map(saved, wasting))]


def less(of, copy):
    return sys.getsizeof(of) - sys.getsizeof(copy)


def without_last(items):
    """Of those that are equal, the one that takes most stays."""
    groups = collections.defaultdict(list)
    for item in items:
        groups[item].append(sys.getsizeof(item))
    return [sum(sizes) - max(sizes) for sizes in groups.values()], \
        sum(len(sizes) - 1 for sizes in groups.values())


def truth():
    sparse = [d for d in SPARSE_DICTS
              if len(d) > 1 and less(d, smallest(d)) > less(d, d)]
    # A class of Python adds to the dict itself.
    added = less(Filled({1: None}), {1: None})
    halves = [items for items in SPARSE_LISTS if items and
              less(items, items[:]) >= less(items[:], [])]
    sets = [s for s in SPARSE_SETS if s and less(s, set(s)) > 0]
    empty = [items for items in SPARSE_LISTS if not items]
    yield row("empty", "EMPTY", EMPTY, sys.getsizeof)
    yield row("empty", "SPARSE_LISTS", empty, sys.getsizeof)
    yield row("one_entry", "ONE", ONE,
              lambda d: less(d, tuple(d.items())[0]))
    yield row("sparse_dict", "SPARSE_DICTS", sparse,
              lambda d: less(d, smallest(d)) -
              (added if type(d) is Filled else 0))
    yield row("sparse_set", "SPARSE_SETS", sets, lambda s: less(s, set(s)))
    yield row("sparse_list", "SPARSE_LISTS", halves,
              lambda items: less(items, items[:]))
    yield row("numbers", "FLOATS", FLOATS[:-50], sys.getsizeof)
    yield row("numbers", "INTS", INTS[:-3], sys.getsizeof)
    for name, items in ("TEXTS", TEXTS), ("BYTES", BYTES):
        saved, n = without_last(items)
        yield ["equal", "__main__." + name, n, sum(saved)]
    # As measured: what others do is in it, too.
    yield ["slots", "__main__.Plain", MANY,
           (between - before) - (after - between)]


def main():
    print("ready")
    sys.stdout.flush()
    sys.stdin.readline()
    print(json.dumps(list(truth())))
    sys.stdout.flush()
    sys.stdin.readline()


main()
