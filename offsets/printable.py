#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make src/pyabi/printable.inc: which characters repr() escapes.

  offsets/printable.py COMMAND... >src/pyabi/printable.inc

Each COMMAND starts an interpreter ("chroot DIR python3.14"), one for each
version of Unicode.  A line of what it says is a character from which on
another answer holds; the answer is 0 (always escaped), 255 (never) or ten
times the Unicode version since which it is not.
"""
import shlex
import subprocess
import sys

ASK = """
import unicodedata
print(unicodedata.unidata_version)
last = False
for c in range(0x110000):
    if chr(c).isprintable() != last:
        last = not last
        print(c)
"""
NEVER, ALWAYS = 0, 255


def ask(command):
    """(ten times the version, [is it printable, by character])."""
    said = subprocess.run(shlex.split(command) + ["-c", ASK], check=True,
                          stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          universal_newlines=True).stdout.split()
    major, minor = said[0].split(".")[:2]
    turns, printable, last = [int(n) for n in said[1:]], [], False
    for end in turns + [0x110000]:
        printable += [last] * (end - len(printable))
        last = not last
    return int(major) * 10 + int(minor), printable


def since(asked, char):
    answers = [(version, table[char]) for version, table in asked]
    if not any(yes for _, yes in answers):
        return NEVER
    if all(yes for _, yes in answers):
        return ALWAYS
    first = min(version for version, yes in answers if yes)
    if any(yes != (version >= first) for version, yes in answers):
        sys.exit("character %#x is no longer printable" % char)
    return first


asked = sorted(ask(command) for command in sys.argv[1:])
rows, last = [], None
for char in range(0x110000):
    answer = since(asked, char)
    if answer != last:
        rows.append("{0x%x,%d}," % (char, answer))
        last = answer
print("/* SPDX-License-Identifier: MIT */")
print("/* Made by offsets/printable.py: Unicode %d.%d to %d.%d. */"
      % (divmod(asked[0][0], 10) + divmod(asked[-1][0], 10)))
line = ""
for row in rows:
    if len(line) + len(row) + 8 > 79:
        print("\t" + line)
        line = ""
    line += row
print("\t" + line)
