# SPDX-License-Identifier: MIT
"""Maps something in the way that its argument says, and touches little of it.

Answers each line with its address.  The mapping is 64 MiB, with objects whose
addresses point into it, so that there is reason to look there.
"""
import ctypes
import mmap
import os
import sys
import tempfile

SIZE = 64 << 20
MAP_HUGETLB, MADV_FREE, MADV_PAGEOUT = 0x40000, 8, 21
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int,
                      ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]

ANONYMOUS = mmap.MAP_ANONYMOUS


def new_file(folder):
    f = tempfile.TemporaryFile(dir=folder)
    f.truncate(SIZE)
    return f.fileno(), f


def file_of(kind):
    if kind.startswith("file"):
        return new_file("/var/tmp")
    if kind.startswith("tmpfs"):
        return new_file("/dev/shm")
    # memfd_create() by number: os has it since 3.8.
    fd = libc.syscall(319, b"mapping", 0)
    os.ftruncate(fd, SIZE)
    return fd, None


def map_it(kind):
    flags = mmap.MAP_SHARED if kind.endswith("shared") else mmap.MAP_PRIVATE
    fd, keep = -1, None
    if kind.split("-")[0] in ("file", "tmpfs", "memfd"):
        fd, keep = file_of(kind)
    else:
        flags |= ANONYMOUS
    if kind.startswith("hugetlb"):
        flags |= MAP_HUGETLB
    at = libc.mmap(None, SIZE, mmap.PROT_READ | mmap.PROT_WRITE, flags, fd, 0)
    if at in (None, ctypes.c_void_p(-1).value):
        print("skip no mapping of this kind here", flush=True)
        sys.exit()
    return at, keep


kind = sys.argv[1]
at, keep = map_it(kind)
ctypes.memset(at, 1, 5)
if kind == "lazyfree":
    ctypes.memset(at, 1, SIZE // 2)
    libc.madvise(at, SIZE, MADV_FREE)
elif kind == "none":
    libc.mprotect(at, SIZE, 0)
elif kind == "swapped":
    ctypes.memset(at, 1, SIZE)
    libc.madvise(at, SIZE, MADV_PAGEOUT)
# Words that point at each page of it, and some that may be taken for types.
views = [(ctypes.c_char * 100).from_address(at + i)
         for i in range(0, SIZE, 1 << 16)]
words = (ctypes.c_void_p * (SIZE >> 12))(*range(at, at + SIZE, 1 << 12))
keepers = [[ctypes.c_void_p(at + i)] for i in range(0, SIZE, 1 << 16)]
print("ready", flush=True)
for line in sys.stdin:
    print("%x" % at, flush=True)
