# SPDX-License-Identifier: MIT
"""Containers that grow, each by an Item a tick, and some that do not.

A line in the file PYHEAPSPY_TRUTH says "time items" after each tick: seconds of
the monotonic clock, and how many items each of those that grow has.  It ends
with its stdin.
"""
import collections
import os
import sys
import threading
import time

BEGIN = 100		# items from the start
TICK = 0.01


class Item:
    def __init__(self, number):
        self.number = number


class Other:
    """What goes leaves its place to no Item that is told from it."""
    def __init__(self, number):
        self.number = number


class Cache(dict):
    pass


class Log(list):
    pass


def numbered(kind):
    return kind((number, Item(number)) for number in range(BEGIN))


as_dict = numbered(dict)
as_ordered = numbered(collections.OrderedDict)
as_default = collections.defaultdict(list, numbered(dict))
as_cache = numbered(Cache)
as_list = [Item(number) for number in range(BEGIN)]
as_log = Log(as_list)
as_set = set(Item(number) for number in range(BEGIN))
as_deque = collections.deque(Item(number) for number in range(BEGIN))

steady = [Item(number) for number in range(BEGIN)]
turning = collections.deque((Other(number) for number in range(BEGIN)),
                            maxlen=BEGIN)
shrinking = [Other(number) for number in range(200 * BEGIN)]


def tick(number):
    for mapping in (as_dict, as_ordered, as_default, as_cache):
        mapping[number] = Item(number)
    for listed in (as_list, as_log, as_deque):
        listed.append(Item(number))
    as_set.add(Item(number))
    turning.append(Other(number))
    if len(shrinking) > BEGIN:
        del shrinking[-1]


def grow(books):
    number = BEGIN
    while True:
        tick(number)
        number += 1
        books.write("%.6f %d\n" % (time.monotonic(), number))
        time.sleep(TICK)


def main():
    books = open(os.environ.get("PYHEAPSPY_TRUTH", os.devnull), "w",
                 buffering=1)
    thread = threading.Thread(name="grow", target=grow, args=(books,))
    thread.daemon = True
    thread.start()
    print("ready %d" % os.getpid(), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
