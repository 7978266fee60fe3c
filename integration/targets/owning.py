# SPDX-License-Identifier: MIT
"""Objects that own memory, and what they own, as malloc and they say.

Lines of the truth: "owner TYPE ADDRESS SIZE RESIDENT how"; "leaf WHERE TYPE
BYTES" of all objects of a type; "native WHERE COUNT BYTES" of what an extension
has; "mapping BYTES" of one that only its data points at.
"""
import array
import ctypes
import io
import mmap
import os
import sys

import owning_types

SIZES = (100 << 10, 5 << 20)	# of a chunk among others, and of one by itself
PAGE = mmap.PAGESIZE
MIB = 1 << 20
BLOCKS = 1000
BYTES_HEAD = sys.getsizeof(b"") - 1
# From there on what it has is a bytes object.
HEAD_OF_BYTEARRAY = BYTES_HEAD if sys.version_info >= (3, 15) else 0

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = libc.malloc_usable_size.argtypes = [ctypes.c_size_t]
libc.malloc_usable_size.restype = ctypes.c_size_t
kept = []
truth = open(os.environ["PYHEAPSPY_TRUTH"], "w")


def tell(owner, size, resident, how="said"):
    t = type(owner)
    name = t.__name__ if t.__module__ == "builtins" else \
        "%s.%s" % (t.__module__, t.__name__)
    truth.write("owner %s %x %d %d %s\n"
                % (name, id(owner), size, resident, how))
    kept.append(owner)


def touched(address):
    """Bytes of the chunk, of which some may be for later."""
    size = libc.malloc_usable_size(address)
    for at in list(range(address, address + size, PAGE)) + \
            [address + size - 1]:
        byte = ctypes.c_ubyte.from_address(at)
        byte.value = byte.value
    return size


def tell_chunk(owner, address, how="said"):
    size = touched(address)
    tell(owner, size, size, how)


def address_of(exporter):
    return ctypes.addressof(ctypes.c_char.from_buffer(exporter))


class Small:
    __slots__ = ("a",)


class Row(list):
    __slots__ = ()


for size in SIZES:
    data = array.array("B", b"a") * size
    tell_chunk(data, data.buffer_info()[0])
    data = bytearray(b"b") * size
    tell_chunk(data, address_of(data) - HEAD_OF_BYTEARRAY)
    data = io.BytesIO(b"c" * size)
    data.seek(size)
    data.write(b"d")
    tell_chunk(data, address_of(data.getbuffer()) - BYTES_HEAD)
    data = (ctypes.c_char * size)()
    ctypes.memset(data, 1, size)
    tell_chunk(data, ctypes.addressof(data))
    # Nothing but the view says where its data is.
    address = libc.malloc(size)
    ctypes.memset(address, 1, size)
    data = (ctypes.c_char * size).from_address(address)
    kept.append(memoryview(data))
    tell_chunk(data, address)
    data = owning_types.Malloced(size)
    tell_chunk(data, data.told()[0], "inferred")

data = owning_types.Chained(3000, 1000)
tell(data, data.told()[1], data.told()[1], "inferred")
data = owning_types.Mapped(MIB)
tell(data, MIB, MIB, "inferred")
data = mmap.mmap(-1, 8 * MIB, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for at in range(0, 4 * MIB, PAGE):
    data[at] = 1
tell(data, 8 * MIB, 4 * MIB)
# A view of a part of it does not own that.
kept.append(memoryview((ctypes.c_char * PAGE).from_buffer(data, 5 * PAGE)))
data = mmap.mmap(-1, 4 * MIB)
for at in range(0, 2 * MIB, PAGE):
    data[at] = 1
tell(data, 4 * MIB, 2 * MIB)
try:
    import numpy
except ImportError:
    pass
else:
    for n in (20000, 2000000):
        data = numpy.ones(n)
        tell_chunk(data, data.ctypes.data)
        kept.append(data[5:])

kept.append([Small() for i in range(10000)])
# Blocks are multiples of 16 bytes, since 3.6.9 and 3.7.4.
block = (sys.getsizeof(kept[-1][0]) + 15) // 16 * 16
truth.write("leaf pools __main__.Small %d\n" % (10000 * block))
kept.append(Row(range(1000000)))
items = ctypes.c_void_p.from_address(id(kept[-1]) + 3 * 8).value
truth.write("leaf malloc __main__.Row %d\n" % touched(items))

truth.write("native malloc %d %d\n"
            % (BLOCKS, owning_types.blocks(BLOCKS, 1000)))
truth.write("mapping %d\n" % owning_types.known_mapping(3 * MIB))
truth.write("native pools %d %d\n" % (BLOCKS, BLOCKS * 512))
truth.close()
print("ready", flush=True)
sys.stdin.readline()
