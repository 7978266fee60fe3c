# SPDX-License-Identifier: MIT
"""One object a line of source, to be weighed each by itself.

With tracemalloc on it writes the sizes of the blocks that each line
allocated, else the address of the object that the line made.  Both are the
same run, so line for line they must agree.
"""
import array
import collections
import ctypes
import decimal
import io
import json
import os
import signal
import sys
import tracemalloc

SIZES = (0, 1, 2, 3, 5, 6, 7, 8, 9, 15, 16, 17, 30, 31, 58, 59, 60, 61, 63, 64,
         65, 100, 400, 440, 463, 464, 480, 496, 512, 600, 3000)
numbers = list(range(1000, 1000 + max(SIZES)))
names = ["name%d" % n for n in numbers]


class Plain(object):
    pass


class Three(object):
    def __init__(self):
        self.a = self.b = self.c = None


class Slotted(object):
    __slots__ = ("a", "b", "c")


class Number(int):
    pass


class Words(str):
    pass


class Row(tuple):
    pass


class Sequence(list):
    pass


for warm in range(50):
    Three(), Plain()	# the type settles how many attributes there are

SOURCES = [
    "bytes(n)", "bytearray(n)", "'x' * (n + 2)", "chr(233) * (n + 2)",
    "chr(8364) * (n + 2)", "chr(128512) * (n + 2)", "1 << (30 * n + 300)",
    "tuple(numbers[:n + 1])", "[None] * n", "set(numbers[:n])",
    "frozenset(numbers[:n + 1])", "dict.fromkeys(numbers[:n])",
    "dict.fromkeys(names[:n])", "collections.deque(numbers[:n])",
    "array.array('d', numbers[:n])", "io.BytesIO(bytes(n))",
    "Sequence(numbers[:n])", "Row(numbers[:n])", "Number(1 << (30 * n))",
    "Words('w' * n)",
]
ONCE = [
    "object()", "Plain()", "Three()", "Slotted()", "2.5 * len(names)",
    "complex(len(names), 1)", "slice(names)", "range(1, 2000, 3)",
    "Exception(1)", "collections.OrderedDict()", "memoryview(b'')",
    "decimal.Decimal(numbers[0])", "property()", "staticmethod(len)",
    "ctypes.c_int()", "iter(numbers)", "super(Three, Three())",
    "collections.defaultdict(list)", "io.StringIO()", "ValueError()",
]


def compiled():
    """(source, code): each has a file name of its own to be found by."""
    made = [(source, n) for source in SOURCES for n in SIZES]
    made += [(source, 0) for source in ONCE]
    return [("%s, n = %d" % (source, n), n,
             compile("made = " + source, "<single %d>" % i, "exec"))
            for i, (source, n) in enumerate(made)]


def make(code, n, space):
    space["n"] = n
    space["made"] = None
    exec(code, space)
    return space["made"]


codes = compiled()
space = dict(globals())
kept = [None] * len(codes)
if os.environ.get("WEIGH"):
    tracemalloc.start(1)
for i, (source, n, code) in enumerate(codes):
    kept[i] = make(code, n, space)
space["made"] = None
if os.environ.get("WEIGH"):
    taken = tracemalloc.take_snapshot()
    tracemalloc.stop()
    blocks = collections.defaultdict(list)
    for trace in taken.traces:
        blocks[trace.traceback[0].filename].append(trace.size)
    told = [(source, sorted(blocks["<single %d>" % i]))
            for i, (source, n, code) in enumerate(codes)]
else:
    told = [(source, id(kept[i])) for i, (source, n, code) in enumerate(codes)]
with open(os.environ["PYHEAPSPY_TRUTH"], "w") as f:
    json.dump(told, f)
del told
sys.stdout.write("ready %d\n" % os.getpid())
sys.stdout.flush()
while True:
    signal.pause()
