# SPDX-License-Identifier: MIT
"""Objects and other blocks that tracemalloc traces, and what it says of them.

tracing.py FRAMES [domains] [filters] [stop]

(filters: the check asks for more than one look.)

A copy of the process tells the truth: the one that was looked at would have
what it takes to tell it in its tables.  Where both part, in one line, they
differ in a few blocks: those whose most recent frame is that line do not count.
"""
import ctypes
import json
import os
import sys
import tracemalloc
import _tracemalloc

HERE = __file__
OTHER = u"caf\xe9 \u4e2d.py"
KEPT = []
LIBC = ctypes.PyDLL(None)	# without what Python does after a fork


class Session(object):
    def __init__(self, number):
        self.number = number
        self.items = list(range(3))


def sessions(n):
    return [Session(1000 + i) for i in range(n)]


def deep(n):
    return deep(n - 1) if n else [Session(5), bytearray(3000), {"a": n}]


def fill():
    KEPT.append(sessions(1234))
    KEPT.append(deep(40))
    KEPT.append([str(i) * 50 for i in range(500)])
    KEPT.append({i: object() for i in range(300)})
    exec(compile("KEPT.append([Session(i) for i in range(77)])",
                 OTHER, "exec"))
    peak = bytearray(10 << 20)		# what both have been at most
    del peak
    for i in range(1000):
        KEPT.append(bytearray(i))
    del KEPT[-500:]


def track():
    """Blocks of other domains, as numpy has one."""
    name = "PyTraceMalloc_Track" if sys.version_info >= (3, 7) else \
        "_PyTraceMalloc_Track"
    call = getattr(ctypes.pythonapi, name)
    call.argtypes = (ctypes.c_uint, ctypes.c_size_t, ctypes.c_size_t)
    for i in range(100):
        if call(389047 + i % 3, 0x10000 + 16 * i, 1000 + i):
            raise MemoryError


def of_lists():
    """Lists of sessions, by the line that tracemalloc has for them."""
    lines = {}
    newest = -1 if sys.version_info >= (3, 7) else 0
    for session in KEPT[0] + KEPT[1][:1] + KEPT[4]:
        found = tracemalloc.get_object_traceback(session.items)
        if found:
            key = "%s:%d" % (found[newest].filename, found[newest].lineno)
            lines[key] = lines.get(key, 0) + 1
    return lines


def tell(traces, totals, own):
    """@traces: domain, size, frames, the most recent first, and from 3.9 on how
    many there were."""
    with open(os.environ["PYHEAPSPY_TRUTH"], "w") as f:
        json.dump({
            "traces": traces, "peak": totals[1], "own": own,
            "limit": tracemalloc.get_traceback_limit(),
            "tracing": tracemalloc.is_tracing(),
            "file": HERE, "line": LINE,
            "lists": of_lists(),
            "sessions": [
                [HERE, sessions.__code__.co_firstlineno + 1, 1234],
                [HERE, deep.__code__.co_firstlineno + 1, 1],
                [OTHER, 1, 77]],
        }, f)
    print("ready", flush=True)
    os._exit(0)


tracemalloc.start(int(sys.argv[1]))
if "domains" in sys.argv:
    track()
fill()
if "stop" in sys.argv:
    tracemalloc.stop()
# The PID of the copy is no dead int's place then, which has a trace (3.14 ..).
DRAINED = list(range(1000, 1200))
LINE = sys._getframe().f_lineno + 1
LIBC.fork() or tell(_tracemalloc._get_traces(), tracemalloc.get_traced_memory(), tracemalloc.get_tracemalloc_memory()); os.read(0, 1)
