#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make src/base/disguise.inc: characters that hide, reorder or pile up.

  offsets/disguise.py >src/base/disguise.inc

With the newest Python there is: it has the newest Unicode.  A row is a
character from which on another kind holds.
"""
import unicodedata

PLAIN, MARK, HIDDEN = "PLAIN", "MARK", "HIDDEN"

# Default_Ignorable_Code_Point, of Unicode's DerivedCoreProperties.txt: shown
# as nothing.  Python has not got that property.
IGNORABLE = [
    (0xad, 0xad), (0x34f, 0x34f), (0x61c, 0x61c), (0x115f, 0x1160),
    (0x17b4, 0x17b5), (0x180b, 0x180f), (0x200b, 0x200f), (0x202a, 0x202e),
    (0x2060, 0x206f), (0x3164, 0x3164), (0xfe00, 0xfe0f), (0xfeff, 0xfeff),
    (0xffa0, 0xffa0), (0xfff0, 0xfff8), (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a), (0xe0000, 0xe0fff),
]
# Without ink, though they are letters or symbols by name: the empty pattern of
# Braille, a note without a head.
BLANK = [(0x2800, 0x2800), (0x1d159, 0x1d159)]
# Vowels and finals of Hangul, which go on the consonant before.
JAMO = [(0x1161, 0x11ff), (0xd7b0, 0xd7ff)]


def within(char, ranges):
    return any(first <= char <= last for first, last in ranges)


def kind(char):
    category = unicodedata.category(chr(char))
    if (category in ("Cc", "Cf", "Zl", "Zp", "Co", "Cs") or
            within(char, IGNORABLE + BLANK) or
            0xfdd0 <= char <= 0xfdef or char & 0xfffe == 0xfffe):
        return HIDDEN
    return MARK if category in ("Mn", "Me") or within(char, JAMO) else PLAIN


print("/* SPDX-License-Identifier: MIT */")
print("/* Made by offsets/disguise.py: Unicode %s. */"
      % unicodedata.unidata_version)
line, last = "", None
for char in range(0x110000):
    now = kind(char)
    if now != last:
        row = "{0x%x,%s}," % (char, now)
        if len(line) + len(row) + 8 > 79:
            print("\t" + line)
            line = ""
        line += row
        last = now
print("\t" + line)
