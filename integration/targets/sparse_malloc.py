# SPDX-License-Identifier: MIT
"""Objects too large for pools, of which few are left; then none, and a trim.

One of EACH stays, so those that do lie in pages of their own.
"""
import ctypes
import os
import sys

MIB = int(os.environ["PYHEAPSPY_SPARSE_MIB"])
EACH = 25
SLOTS = 80


class Kept:
    __slots__ = ["s%d" % i for i in range(SLOTS)]


class Past:
    __slots__ = Kept.__slots__


many = [Past() if i % EACH else Kept()
        for i in range((MIB << 20) // sys.getsizeof(Kept()))]
kept = [one for one in many if type(one) is Kept]
del many
trim = ctypes.CDLL(None).malloc_trim
print("ready", flush=True)
for line in sys.stdin:
    n = len(kept)
    if line.startswith("free"):
        kept.clear()
        trim(0)
    print(n, flush=True)
