# SPDX-License-Identifier: MIT
"""Words that name every place of the interpreter's data segments.

Of the places that are named most are none where an object begins, though two
pointers of a table may look like the head of one: the first as a count of
references, where the program is linked to a fixed address.  There it starts
anew until its malloc gives addresses about where CPython 3.11 lets the counts
of static objects begin.
"""
import _ast	# noqa: F401, its tables of types are what is named
import os
import struct
import sys
import truth

HEAPTYPE = 1 << 9
AROUND = 1 << 18
HIGH = range(900000000, 1080000000)
FIXED = 1 << 31
AT_A_TIME = 30		# words, a block of a pool


def fixed_elsewhere():
    """Is this linked to a fixed address, its heap not where we want it?"""
    made = id(type("Made", (), {}))	# too large for a pool
    return id(None) < FIXED and made not in HIGH


tries = int(sys.argv[1]) if len(sys.argv) > 1 else 0
if fixed_elsewhere() and tries < 200:
    os.execv(sys.executable, [sys.executable, __file__, str(tries + 1)])

static = sorted(id(one) for one in object.__subclasses__()
                if not one.__flags__ & HEAPTYPE
                and abs(id(one) - id(None)) < 1 << 24)
first = (static[0] - AROUND) & ~7
last = static[-1] + AROUND
named = [struct.pack("%dQ" % AT_A_TIME,
                     *range(at, at + 8 * AT_A_TIME, 8))
         for at in range(first, last, 8 * AT_A_TIME)]
truth.wait()
