# SPDX-License-Identifier: MIT
"""Several interpreters in one process, one of them ended."""
import os
import sys

import truth

try:
    import _interpreters
except ImportError:
    try:
        import _xxsubinterpreters as _interpreters
    except ImportError:
        print("skip no interpreters in this version", flush=True)
        sys.exit(77)

SETUP = """
import sys
sys.path.insert(0, %r)
import collections, truth

class Inside:
    def __init__(self, n):
        self.n, self.list = n, [n]

truth.Writer(0, ())	# as truth.wait() does in the main one
kept = [Inside(i) for i in range(200)], collections.deque("abc"), {"a": 1}
"""


def create():
    """One that shares what it can: extension modules then load in it."""
    try:
        return _interpreters.create("legacy")
    except TypeError:
        pass
    try:
        return _interpreters.create(isolated=False)
    except TypeError:
        return _interpreters.create()


def runner(name):
    def run(source):
        failed = _interpreters.run_string(name, source)
        if failed:
            raise RuntimeError(str(failed))
    return run


source = SETUP % os.path.dirname(os.path.abspath(__file__))
gone = create()
runner(gone)(source)
_interpreters.destroy(gone)
more = [runner(create()) for i in range(2)]
for run in more:
    run(source)
truth.wait(more)
