# SPDX-License-Identifier: MIT
"""C types that nobody described: on bases that are known, and on none."""
import sys
import types
import warnings

import foreign_types as foreign
import truth

kept = []


def make(name, base, kind="none", more=0, items=0):
    """A type, and a class on it; from 3.12 on a bare name is warned of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        made = foreign.make(name, base, kind, more, items)
    kept.append(made)
    return made


def class_on(made):
    return type("ClassOn" + made.__name__, (made,), {})


def some(made, *args):
    """Objects of it and of a class on it, the latter with an attribute."""
    derived = class_on(made)(*args)
    derived.attribute = ["of", made]
    kept.append((made(*args), derived))
    return kept[-1]


class Plain:
    """A base in Python."""
    __slots__ = ("one", "__dict__")


def inherited():
    """All that matters is the base's."""
    things = [object(), [1], "two"]
    for kind in ("none", "freed"):
        name = "foreign." + kind
        some(make(name + "List", list, kind, 8), things)
        some(make(name + "Dict", dict, kind, 16), {"k": things, 2: things})
        some(make(name + "Set", set, kind, 8), range(50))
        some(make(name + "Str", str, kind, 8), u"hello \u20ac")
        some(make(name + "Tuple", tuple, kind), things * 10)
        some(make(name + "Bytes", bytes, kind), b"x" * 100)
        some(make(name + "Int", int, kind), 1 << 100)
        some(make(name + "Float", float, kind, 8), 1.5)
        some(make(name + "ByteArray", bytearray, kind, 8), b"y" * 100)
        some(make(name + "Module", types.ModuleType, kind, 8), "module")
        some(make(name + "Missing", object, kind))
        for error in (OSError, ValueError, StopIteration, KeyError,
                      UnicodeError, SystemExit, ImportError):
            some(make(name + error.__name__, error, kind, 8), 2, things)
    # Like _ssl.SSLError, and what ssl makes of it.
    error = make("foreign.Error", OSError)
    both = type("Both", (error, ValueError), {})
    some(error, 2, "no such file", "name")
    some(both, 3, "no such process", "name")
    meta = make("foreign.Meta", type, "none", 16)
    kept.append((meta("OfMeta", (), {}), meta("More", (list,), {"a": 1})))
    made = make("foreign.OnPlain", Plain, "none", 8)
    derived = some(made)
    derived[0].one = things


def their_own():
    """Of which their C code decides."""
    holding = make("foreign.Holding", object, "holding", 32)
    for thing in some(holding):
        foreign.put(thing, 0, ["owned, not visited"])
        foreign.put(thing, 1, ["visited"])
    specified = make("foreign.Specified", object, "specified", 32)
    for thing in some(specified):
        foreign.put(thing, 1, ["visited"])
    holder = make("foreign.Holder", dict, "holding dict", 16)
    for thing in some(holder, {"a": ["item"], 2: 3}):
        foreign.put_behind(thing, ["behind"])
    some(make("foreign.Sized", list, "sized", 8), [1, 2])
    some(make("foreign.SizedObject", object, "sized", 8))
    for attribute in ([], None):
        deciding = make("foreign.Deciding", object, "deciding", 32)
        kept.append(deciding())
        if attribute is not None:
            foreign.put(kept[-1], 0, attribute)
    # What stands where items are counted is an address.
    raw = make("foreign.Raw", object, "none", 32, 1)
    kept.extend(raw() for _ in range(100))
    for thing in kept[-100:]:
        foreign.put(thing, 0, holder)
    # mypyc makes such: a name that a builtin has, and a module.
    none = make("NoneType", object, "holding", 32)
    none.__module__ = "foreign"
    for thing in some(none):
        foreign.put(thing, 1, ["visited"])


foreign.learn(make("foreign.Learned", dict), sys.version_info >= (3, 9))
inherited()
their_own()
try:
    import xxsubtype
    some(xxsubtype.spamlist, [object(), object(), "a"])
    some(xxsubtype.spamdict, {"k": object()})
except ImportError:
    pass
truth.wait()
