# SPDX-License-Identifier: MIT
"""A leak of the kind that the argument names; each is a few megabytes.

It answers a line with the bytes that die when the holder lets go, as
sys.getsizeof() has them, or 0: nobody knows.
"""
import asyncio
import atexit
import ctypes
import functools
import json
import logging
import logging.handlers
import sys
import threading
import weakref

try:
    import contextvars
except ImportError:	# 3.6
    pass

MANY = 12000
FIRST = 5000		# no int below is anybody's own


class Session(object):
    def __init__(self, number):
        self.name = "session %d" % number
        self.rows = [number, "row %d" % number]


def sizes(sessions):
    """Of them and all that is theirs."""
    size = 0
    for s in sessions:
        parts = [s, s.name, s.rows] + s.rows
        if sys.version_info < (3, 11):
            parts.append(s.__dict__)	# later it would be made for us
        size += sum(map(sys.getsizeof, parts))
    return size


def make():
    return [Session(FIRST + i) for i in range(MANY)]


class Registry(object):
    known = {}


kept = {}


def module_cache():
    for i in range(MANY):
        session = Session(FIRST + i)
        kept[session.rows[0]] = session
    return lambda: sys.getsizeof(kept) + sizes(kept.values())


def class_registry():
    for i, session in enumerate(make()):
        Registry.known["number %d" % i] = session
    return lambda: (sys.getsizeof(Registry.known) +
                    sizes(Registry.known.values()) +
                    sum(map(sys.getsizeof, Registry.known)))


def closure():
    found = []

    def collect(session):
        found.append(session)

    for session in make():
        collect(session)
    global collector
    collector = collect
    return lambda: sys.getsizeof(found) + sizes(found)


def traceback():
    def failing():
        rows = make()
        raise ValueError(len(rows))

    global failure
    try:
        failing()
    except ValueError as error:
        failure = error


def lru_cache():
    @functools.lru_cache(maxsize=None)
    def load(number):
        return Session(number)

    for i in range(MANY):
        load(FIRST + i)
    global loader
    loader = load


def logging_handler():
    log = logging.getLogger("app")
    log.setLevel(logging.INFO)
    log.propagate = False
    log.addHandler(logging.handlers.MemoryHandler(1 << 30, 1 << 10))
    for i in range(MANY):
        log.info("session %d", i)


def thread_local():
    global local
    local = threading.local()
    local.sessions = make()


def shared():
    global first, second
    first = make()
    second = list(first)


def tasks():
    loop = asyncio.new_event_loop()

    async def wait(session):
        await asyncio.sleep(3600)
        return session

    global waiting
    waiting = set()
    for session in make()[:MANY // 4]:
        waiting.add(loop.create_task(wait(session)))
    loop.call_soon(loop.stop)
    loop.run_forever()
    kept["loop"] = loop


def at_exit():
    atexit.register(at_exit, make())


def generator():
    """Never finished."""
    def walk():
        rows = make()
        yield len(rows)

    global walking
    walking = walk()
    next(walking)


def weak_callback():
    """What a callback of a weak reference keeps."""
    rows = make()
    global watched, watcher
    watched = Session(FIRST)
    watcher = weakref.ref(watched, lambda ref: rows.clear())


def monkey_patch():
    """A module of others that was given a function of ours."""
    rows = make()
    json.dumps = lambda value: rows[value]


def timer():
    """The context of a call that is due some day."""
    variable = contextvars.ContextVar("sessions")
    loop = asyncio.new_event_loop()
    context = contextvars.copy_context()
    context.run(variable.set, make())
    context.run(loop.call_later, 3600, loop.stop)
    kept["loop"] = loop


def forgotten():
    """As a C extension that forgets a DECREF."""
    for session in make():
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(session))


class Link(object):
    def __init__(self, following):
        self.following = following


def linked_list():
    global chain
    chain = None
    for _ in range(MANY):
        chain = Link(chain)


class Hangs(object):
    __slots__ = ()
    here, gate = threading.Event(), threading.Lock()

    def __del__(self):
        self.here.set()
        self.gate.acquire()


def delete_later():
    """A thread hangs in a finalizer, deep in lists that it deletes: what is
    deeper it has put off."""
    deep = 200 if sys.version_info < (3, 13) else \
        12000 if sys.version_info < (3, 14) else 100000
    lists = make()
    for _ in range(deep):
        lists = [Hangs(), lists]	# the last is deleted first
    box = [lists]
    del lists
    Hangs.gate.acquire()
    threading.stack_size(4 << 20)
    thread = threading.Thread(name="deleting", target=box.pop)
    thread.daemon = True
    thread.start()
    Hangs.here.wait()


def frame():
    rows = make()
    rest(lambda: 0)
    return rows


def rest(size):
    print("ready")
    sys.stdout.flush()
    sys.stdin.readline()
    print(size())
    sys.stdout.flush()
    sys.stdin.readline()


if __name__ == "__main__":
    rest(globals()[sys.argv[1]]() or (lambda: 0))
