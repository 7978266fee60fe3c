# SPDX-License-Identifier: MIT
"""Where the modules of a target have their data: what is static lies there.

By the program headers of each file that is mapped, not by what pyheapspy says
or by the kernel's mappings alone, which do not tell .bss from what malloc got
next to it.
"""
import bisect
import struct

PT_LOAD = 1


def loads(path):
    """(address, size in memory) of each PT_LOAD, as linked."""
    with open(path, "rb") as f:
        head = f.read(64)
        if head[:6] != b"\x7fELF\x02\x01":
            return []
        offset, = struct.unpack_from("<Q", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        f.seek(offset)
        table = f.read(size * count)
    found = []
    for at in range(0, size * count, size):
        kind, = struct.unpack_from("<I", table, at)
        if kind == PT_LOAD:
            found.append((struct.unpack_from("<Q", table, at + 16)[0],
                          struct.unpack_from("<Q", table, at + 40)[0]))
    return found


def modules(pid):
    """(where the first byte of a file is mapped, how to open that file).

    By what the kernel has mapped: the file may be gone or replaced.
    """
    firsts = {}
    with open("/proc/%d/maps" % pid) as f:
        for line in f:
            span, _, offset, device, inode = line.split(None, 5)[:5]
            if inode != "0" and int(offset, 16) == 0:
                start, end = (int(word, 16) for word in span.split("-"))
                firsts.setdefault((device, inode), (start, end))
    return [(start, "/proc/%d/map_files/%x-%x" % (pid, start, end))
            for start, end in firsts.values()]


class Segments:
    def __init__(self, pid):
        ranges = []
        for start, path in modules(pid):
            segments = loads(path)
            if segments:
                bias = start - (segments[0][0] & ~0xfff)
                ranges += [(bias + at, bias + at + size)
                           for at, size in segments]
        ranges.sort()
        self.starts = [start for start, _ in ranges]
        self.ends = [end for _, end in ranges]

    def __contains__(self, address):
        i = bisect.bisect_right(self.starts, address) - 1
        return i >= 0 and address < self.ends[i]

    def write(self, path):
        """As integration/rows wants to read it."""
        with open(path, "w") as f:
            for span in zip(self.starts, self.ends):
                f.write("%d %d\n" % span)


def static_where_modules_are(report, ours, segments):
    """Static is what lies in a module's segments, and nothing else."""
    for address, row in ours.items():
        if row["static"] != (address in segments):
            report.mismatch("static", "%#x %s: we say %s" % (
                address, row["type"], row["static"]))
