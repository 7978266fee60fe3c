# SPDX-License-Identifier: MIT
"""A worker that was forked, and whose heap has grown since.

What malloc had at the fork and what it got later are two mappings then, side
by side.  One of these tuples, all too large for a pool, lies across the border.
"""
import os

import truth

loaded = ["loaded before the fork %d" % i for i in range(20000)]
worker = os.fork()
if worker:
    os.waitpid(worker, 0)
    os._exit(0)
large = [(i,) * 100 for i in range(20000)]
truth.wait()
