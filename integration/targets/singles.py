# SPDX-License-Identifier: MIT
"""One object a line of source, to be weighed each by itself.

With tracemalloc on it writes the sizes of the blocks that each line
allocated, else the address of the object that the line made.  Both are the
same run, so line for line they must agree.
"""
import array	# noqa: F401, the sources use it, and the next three
import collections
import ctypes	# noqa: F401
import io	# noqa: F401
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
    "bytes(n)", "'x' * (n + 2)", "chr(233) * (n + 2)",
    "chr(8364) * (n + 2)", "chr(128512) * (n + 2)", "1 << (30 * n + 300)",
    "tuple(numbers[:n + 1])", "[None] * n", "set(numbers[:n])",
    "frozenset(numbers[:n + 1])", "numbered[n].copy()", "named[n].copy()",
    "collections.deque(numbers[:n])",
    "array.array('d', numbers[:n])",
    "Sequence(numbers[:n])", "Row(rows[n])", "Number(1 << (30 * n))",
    "Words('w' * n)",
]
if sys.version_info < (3, 15):
    SOURCES += ["bytearray(n)"]		# later its bytes are an object apart
ONCE = [
    "object()", "Plain()", "Three()", "Slotted()", "2.5 * len(names)",
    "names and i * 2", "slice(names)", "range(len(names))", "Exception(1)",
    "collections.OrderedDict()", "property()", "ctypes.c_int()",
    "iter(numbers)", "collections.defaultdict(list)", "io.StringIO()",
    "ValueError()",
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


def use_up_free_lists():
    """A block that was freed before tracemalloc began has no trace."""
    for n in range(1, 21):
        yield [tuple(numbers[:n]) for i in range(2100)]
    yield [[] for i in range(200)], [{} for i in range(200)]
    yield [float(i) for i in range(300)], [10000 + i for i in range(300)]
    yield [{i: i} for i in range(200)], [[].append for i in range(600)]
    yield [complex(i, 1) for i in range(200)], [range(i) for i in range(50)]
    yield [iter(numbers) for i in range(50)], [slice(i) for i in range(9)]


rows = {n: tuple(numbers[:n]) for n in SIZES}
numbered = {n: dict.fromkeys(numbers[:n]) for n in SIZES}
named = {n: dict.fromkeys(names[:n]) for n in SIZES}
i = 1j
chr(233)
codes = compiled()
space = dict(globals())
kept = [None] * len(codes)
if os.environ.get("WEIGH"):
    tracemalloc.start(1)
used_up = list(use_up_free_lists())
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
