# SPDX-License-Identifier: MIT
"""What an object occupies, by what sys.getsizeof() says of it.

An object is one block; that of a type in WITH_BUFFER has a second one, whose
size is the rest of what sys.getsizeof() says.  Each is rounded as its
allocator does.  integration/rows asks no more, and most objects agree.

Of those that do not, pymalloc itself is asked, in the target's memory: a block
that was made for more and then shrunk keeps its size class, up to a quarter.
"""
import os
import struct
import subprocess

from .interpreters import interpreters
from .judge import WEIGHED, WITH_BUFFER

LARGE = 512		# more bytes than that are asked of malloc, which ...
MALLOC_UNIT = 16	# ... rounds to so many,
MALLOC_OWN = 8		# with so many of its own,
MALLOC_LEAST = 32	# ... and gives no less
IN_USE = 1		# says the head behind a chunk of that
MAPPED = 2		# a chunk mapped by itself, of whole pages
SZIDX = 36		# of a pool's header, 3.6 to 3.15
BUFFER = {"list": 24, "set": 40, "frozenset": 40, "bytearray": 32}
TRACKED = frozenset("""
    list tuple dict set frozenset function builtin_function_or_method cell
    method property weakref weakref.ReferenceType classmethod staticmethod
    getset_descriptor member_descriptor method_descriptor
    classmethod_descriptor wrapper_descriptor generator coroutine
""".split())
LIST = 40		# list.__basicsize__
MA_KEYS, MA_VALUES = 32, 40
EMBEDDED = 2		# of PyDictValues, from 3.13 on
CO_CACHED = 32		# bytes of _PyCoCached, 3.11 to 3.15
STR_LENGTH, STR_STATE, STR_ASCII = 16, 32, 1 << 6
WSTR, WSTR_LENGTH, STR_DATA = 40, 64, (48, 72)	# up to 3.11

# The unit of pymalloc, and for each type in WITH_BUFFER what of its size is
# the object itself: sys.getsizeof() counts what the collector puts before.
ASK = """
import sys
head = sys.getsizeof([]) - list.__basicsize__
print(" ".join(str(t.__basicsize__ + (head if t is not bytearray else 0))
               for t in (%s)))
sys.stdout.flush()
sys._debugmallocstats()
""" % ", ".join(WITH_BUFFER)


class Scales:
    """@has_pools: what is small is pymalloc's, not malloc's."""
    def __init__(self, interpreter, has_pools=True):
        # That of the target may be a copy, and gone.
        launch = next(p.launch for p in interpreters()
                      if p.name == interpreter.name)
        done = subprocess.run(launch + ["-c", ASK], check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              universal_newlines=True)
        self.own = dict(zip(WITH_BUFFER, map(int, done.stdout.split())))
        # Of the table of size classes the first that are used: each is a
        # multiple of the unit, and not all are of twice that.
        sizes = [int(part[1]) for part in map(str.split,
                 done.stderr.splitlines())
                 if len(part) == 5 and all(p.isdigit() for p in part)]
        self.unit = 8 if any(size % 16 for size in sizes) else 16
        version = interpreter.version
        self.weighed = set(WEIGHED)
        if version >= (3, 11):
            self.weighed.add("code")	# with its instructions in it
        if version >= (3, 15):
            self.weighed.remove("bytearray")	# its buffer is an object
        self.may_embed = version >= (3, 13)
        # In what order values came stands before them, its length last.
        self.prefixed = (3, 11) <= version < (3, 13)
        self.has_wstr = version < (3, 12)
        self.utf8 = 48 if self.has_wstr else 40
        self.pool = 1 << 14 if version >= (3, 10) else 1 << 12
        self.gc = self.own["list"] - LIST
        # What malloc itself takes is counted where all is malloc's.
        self.head = 0 if has_pools else MALLOC_OWN
        if not has_pools:
            self.unit = MALLOC_UNIT

    def write(self, path, heap):
        """As integration/rows wants to read it; @heap: malloc's, (from, to)."""
        with open(path, "w") as f:
            f.write("%d %d %d %d\n" % ((self.unit, self.head) + heap))
            for name in sorted(self.weighed):
                f.write("%d %s\n" % (self.own.get(name, 0), name))

    def requests(self, name, size):
        """What was asked of the allocator: for the object, for its buffer."""
        own = self.own.get(name)
        return [size] if own is None or size <= own else [own, size - own]

    def rounded(self, size):
        unit = self.unit if size <= LARGE else MALLOC_UNIT
        size = max(size, MALLOC_LEAST - MALLOC_OWN) if self.head else size
        return (size + self.head + unit - 1) // unit * unit


class Memory:
    """The target's, to look into."""

    def __init__(self, target):
        self.heap = range(*target.heap())	# malloc's: no pools there
        self.fd = os.open("/proc/%d/mem" % target.pid, os.O_RDONLY)

    def close(self):
        os.close(self.fd)

    def word(self, address, kind="Q"):
        """0 if there is nothing."""
        try:
            data = os.pread(self.fd, struct.calcsize(kind), address)
            return struct.unpack(kind, data)[0]
        except (OSError, OverflowError, struct.error):
            return 0


def chunk(memory, start, least, most):
    """As its head says.  Whatever begins at @start has a unit more than it takes
    where a piece that is too small to be one would have been left."""
    # The collector's head may come first.
    for start in range(start & -MALLOC_UNIT, start - 48, -MALLOC_UNIT):
        head = memory.word(start - MALLOC_OWN)
        size = head & -MALLOC_UNIT
        behind = memory.word(start - MALLOC_OWN + size)
        if least <= size <= most + MALLOC_UNIT and not head & MAPPED and (
                behind & IN_USE and behind & -MALLOC_UNIT):
            return size
    return least


def block(memory, scales, address, least, most=None, before=0):
    """What the block at @address occupies, for a request of @least to @most
    bytes, of which @before precede it.

    It may have been a third larger before it was shrunk in place; or so large
    that it is malloc's still.
    """
    if scales.head:
        return chunk(memory, address - before, scales.rounded(least),
                     scales.rounded(most or least))
    by_malloc = (least + MALLOC_UNIT - 1) // MALLOC_UNIT * MALLOC_UNIT
    if least > LARGE or address in memory.heap:
        return by_malloc
    pool = address & -scales.pool
    kept = (memory.word(pool + SZIDX, "I") + 1) * scales.unit
    most = scales.rounded(most or least) * 4 // 3 + scales.unit
    return kept if scales.rounded(least) <= kept <= most else by_malloc


def parts_of_text(memory, scales, address, size):
    """(where, how much) of each block of a str: it may keep what it is in
    UTF-8, too, and up to 3.11 as wchar_t."""
    more = []
    is_ascii = memory.word(address + STR_STATE, "I") & STR_ASCII
    if not is_ascii:
        at = address + scales.utf8
        more.append((memory.word(at + 8), memory.word(at) + 1))
    if scales.has_wstr:
        length = memory.word(address + (STR_LENGTH if is_ascii else
                                        WSTR_LENGTH))
        more.append((memory.word(address + WSTR), (length + 1) * 4))
    # Where it is the text itself it is no block of its own.
    more = [(at, request) for at, request in more
            if at and at - address not in STR_DATA]
    return [(address, size - sum(request for _, request in more))] + more


def of_text(memory, scales, address, size):
    return sum(block(memory, scales, at, request) for at, request
               in parts_of_text(memory, scales, address, size))


def small_texts(texts, target, scales):
    """How many objects and how many buffers of @texts, (address, size) of each
    long str, are in blocks of pools."""
    memory = Memory(target)
    objects = buffers = 0
    for address, size in texts:
        if address in memory.heap:
            continue
        (_, own), *more = parts_of_text(memory, scales, address, size)
        objects += own <= LARGE
        buffers += sum(request <= LARGE for _, request in more)
    memory.close()
    return objects, buffers


def of_dict(memory, scales, address, own, rest):
    """One whose keys are shared has values apart, or in the instance they are
    of; and the keys, if it is the last to share them."""
    keys, values = (memory.word(address + at) for at in (MA_KEYS, MA_VALUES))
    found = block(memory, scales, address, own, before=scales.gc)
    if not values:
        return found + block(memory, scales, keys, rest)
    least = 1 if memory.word(keys) == 1 else rest
    if not scales.may_embed or not memory.word(values + EMBEDDED, "B"):
        before = memory.word(values - 1, "B") if scales.prefixed else 0
        found += block(memory, scales, values, least, LARGE, before=before)
    if memory.word(keys) == 1:
        found += block(memory, scales, keys, 1, LARGE)
    return found


def blocks(memory, scales, address, row):
    """All that the object of this row occupies."""
    name, size = row["type"], row["size"]
    requests = scales.requests(name, size)
    if name == "str":
        return of_text(memory, scales, address, size)
    if name == "code":
        # Once asked for its instructions, it keeps them.
        own = block(memory, scales, address, size)
        return own if own == row["allocated"] else (
            own + scales.rounded(CO_CACHED))
    before = scales.gc if name in TRACKED else 0
    if len(requests) == 1:
        return block(memory, scales, address, size, before=before)
    if name == "dict":
        return of_dict(memory, scales, address, *requests)
    return block(memory, scales, address, requests[0], before=before) + block(
        memory, scales, memory.word(address + BUFFER[name]), requests[1])


def weigh(report, rows, target):
    """Those that were not weighed by integration/rows."""
    memory = Memory(target)
    try:
        for address, row in rows.ours.items():
            known = rows.truth.rows.get(address)
            if row["static"]:
                report.equal("allocated of %#x, static" % address,
                             row["allocated"], 0)
            # A Python class may be named like a built-in one.
            elif row["type"] in rows.scales.weighed and row["bound"] is None and (
                    known is None or known.base == known.type) and (
                    memory.word(address + 8) in rows.segments):
                one_object(report, address, row, memory, rows.scales)
    finally:
        memory.close()


def one_object(report, address, row, memory, scales):
    least = sum(map(scales.rounded, scales.requests(row["type"], row["size"])))
    # Where chunks have heads, these are asked.
    if row["allocated"] == least and not scales.head:
        return
    found = blocks(memory, scales, address, row)
    if row["allocated"] != found:
        report.mismatch("allocated", "%#x %s of %d bytes: we say %d, it is %d"
                        % (address, row["type"], row["size"],
                           row["allocated"], found))
