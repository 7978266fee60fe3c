# SPDX-License-Identifier: MIT
"""A service that leaks 500 Sessions a second through a cache, and keeps books.

usage: leaking.py [ballast OBJECTS]

Each Session brings a dict and an int of its own.  Commands, a line each, on
stdin:

  truth     answers "time count": seconds of the monotonic clock, and how many
            Sessions there are at that time
  exec      becomes another Python program, which says "other PID"
  quit      ends

A line in the file PYHEAPSPY_TRUTH says the same a few times a second.
"""
import os
import sys
import threading
import time

A_SECOND = 500
TICK = 0.02


class Session:
    def __init__(self, number):
        self.number = number
        self.data = {"number": number}


class Cache:
    def __init__(self):
        self.sessions = {}
        self.lock = threading.Lock()

    def leak(self, upto):
        with self.lock:
            for number in range(len(self.sessions), upto):
                self.sessions[number] = Session(number)


def leak_steadily(cache, books):
    """As many as are due, however late we are called."""
    began = time.monotonic()
    while True:
        cache.leak(int((time.monotonic() - began) * A_SECOND))
        books.write("%.6f %d\n" % (time.monotonic(), len(cache.sessions)))
        time.sleep(TICK)


def work(beats):
    """Allocates and frees, with a sum that tells if anything went wrong."""
    while True:
        rows = [(i, str(i), {"i": i}) for i in range(100)]
        if sum(int(text) + d["i"] - i for i, text, d in rows) != 4950:
            print("wrong sum", flush=True)
        beats.append(1)
        del beats[:-10]
        time.sleep(0.005)


def main():
    cache = Cache()
    keep = [(i, float(i)) for i in range(int(sys.argv[2]))] \
        if sys.argv[1:2] == ["ballast"] else []
    books = open(os.environ.get("PYHEAPSPY_TRUTH", os.devnull), "w",
                 buffering=1)
    for name, call, args in (("leak", leak_steadily, (cache, books)),
                             ("work", work, ([],))):
        thread = threading.Thread(name=name, target=call, args=args)
        thread.daemon = True
        thread.start()
    print("ready %d" % os.getpid(), flush=True)
    for line in sys.stdin:
        word = line.strip()
        if word == "truth":
            print("%.6f %d" % (time.monotonic(), len(cache.sessions)),
                  flush=True)
        elif word == "exec":
            os.execv(sys.executable, [sys.executable, "-c", """
import os, sys, time
class Other: pass
others = [Other() for i in range(3000)]
print("other %d" % os.getpid(), flush=True)
time.sleep(1000)
"""])
        elif word == "quit":
            break
    return keep


if __name__ == "__main__":
    main()
