# SPDX-License-Identifier: MIT
"""A target that counts signals: targets/signals.c says which."""
import os
import shutil
import subprocess
import tempfile
import time

from .interpreters import HERE
from .target import Failed, Skip, Target

SOURCE = os.path.join(HERE, "targets", "signals.c")
PATIENCE = 60		# seconds; nothing takes that long
SENDERS = 2


def compiled(folder):
    if not shutil.which("gcc"):
        raise Skip("no gcc")
    path = os.path.join(folder, "signals.so")
    subprocess.check_call(["gcc", "-O1", "-shared", "-fPIC", "-pthread",
                           "-o", path, SOURCE, "-lrt"])
    return path


class SignalTarget(Target):
    """@function of signals.c is what it does."""

    def __init__(self, interpreter, function):
        if interpreter.root:
            raise Skip("compiled here, it may not load there")
        self.folder = tempfile.mkdtemp(prefix="pyheapspy-signals-")
        try:
            super().__init__(interpreter, "signals.py",
                             args=(compiled(self.folder), function))
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def tally(self):
        answer = self.say("tally", PATIENCE)
        if answer is None:
            raise Failed("the target does not answer")
        return {name: int(value) for name, value in
                (word.split("=") for word in answer.split())}

    def wait_for(self, wanted):
        """Until @wanted of the tally is true, however long it takes."""
        end = time.monotonic() + PATIENCE
        while not wanted(self.tally()):
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    def stuck(self, names, by=3):
        """Those counts that do not go on."""
        first = self.tally()
        left = set(names)

        def all_went_on(tally):
            left.difference_update([name for name in left if
                                    tally[name] >= first[name] + by])
            return not left
        self.wait_for(all_went_on)
        return sorted(left)

    def n_signals(self):
        tally = self.tally()
        return sum(tally[name] for name in ("process_sent", "thread_sent",
                                            "timers", "alarms", "children"))

    def held(self):
        """Which threads are stopped or traced."""
        wrong = []
        for tid in os.listdir("/proc/%d/task" % self.pid):
            try:
                with open("/proc/%d/task/%s/status" % (self.pid, tid)) as f:
                    status = dict(line.rstrip("\n").split(":\t", 1)
                                  for line in f if ":\t" in line)
            except (FileNotFoundError, ProcessLookupError):
                continue
            if status["TracerPid"].strip() != "0":
                wrong.append("thread %s is traced" % tid)
            if status["State"][0] in "Tt":
                wrong.append("thread %s is in state %s"
                             % (tid, status["State"]))
        return wrong

    def lost(self):
        """What is missing of all that was sent, once nothing more is."""
        wrong = [name + " do not go on: one is lost" for name in
                 self.stuck(("timers", "alarms", "children"))]
        self.say("enough", PATIENCE)
        # One that has just been sent is not counted yet, but handled maybe.
        self.wait_for(lambda tally: tally["ended"] == SENDERS and all(
            tally[who + "_sent"] <= tally[who + "_handled"]
            for who in ("process", "thread")))
        tally = self.tally()
        for who in ("process", "thread"):
            sent, handled = tally[who + "_sent"], tally[who + "_handled"]
            if sent != handled:
                wrong.append("of %d signals from a %s %d are lost"
                             % (sent, who, sent - handled))
            elif tally[who + "_sum_sent"] != tally[who + "_sum_handled"]:
                wrong.append("signals from a %s came with other values" % who)
        if tally["changed"]:
            wrong.append("%d signals have another siginfo" % tally["changed"])
        return wrong
