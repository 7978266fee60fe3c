# SPDX-License-Identifier: MIT
"""Objects that we report and Python code could not reach.

Only C holds them: the tuple of a code object's variable names, the dict of a
type's subclasses, what lies on the stack of a running frame.  They are real,
but nobody in the target can name them.  So we look ourselves, by other means
than pyheapspy's: in the sleeping target's memory

 - the word of the reference count is one of a living object.  The dead in
   free lists have 0 there or, from 3.14 on, a pointer;
 - the word of the type is the address of a type that the truth knows, by the
   name that we gave;
 - some word of the target's memory points at it;

and then the target's copy is asked what it finds at that address, unless it
has freed it since: telling the truth makes room in caches.
"""
import array
import collections
import json
import os
import struct

from .judge import STATIC_TYPES
from .target import Failed
from .truthfile import plain

CHUNK = 1 << 24
TEXT = (32, 40, 48, 56, 72)	# where bytes and compact strings keep theirs


def confirm(report, rows, target):
    ours, truth = rows.ours, rows.truth
    left = {a: row for a, row in ours.items() if a not in truth.rows}
    if not left:
        return
    alive, moved = {}, collections.Counter()
    fd = os.open("/proc/%d/mem" % target.pid, os.O_RDONLY)
    copy = os.open("/proc/%d/mem" % target.copy, os.O_RDONLY)
    try:
        held = pointed_at(fd, target.maps(), left)
        for address, row in left.items():
            why = doubt(fd, address, row, truth)
            if row["static"] and not is_type(address, truth) and (
                    row["type"] not in STATIC_TYPES):
                why = "its type has no objects in data segments"
            if not why and address not in held and not immortal(fd, address):
                why = "nothing points at it"
            if why:
                report.mismatch("unconfirmed", "%#x %s size %d: %s"
                                % (address, row["type"], row["size"], why))
            elif (doubt(copy, address, row, truth) or
                  differs(fd, copy, address, row)):
                moved[row["type"]] += 1
            else:
                alive[address] = row
    finally:
        os.close(fd)
        os.close(copy)
    left_alone = left_arguments(alive, rows)
    if len(left_alone) > 1:
        report.mismatch("unconfirmed", "%d tuples whose only item is gone"
                        % len(left_alone))
    for address in left_alone:
        del alive[address]
    ask(report, alive, rows, target)
    report.tally("held only by C", collections.Counter(
        row["type"] for row in alive.values()))
    report.tally("of these gone from the copy since", moved)


def is_type(address, truth):
    """A class may have a metaclass of any name."""
    return address in truth.type_names


def left_arguments(alive, rows):
    """The arguments of the last call of a property's getter: at most one.

    CPython 3.6 keeps that tuple (cached_args) and does not count its item,
    which may be gone: who asks for it dies.
    """
    items = {address: int(row["refs"][0], 16)
             for address, row in alive.items()
             if row["type"] == "tuple" and len(row["refs"] or ()) == 1}
    types = rows.types_at(items.values()) if items else {}
    return [address for address, item in items.items() if item not in types]


def doubt(fd, address, row, truth):
    """Why this does not look like a living object; None if it does."""
    try:
        count, kind = struct.unpack("<QQ", os.pread(fd, 16, address))
    except (OSError, struct.error):
        return "unreadable"
    low, overflow, flags = count & 0xffffffff, count >> 32 & 0xffff, count >> 48
    if low == 0 or overflow or flags > 15:
        return "reference count %#x" % count
    name = truth.type_names.get(kind)
    if name is None:
        return "its type %#x is no type" % kind
    if name != row["type"]:
        return "its type is %r" % name
    return None


def immortal(fd, address):
    """Nobody need hold it: an interpreter that has ended leaves some behind."""
    return struct.unpack("<I", os.pread(fd, 4, address))[0] >= 1 << 30


def differs(fd, copy, address, row):
    """Is it another string by now?  All but the count and the hash tell."""
    if row["type"] not in ("str", "bytes"):
        return False
    was, now = (os.pread(f, row["size"], address) for f in (fd, copy))
    return was[16:24] != now[16:24] or was[48:] != now[48:]


def pointed_at(fd, maps, left):
    """Those of @left that some aligned word of writable memory points at.

    Or at its text: C code may keep a string for the sake of its characters.
    """
    wanted, found = set(left), set()
    for address, row in left.items():
        if row["type"] in ("str", "bytes"):
            wanted.update(address + offset for offset in TEXT)
    for start, end, permissions, path in maps:
        if permissions[:2] != "rw" or path in ("[vvar]", "[vsyscall]"):
            continue
        for at in range(start, end, CHUNK):
            try:
                data = os.pread(fd, min(CHUNK, end - at), at)
            except OSError:
                break
            words = array.array("Q")
            words.frombytes(data[:len(data) & ~7])
            found |= wanted.intersection(words)
    return {a for a in left if a in found or any(
        a + offset in found for offset in TEXT if
        left[a]["type"] in ("str", "bytes"))}


def is_interned_dict(row, rows):
    """The copy interns strings of its own: there the dict differs."""
    if row["type"] != "dict" or len(row["refs"] or ()) <= 1000:
        return False
    types = rows.types_at(int(r, 16) for r in row["refs"])
    return set(types.values()) == {"str"}


def ask(report, alive, rows, target):
    """Size, tracking and references, as the copy sees them."""
    try:
        lines = target.ask(sorted(alive)) if alive else []
    except Failed as why:
        report.mismatch("unconfirmed", str(why))
        return
    for line in lines:
        one_answer(report, json.loads(line), alive, rows)


def one_answer(report, theirs, alive, rows):
    address = int(theirs["address"], 16)
    mine = alive[address]
    interned = is_interned_dict(mine, rows)
    for column, we, it, known in (
            ("type", mine["type"], plain(theirs["type"]), True),
            ("size", mine["size"], theirs["size"],
             mine["bound"] is None and not interned),
            ("tracked", mine["tracked"], theirs["tracked"],
             mine["tracked"] is not None),
            ("refs", sorted(r[2:] for r in mine["refs"] or ()),
             sorted(theirs["refs"]), mine["refs"] is not None and
             not interned)):
        if known and we != it:
            report.mismatch(
                column + " of what only C holds",
                "%#x %s: we say %.200s, it is %.200s"
                % (address, mine["type"], we, it))
