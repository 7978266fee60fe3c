# SPDX-License-Identifier: MIT
"""memory --watch, look by look."""
import json
import os
import select
import subprocess
import time

from . import dump
from .target import Failed

PATIENCE = 120		# seconds: a net, not a measure


class Watch:
    def __init__(self, pid, *options):
        self.process = subprocess.Popen(
            [dump.PROGRAM, "memory", str(pid), "--watch=0.05",
             "--max-pause=0"] + list(options), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.pending = b""

    def line(self):
        end = time.monotonic() + PATIENCE
        while b"\n" not in self.pending:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [],
                                              left)[0]:
                raise Failed("no line came")
            more = os.read(self.process.stdout.fileno(), 1 << 16)
            if not more:
                raise Failed("it ended: %s" % self.process.stderr.read())
            self.pending += more
        text, self.pending = self.pending.split(b"\n", 1)
        return text.decode()

    def look(self):
        return json.loads(self.line())

    def end(self):
        """(exit status, what is left of stdout, stderr)"""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, self.pending + out, err.decode()
