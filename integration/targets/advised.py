# SPDX-License-Identifier: MIT
"""Memory that malloc keeps, in the ways that its variables bound.

usage: advised.py threads | top | large

Blocks are larger than pools have them, and written to.
"""
import sys
import threading

MIB = 1 << 20
THREADS = 12
SMALL = 40000		# no mapping of its own, however malloc is told
LARGE = 3 * MIB
kept = []


def fill(total, size=SMALL):
    return [b"x" * size for _ in range(total // size)]


def keep_last(blocks):
    """What is behind them keeps the end of the heap from going back."""
    kept.append(b"x" * SMALL)
    blocks.clear()


def in_thread(begin, end):
    begin.wait()
    keep_last(fill(12 * MIB))
    end.set()
    threading.Event().wait()


def threads():
    """Each has as much for a while, one after the other."""
    for _ in range(THREADS):
        begin, end = threading.Event(), threading.Event()
        threading.Thread(target=in_thread, args=(begin, end),
                         daemon=True).start()
        begin.set()
        end.wait()


def top():
    """Once a large mapping was freed, malloc keeps twice that at its end."""
    fill(30 * MIB, 30 * MIB)
    fill(48 * MIB)


def large():
    """... and maps none that are smaller."""
    fill(30 * MIB, 30 * MIB)
    kept.extend(fill(4 * MIB))		# into the holes that there are
    blocks = []
    for _ in range(20):
        blocks += fill(LARGE, LARGE)
        kept.append(b"x" * SMALL)
    keep_last(blocks)


{"threads": threads, "top": top, "large": large}[sys.argv[1]]()
print("ready", flush=True)
sys.stdin.readline()
