# SPDX-License-Identifier: MIT
"""The target that leaks, and its books."""
import time

from .target import Target

PATIENCE = 120		# seconds


class Leaking(Target):
    def __init__(self, interpreter, args=()):
        super().__init__(interpreter, "leaking.py", args=args)
        # Up to 3.10 its attributes are in a dict, besides that in one.
        self.dicts_of_one = 2 if interpreter.version < (3, 11) else 1

    def entries_around(self, when):
        """What the books say last before, and first after @when, or None."""
        before = after = None
        with open(self.truth) as f:
            for line in f:
                if not line.endswith("\n"):
                    break
                entry = tuple(map(float, line.split()))
                if entry[0] <= when:
                    before = entry
                elif after is None:
                    after = entry
        return before, after

    def sessions_at(self, when):
        """How many Sessions there were at @when, as time.time() has it."""
        when -= time.time() - time.monotonic()
        before, after = self.entries_around(when)
        end = time.monotonic() + PATIENCE
        while after is None and time.monotonic() < end:
            time.sleep(0.05)	# not written down yet
            before, after = self.entries_around(when)
        if before is None or after is None:
            raise ValueError("the books do not reach from before to after %f"
                             % when)
        share = (when - before[0]) / (after[0] - before[0])
        return before[1] + share * (after[1] - before[1])
