# SPDX-License-Identifier: MIT
"""Reading what a target wrote: see targets/truth.py for the format."""
import codecs
import collections
import json

Row = collections.namedtuple(
    "Row", "type base size generation tracked refs")


def plain(name):
    """A name as both sides can spell it: lone surrogates are no UTF-8."""
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in name)


class Truth:
    """All rows by address, the names of all types, and the counters."""

    def __init__(self, lines):
        self.rows = {}
        self.type_names = {}	# address of a type -> its name
        self.counters = []	# one for each interpreter
        names = {}
        for line in lines:
            if line.startswith("#"):
                self.counters.append(json.loads(line[1:]))
                continue
            part = line.rstrip("\n").split("\t")
            for i in (1, 2, 7):
                if part[i] not in names:
                    names[part[i]] = plain(codecs.decode(
                        part[i], "unicode_escape"))
            self.add(int(part[0], 16), part, names)

    def add(self, address, part, names):
        row = Row(names[part[1]], names[part[2]],
                  None if part[3] == "-" else int(part[3]), part[4],
                  part[5] == "1", part[6])
        # Several interpreters may name a shared object; one knows its list.
        if address not in self.rows or row.generation != "-":
            self.rows[address] = row
        if part[7]:
            self.type_names[address] = names[part[7]]

    def main(self):
        return self.counters[0]
