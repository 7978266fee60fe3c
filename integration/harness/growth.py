# SPDX-License-Identifier: MIT
"""pyheapspy grow, from when it watches to when it is told to end."""
import json
import os
import signal
import subprocess

from . import dump
from .target import Lack

PATIENCE = 300


def lines_by_mark(path):
    """{mark: number} of the lines of a target that end in a comment."""
    found = {}
    with open(path, encoding="utf-8") as f:
        for number, text in enumerate(f, 1):
            if "# " in text and text.startswith("    "):
                found[text.rpartition("# ")[2].strip()] = number
    return found


class Watch:
    """@options: of grow.  Page faults are watched when it is made."""

    def __init__(self, pid, folder, *options):
        self.path = os.path.join(folder, "grown.json")
        self.process = subprocess.Popen(
            [dump.PROGRAM, "grow", str(pid), "--json", "-o", self.path,
             "--seconds=%d" % PATIENCE] + list(options),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, universal_newlines=True)
        said = self.process.stderr.readline()
        if "watching" not in said:
            raise dump.Said(said + self.process.communicate()[1])

    def end(self):
        """Tell it that it is enough; what it found."""
        self.process.send_signal(signal.SIGINT)
        return self.result()

    def result(self):
        """What it found, when it has ended by itself."""
        told = self.process.communicate(timeout=PATIENCE)[1]
        if self.process.returncode:
            raise dump.Said(told)
        with open(self.path, encoding="utf-8") as f:
            grown = json.load(f)
        for text in grown["warnings"]:
            if "perf_event_paranoid at 2" in text:
                raise Lack(text)
        return grown
