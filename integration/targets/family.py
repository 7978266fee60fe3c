# SPDX-License-Identifier: MIT
"""A master with a large heap and three workers that share it, until they work.

"freeze" as an argument: gc.freeze() is called before they are forked.  A line
tells all to work, each in its way; they rest before the answer and after it.
"""
import gc
import os
import sys


class Record(object):
    __slots__ = ("text", "parts")

    def __init__(self, n):
        self.text = "record %d of those that all share" % n
        self.parts = (n, self.text)


def refer():
    return [one.text for one in loaded]


def collect():
    gc.collect()


def change():
    """In some pages, which gc.freeze() could not keep."""
    for one in loaded[::200]:
        one.parts = None
    gc.collect()


def worker(work, orders, done):
    os.read(orders, 1)
    held = work()
    os.write(done, b"x")
    os.read(orders, 1)
    return held


loaded = [Record(i) for i in range(100000)]
gc.disable()
gc.collect()
if "freeze" in sys.argv:
    gc.freeze()
orders, done, workers = [], os.pipe(), []
for work in (refer, collect, change):
    orders.append(os.pipe())
    pid = os.fork()
    if pid == 0:
        worker(work, orders[-1][0], done[1])
        os._exit(0)
    workers.append(pid)
print("workers %s" % " ".join(str(pid) for pid in workers), flush=True)
for line in sys.stdin:
    for _, end in orders:
        os.write(end, b"x")
    for _ in workers:
        os.read(done[0], 1)
    print("done", flush=True)
