# SPDX-License-Identifier: MIT
"""Objects that several threads made, each in an arena of malloc's of its own,
large ones that malloc maps by themselves, and what was freed between."""
import threading

import truth

THREADS, EACH = 4, 2000
kept = []


class Made(object):
    def __init__(self, n):
        self.n = n
        self.text = "made %d" % n


def make(n, barrier):
    barrier.wait()		# so that all are there at once
    mine = [Made(n * EACH + i) for i in range(EACH)]
    kept.append(mine[::3])
    kept.append([None] * 50000)
    kept.append((n,) * 50000)
    kept.append({i: str(i) for i in range(3000)})
    barrier.wait()


def main():
    barrier = threading.Barrier(THREADS)
    threads = [threading.Thread(target=make, args=(n, barrier))
               for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
truth.wait()
