# SPDX-License-Identifier: MIT
"""A cache of response bodies, each larger than a block of a pool can be.

A line with a number asks for so many more; the answer is how many there are.
"""
import sys

SIZE = 520
cache = {}


def fill(n):
    for i in range(len(cache), len(cache) + n):
        cache[i] = bytes(SIZE)
    return len(cache)


fill(int(sys.argv[1]))
print("ready", flush=True)
for line in sys.stdin:
    print(fill(int(line)), flush=True)
