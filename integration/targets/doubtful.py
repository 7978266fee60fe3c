# SPDX-License-Identifier: MIT
"""What looks like an object and is none, and what is one and does not fit.

Says which objects it made that do not fit.  Asked to fill, it has C's allocator
give it blocks where objects lived, writes over their counts alone, and says in
how many the old type still stands behind.
"""
import ctypes
import json
import os
import sys

N = 2000
WORDS = (b"allow\0\0\0", (5).to_bytes(8, "little"), (1).to_bytes(8, "little"))


class A:
    pass


class B:
    pass


class C:
    pass


class D:
    pass


class Used:
    """Values that are classes, side by side."""

    def __init__(self):
        self.a = self.b = self.c = self.d = C
        self.e = B
        self.f = D
        self.g = 1


def shortened():
    """Tuples that C code took items from, without giving anything back."""
    made = []
    for n, left in ((2, 1), (3, 1), (7, 0), (20, 1), (40, 12), (300, 2)):
        for i in range(20):
            one = tuple([[i]] * n)
            ctypes.c_ssize_t.from_address(id(one) + 16).value = left
            made.append(one)
    return made


def with_more():
    """Objects that asked for more than their type says (3.12+)."""
    try:
        from _testcapi import ObjExtraData
    except ImportError:
        return []

    class Plain(ObjExtraData):
        pass

    class Bare(ObjExtraData):
        __slots__ = ()

    class Slot(ObjExtraData):
        __slots__ = ("a",)

    made = [Plain(), Bare(), Slot(), ObjExtraData(), Plain()]
    made[-1].x = [1]
    return made


def fill(held, size, words):
    """Blocks of C's with a word each; in how many is a type behind it?"""
    for i in range(len(held)):
        held[i] = malloc(size)
        ctypes.memmove(held[i], words[i % len(words)], 8)
    # What malloc() returns has lived there for a moment, too.
    types = id(object), id(float), id(int)
    return sum(ctypes.c_size_t.from_address(at + 8).value in types
               for at in held)


malloc = ctypes.pythonapi.PyMem_Malloc
malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
in_lists = [[A, B, C, D] for i in range(1000)]
in_dicts = [dict.fromkeys([A, B, C, D]) for i in range(100)]
used = [Used() for i in range(500)]
loose = shortened() + with_more()
with open(os.environ["PYHEAPSPY_TRUTH"], "w") as f:
    json.dump({"loose": [id(one) for one in loose], "used": len(used)}, f)
held = [None] * N, [None] * N, [None] * N	# made before: nothing else takes the blocks
more = [i + 0.25 for i in range(N)]
gone = [object() for i in range(N)], [i + 0.5 for i in range(N)]
for some in gone:
    del some[:]
print("ready %d" % os.getpid(), flush=True)
sys.stdin.readline()
# A float takes 24 bytes, but its count no more than 8.
print(fill(held[0], 8, WORDS), fill(held[1], 24, WORDS[:2]), flush=True)
sys.stdin.readline()
# These cannot be told from what C code holds for itself.
del more[:]
print(fill(held[2], 24, WORDS[2:]), flush=True)
sys.stdin.readline()
