# SPDX-License-Identifier: MIT
"""The collector in unusual states: frozen, off, with garbage, retuned."""
import gc

import truth


class Node:
    def __init__(self, other=None):
        self.other = other
        self.me = self


early = [Node([i]) for i in range(500)]
if hasattr(gc, "freeze"):
    gc.freeze()
later = [Node({"later": i}) for i in range(500)]
gc.collect(0)
middle = [Node({"middle": i}) for i in range(300)]
gc.collect(1)
young = [Node(i) for i in range(400)]
# Saved garbage: what the collector finds is kept in gc.garbage.
gc.set_debug(gc.DEBUG_SAVEALL)
for i in range(7):
    Node(["dead", i])
gc.collect()
gc.set_debug(0)
# Dead cycles that nobody has collected, and nobody must.
for i in range(50):
    Node(["uncollected", i])
gc.set_threshold(12345, 7, 3)
gc.disable()
more = [(i, [i]) for i in range(100)]
truth.wait()
