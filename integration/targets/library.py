# SPDX-License-Identifier: MIT
"""The C types of the standard library that ordinary programs are full of."""
import array
import asyncio
import collections
import csv
import ctypes
import datetime
import decimal
import fractions
import functools
import hashlib
import heapq
import io
import itertools
import json
import mmap
import operator
import pickle
import queue
import random
import re
import select
import socket
import struct
import sys
import tempfile
import threading
import time
import types
import typing
import unicodedata
import xml.etree.ElementTree as elements
import zlib

import truth

# Builds without their libraries lack these.
try:
    import bz2
except ImportError:
    bz2 = None
try:
    import lzma
except ImportError:
    lzma = None
try:
    import sqlite3
except ImportError:
    sqlite3 = None

SIZES = (0, 1, 2, 3, 7, 8, 9, 31, 32, 33, 62, 63, 64, 65, 66, 127, 128, 129,
         500, 511, 512, 513, 5000)


def containers():
    for n in SIZES:
        turned = collections.deque(range(n))
        turned.rotate(n // 3)
        eaten = collections.deque(range(n))
        for i in range(n // 2):
            eaten.popleft()
        yield collections.deque(range(n)), turned, eaten
        yield collections.deque(range(n), maxlen=10)
        ordered = collections.OrderedDict((str(i), [i]) for i in range(n))
        mixed = collections.OrderedDict((i, str(i)) for i in range(n))
        for i in range(0, n, 3):
            del mixed[i]
        for i in range(n // 5):
            mixed["again", i] = i
        yield ordered, mixed, iter(ordered), ordered.items()
        tally = collections.defaultdict(list)
        for i in range(n):
            tally[i % 50].append(i)
        yield tally, collections.Counter(str(n) * n)
        yield [array.array(c, range(min(n, 100))) for c in "bBhHiIlLqQfd"]
        grown = array.array("d")
        for i in range(n):
            grown.append(i)
        yield grown, iter(grown)
    with_attribute = collections.OrderedDict(a=1)
    with_attribute.extra = ["attribute"]
    yield with_attribute, collections.ChainMap({}, {"a": 1})
    yield collections.UserDict(a=1), collections.UserList("abc")
    yield iter(collections.deque("ab")), reversed(collections.deque("ab"))


def files():
    handle, path = tempfile.mkstemp()
    with open(path, "w", encoding="utf-8") as f:
        f.write(u"line \u20ac\n" * 2000)
    for n in SIZES:
        buffer, text = io.BytesIO(b"x" * n), io.StringIO(u"\u20ac" * n)
        grown, typed = io.BytesIO(), io.StringIO()
        for i in range(min(n, 600)):
            grown.write(b"y")
            typed.write(u"\u20ac")
        read = io.BytesIO(b"z" * n)
        read.read(n // 2)
        read.getvalue()
        yield buffer, text, grown, typed, read, read.getbuffer()
    yield io.StringIO("a\r\nb", newline=None), io.StringIO("", newline="\r\n")
    opened = open(path, encoding="utf-8")
    opened.readline()
    yield opened, opened.buffer, opened.buffer.raw, open(path, "rb")
    yield open(path, "rb", buffering=0), open(path, "r+b")
    yield open(path, "rb", buffering=100), io.FileIO(path)
    writing = open(os_devnull, "w", newline="\r\n", errors="replace")
    writing.write("pending text")
    yield writing, open(os_devnull, "wb"), open(os_devnull, "wb", 300)
    closed = open(path)
    closed.close()
    yield closed, io.BufferedRandom(io.BytesIO(b"abc"))
    yield io.BufferedRWPair(io.BytesIO(), io.BytesIO())
    yield io.TextIOWrapper(io.BytesIO(b"abc"), write_through=True)
    yield io.IncrementalNewlineDecoder(None, True)
    noted = io.BytesIO(b"a")
    noted.attribute = ["on a file"]
    yield noted, mmap.mmap(-1, 5000), mmap.mmap(handle, 0)
    pair = socket.socketpair()
    yield pair, pair[0].makefile("rb"), select.poll()
    yield socket.timeout("late"), open(path).__iter__()


os_devnull = "/dev/null"


def times():
    zone = datetime.timezone(datetime.timedelta(hours=5, minutes=45), "name")
    yield datetime.datetime(2026, 1, 2, 3, 4, 5, 6), datetime.date(2026, 1, 2)
    yield datetime.datetime(2026, 1, 2, tzinfo=zone), datetime.time(1, 2)
    yield datetime.time(1, tzinfo=zone), datetime.timedelta(1, 2, 3)
    yield zone, datetime.timezone.utc, time.gmtime(0), time.localtime(0)
    yield datetime.timezone(datetime.timedelta(0, 60))
    try:
        import zoneinfo
        yield zoneinfo.ZoneInfo("Europe/Berlin"), zoneinfo.ZoneInfo("UTC")
    except Exception:
        pass


def numbers():
    for n in (0, 1, 3, 9, 18, 19, 20, 37, 76, 77, 78, 100, 1000):
        yield decimal.Decimal(10) ** n, decimal.Decimal("1" * n or "NaN")
    with decimal.localcontext() as context:
        context.prec = 500
        yield decimal.Decimal(1) / decimal.Decimal(7), context.copy()
    yield fractions.Fraction(1, 3), decimal.getcontext()
    yield random.Random(1), random.SystemRandom(), sum([1.5, 2])


@functools.lru_cache(maxsize=20)
def cached(*args):
    return args, [1]


@functools.lru_cache(maxsize=None)
def cached_for_ever(a, b=None):
    return [a]


@functools.singledispatch
def dispatched(a):
    """By type."""


@functools.lru_cache(maxsize=0)
def never_cached(a):
    return [a]


def functions():
    for i in range(30):
        cached(i), cached("a", i), cached(len), cached_for_ever(i)
        cached_for_ever(i, b=(i,)), never_cached(i)
    dispatched.register(int, str)
    dispatched(1)
    yield cached, cached_for_ever, never_cached, dispatched
    part = functools.partial(print, 1, sep="x")
    part.attribute = [1]
    yield part, functools.partial(part, 2), functools.partial(len)
    key = functools.cmp_to_key(lambda a, b: 0)
    yield key, key([1]), functools.reduce
    yield operator.itemgetter(1), operator.itemgetter("a", 2, [])
    yield operator.attrgetter("a"), operator.attrgetter("a.b", "c")
    yield operator.methodcaller("a"), operator.methodcaller("m", 1, k=[2])
    if hasattr(functools, "cached_property"):
        class Lazy:
            @functools.cached_property
            def value(self):
                return [self.__class__]

            @functools.partialmethod
            def method(self):
                pass
        lazy = Lazy()
        yield lazy.value, lazy, Lazy()


def iterations():
    first, second = itertools.tee(iter(range(200)))
    for i in range(130):
        next(first)
    yield first, second, itertools.tee("abc", 4)
    grouped = itertools.groupby([1, 1, 2, [3]], key=type)
    yield grouped, next(grouped)
    made = [itertools.count(), itertools.count(5, 2), itertools.count(1.5),
            itertools.count(1 << 70), itertools.cycle([1, [2]]),
            itertools.repeat([1]), itertools.repeat(1, 5),
            itertools.accumulate([1, 2, 3]), itertools.chain([1], "ab"),
            itertools.accumulate([1, 2], operator.mul),
            itertools.chain.from_iterable([[1], [2]]),
            itertools.compress("abc", [1, 0, 1]),
            itertools.dropwhile(str, [1, 2]), itertools.filterfalse(None, [0]),
            itertools.islice(range(9), 2, 8, 3), itertools.islice("abc", 2),
            itertools.starmap(max, [(1, 2)]), itertools.takewhile(str, [1]),
            itertools.zip_longest("ab", [1], fillvalue=[0]),
            itertools.product("ab", [1, 2], repeat=2), itertools.product(),
            itertools.combinations("abcd", 2), itertools.permutations("abc"),
            itertools.permutations([1, 2, 3], 2), itertools.combinations([], 0),
            itertools.combinations_with_replacement("abc", 2)]
    if sys.version_info >= (3, 10):
        made.append(itertools.pairwise([1, 2, 3]))
    if sys.version_info >= (3, 12):
        made.append(itertools.batched("abcdef", 4))
    yield made
    for i in made:
        next(i, None)
    yield heapq.merge([1], [2])


def texts():
    for pattern in ("", "a", "(a)(?P<name>b)|c*", "[a-z]{3,5}" * 40, b"ab+",
                    u"\u20ac(?:x|y)*?"):
        compiled = re.compile(pattern)
        yield compiled, compiled.scanner("" if isinstance(pattern, str)
                                         else b"")
    match = re.match("(?P<a>x)(y)?", "xyz")
    yield match, re.search("(z)", "xyz"), match.regs, match.groups()
    yield re.compile("a").finditer("aaa"), re.compile(r"\d+", re.I | re.X)
    yield struct.Struct("=2i4sH?d"), struct.Struct(""), struct.Struct("b" * 60)
    yield struct.iter_unpack("2b", b"abcd"), csv.reader(["a,b"])
    yield csv.writer(io.StringIO()), csv.get_dialect("excel")
    yield json.JSONDecoder(), json.JSONEncoder(), json.encoder.c_make_encoder
    yield json.JSONDecoder().scan_once, unicodedata.ucd_3_2_0


def coders():
    squeezer, widener = zlib.compressobj(), zlib.decompressobj()
    squeezer.compress(b"abc" * 1000)
    widener.decompress(zlib.compress(b"x" * 5000), 100)
    yield squeezer, widener
    if bz2:
        yield bz2.BZ2Compressor(), bz2.BZ2Decompressor()
    if lzma:
        yield lzma.LZMACompressor(), lzma.LZMADecompressor()
    yield hashlib.md5(b"a"), hashlib.sha256(b"b"), hashlib.sha3_256(b"c")
    yield hashlib.blake2b(b"d"), hashlib.blake2s(b"e"), hashlib.new("sha1")
    pickler = pickle.Pickler(io.BytesIO())
    pickler.dump([[1], {"a": "b"}])
    unpickler = pickle.Unpickler(io.BytesIO(pickle.dumps([[1], ("x", "y")])))
    unpickler.load()
    yield pickler, unpickler, pickler.memo, pickle.Pickler(io.BytesIO(), 0)
    root = elements.fromstring(
        "<a x='1'><b>text<c/>tail</b><d/><e/><f/><g/><h/>more</a>")
    yield root, root.iter(), root.find("b"), elements.Element("alone")
    yield elements.TreeBuilder(), elements.XMLParser(), root.iterfind("b")
    parser = elements.XMLPullParser()
    parser.feed("<a><b>")
    yield parser, elements.ElementTree(root), elements.Comment("c")


class Inner(ctypes.Structure):
    _fields_ = [("a", ctypes.c_int), ("b", ctypes.c_char * 20)]


class Outer(ctypes.Structure):
    _fields_ = [("inner", Inner), ("pointer", ctypes.POINTER(Inner)),
                ("bits", ctypes.c_uint, 3), ("text", ctypes.c_char_p),
                ("object", ctypes.py_object)]


class Either(ctypes.Union):
    _fields_ = [("i", ctypes.c_long), ("d", ctypes.c_double)]


def foreign():
    outer = Outer(text=b"kept alive", object=["an object"])
    outer.pointer = ctypes.pointer(outer.inner)
    yield outer, outer.inner, outer.pointer, Either(5), Outer.inner
    yield ctypes.c_int(5), ctypes.c_double(1), ctypes.c_char_p(b"text")
    yield (ctypes.c_int * 3)(1, 2, 3), (Inner * 100)(), ctypes.c_void_p(None)
    yield ctypes.create_string_buffer(1000), ctypes.byref(outer)
    yield ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(abs)
    yield ctypes.py_object([1]), ctypes.pythonapi.Py_IsInitialized
    function = ctypes.PyDLL(None).strlen
    function.argtypes, function.restype = [ctypes.c_char_p], ctypes.c_size_t
    function.errcheck = lambda *a: a[0]
    yield function, ctypes.POINTER(ctypes.POINTER(ctypes.c_int))()


def waiting():
    loop = asyncio.new_event_loop()
    future, failed = loop.create_future(), loop.create_future()
    future.add_done_callback(print)
    failed.set_exception(ValueError("kept"))
    failed.exception()
    done = loop.create_future()
    done.set_result([1])

    async def sleeper(n):
        here = ["local of sleeper", n]
        await asyncio.sleep(1000)
        return here

    async def main(tasks):
        tasks.append(loop.create_task(sleeper(1)))
        tasks.append(loop.create_task(sleeper(2)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    tasks = []
    loop.run_until_complete(main(tasks))
    yield loop, future, failed, done, tasks, iter(future)
    yield queue.Queue(), queue.PriorityQueue(), threading.Event()
    if hasattr(queue, "SimpleQueue"):
        simple = queue.SimpleQueue()
        for i in range(20):
            simple.put([i])
        simple.get()
        yield simple
    try:
        import contextvars
    except ImportError:
        return
    made = [contextvars.ContextVar("v%d" % i, default=[i]) for i in range(40)]
    tokens = [v.set({"set": i}) for i, v in enumerate(made)]
    yield made, tokens, contextvars.copy_context(), contextvars.Context()


def databases():
    base = sqlite3.connect(":memory:")
    cursor = base.execute("select 1 as a, 'two', x'03'")
    base.row_factory = sqlite3.Row
    yield base, cursor, cursor.fetchone()
    yield base.execute("select 1 as a").fetchone()


def others():
    if sqlite3:
        yield list(databases())
    yield types.SimpleNamespace(a=[1]), typing.Optional[int], typing.Any
    yield typing.List[int], typing.TypeVar("T", bound=int)
    yield typing.Callable[[int], str], typing.Generic, operator, sys.flags
    yield sys.float_info, sys.thread_info, sys.implementation
    if sys.version_info >= (3, 10):
        yield typing.ParamSpec("P"), typing.NewType("N", int)
    yield iter(memoryview(b"abc")), memoryview(array.array("i", [1, 2]))


kept = [list(make()) for make in (
    containers, files, times, numbers, functions, iterations, texts, coders,
    foreign, waiting, others)]
truth.wait()
