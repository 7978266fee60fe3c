# SPDX-License-Identifier: MIT
"""Instances: where their attributes live, and what their types are called."""
import abc
import collections
import enum
import sys
import types
import typing
import weakref

import truth

kept = []


class Plain:
    """Attributes inline, or in a dict of shared keys."""

    def __init__(self, n):
        for i in range(n):
            setattr(self, "a%d" % i, [i])


class Orderly:
    def __init__(self, x):
        self.x = x
        self.y = str(x)
        self.z = None


class Slotted:
    __slots__ = ("one", "two", "__weakref__")

    def __init__(self):
        self.one = [1]


class MoreSlots(Slotted):
    __slots__ = ("three",)


class SlotsAndDict(Slotted):
    pass


class Nothing:
    __slots__ = ()


class Meta(type):
    def __new__(mcs, name, bases, space):
        cls = super(Meta, mcs).__new__(mcs, name, bases, space)
        cls.made_by = [name]
        return cls

    def __len__(cls):
        return 3


WithMeta = Meta("WithMeta", (Plain,), {"__slots__": ("s",)})


class MetaSlots(type):
    __slots__ = ()


class Abstract(abc.ABC):
    @abc.abstractmethod
    def must(self):
        """Be there."""


class Concrete(Abstract):
    def must(self):
        return super().must()


class Colour(enum.Enum):
    RED = 1
    GREEN = "two"


class Flags(enum.IntFlag):
    A = 1
    B = 2


Point = collections.namedtuple("Point", "x y")


class Typed(typing.NamedTuple):
    a: int
    b: str = "b"


class Box(typing.Generic[typing.TypeVar("T")]):
    pass


def instances():
    for n in (0, 1, 2, 3, 4, 5, 6, 7, 8, 29, 30, 31, 40, 100, 300):
        yield [Plain(n) for i in range(3)]
    seen, shown = [Orderly(i) for i in range(50)], [Orderly(9) for i in "abc"]
    yield seen, shown, [vars(o) for o in shown]
    deleted = [Orderly(i) for i in range(5)]
    for o in deleted:
        del o.y
    shown[0].extra = "more than the others"
    shown[1].__dict__ = {"x": "replaced"}
    shown[2].__dict__.clear()
    backwards = Orderly.__new__(Orderly)
    backwards.z, backwards.x = 1, 2
    other = Orderly.__new__(Orderly)
    other.__dict__["by dict"] = 1
    numbered = Orderly(1)
    numbered.__dict__[5] = "a key that is no string"
    yield deleted, backwards, other, numbered
    outlived = Orderly("outlived")
    yield vars(outlived)
    del outlived
    shared = Orderly(1)
    twin = Orderly(2)
    twin.__dict__ = shared.__dict__
    yield shared, twin
    yield Slotted(), MoreSlots(), SlotsAndDict(), Nothing(), WithMeta(3)
    mixed = SlotsAndDict()
    mixed.one, mixed.two, mixed.free = 1, [2], {3}
    yield mixed, weakref.ref(mixed), Slotted(), MetaSlots("M", (), {})()
    yield Concrete(), list(Colour), Flags.A | Flags.B, Point(1, [2])
    yield Typed(1), Typed._make([[1], "x"]), Box(), Box[int]


def subclasses():
    """A subclass of each built-in, without attributes, with, and slotted."""
    bases = [(int, 5), (int, 1 << 100), (str, "text"), (str, u"\u20ac" * 90),
             (tuple, (1, [2])), (tuple, ()), (list, [1, 2]), (dict, {"a": 1}),
             (bytes, b"xyz"), (bytes, b""), (float, 1.5), (set, [1]),
             (frozenset, [1, 2]), (bytearray, b"xyz"), (complex, 1j),
             (Exception, "text"), (object, None),
             (collections.OrderedDict, [(1, 2)]), (collections.deque, "ab"),
             (collections.defaultdict, list), (types.ModuleType, "sub")]
    for base, value in bases:
        plain = type("Sub_" + base.__name__, (base,), {})
        slotless = type("Slotless_" + base.__name__, (base,),
                        {"__slots__": ()})
        for cls in (plain, slotless):
            args = () if base is object else (value,)
            made = [cls(*args) for i in range(3)]
            if cls is plain:
                made[0].attribute = ["of", base]
                made[1].attribute = 2
                vars(made[1])
                made[1].another = 3
            yield made


def renamed():
    """What a type is called is up to its owner."""
    yield type(u"Unicode_\xe9\u20ac\U0001f600", (), {})()
    changed = type("Before", (), {})
    changed.__name__ = "After"
    yield changed()
    changed = type("Before", (), {})
    changed.__qualname__ = "outer.<locals>.After"
    yield changed()
    changed = type("Before", (), {})
    changed.__module__ = "some.other.module"
    yield changed()
    yield type("NoModule", (), {"__module__": None})()
    yield type("Numbered", (), {"__module__": 5})()
    yield type("Builtin", (), {"__module__": "builtins"})()
    for name in (u"lone \udc80 surrogate", "with\nnewline\tand\x1b[31mred",
                 "very long " * 90, "", 'quote " and \\'):
        changed = type("Odd", (), {"__qualname__": name})
        yield changed()
        changed = type("Odd", (), {"__module__": name})
        yield changed()
    # Two types that share a name, and one named like a built-in.
    yield [type("Same", (), {})() for i in range(3)]
    yield type("dict", (), {})(), type("list", (list,), {})([1, 2, 3])
    # A type that only its instance keeps alive, with a metaclass like that.
    yield type("M", (type,), {})("Alone", (), {"x": [1]})()
    # Same type object, another class: the layout is the same, the name not.
    moved = Plain(2)
    moved.__class__ = type("Moved", (Plain,), {})
    yield moved


def references():
    things = [Plain(1) for i in range(5)]
    yield things, [weakref.ref(t) for t in things]
    yield [weakref.ref(t, print) for t in things], weakref.proxy(things[0])
    yield weakref.ref(Plain(0)), weakref.WeakSet(things)
    yield weakref.WeakKeyDictionary({t: 1 for t in things})
    yield weakref.WeakValueDictionary({i: t for i, t in enumerate(things)})
    yield weakref.WeakMethod(Concrete().must), weakref.finalize(things[0], id)


def modern():
    if sys.version_info >= (3, 7):
        import dataclasses
        yield dataclasses.make_dataclass("Data", ["x", "y"])(1, [2])
    if sys.version_info >= (3, 10):
        yield dataclasses.make_dataclass("Slots", ["x"], slots=True)(1)
    if sys.version_info >= (3, 8):
        class Proto(typing.Protocol):
            x: int
        yield Proto


for make in (instances, subclasses, renamed, references, modern):
    kept.append(list(make()))
truth.wait()
