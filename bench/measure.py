# SPDX-License-Identifier: MIT
"""What a program takes: of time, of memory, beside the bare copy."""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("B", os.path.join(HERE, "..", "build"))
PROGRAM = os.environ.get("PYHEAPSPY", os.path.join(BUILD, "pyheapspy"))


def run(args):
    """Wall milliseconds, peak memory in MiB, and the JSON that was printed."""
    with tempfile.TemporaryFile() as out:
        begin = time.perf_counter()
        child = subprocess.Popen(args, stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
        wall = (time.perf_counter() - begin) * 1e3
        child.returncode = status
        if status:
            sys.exit("%s: status %d" % (" ".join(args), status))
        out.seek(0)
        text = out.read()
    return (wall, usage.ru_maxrss / 1024,
            json.loads(text) if text.startswith(b"{") else None)


def bare_copy(pid, size):
    program = os.path.join(BUILD, "bench", "barecopy")
    if not os.path.exists(program):
        sys.exit("there is no copy to compare with: make build/bench/barecopy")
    return float(subprocess.check_output(
        [program, str(pid), str(size)]).split()[1])


class Looks:
    """Some of our looks at one target, with the same options."""

    def __init__(self, command, pid, *options):
        self.args = [PROGRAM, command, str(pid), "--json", *options]
        self.rows = []

    def look(self):
        self.rows.append(run(self.args))

    def wall(self):
        return statistics.median(r[0] for r in self.rows)

    def memory(self):
        return max(r[1] for r in self.rows)

    def pause(self):
        return statistics.median(r[2]["capture"]["pause_ms"] or 0
                                 for r in self.rows)

    def last(self):
        return self.rows[-1][2]
