# SPDX-License-Identifier: MIT
"""N threads, the main thread among them, that wait below D frames each.

usage: threads.py N D

Prints "ready" once all of them wait; lives until it is killed.
"""
import sys
import threading


def descend(frames, ready, forever):
    if frames > 1:
        return descend(frames - 1, ready, forever)
    ready.release()
    forever.acquire()


def main():
    threads, frames = int(sys.argv[1]), int(sys.argv[2])
    ready, forever = threading.Semaphore(0), threading.Lock()
    forever.acquire()
    threading.stack_size(256 * 1024)
    # A thread has three frames of its own: _bootstrap, _bootstrap_inner, run.
    for _ in range(threads - 1):
        threading.Thread(target=descend, args=(frames - 3, ready, forever),
                         daemon=True).start()
    for _ in range(threads - 1):
        ready.acquire()
    print("ready", flush=True)
    descend(frames - 2, ready, forever)


main()
