# SPDX-License-Identifier: MIT
"""A parent with a large heap and two workers that share it."""
import gc
import os
import signal


class Record:
    def __init__(self, n):
        self.n = n
        self.text = "record %d" % n
        self.parts = [n, self.text]


loaded = [Record(i) for i in range(150000)]
gc.collect()
if hasattr(gc, "freeze"):
    gc.freeze()
workers = []
for number in range(2):
    pid = os.fork()
    if pid == 0:
        while True:
            signal.pause()
    workers.append(pid)
os.write(1, ("workers %d %d\nready %d\n" % (
    workers[0], workers[1], os.getpid())).encode())
while True:
    signal.pause()
