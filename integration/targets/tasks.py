# SPDX-License-Identifier: MIT
"""Tasks of asyncio in several loops, all waiting, one of each loop running.

The truth is one JSON object: "tasks", each with address, name, coroutine,
state, loop, waits_for, awaited_by and frames (function, line; innermost
first), as the interpreter has them; awaited_by as this program knows it.
"""
import asyncio
import contextlib
import gc
import json
import os
import sys
import threading
import types

LONG = 3600
version = sys.version_info[:2]
awaited_by = {}		# task -> tasks
loops = []
running = {}		# loop -> (the task that runs, ident of its thread)
kept = []


def here():
    return asyncio.current_task()


def expect(child, parent=None):
    awaited_by.setdefault(child, set()).add(parent or here())
    return child


def start(coro, name=None):
    """A task of the running loop, with a name where tasks have one."""
    if version >= (3, 8):
        return asyncio.get_event_loop().create_task(coro, name=name)
    return asyncio.get_event_loop().create_task(coro)


# --- what tasks do ---------------------------------------------------------

async def sleeping(n=LONG):
    await asyncio.sleep(n)


async def deep(n):
    if n:
        return await deep(n - 1)
    await sleeping()


async def awaiting(task):
    await expect(task)


async def gathering():
    children = [start(deep(i), "child-%d" % i) for i in range(3)]
    for child in children:
        expect(child)
    await asyncio.gather(*children)


async def gathering_twice():
    inner = [expect(start(sleeping(), "inner-%d" % i)) for i in range(2)]
    outer = expect(start(gathering(), "gathering in gather"))
    await asyncio.gather(asyncio.gather(*inner), outer)


async def waiting():
    children = [expect(start(sleeping(), "waited-%d" % i)) for i in range(3)]
    await asyncio.wait(children)


async def shielding():
    await asyncio.shield(expect(start(deep(2), "shielded")))


async def waiting_for():
    await asyncio.wait_for(expect(start(deep(1), "waited for")), LONG)


async def grouping():
    async with asyncio.TaskGroup() as group:
        for i in range(3):
            expect(group.create_task(deep(i), name="of a group %d" % i))


async def grouping_in_group():
    async with asyncio.TaskGroup() as group:
        expect(group.create_task(grouping(), name="group in group"))
        expect(group.create_task(sleeping(), name="beside it"))


async def timing_out():
    async with asyncio.timeout(LONG):
        await sleeping()


async def getting(queue):
    return await queue.get()


async def putting(queue):
    while True:
        await queue.put(1)


async def locking(lock):
    async with lock:
        await sleeping()


async def notified(condition):
    async with condition:
        await condition.wait()


async def eventful(event):
    await event.wait()


async def ticking(n):
    for i in range(n):
        yield i
    await sleeping()
    yield n


async def nested_ticking():
    async for tick in ticking(3):
        yield tick


async def listening():
    async for _ in nested_ticking():
        pass


async def sending():
    ticker = ticking(0)
    await ticker.asend(None)


async def cleaning_up():
    try:
        yield 1
    finally:
        await sleeping()


async def closing():
    ticker = cleaning_up()
    await ticker.__anext__()
    await ticker.aclose()


async def throwing():
    ticker = cleaning_up()
    await ticker.__anext__()
    await ticker.athrow(ValueError("into it"))


async def next_with_default():
    await anext(ticking(0), "nothing")


@contextlib.asynccontextmanager
async def managed():
    await sleeping()
    yield


async def managing():
    async with managed():
        pass


class Awaitable:
    def __await__(self):
        yield from sleeping().__await__()


class Wrapping:
    def __await__(self):
        return deep(1).__await__()


async def custom():
    await Awaitable()


async def wrapped():
    await Wrapping()


@types.coroutine
def old_style():
    yield from sleeping()


async def awaiting_old_style():
    await old_style()


async def awaiting_future(future):
    await future


def blocked(started, never):
    started.set()
    never.wait()


async def in_a_thread(started, never):
    loop = asyncio.get_event_loop()
    await loop.run_in_executor(None, blocked, started, never)


async def to_thread(started, never):
    await asyncio.to_thread(blocked, started, never)


class MyTask(asyncio.Task):
    pass


class Foreign:
    """Not made by asyncio, but known to it."""

    def __init__(self, coro, loop):
        self._coro, self._loop = coro, loop
        self._fut_waiter = coro.send(None)
        self._name = "foreign"

    def get_loop(self):
        return self._loop

    def done(self):
        return False

    def get_name(self):
        return self._name



# --- all of them in one loop -----------------------------------------------

ODD = ["", "with space", "quote'\"", "tab\tnl\n", "esc\x1b[31m", "nul\0byte",
       u"umlaut \xfc", u"\u65e5\u672c\u8a9e", u"\U0001f600", "x" * 300,
       u"\u202egnp.exe", u"lone \udc80"]


def simple_ones():
    loop = asyncio.get_event_loop()
    queue, full = asyncio.Queue(), asyncio.Queue(1)
    lock, event = asyncio.Lock(), asyncio.Event()
    condition, semaphore = asyncio.Condition(), asyncio.Semaphore(0)
    kept.extend([queue, full, lock, event, condition, semaphore])
    for name, coro in [
            ("sleeping", sleeping()), ("deep", deep(30)),
            ("gathering", gathering()), ("twice", gathering_twice()),
            ("waiting", waiting()), ("shielding", shielding()),
            ("waiting for", waiting_for()), ("getting", getting(queue)),
            ("putting", putting(full)), ("locking", locking(lock)),
            ("locked out", locking(lock)), ("eventful", eventful(event)),
            ("notified", notified(condition)),
            ("semaphore", locking(semaphore)), ("listening", listening()),
            ("sending", sending()), ("closing", closing()),
            ("throwing", throwing()), ("managing", managing()),
            ("custom", custom()), ("wrapped", wrapped()),
            ("old style", awaiting_old_style()),
            ("of a future", awaiting_future(loop.create_future())),
            ("of a Python future", awaiting_future(
                asyncio.futures._PyFuture(loop=loop)))]:
        kept.append(start(coro, name))
    for name in ODD:
        kept.append(start(sleeping(), name))
    child = start(sleeping(), "awaited by two")
    kept.extend([child, start(awaiting(child)), start(awaiting(child))])
    chain = start(sleeping(), "end of a chain")
    for i in range(5):
        chain = start(awaiting(chain), "link %d" % i)
    kept.append(chain)
    kept.append(MyTask(deep(1), loop=loop))
    pure = asyncio.tasks._PyTask(sleeping(), loop=loop)
    kept.extend([pure, asyncio.tasks._PyTask(deep(3), loop=loop)])
    kept.append(start(awaiting(pure), "of a Python task"))
    foreign = Foreign(sleeping(), loop)
    asyncio._register_task(foreign)
    kept.append(foreign)


def newer_ones():
    if version >= (3, 10):
        kept.append(start(next_with_default(), "anext"))
    if version >= (3, 11):
        kept.extend([start(grouping(), "grouping"),
                     start(grouping_in_group(), "groups"),
                     start(timing_out(), "timing out")])


async def threads():
    """Coroutines that wait for threads: those must have begun to block."""
    for name, make in [("executor", in_a_thread), ("to_thread", to_thread)]:
        if name == "to_thread" and version < (3, 9):
            continue
        started, never = threading.Event(), threading.Event()
        kept.append(start(make(started, never), name))
        while not started.is_set():
            await asyncio.sleep(0.001)


async def settle():
    """Until every task but us waits for something."""
    tasks = asyncio.all_tasks() - {here()}
    while not all(task._fut_waiter for task in tasks):
        await asyncio.sleep(0)
        tasks = asyncio.all_tasks() - {here()}


async def populate(few=False):
    loops.append(asyncio.get_event_loop())
    if few:
        kept.append(start(gathering(), "gathering elsewhere"))
        kept.append(start(sleeping()))
    else:
        simple_ones()
        newer_ones()
        await threads()
        for i in range(300):
            kept.append(start(deep(1), "one of many %d" % i))
    await settle()


# --- loops that stand still -------------------------------------------------

async def asleep(ready):
    """Its loop waits for events: nothing runs."""
    await populate(few=True)
    asyncio.get_event_loop().call_soon(ready.set)
    await sleeping()


async def busy(ready):
    """It runs, and stands: inside code that is not asynchronous."""
    await populate(few=True)
    await inner_busy(ready)


async def inner_busy(ready):
    running[asyncio.get_event_loop()] = here(), threading.get_ident()
    ready.set()
    threading.Event().wait()


async def eager(ready):
    asyncio.get_event_loop().set_task_factory(asyncio.eager_task_factory)
    kept.append(asyncio.create_task(sleeping(), name="begun eagerly"))
    await populate(few=True)
    kept.append(asyncio.create_task(inner_busy(ready), name="eager"))


def in_thread(target):
    """Run a loop in a thread, until all in it stands."""
    def run():
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.run_until_complete(target(ready))

    ready = threading.Event()
    thread = threading.Thread(target=run)
    thread.daemon = True
    thread.start()
    ready.wait()


# --- the truth --------------------------------------------------------------

def place(frame):
    return [frame.f_code.co_name, frame.f_lineno]


def step_in(awaited):
    """The coroutine or generator behind a wrapper, or None."""
    name = type(awaited).__name__
    if name in ("coroutine", "generator", "async_generator"):
        return awaited
    if name in ("coroutine_wrapper", "async_generator_asend",
                "async_generator_athrow", "anext_awaitable"):
        for other in gc.get_referents(awaited):
            found = step_in(other)
            if found is not None:
                return found
    return None


def parts(coro):
    """Frame and what is awaited of a coroutine or its like."""
    prefix = {"coroutine": "cr", "generator": "gi"}.get(type(coro).__name__,
                                                        "ag")
    return (getattr(coro, prefix + "_frame"),
            getattr(coro, prefix + ("_yieldfrom" if prefix == "gi"
                                    else "_await")))


def frames_of(task):
    found, coro = [], task._coro
    while coro is not None:
        frame, awaited = parts(coro)
        found.insert(0, place(frame))
        coro = step_in(awaited)
    return found


def frames_of_running(task, ident):
    """From the innermost frame of its thread out to its coroutine."""
    found = []
    frame = sys._current_frames()[ident]
    while True:
        found.append(place(frame))
        if frame is task._coro.cr_frame:
            return found
        frame = frame.f_back


def all_tasks(loop):
    """From 3.14 on those written in Python are in another list."""
    return asyncio.all_tasks(loop) | getattr(
        asyncio.tasks, "_py_all_tasks", asyncio.all_tasks)(loop)


def described(task, loop):
    runs, ident = running.get(loop, (None, 0))
    if runs is task:
        frames = frames_of_running(task, ident)
    else:
        frames = frames_of(task)
    waits = task._fut_waiter
    return {
        "address": hex(id(task)),
        "name": task.get_name() if hasattr(task, "get_name") else None,
        "coroutine": task._coro.__qualname__,
        "state": "running" if runs is task else "pending",
        "loop": hex(id(loop)),
        "waits_for": hex(id(waits)) if waits is not None else None,
        "awaited_by": sorted(hex(id(t)) for t in awaited_by.get(task, ())),
        "frames": frames,
    }


def say():
    while os.write(1, b"ready\n") and os.read(0, 100):
        pass


def write_and_wait():
    """All that follows runs in the task of the main loop, without await."""
    running[asyncio.get_event_loop()] = here(), threading.get_ident()
    rows = [described(task, loop) for loop in loops
            for task in all_tasks(loop)]
    for row in rows:	# this very task stands in say() when it is looked at
        if row["address"] == hex(id(here())):
            mine = row
    mine["frames"] = ([["say", LINE_IN_SAY],
                       ["write_and_wait", LINE_OF_SAY]] +
                      mine["frames"][-1:])
    name = os.environ["PYHEAPSPY_TRUTH"]
    with open(name + ".tmp", "w") as f:
        json.dump({"tasks": rows}, f)
    os.rename(name + ".tmp", name)
    del rows, row, mine
    say()


LINE_IN_SAY = say.__code__.co_firstlineno + 1
with open(__file__) as source:
    LINE_OF_SAY = [n for n, line in enumerate(source, 1)
                   if line == "    say()\n"][-1]


async def main():
    in_thread(asleep)
    in_thread(busy)
    if version >= (3, 12):
        in_thread(eager)
    await populate()
    write_and_wait()


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(main())
