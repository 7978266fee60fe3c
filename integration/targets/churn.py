# SPDX-License-Identifier: MIT
"""A heap with a past: what was made at random was dropped at random.

malloc and pymalloc give the same places to one thing after the other, so that
dead words point at living memory.  The argument is the seed.
"""
import collections
import random
import sys
import threading

import truth

THREADS = 2
dice = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 1)


class Plain:
    def __init__(self, parts):
        self.parts = parts
        self.number = dice.randrange(1 << 40)


class Many:
    def __init__(self, parts):
        for i in range(dice.randrange(70)):
            setattr(self, "field%d" % i, parts)


class Slots:
    __slots__ = ("a", "b", "__dict__", "__weakref__")

    def __init__(self, parts):
        self.a = parts
        self.extra = parts


class Words(dict):
    pass


class Row(list):
    pass


def size():
    """Mostly few, sometimes more than a pool's block holds."""
    return int(dice.paretovariate(0.7)) % 3000


def parts(pool):
    return [dice.choice(pool) for i in range(size())]


def leaf():
    return dice.choice((
        lambda: dice.randrange(1 << 70), lambda: dice.random(),
        lambda: "text %d" % dice.randrange(1 << 30),
        lambda: "\u20ac" * size(), lambda: b"x" * size(),
        lambda: bytearray(size()), lambda: "k" * size(), lambda: None))()


def branch(pool):
    some = parts(pool)
    keys = ["key %d" % dice.randrange(5000) for i in some]
    return dice.choice((
        lambda: some, lambda: tuple(some), lambda: dict(zip(keys, some)),
        lambda: dict(zip(range(len(some)), some)), lambda: set(keys),
        lambda: frozenset(keys), lambda: collections.deque(some),
        lambda: collections.OrderedDict(zip(keys, some)),
        lambda: Plain(some), lambda: Many(some), lambda: Slots(some),
        lambda: Words(zip(keys, some)), lambda: Row(some),
        lambda: type("Class%d" % len(some), (Plain,), {"held": some}),
        lambda: (one for one in some), lambda: lambda: some,
        lambda: Plain(some).__init__, lambda: iter(some)))()


def live(turns):
    """What is left of it all."""
    pool = [leaf() for i in range(300)]
    for turn in range(turns):
        made = branch(pool) if dice.random() < 0.6 else leaf()
        if len(pool) < 1500:
            pool.append(made)
        else:
            pool[dice.randrange(len(pool))] = made
        if dice.random() < 0.002:
            del pool[dice.randrange(200, len(pool)):]
    return pool


def aside():
    """Another thread's memory comes from another arena of malloc's."""
    pool = live(2000)
    done.release()
    threading.Event().wait()
    return pool


done = threading.Semaphore(0)
for i in range(THREADS):
    threading.Thread(target=aside, daemon=True).start()
    done.acquire()
pool = live(6000)
truth.wait_for_threads(1 + THREADS)
truth.wait()
