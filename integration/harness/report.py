# SPDX-License-Identifier: MIT
"""Mismatches by kind, with the first few of each to debug from."""
import collections
import os

FIRST = int(os.environ.get("PYHEAPSPY_FIRST", "10"))


class Report:
    def __init__(self):
        self.wrong = collections.OrderedDict()	# kind -> [count, examples]
        self.facts = []

    def mismatch(self, kind, text, count=1):
        entry = self.wrong.setdefault(kind, [0, []])
        entry[0] += count
        if len(entry[1]) < FIRST:
            entry[1].append(text)

    def equal(self, what, ours, theirs):
        if ours != theirs:
            self.mismatch("unequal", "%s: we say %r, it is %r"
                          % (what, ours, theirs))

    def fact(self, text):
        """Not a failure, but worth a line."""
        self.facts.append(text)

    def tally(self, what, counter):
        """A fact about types: the commonest first."""
        if counter:
            shown = ", ".join("%s %d" % pair
                              for pair in counter.most_common(8))
            self.fact("%s: %d (%s)" % (what, sum(counter.values()), shown))

    def text(self):
        lines = []
        for kind, (count, examples) in self.wrong.items():
            lines.append("  %s: %d" % (kind, count))
            lines += ["    " + e for e in examples]
            if count > len(examples):
                lines.append("    ...")
        lines += ["  (%s)" % fact for fact in self.facts]
        return "\n".join(lines)
