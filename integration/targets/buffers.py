# SPDX-License-Identifier: MIT
"""128 MiB of data, a MiB each, in the hands of who refers to nobody there."""
import array
import ctypes
import sys

MIB = 1 << 20

held = [bytearray(b"x") * MIB for _ in range(64)]
held += [array.array("B", b"y") * MIB for _ in range(32)]
held += [(ctypes.c_char * MIB)() for _ in range(32)]
for buffer in held[96:]:
    ctypes.memset(buffer, 0x7a, MIB)
print("ready", flush=True)
for line in sys.stdin:
    pass
