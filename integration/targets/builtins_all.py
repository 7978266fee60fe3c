# SPDX-License-Identifier: MIT
"""Every built-in type at several sizes, and containers that were shrunk."""
import ctypes
import sys
import types

import truth

# The largest block of pymalloc is 512 bytes: sizes around it, in and out.
SIZES = (0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 50, 57, 58, 59, 60, 61,
         62, 63, 64, 65, 100, 255, 256, 257, 430, 450, 460, 463, 464, 470, 479,
         480, 481, 500, 511, 512, 513, 1000, 5000, 70000)
LETTERS = u"a\xe9\u20ac\U0001f600"	# one of each width

as_utf8 = ctypes.pythonapi.PyUnicode_AsUTF8
as_utf8.argtypes, as_utf8.restype = [ctypes.py_object], ctypes.c_void_p


def strings():
    """One to four bytes a character, with and without a cached UTF-8."""
    plain = [letter * n for letter in LETTERS for n in SIZES]
    cached = [letter * n + "!" for letter in LETTERS for n in SIZES]
    for text in cached:
        as_utf8(text)
    wide = []
    if sys.version_info < (3, 12):
        as_wide = ctypes.pythonapi.PyUnicode_AsUnicode
        as_wide.argtypes = [ctypes.py_object]
        as_wide.restype = ctypes.c_void_p
        wide = [letter * n + "?" for letter in LETTERS for n in SIZES]
        for text in wide:
            as_wide(text)
    return plain, cached, wide, ["\ud800 alone", "nul\0inside"]


def numbers():
    ints = [sign * (1 << bits) + more for bits in
            (0, 1, 7, 8, 29, 30, 31, 59, 60, 61, 62, 63, 64, 89, 90, 1000,
             3800, 3900, 4000, 20000)
            for sign in (1, -1) for more in (-1, 0, 1)]
    floats = [float(i) / 7 for i in range(300)]
    return ints, floats, [complex(f, -f) for f in floats[:120]], [True, None]


def sequences():
    made = []
    for n in SIZES:
        made.append((b"x" * n, bytearray(b"y" * n), tuple(range(n)),
                     list(range(n)), [None] * n, range(n), slice(0, n)))
        grown = bytearray()
        for i in range(min(n, 600)):
            grown.append(i & 255)
        made.append(grown)
        appended = []
        for i in range(min(n, 600)):
            appended.append(i)
        made.append(appended)
    shrunk = list(range(1000))
    del shrunk[5:]
    shifted = bytearray(b"z" * 700)
    del shifted[:300]
    emptied = bytearray(b"z" * 100)
    del emptied[:]
    popped = list(range(40))
    while len(popped) > 3:
        popped.pop(0)
    return made, shrunk, shifted, emptied, popped, [[[]]], ((((),),),)


def hashed():
    """Dicts and sets: each key kind, fresh, deleted from and grown again."""
    made = []
    for n in SIZES:
        if n > 5000:
            n = 5000
        for keys in ([str(i) for i in range(n)], list(range(n)),
                     [(i,) for i in range(n)]):
            fresh = dict.fromkeys(keys)
            holes = {k: i for i, k in enumerate(keys)}
            for k in keys[::3]:
                del holes[k]
            again = {k: [k] for k in keys}
            for k in keys[: n - 1]:
                del again[k]
            for i in range(n // 4):
                again["new", i] = i
            emptied = dict.fromkeys(keys)
            emptied.clear()
            popped = dict.fromkeys(keys)
            while popped:
                popped.popitem()
            popped["one"] = 1
            made.append((fresh, holes, again, emptied, popped, dict(fresh),
                         holes.copy()))
            full, some = set(keys), set(keys)
            for k in keys[1:]:
                some.discard(k)
            more = set(some)
            more.update(range(n // 2, n))
            none = set(keys)
            none.clear()
            made.append((full, some, more, none, frozenset(keys), set(full),
                         frozenset([frozenset(keys)])))
    mixed = {"a": 1}
    mixed[2] = "b"
    return made, mixed, {}, set(), frozenset(), {None: None}


def deep():
    nest, tree, pair = [], {}, ()
    for i in range(20000):
        nest, tree, pair = [nest], {"down": tree}, (pair, i)
    ring = []
    ring.append(ring)
    ring.append({"me": ring})
    return nest, tree, pair, ring


def iterators():
    """Each iterator, some way in."""
    many = [[1, 2, 3], (1, 2, 3), {1: 2, 3: 4}, {1, 2, 3}, "abc", b"abc",
            bytearray(b"abc"), range(5), range(1 << 70, 9 + (1 << 70)),
            u"\xe9\u20ac", frozenset([1, 2])]
    made = []
    for things in many:
        fresh, begun, done = iter(things), iter(things), iter(things)
        next(begun)
        list(done)
        made.append((fresh, begun, done))
    made += [reversed([1, 2, 3]), reversed((1, 2)), reversed(range(9)),
             enumerate(["a", "b"]), enumerate("ab", 1 << 70),
             zip([1, 2], "ab"), map(str, [1, 2]), filter(None, [0, 1]),
             iter(int, 1), {1: 2}.keys(), {1: 2}.values(), {1: 2}.items(),
             iter({1: 2}.values()), iter({1: 2}.items()),
             iter(memoryview(b"abc"))]
    if sys.version_info >= (3, 8):
        made += [reversed({1: 2}), reversed({1: 2}.items())]
    return made


def views():
    base = bytearray(b"0123456789" * 100)
    view = memoryview(base)
    shaped = memoryview(bytes(24)).cast("B", (2, 3, 4))
    return (view, view[3:9], view[::2], shaped, memoryview(b""),
            view.cast("H"), memoryview(view))


def a_function(a, b=2, *c, d={"e": 5}, **f):
    """With all that a function can have."""
    def inner():
        return a, b, c, d, f
    return inner


def callables():
    a_function.attribute = ["set later"]
    return (a_function, a_function(1), a_function(1, 2, 3, d=4, e=5),
            (lambda: None), [].append, {}.get, len, str.join, "x".join,
            object().__str__, int.__add__, (5).__add__, dict.fromkeys,
            type.__call__, a_function.__get__(7), types.MethodType(len, []),
            property(a_function, None, None, "doc"),
            classmethod(a_function), staticmethod(a_function),
            super(type, type), a_function.__code__, a_function.__closure__,
            int.__dict__["real"], type.__dict__["__doc__"],
            types.FunctionType.__dict__["__code__"],
            types.MappingProxyType({"a": 1}), int.__dict__,
            types.SimpleNamespace(a=1, b=[2]), types.ModuleType("made"),
            types.ModuleType("with doc", "doc"), (lambda x: lambda: x)(3),
            compile("a = [1, 'two', (3.0, 4j)]\ndef f(x): return x",
                    "<made>", "exec"))


def singletons():
    more = [None, True, False, Ellipsis, NotImplemented, (), "", b"",
            frozenset(), 0, 1, -5, 256, 257, "a", b"a", u"\xe9"]
    more += [bytes((n,)) for n in range(256)] + [chr(n) for n in range(300)]
    return more + list(range(-6, 1100))


def newer():
    """What only later versions have."""
    made = []
    if sys.version_info >= (3, 9):
        made += [list[int], dict[str, list[int]], tuple[int, ...]]
    if sys.version_info >= (3, 10):
        made += [int | str, int | None, list[int] | None]
    if sys.version_info >= (3, 11):
        group = ExceptionGroup("several", [ValueError(1), KeyError("k")])  # noqa: F821,E501
        group.add_note("noted")
        made += [group]
    if sys.version_info >= (3, 12):
        scope = {}
        exec("type Alias[T: int] = list[T]\n"
             "def generic[T, *U, **V](a: T) -> T: return a\n"
             "class Generic[T]:\n  x: T\n", scope)
        made.append(scope)
    if sys.version_info >= (3, 14):
        scope = {}
        exec("def later(a: unknown, b: int = 3): pass\n"
             "template = t'{1} and {2!r:>5}'\n", scope)
        made.append(scope)
    if sys.version_info >= (3, 15):
        made += [frozendict({"a": 1, "b": [2]}), frozendict()]  # noqa: F821
    return made


kept = [make() for make in (strings, numbers, sequences, hashed, deep,
                            iterators, views, callables, singletons, newer)]
truth.wait()
