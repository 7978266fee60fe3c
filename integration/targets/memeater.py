# SPDX-License-Identifier: MIT
"""The seed case: an object with a dict of 12,345 strings, and one long one."""
import truth


class MemEater:
    def __init__(self):
        self.things = {i: "thing %d" % i for i in range(12345)}
        self.text = ", ".join(self.things.values())


eater = MemEater()
truth.wait()
