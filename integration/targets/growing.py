# SPDX-License-Identifier: MIT
"""Holds 8 MiB more for each line it reads."""
import sys

SIZE = 8 << 20

held = []
print("ready", flush=True)
for line in sys.stdin:
    held.append(b"x" * SIZE)
    print(len(held), flush=True)
