# SPDX-License-Identifier: MIT
"""Objects that hold others by names that Python knows.

A line of the truth each, JSON: [id, what, pairs]; a pair is what the holder
calls it, and whom it holds:

    attributes, slots   its name
    items               its index
    values              id() of the key
    variables, cells    the name of a variable of a frame, or of its cell
    closure             the name of a free variable, its cell
    fields              the field of the C struct
    one                 nothing, for what there is one of: [how, whom]

What is written of a holder is all that it holds in this way.  Beside the truth
is a file ".texts": the text of each key of a dict with attributes, by its id().
"""
import collections
import json
import os
import sys


class Plain(object):
    def __init__(self):
        self.first = ["plain"]
        self.second = ("plain", 2)
        self.__private = object()


class Derived(Plain):
    __slots__ = ()


class Slotted(object):
    __slots__ = ("a", "unset", "__private", "b")

    def __init__(self):
        self.a = ["slot"]
        self.b = object()
        self.__private = {"slot": 1}


class SlottedToo(Slotted):
    __slots__ = ("c", "__dict__")


class MyList(list):
    pass


class MyDict(dict):
    pass


class Failing(Exception):
    pass


def generating(given, *more, **named):
    local = ["generator"]
    shared = ["cell"]
    later = None

    def inner():
        return shared, given

    yield inner
    later = local, more, named
    return later


def raising(given):
    local = {"frame": given}
    shared = [local]

    def inner():
        return shared

    raise Failing(inner)


def default(a=("default",), *args, b=["keyword"]):
    return a, b, args


truth = []
kept = []
texts = {}


def know(holder, what, pairs):
    """Write it down when all is made; @pairs stay alive."""
    kept.append((holder, pairs))
    truth.append((holder, what, pairs))


def know_attributes(holder):
    for key in vars(holder):
        texts["0x%x" % id(key)] = key
    know(holder, "attributes", list(vars(holder).items()))


def cell_of(function, name):
    return function.__closure__[function.__code__.co_freevars.index(name)]


def attributes():
    # vars() makes a dict where there was none: it is asked of a twin.
    for cls in Plain, Derived:
        instance, twin = cls(), cls()
        for key in vars(twin):
            texts["0x%x" % id(key)] = key
        know(instance, "attributes",
             [(name, getattr(instance, name)) for name in vars(twin)])
        know_attributes(twin)
    many = Plain()
    for i in range(100):
        setattr(many, "more%d" % i, [i])
    know_attributes(many)
    failing = Failing("args")
    failing.note = ["exception"]
    know_attributes(failing)
    default.label = ["function"]
    know_attributes(default)


def slots():
    slotted, derived = Slotted(), SlottedToo()
    derived.c = ["slot, too"]
    derived.other = ["in a dict"]
    for holder in slotted, derived:
        found = []
        for cls in type(holder).__mro__:
            for name, member in vars(cls).items():
                if type(member).__name__ == "member_descriptor":
                    try:
                        found.append((name, member.__get__(holder)))
                    except AttributeError:
                        pass		# never set
        know(holder, "slots", found)
    know_attributes(derived)


def containers():
    items = [[i] for i in range(1500)]
    for holder in (items, tuple(items), MyList(items[:3]),
                   collections.deque(items[:200])):
        know(holder, "items", list(enumerate(holder)))
    for make in dict, MyDict, collections.OrderedDict:
        for keys in ("text%d" % i for i in range(40)), range(1000, 1040):
            holder = make((key, [key]) for key in keys)
            know(holder, "values", list(holder.items()))
    del holder[1000], holder[1020]
    truth.pop()
    know(holder, "values", list(holder.items()))


def frames():
    generator = generating(("given",), "more", key="named")
    inner = next(generator)
    local = generator.gi_frame.f_locals
    plain = [(name, local[name])
             for name in ("more", "named", "local", "later", "inner")]
    know(generator, "variables", plain)
    know(generator, "cells", [(name, cell_of(inner, name))
                              for name in ("given", "shared")])
    try:
        raising("given")
    except Failing as failed:
        frame = failed.__traceback__.tb_next.tb_frame
        inner = failed.args[0]
    local = frame.f_locals
    know(frame, "variables",
         [(name, local[name]) for name in ("given", "local", "inner")
          if name not in inner.__code__.co_freevars and
          name not in frame.f_code.co_cellvars])
    know(frame, "cells", [(name, cell_of(inner, name))
                          for name in inner.__code__.co_freevars])
    for function in inner, next(generating(1)):
        know(function, "closure",
             [(name, cell_of(function, name))
              for name in function.__code__.co_freevars])
        know(cell_of(function, "shared"), "fields",
             [("ob_ref", cell_of(function, "shared").cell_contents)])


def fields():
    method = Plain().__init__
    know(method, "fields", [("im_func", method.__func__),
                            ("im_self", method.__self__)])
    know(slice(kept, truth, "step"), "fields",
         [("start", kept), ("stop", truth), ("step", "step")])
    know(Derived, "one", [("base", Plain)])
    know(kept[0][0], "one", [("type", Plain)])


def written(what, which):
    return "0x%x" % id(which) if what == "values" else which


def main():
    attributes()
    slots()
    containers()
    frames()
    fields()
    with open(os.environ["PYHEAPSPY_TRUTH"], "w") as f:
        for holder, what, pairs in truth:
            json.dump(["0x%x" % id(holder), what,
                       [[written(what, which), "0x%x" % id(whom)]
                        for which, whom in pairs]], f)
            f.write("\n")
    with open(os.environ["PYHEAPSPY_TRUTH"] + ".texts", "w") as f:
        json.dump(texts, f)
    print("ready")
    sys.stdout.flush()
    sys.stdin.readline()


main()
