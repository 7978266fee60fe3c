# SPDX-License-Identifier: MIT
"""The rows of a target and ours, without those that agree.

integration/rows, in C, reads both files whole and drops what is equal in every
column: nearly all of a million.  What is left is compared as ever.
"""
import collections
import os
import subprocess

from . import dump
from .interpreters import HERE
from .segments import Segments
from .target import Failed
from .truthfile import Truth, plain
from .weigh import Scales, small_texts

TOP = os.path.dirname(HERE)
TOOL = os.path.join(TOP, "build", "integration", "rows")

Agreed = collections.namedtuple(
    "Agreed", "count bytes allocated static_count static_bytes")
# In pools, by the sizes of objects: objects; those that may lie there, as their
# type may keep part of its size elsewhere; buffers of those that are weighed.
Small = collections.namedtuple("Small", "objects unsure buffers")


def must_build():
    if not os.access(TOOL, os.X_OK):
        subprocess.run(["make", "-s", "-C", TOP, "build/integration/rows"],
                       check=True)


class Rows:
    """What a sleeping target says of its objects, and what we say.

    @ours, @truth: what did not agree, and all types.
    @agreed: type -> Agreed, of the others.
    """

    def __init__(self, target):
        self.segments = Segments(target.pid)
        self.scales = Scales(target.interpreter, target.has_pools)
        if target.has_debug_hooks:
            self.scales.weighed = set()
        self.path = dump.write_objects(target.pid, target.dir)
        left = self.leave(target)
        self.ours, self.twice = dump.read_objects(left["o"])
        self.truth = Truth(left["t"])
        self.agreed = {}
        for line in left["="]:
            *sums, name = line.split(" ", 5)
            self.agreed[plain(name)] = Agreed(*map(int, sums))
        objects, unsure, buffers = map(int, left["#"][0].split())
        texts = [(int(address, 16), int(size)) for address, size
                 in map(str.split, left["?"])]
        more = small_texts(texts, target, self.scales)
        self.small = Small(objects + more[0], unsure, buffers + more[1])
        self.count = len(self.ours) + sum(
            sums.count + sums.static_count for sums in self.agreed.values())

    def leave(self, target):
        """The lines that the tool leaves, by their mark."""
        segments = os.path.join(target.dir, "segments")
        scales = os.path.join(target.dir, "scales")
        self.segments.write(segments)
        self.scales.write(scales, target.heap())
        done = subprocess.run(
            [TOOL, target.truth, self.path, segments, scales],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise Failed(done.stderr.decode("utf-8", "replace"))
        left = collections.defaultdict(list)
        for line in done.stdout.decode("utf-8").split("\n")[:-1]:
            left[line[0]].append(line[2:])
        return left

    def types_at(self, addresses):
        """address -> type, of any object of ours."""
        wanted, found = set(addresses), {}
        with open(self.path, encoding="utf-8") as f:
            for line in f:
                part = line.split('"', 8)
                address = int(part[3], 16)
                if address in wanted:
                    found[address] = part[7]
        return found
