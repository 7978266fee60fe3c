# SPDX-License-Identifier: MIT
"""Tells its own counters on request; in between it does nothing at all."""
import gc
import os
import sys


class Plain:
    def __init__(self, n):
        self.n = n
        self.list = [n]


class Cycle:
    def __init__(self):
        self.me = self


kept = [Plain(i) for i in range(20000)]
gc.collect()
gc.disable()
for i in range(50):
    Cycle()		# dead, and not collected: the collector is off


def counters():
    """Blocks, counts, tracked objects, dicts; made the same way each time."""
    blocks = sys.getallocatedblocks()
    count = gc.get_count()
    objects = gc.get_objects()
    dicts = 0
    for one in objects:
        if type(one) is dict:
            dicts += 1
    tracked = len(objects)
    del objects[:]	# it holds this frame, up to 3.10, and the frame it
    return "%d %s %d %d" % (blocks, count, tracked, dicts)


def answer(text):
    os.write(1, text.encode() + b"\n")


def serve():
    """Reply to each line: count, collect."""
    while True:
        command = os.read(0, 100).strip()
        if not command:
            return
        if command == b"count":
            answer(counters())
        elif command == b"collect":
            answer("%d cycles" % gc.collect())


answer("ready %d" % os.getpid())
serve()
