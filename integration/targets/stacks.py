# SPDX-License-Identifier: MIT
"""Threads that stand still in every kind of frame, and what they say of it.

Each thread blocks in C at a line of its own; when nothing moves any more the
main thread writes what sys._current_frames() and threading.enumerate() say.
The truth of the main thread is that of the line it will wait in.

Arguments: the number of further threads, all alike.
"""
import ctypes
import functools
import gc
import json
import os
import sys
import threading
import time
import types
import zlib

never = threading.Lock()
never.acquire()
expected = {}		# ident -> further facts


arrived = []
inner_arrived, inner_says = os.pipe()


def hold():
    arrived.append(1)
    never.acquire()


# --- kinds of frames ---------------------------------------------------------

def deep(n=880):
    if n:
        return deep(n - 1)
    return hold()


def generators():
    def inner():
        yield hold()

    def middle():
        yield from inner()

    def outer():
        for x in middle():
            yield x
    return list(outer())


async def wait_here():
    hold()


async def wait_there(x):
    return [await wait_here(),
            x]


def coroutines():
    wait_there(1).send(None)


async def ticks():
    for i in range(3):
        if i == 2:
            await wait_here()
        yield i


async def listen():
    async for tick in ticks():
        pass


def async_generators():
    listen().send(None)


def lambdas():
    key = lambda x: (lambda y: hold())(x)	# noqa: E731
    return sorted([3, 2, 1],
                  key=key)


def reduces():
    return functools.reduce(lambda a, b: a + hold(), [1, 2, 3])


def comprehensions():
    return [{y: {z for z in [hold()]}
             for y in range(2)}
            for x in (i for i in range(3))]


def decorate(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args,
                        **kwargs)
    return wrapper


class Base(object):
    def own(self, x):
        return super(Base, self).__repr__(), hold()


class Things(Base):
    @decorate
    def method(self):
        return [x for x in map(lambda _: self.prop, [1])]

    @property
    def prop(self):
        return self.make()

    @classmethod
    def make(cls):
        def inside():
            return cls.still()
        return inside()

    @staticmethod
    def still(one=1, *rest, **more):
        return Things().own(2)

    class Inner(object):
        def __call__(self, *args):
            return Things().method()


def methods():
    return Things.Inner()()


def executed():
    gap = "\n" * 300
    code = ("x = 1" + gap + "def f():" + "\n" * 700 + "  return (1,\n\n"
            "    hold())" + gap + "f()")
    exec(compile(code, "<b\u00e4r \u4e16>", "exec"), {"hold": hold})


def long_function():
    body = "".join("  x%d = %d\n" % (i, i) for i in range(3000))
    scope = {"hold": hold}
    exec(compile("def f():\n" + body + "  hold()\n" + body, "<long>", "exec"),
         scope)
    scope["f"]()


def class_body():
    class Body(object):
        x = [hold() for _ in range(1)]


class Cycle(object):
    def __init__(self):
        self.me = self

    def __del__(self):
        hold()


def finalizer():
    gc.disable()
    Cycle()
    expected[threading.get_ident()]["collects"] = True
    gc.collect()


def compressing():
    data = b"0123456789" * 100000
    for i in iter(int, 1): zlib.compress(data, 9)	# noqa: E701


def handled():
    try:
        raise KeyError(1)
    except KeyError:
        try:
            1 // 0
        finally:
            hold()


def with_block():
    class Manager(object):
        def __enter__(self):
            return self

        def __exit__(self, *what):
            hold()
    with Manager():
        pass


def imported():
    from importlib import import_module
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)))
    with open(os.path.join(folder, "held_module.py"), "w") as f:
        f.write("import __main__\n\n__main__.hold()\n")
    sys.path.insert(0, folder)
    import_module("held_module")


def sorting():
    class Less(object):
        def __lt__(self, other):
            return hold()
    sorted([Less(), Less()])


KINDS = [deep, generators, coroutines, async_generators, lambdas, reduces,
         comprehensions, methods, executed, long_function, class_body,
         finalizer, compressing, handled, with_block, imported, sorting]


# --- threads that Python did not start ---------------------------------------

libc = ctypes.CDLL(None)
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
kept = []


def from_c(arg):
    hold()


def from_c_named(arg):
    threading.current_thread()
    hold()


def start_in_c(function):
    handle = ctypes.c_ulong()
    kept.append(function)
    libc.pthread_create(ctypes.byref(handle), None, function, None)


# --- another interpreter -----------------------------------------------------

FILES = ["<string>", "<script>"]	# whichever it calls it


def interpreters_module():
    for name in "_interpreters", "_xxsubinterpreters":
        try:
            return __import__(name)
        except ImportError:
            pass


def create_sharing(module):
    """One that shares our GIL: with one of its own 3.12 and 3.13 crash once
    threads run beside it."""
    if sys.version_info >= (3, 13):
        return module.create("legacy")
    if sys.version_info >= (3, 12):
        return module.create(isolated=False)
    return module.create()


# Made in one thread, run in another: its thread state may name the first.  Up
# to 3.9 nothing tells, so let both be one there.
sub = None
if sys.version_info >= (3, 10) and interpreters_module():
    sub = create_sharing(interpreters_module())


def subinterpreter():
    module = interpreters_module()
    if not module:
        os.write(inner_says, b".")
        return hold()
    mine = create_sharing(module) if sub is None else sub
    expected[threading.get_ident()].update({
        "inner": [[FILES, 3, "f"], [FILES, 4, "<module>"]],
        "unsure": sub is None})
    script = ("import os, time\ndef f():\n"
              "    os.write(%d, b'.'), time.sleep(100000)\nf()\n" % inner_says)
    run = getattr(module, "run_string", None) or module.exec
    run(mine, script)


# --- the truth ---------------------------------------------------------------

CODE_OF = {
    types.FunctionType: "__code__",
    types.GeneratorType: "gi_code",
    types.CoroutineType: "cr_code",
    types.AsyncGeneratorType: "ag_code",
}


def qualnames():
    """What functions with this code call themselves; co_qualname knows it
    from 3.11 on."""
    known = {}
    for x in gc.get_objects():
        if type(x) in CODE_OF:
            code = getattr(x, CODE_OF[type(x)])
            known.setdefault(code, set()).add(x.__qualname__)
    return known


def class_of_first(frame):
    code = frame.f_code
    if not code.co_argcount:
        return None
    name = code.co_varnames[0]
    value = frame.f_locals.get(name)
    if name == "self":
        return type(value).__qualname__
    if name == "cls" and isinstance(value, type):
        return value.__qualname__
    return None


def columns(frame):
    code = frame.f_code
    if not hasattr(code, "co_positions"):
        return [None, None, None]
    line, end, column, end_column = list(code.co_positions())[
        frame.f_lasti // 2]
    return [end, column, end_column]


def frames_of(frame, known):
    said = []
    while frame is not None:
        code = frame.f_code
        names = ([code.co_qualname] if hasattr(code, "co_qualname")
                 else sorted(known.get(code, ())))
        said.append({"file": code.co_filename, "function": code.co_name,
                     "line": frame.f_lineno, "qualnames": names,
                     "columns": columns(frame),
                     "self_class": class_of_first(frame)})
        frame = frame.f_back
    return said


def lasti_of_all():
    said = {}
    for ident, frame in sys._current_frames().items():
        if ident == threading.get_ident():
            continue
        here = []
        while frame is not None:
            here.append((id(frame.f_code), frame.f_lasti))
            frame = frame.f_back
        said[ident] = here
    return said


def wait_until_still(n):
    """The same ten times in a row, and all are there."""
    last, same = None, 0
    while same < 10:
        now = lasti_of_all()
        # All but the one that compresses and the other interpreter hold.
        there = len(now) >= n and len(arrived) >= n - 2
        same = same + 1 if there and now == last else 0
        last = now
        time.sleep(0.005)


def truth():
    known = qualnames()
    me = threading.get_ident()
    threads = {t.ident: t for t in threading.enumerate()}
    said = []
    for ident, frame in sys._current_frames().items():
        if ident == me:
            # Not this function, nor the one that waits.
            frame = sys._getframe(1)
        t = threads.get(ident)
        said.append(dict({
            "ident": ident, "frames": frames_of(frame, known),
            "name": t.name if t else None,
            "daemon": t.daemon if t else None,
            "native_id": getattr(t, "native_id", None),
            "columns": ident != me,
        }, **expected.get(ident, {})))
    with open(os.environ["PYHEAPSPY_TRUTH"], "w") as f:
        json.dump(said, f)


def run(kind):
    expected[threading.get_ident()] = {"kind": kind.__name__}
    kind()


def main():
    more = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    kinds = list(KINDS)
    if sys.version_info >= (3, 8):
        kinds.append(subinterpreter)
    for i, kind in enumerate(kinds):
        threading.Thread(target=run, args=(kind,), daemon=True,
                         name="kind \u00e9 " + kind.__name__).start()
        if kind is imported:
            time.sleep(0.1)
    for i in range(more):
        threading.Thread(target=run, args=(hold,), daemon=True).start()
    start_in_c(CALLBACK(from_c))
    start_in_c(CALLBACK(from_c_named))
    start_in_c(libc.pause)
    if subinterpreter in kinds:
        os.read(inner_arrived, 1)
    wait_until_still(len(kinds) + more + 2)
    truth(), os.write(1, b"ready\n"), sys.stdin.readline()


main()
