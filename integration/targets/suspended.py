# SPDX-License-Identifier: MIT
"""Code in the middle of something: generators, coroutines, frames, threads."""
import contextlib
import sys
import threading
import types

import truth

kept = []


def counter(n, *more, **named):
    local = ["local of counter", n]
    for i in range(n):
        sent = yield local, i
        more += (sent,)


def delegating(n):
    inner = {"held": "while delegating"}
    yield from counter(n, inner, key=inner)


def wide():
    """More locals and stack than a small block holds."""
    a = b = c = d = e = f = g = h = i = j = k = l = m = [1]  # noqa: E741
    n = o = p = q = r = s = t = u = v = w = x = y = z = {2}
    for one in range(2):
        for two in (1, 2, 3):
            for three in "abc":
                yield [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r,
                       s, t, u, v, w, x, y, z, one, two, (yield three)]


def failing():
    try:
        raise ValueError("inside a generator", [1])
    except ValueError:
        yield "while handling"
        yield "again"


class Awaitable:
    def __await__(self):
        yield "awaiting", [self]


async def coroutine(x):
    async with Manager() as manager:
        await Awaitable()
    return x, manager


async def outer(x):
    return await coroutine([x])


class Manager:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *what):
        return None


async def ticking(n):
    for i in range(n):
        await Awaitable()
        yield i, [n]


async def listening():
    async for tick in ticking(3):
        kept.append(tick)


@types.coroutine
def old_style():
    yield [1, 2, 3]


def generators():
    for make in (lambda: counter(3), lambda: delegating(4), wide, failing,
                 old_style):
        fresh, begun, closed, exhausted = make(), make(), make(), make()
        next(begun)
        closed.close()
        list(exhausted)
        kept.append((fresh, begun, closed, exhausted))
    kept.append((i * j for i in range(3) for j in [i, i + 1]))
    next(kept[-1])
    sent = counter(5)
    next(sent)
    sent.send({"sent": "in"})
    kept.append(sent)


def coroutines():
    if hasattr(sys, "set_coroutine_origin_tracking_depth"):
        sys.set_coroutine_origin_tracking_depth(5)
        kept.append(coroutine("with its origin"))
        sys.set_coroutine_origin_tracking_depth(0)
    for make in (coroutine, outer):
        fresh, begun, done = make(1), make(2), make(3)
        begun.send(None)
        with contextlib.suppress(StopIteration):
            while True:
                done.send(None)
        kept.append((fresh, begun, done))
    ticker = ticking(2)
    step = ticker.__anext__()
    step.send(None)
    kept.append((ticker, step, ticking(1), ticking(1).__anext__(),
                 ticking(1).asend(None), ticking(1).athrow(ValueError)))
    waiting = listening()
    waiting.send(None)
    kept.append((waiting, coroutine(1).__await__()))


def raised(depth, what):
    local = ["local of raised", depth]
    if depth:
        return raised(depth - 1, what), local
    raise what


def exceptions():
    """Tracebacks keep frames, frames keep locals."""
    made = [ValueError("plain"), KeyError(("a", "tuple")), OSError(2, "no"),
            OSError(2, "no", "file", None, "other"), StopIteration([1]),
            SystemExit(3), ImportError("no", name="n", path="p"),
            UnicodeDecodeError("ascii", b"\xff", 0, 1, "why"),
            UnicodeEncodeError("ascii", u"\xff", 0, 1, "why"),
            SyntaxError("bad", ("f", 1, 2, "text")), MemoryError(),
            RecursionError("deep"), AttributeError("a"), NameError("n"),
            BlockingIOError(11, "later", 5), Exception(), UserWarning("w"),
            UnicodeTranslateError(u"x", 0, 1, "why"), StopAsyncIteration()]
    for what in made:
        try:
            try:
                raised(3, what)
            except BaseException as e:
                raise RuntimeError("because of", e) from e
        except RuntimeError as e:
            kept.append(e)
    for bad in ("1/0", "[].x", "x_y_z", "int('x')", "{}[1]", "import nope",
                "(", "open('/no/such/file')", "b'\\xff'.decode()",
                "def f():\n  a\n b"):
        try:
            exec(bad, {})
        except Exception as e:
            kept.append(e)


def frames():
    def holding(x):
        local = {"of": "holding", "x": x}
        return sys._getframe(), (lambda: local)

    frame, inner = holding(1)
    kept.append((frame, inner))
    shown, inner = holding(2)
    kept.append((shown, shown.f_locals, inner))
    cleared, inner = holding(3)
    cleared.clear()
    kept.append((cleared, inner))
    traced, inner = holding(4)
    traced.f_trace = print
    kept.append((traced, sys._getframe(), sys._getframe().f_back))
    begun = counter(3)
    next(begun)
    kept.append((begun, begun.gi_frame))


def threads():
    """Some wait in Python code, one deep down, one inside a generator."""
    ready, never = threading.Semaphore(0), threading.Event()

    def work(depth, held):
        here = ["local of a thread", depth]
        if depth:
            return work(depth - 1, held), here
        for each in work_generator(held):
            here.append(each)

    def work_generator(held):
        got = {"inside": "a running generator"}
        ready.release()
        never.wait()
        yield got, held

    for depth in (0, 1, 20, 200):
        thread = threading.Thread(target=work, args=(depth, ["argument"]),
                                  name="worker of depth %d" % depth)
        thread.daemon = True
        thread.start()
        ready.acquire()
        kept.append(thread)
    local = threading.local()
    local.value = ["of the main thread"]
    kept.append((local, threading.Lock(), threading.RLock(),
                 threading.Condition(), threading.Barrier(2),
                 threading.Timer(1, print)))
    # A thread says it is ready before it waits: see that all sleep.
    truth.wait_for_threads(5)


def in_the_middle(n):
    """Wait with live frames above: locals, iterators and a stack."""
    local = {"of": "in_the_middle", "n": n}
    for i in [1, 2, [3]]:
        with contextlib.suppress(KeyError):
            if n:
                return [local, i, in_the_middle(n - 1)]
            try:
                raise KeyError("being handled")
            except KeyError:
                return [i, {"half": "built"}, truth.wait()]


for make in (generators, coroutines, exceptions, frames, threads):
    make()
in_the_middle(5)
