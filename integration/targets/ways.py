# SPDX-License-Identifier: MIT
"""Objects that are held in ways which are known: see checks/ways-are-told.

It answers each line of words: "size NAME" with the bytes that die when what is
called so lets go; "address NAME" with the address of what is called so, "local
NAME" with that of a variable of a frame, "getsizeof NAME" with its size.
"""
import asyncio
import codecs
import sys
import threading

FIRST = 5000		# no int below is anybody's own


class Session(object):
    def __init__(self, number):
        self.name = "session %d" % number
        self.rows = [number]


class Node(object):
    __slots__ = ("next",)

    def __init__(self, after):
        self.next = after


class Tree(object):
    __slots__ = ("left", "right")


class Pair(object):
    """Two that share what neither retains alone."""

    def __init__(self, shared):
        self.shared = shared


class Note(object):
    """Those of a thread."""


class Row(object):
    """Those of who waits."""


class Hook(object):
    """Those of the interpreter, and of a thread."""

    def __call__(self, frame, event, arg):
        pass


class Registry(object):
    known = {}
    some = []


class Twin(object):
    pass


Other = type("Twin", (object,), {"__module__": "other"})


def make(count):
    return [Session(FIRST + i) for i in range(count)]


def tree(depth):
    made = Tree()
    made.left = tree(depth - 1) if depth else None
    made.right = tree(depth - 1) if depth else None
    return made


CACHE = {s.rows[0]: s for s in make(2000)}
Registry.some = list(CACHE.values())[:50]
Registry.known = {"number %d" % i: s for i, s in enumerate(make(10))}
head = None
for _ in range(20000):
    head = Node(head)
root = tree(9)
pair = [Pair("only the two have this"), None]
pair[1] = Pair(pair[0].shared)
pair[0].shared = pair[1].shared = ["what", "the", "two", "have"]
twins = [Twin(), Other()]
local = threading.local()
local.notes = [Note() for _ in range(5)]
nested = {"a": {"b": {"c": [Twin]}}}


def collector():
    found = make(100)

    def collect(session):
        found.append(session)
    return collect


collect = collector()


def find_codec(name, kept=Hook()):
    return None


codecs.register(find_codec)
del find_codec


async def fetch():
    rows = [Row() for _ in range(3)]
    await asyncio.sleep(3600)
    return rows


async def poll():
    return await fetch()


def walk():
    rows = [Row()]
    yield rows


walking = walk()
next(walking)
loop = asyncio.new_event_loop()
tasks = [loop.create_task(poll()) for _ in range(4)]
for number, task in enumerate(tasks):
    if hasattr(task, "set_name"):	# 3.8 ..
        task.set_name("poll-%d" % number)
del task
loop.call_soon(loop.stop)
loop.run_forever()


def watch():
    """By itself: up to 3.10 a frame's stack is not told from what is left."""
    sys.setprofile(Hook())


def work(ready, done):
    mine = make(30)
    local.notes = [Note() for _ in range(7)]
    watch()
    ready.set()
    done.wait()
    return mine


def size(name):
    if name == "pair":
        return sum(map(sys.getsizeof, pair)) + sys.getsizeof(pair[0].shared) + (
            sum(sys.getsizeof(p.__dict__) for p in pair)
            if sys.version_info < (3, 11) else 0)
    held = CACHE if name == "CACHE" else Registry.known
    return sys.getsizeof(held)


def serve():
    session = Session(FIRST)
    print("ready")
    sys.stdout.flush()
    for line in sys.stdin:
        what, name = line.strip().split(None, 1)
        print(size(name) if what == "size" else
              hex(id(session)) if what == "local" else
              sys.getsizeof(eval(name, globals())) if what == "getsizeof" else
              hex(id(eval(name, globals()))))
        sys.stdout.flush()
    return session


def main():
    ready, done = threading.Event(), threading.Event()
    worker = threading.Thread(target=work, args=(ready, done), name="worker-1")
    worker.daemon = True
    worker.start()
    ready.wait()
    serve()


if __name__ == "__main__":
    main()
