# SPDX-License-Identifier: MIT
"""Frames whose variables are known: each written down with its repr().

One line of the truth for each variable of the frame "known":

    NAME exact|like REPR-as-a-literal

exact: ours is what repr() says.  like: a pattern of fnmatch(), where what is
left out or an instance of a class is shown in our own way.
"""
import collections
import os
import random
import sys


class Plain:
    def __init__(self):
        self.value = 1

    def method(self):
        return self


class Outer:
    class Inner:
        pass


class MyInt(int):
    pass


class MyStr(str):
    pass


class MyList(list):
    pass


class Slots:
    __slots__ = ("a", "b")


class Failing(Exception):
    pass


class Lying(object):
    """Runs no code of ours to be shown."""

    def __repr__(self):
        os._exit(3)


Lying.__qualname__ = "Lying\x1b[31m"


def generating():
    yield 1


async def coroutine():
    pass


async def ticking():
    yield 1


def numbers():
    rng = random.Random(5)
    found = [0, 1, -1, 5, 256, 257, -5, -6, 10 ** 9, 10 ** 9 - 1, -10 ** 18,
             2 ** 30, 2 ** 30 - 1, 2 ** 60, 2 ** 63, -2 ** 63, 2 ** 64 - 1,
             10 ** 27, 10 ** 300, -3 ** 200, 2 ** 1019, True, False]
    for bits in range(1, 1020, 17):
        found += [rng.getrandbits(bits), -rng.getrandbits(bits)]
    floats = [0.0, -0.0, 1.0, 0.1, 1e16, 1e15, 123456789012345678.0, 1e-4,
              1e-5, 1.5e-7, 5e-324, 1.7976931348623157e308, float("inf"),
              float("-inf"), float("nan"), 1 / 3, 9007199254740993.0,
              2.2250738585072014e-308, 1e22, 1e23, 9.5, 100.0, 1e100]
    floats += [2.0 ** e for e in range(-1074, 1024, 7)]
    floats += [2.0 ** e for e in (-44, -1022, -1023, 89, 90, 1023)]
    for i in range(400):
        floats.append(rng.uniform(-1, 1) * 10 ** rng.randint(-320, 308))
        floats.append(round(rng.uniform(-1e6, 1e6), rng.randint(0, 8)))
    found += floats
    found += [complex(a, b) for a in (0.0, -0.0, 1.5, float("nan"), 1e20)
              for b in (0.0, -0.0, 2.0, -1e-9, float("inf"))]
    return found


def texts():
    return ["", "a", "it's", 'say "x"', "both ' and \"", "tab\tnl\ncr\r\\",
            "\0\x01\x1f\x7f\x80\x9f\xa0\xad\xff", u"gr\xfc\xdfe", u"\u0141",
            u"\u20ac\u200b\u2028\u202e\ufeff", u"\ud800 lone \udfff",
            u"\U0001f600\U0001f1e6\U000e0001", u"\U0010ffff\uffff",
            "x" * 120, u"\u0660" * 119, u"\u0378\u0379", u"\u1c89\U0001fae9",
            u"".join(chr(c) for c in range(0x530, 0x5a0)),
            b"", b"it's", b"\0\t\n\r\\\"\x80\xff", b"'\"", bytes(range(100)),
            bytearray(b"changing"), bytearray(), b"y" * 120]


def containers():
    cycle = [1]
    cycle.append(cycle)
    knot = {"me": None}
    knot["me"] = knot
    holes = {i: str(i) for i in range(40)}
    for i in range(0, 36):
        del holes[i]
    emptied = set(range(1000))
    while len(emptied) > 3:
        emptied.pop()
    inner = ([],)
    inner[0].append(inner)
    return [[], [1], [1, 2], (), (1,), (1, "two"), {}, {"a": 1}, {1: {2: []}},
            {"mixed": 1, 2.5: None, (1,): b"x"}, set(), {1}, {"one"},
            frozenset(), frozenset([5]), {3, 1, 2}, [[[1]]], cycle, knot,
            inner, holes, emptied, [None, Ellipsis, NotImplemented, True],
            list(range(10)), {i: -i for i in range(10)}, range(5),
            range(2, 9, 3), range(10, 0, -1), slice(None), slice(1, "x", None),
            [1.5, [2, (3, {4})]], (range(0), slice(0, 1, 2)),
            {"k": {"v": ["deep"]}}]


def named():
    """repr() tells where they are, as we do."""
    kept = [generating, Plain.method, lambda: 1, Outer, int, type, Outer.Inner,
            collections.OrderedDict, len, [].append, sys.intern,
            ValueError("why"), KeyError("a", 2), Exception(), OSError(2, "no"),
            Failing(["x"]), RuntimeError(ValueError(1)), StopIteration(5),
            UnicodeError("u"), generating(), ticking()]
    begun = coroutine()
    kept.append(begun)
    if sys.version_info >= (3, 7):	# 3.6 puts a comma behind the argument
        return kept
    return [one for one in kept if not isinstance(one, BaseException)]


def ours():
    """Where we say more, or less, than repr(): the value, a pattern."""
    plain = Plain()
    at = "0x%x"
    big = 7 ** 4000
    return [
        (plain, "<__main__.Plain at %s>" % at % id(plain)),
        (Outer.Inner(), "<__main__.Outer.Inner at 0x*>"),
        (Lying(), "<__main__.Lying\x1b[[]31m at 0x*>"),
        (Slots(), "<__main__.Slots at 0x*>"),
        (MyInt(77), "<__main__.MyInt at 0x*: 77>"),
        (MyStr("it's"), "<__main__.MyStr at 0x*: \"it's\">"),
        (MyList([1, 2]), "<__main__.MyList at 0x*: [[]1, 2[]]>"),
        (collections.OrderedDict(a=1),
         "<collections.OrderedDict at 0x*: {'a': 1}>"),
        (collections.defaultdict(int, b=2),
         "<collections.defaultdict at 0x*: {'b': 2}>"),
        (collections.Counter("aa"), "<collections.Counter at 0x*: {'a': 2}>"),
        (plain.method,
         "<bound method Plain.method of <__main__.Plain at 0x*>>"),
        (sys, "<module 'sys'>"),
        ("x" * 1000, "'%s'... (1000 characters)" % ("x" * 120)),
        (b"y" * 121, "b'%s'... (121 bytes)" % ("y" * 120)),
        (list(range(1000)),
         "[[]0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...[]] (1000 items)"),
        ({i: 0 for i in range(50)}, "{0: 0, 1: 0, *, 9: 0, ...} (50 items)"),
        ([[[[[1, 2]]]]], "[[][[][[][[][[]...[]] (2 items)[]][]][]][]]"),
        (set(range(100)), "{0, 1, 2, *, ...} (100 items)"),
        (big, "%s... (%d bits)" % (hex(big)[:18], big.bit_length())),
        (-big, "-%s... (%d bits)" % (hex(big)[:18], big.bit_length())),
        (1 << 100000, "0x1000000000000000... (100001 bits)"
         if 100001 % 4 == 0 else "0x1000000000000000*... (100001 bits)"),
        ("\x00" * 400, "'\\x00\\x00*... (400 characters)"),
    ]


def values():
    """(name, exact or like, text, value) of each variable to be."""
    found = []
    for value in numbers() + texts() + containers() + named():
        found.append(("exact", ascii(repr(value)), value))
    for value, pattern in ours():
        found.append(("like", ascii(pattern), value))
    return [("v%d" % i,) + row for i, row in enumerate(found)]


def write(rows):
    name = os.environ["PYHEAPSPY_TRUTH"]
    with open(name + ".tmp", "w") as f:
        for var, how, text, _ in rows:
            f.write("%s %s %s\n" % (var, how, text))
    os.rename(name + ".tmp", name)


def wait():
    os.write(1, b"ready\n")
    while os.read(0, 100):
        pass


def run():
    """Many variables in one frame: locals of code made for them."""
    rows = values()
    code = ("def known(given, *more, **named):\n    %s, = given\n    wait()\n"
            % ", ".join(row[0] for row in rows))
    names = {"wait": wait}
    exec(code, names)
    write(rows)
    names["known"]([row[3] for row in rows])


run()
