# SPDX-License-Identifier: MIT
"""Memory of an allocator that is not glibc's, whose library was preloaded.

Lines of the truth: "leaf PART TYPE BYTES" of what objects have in it; "native
BYTES" of what C code has at least, "mapped BYTES" of a mapping of its own.
"""
import ctypes
import mmap
import os
import sys
import threading

PAGE = mmap.PAGESIZE
MIB = 1 << 20
THREADS = 3
BLOCKS = 20000
BLOCK = 900

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
truth = open(os.environ["PYHEAPSPY_TRUTH"], "w")


class Blob(bytes):
    __slots__ = ()


class Row(list):
    __slots__ = ()


def allocate(done, ended):
    """An allocator may have an arena for each thread."""
    for _ in range(BLOCKS):
        ctypes.memset(libc.malloc(BLOCK), 1, BLOCK)
    done.set()
    ended.wait()


def filled(length):
    """All of what is set aside for its items was written."""
    row = Row([None] * length)
    while sys.getsizeof(row) > sys.getsizeof(Row()) + 8 * len(row):
        row.append(None)
    return row


blobs = [Blob(b"x" * 700) for _ in range(3000)]
rows = [filled(1000) for _ in range(3000)] + [filled(1000000)]
# Of less than a page, of more, and of so many that they are a mapping.
buffers = [bytearray(b"b") * size for size in (700, 5000, 5 * MIB)
           for _ in range(5)]
private = mmap.mmap(-1, 8 * MIB, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for at in range(0, 4 * MIB, PAGE):
    private[at] = 1

ended = threading.Event()
for _ in range(THREADS):
    done = threading.Event()
    threading.Thread(target=allocate, args=(done, ended), daemon=True).start()
    done.wait()

truth.write("leaf python %s.Blob %d\n"
            # As what is of variable size is set aside.
            % (__name__, sum(-(-sys.getsizeof(b) // 8) * 8 for b in blobs)))
truth.write("leaf python %s.Row %d\n"
            % (__name__, sum(sys.getsizeof(r) - sys.getsizeof(Row())
                             for r in rows)))
truth.write("leaf data bytearray %d\n"
            % sum(sys.getsizeof(b) - sys.getsizeof(bytearray())
                  for b in buffers))
truth.write("native %d\n" % (THREADS * BLOCKS * BLOCK))
truth.write("mapped %d\n" % (4 * MIB))
truth.close()
print("ready", flush=True)
sys.stdin.readline()
