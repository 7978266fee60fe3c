# SPDX-License-Identifier: MIT
"""Tests side by side, each in a process of its own, and how each went.

A test that judges rates or times on a terminal runs alone, after the others.
"""
import collections
import multiprocessing
import multiprocessing.connection
import resource
import subprocess
import time
import traceback

from . import dump
from .target import Failed, Skip

Job = collections.namedtuple("Job", "group name test args alone")
Outcome = collections.namedtuple("Outcome", "word text seconds cpu")

FORK = multiprocessing.get_context("fork")


def judged(test, args):
    """Run @test here: (word, text)."""
    try:
        return test(*args)
    except Skip as why:
        return "skip", "  " + str(why)
    except (Failed, dump.Said, subprocess.TimeoutExpired) as why:
        return "FAIL", "  " + str(why)
    except Exception:
        return "FAIL", traceback.format_exc()


def cpu_seconds():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF,
                                                resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def work(job, result):
    began = time.monotonic()
    word, text = judged(job.test, job.args)
    result.send(Outcome(word, text, time.monotonic() - began, cpu_seconds()))


def start(job, running):
    ours, theirs = FORK.Pipe(duplex=False)
    process = FORK.Process(target=work, args=(job, theirs))
    process.start()
    theirs.close()
    running[ours] = job, process


def finish(connection, running, tally):
    job, process = running.pop(connection)
    try:
        outcome = connection.recv()
    except EOFError:
        outcome = Outcome("FAIL", "  the test died", 0, 0)
    connection.close()
    process.join()
    tally.take(job, outcome)


def run_all(jobs, width, tally):
    """Run @jobs, at most @width at a time; @tally is told of each."""
    running = {}
    for job in sorted(jobs, key=lambda job: job.alone):
        while running and len(running) >= (1 if job.alone else width):
            for connection in multiprocessing.connection.wait(list(running)):
                finish(connection, running, tally)
        start(job, running)
    while running:
        for connection in multiprocessing.connection.wait(list(running)):
            finish(connection, running, tally)


class Tally:
    """Says how each test went, and counts."""

    def __init__(self):
        self.passed = self.skipped = self.lacking = 0
        self.failures = []
        self.groups = collections.defaultdict(lambda: [0, 0.0, 0.0])

    def take(self, job, outcome):
        said = "%s %s %.1f s" % (outcome.word, job.name, outcome.seconds)
        if outcome.text:
            said += "\n" + outcome.text
        print(said, flush=True)
        if outcome.word == "FAIL":
            self.failures.append(said)
        elif outcome.word == "skip":
            self.skipped += 1
        elif outcome.word == "lack":
            self.lacking += 1
        else:
            self.passed += 1
        group = self.groups[job.group]
        group[0] += 1
        group[1] += outcome.seconds
        group[2] += outcome.cpu

    def sum_up(self):
        """Where the time went; failures once more: the last is read first."""
        print("\n--- runs, seconds, seconds of processor ---")
        for name, (runs, seconds, cpu) in sorted(
                self.groups.items(), key=lambda item: -item[1][1]):
            print("%4d %7.1f %7.1f  %s" % (runs, seconds, cpu, name))
        if self.failures:
            print("\n--- failures, once more ---")
        for said in self.failures:
            print(said)
        if self.lacking:
            print("%d more this host cannot run" % self.lacking)
        print("%d passed, %d failed, %d skipped" % (
            self.passed, len(self.failures), self.skipped), flush=True)
