# SPDX-License-Identifier: MIT
"""What targets/malloced.c says of its malloc, and what we read of it."""
import collections
import os
import re
import subprocess

from . import dump

TELLER = os.path.join(os.path.dirname(dump.PROGRAM), "integration",
                      "malloc-chunks")
THREADS = 4
DEEP = 300000		# bytes of their stacks

Chunk = collections.namedtuple("Chunk", "arena at size state")
Arena = collections.namedtuple("Arena", "at system heaps header doubt")


class Truth:
    """What the target wrote."""

    def __init__(self, path):
        with open(path) as f:
            lines, info = f.read().split("info\n", 1)
        rows = [line.split() for line in lines.splitlines()]
        self.rows = [row for row in rows if row[0] not in ("thread", "own")]
        # (start, end) beside their stacks, and what malloc has of theirs.
        self.own = {int(row[1]): [int(word, 16) for word in row[2:]]
                    for row in rows if row[0] == "own"}
        # Where the first block of each thread lies, by its number.
        self.threads = {int(row[2]): int(row[3], 16)
                        for row in rows if row[0] == "thread"}
        self.heaps = [self.heap(text) for text in
                      re.findall(r"<heap nr=.*?</heap>", info, re.S)]
        self.mallinfo2 = None
        self.mmap = tuple(map(int, re.search(
            r'type="mmap" count="(\d+)" size="(\d+)"', info).groups()))
        found = re.search(r"mallinfo2 (.*)", info)
        if found:
            self.mallinfo2 = [int(word) for word in found.group(1).split()]

    @staticmethod
    def heap(text):
        def number(pattern, default=None):
            found = re.search(pattern, text)
            return tuple(map(int, found.groups())) if found else default
        found = re.search(r'type="subheaps" size="(\d+)"', text)
        n, size = number(r'type="rest" count="(\d+)" size="(\d+)"')
        return {
            # 2.43 has none.
            "fast": number(r'type="fast" count="(\d+)" size="(\d+)"', (0, 0)),
            # Of chunks in bins it adds the lowest bit of their heads, too,
            # which says that the one before is in use: all but the top.
            "rest": (n, size - (n - 1)),
            "system": number(r'system type="current" size="(\d+)"')[0],
            "heaps": int(found.group(1)) if found else 1,
        }


def told(pid):
    """(arenas, (number, bytes, all found), chunks) as we read them."""
    if not os.access(TELLER, os.X_OK):
        raise dump.Said("there is no %s" % TELLER)
    done = subprocess.run([TELLER, str(pid)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300,
                          universal_newlines=True)
    if done.returncode:
        raise dump.Said(done.stderr.strip())
    arenas, chunks, mapped = [], [], None
    for line in done.stdout.splitlines():
        word = line.split(None, 5)
        if word[0] == "chunk":
            chunks.append(Chunk(int(word[1]), int(word[2], 16), int(word[3]),
                                word[4]))
        elif word[0] == "mapped":
            mapped = tuple(map(int, word[1:]))
        else:
            arenas.append(Arena(int(word[1], 16), *map(int, word[2:5]),
                                word[5] if len(word) > 5 else ""))
    return arenas, mapped, chunks
