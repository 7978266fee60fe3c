# SPDX-License-Identifier: MIT
"""Allocates as fast as it can, in several threads, between fixed bounds.

At any moment there are exactly 5000 Stable, and from 1000 to 1000 + THREADS
Moving objects, whatever else comes and goes.
"""
import os
import threading

THREADS = 3


class Stable:
    def __init__(self, n):
        self.n = n


class Moving:
    def __init__(self, n):
        self.n = [n, str(n)]


stable = [Stable(i) for i in range(5000)]
moving = [Moving(i) for i in range(1000)]
beats = [0]


def churn(first):
    """Replace objects one by one; make garbage of every size."""
    n = first
    while True:
        n += THREADS
        moving[n % 1000] = Moving(n)
        local = {str(i): [i] * (i % 40) for i in range(n % 100)}
        local["text"] = "x" * (n % 700)
        local["sorted"] = sorted(local, key=len)
        beats[0] += 1


for first in range(THREADS):
    thread = threading.Thread(target=churn, args=(first,))
    thread.daemon = True
    thread.start()
os.write(1, ("ready %d\n" % os.getpid()).encode())
while True:
    command = os.read(0, 100).strip()
    if command == b"beats":
        os.write(1, ("beats %d\n" % beats[0]).encode())
    elif command == b"exec":
        os.execvp("sleep", ["sleep", "60"])
    else:
        os._exit(0)
