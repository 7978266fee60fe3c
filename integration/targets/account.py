# SPDX-License-Identifier: MIT
"""Memory of every sort that an account knows.

usage: account.py [restless]

A line gives back what keeps arenas open that are nearly empty.  If it is
restless, it wakes up all the time instead.
"""
import mmap
import os
import sys
import tempfile
import threading
import time

PAGE = mmap.PAGESIZE
MIB = 1 << 20


class Kept:
    __slots__ = ()


# Arenas that one object in a thousand holds open, and pools that are free.
many = [Kept() for i in range(400000)]
kept = many[::1000]
del many

large = [b"%d" % i * 700 for i in range(3000)]
del large[::7]

# Private memory of which half was written, and half was only read: zeros.
private = mmap.mmap(-1, 8 * MIB, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for at in range(0, 4 * MIB, PAGE):
    private[at] = 1
for at in range(4 * MIB, 8 * MIB, PAGE):
    assert private[at] == 0
shared = mmap.mmap(-1, 4 * MIB)
for at in range(0, 2 * MIB, PAGE):
    shared[at] = 1

data = tempfile.NamedTemporaryFile(prefix="account-")
data.write(b"x" * 3 * MIB)
data.flush()
mapped = mmap.mmap(data.fileno(), 0, prot=mmap.PROT_READ)
assert sum(mapped[at] for at in range(0, 3 * MIB, PAGE))

ended = threading.Event()
for i in range(3):
    threading.Thread(target=ended.wait, daemon=True,
                     name="waits-%d" % i).start()

# Shared with a child, copy-on-write.
child = os.fork()
if not child:
    threading.Event().wait()

print("ready", flush=True)
while sys.argv[1:] == ["restless"]:
    time.sleep(0.0001)
for line in sys.stdin:
    kept.clear()
    print(len(kept), flush=True)
