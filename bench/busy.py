# SPDX-License-Identifier: MIT
"""A loop that allocates, over a heap of about N objects.

usage: busy.py N

Prints "ready", then answers each line on standard input with the rounds done so
far and how many of them came to a wrong sum.
"""
import sys
import threading

from target import populate


class Loop:
    def __init__(self):
        self.rounds = 0
        self.wrong = 0

    def run(self):
        while True:
            rows = [(i, str(i), {"i": i}, [i] * 3) for i in range(200)]
            total = sum(int(text) + d["i"] + items[2] - 3 * i
                        for i, text, d, items in rows)
            self.wrong += total != 0
            self.rounds += 1


def main():
    keep = populate(int(sys.argv[1]))
    loop = Loop()
    thread = threading.Thread(target=loop.run)
    thread.daemon = True
    thread.start()
    print("ready", flush=True)
    for _ in sys.stdin:
        print("%d %d" % (loop.rounds, loop.wrong), flush=True)
    return keep


if __name__ == "__main__":
    main()
