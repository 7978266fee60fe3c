# SPDX-License-Identifier: MIT
"""Large objects that refer to nobody, 16 MiB each and more.

Each line on standard input is answered with their types and sizes.
"""
import json
import sys

SIZE = 16 << 20


class Text(str):
    __slots__ = ()


leaves = [
    b"b" * SIZE,
    bytearray(SIZE),
    "a" * SIZE,
    "\u20ac" * (SIZE // 2),
    "\U0001f40d" * (SIZE // 4),
    Text("t" * SIZE),
    1 << SIZE * 8,
    # A name longer than whatever is shown of one.
    type("N" * 100000, (), {})(),
]
print("ready", flush=True)
for line in sys.stdin:
    print(json.dumps([[type(leaf).__name__, sys.getsizeof(leaf)]
                      for leaf in leaves[:-1]]), flush=True)
