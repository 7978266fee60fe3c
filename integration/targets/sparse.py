# SPDX-License-Identifier: MIT
"""Many small objects, nine of ten given back at random; then the rest."""
import os
import random
import sys

MIB = int(os.environ["PYHEAPSPY_SPARSE_MIB"])
SLOTS = 20


class Kept:
    __slots__ = ["s%d" % i for i in range(SLOTS)]


class Past:
    __slots__ = Kept.__slots__


random.seed(1)
size = sys.getsizeof(Kept())
many = []
for _ in range((MIB << 20) // size):
    many.append((Kept if random.random() < 0.1 else Past)())
kept = [one for one in many if type(one) is Kept]
del many
print("ready", flush=True)
for line in sys.stdin:
    n = len(kept)
    if line.startswith("free"):
        kept.clear()
    print(n, flush=True)
