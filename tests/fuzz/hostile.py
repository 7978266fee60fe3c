#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pyheapspy, when nothing it reads is true, and when there is no memory.

  hostile.py torn|starved PROGRAM SHIM [--seconds N] [--runs N] [--seed N]
             [--python NAME]...

A real interpreter sleeps; we look at it with every command, again and again,
with SHIM preloaded: torn.c lies about its memory, starved.c lets allocations
fail.  PROGRAM may be built with sanitizers.  Whatever we read, and whatever
fails, this is promised:

 - no signal, no hang, no report of a sanitizer;
 - an exit status of those in the manual page, with a word on stderr if it is
   not 0;
 - JSON that is JSON;
 - starved: with 0 the output is as long as that of a run which had memory, or
   it is said, there or on stderr, that something is missing;
 - bounded memory;
 - a target that is not traced and not stopped.

What went wrong can be had again with the line that is printed for it.
"""
import argparse
import collections
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(HERE)),
                                "integration"))

from harness.interpreters import Interpreter, interpreters	# noqa: E402
from harness.target import Failed, Skip, Target		# noqa: E402

PROMISED = (0, 1, 3, 4, 5)
# Not what the sanitizer says of itself, or of the C library, without memory.
SANITIZED = re.compile(r"ERROR: AddressSanitizer: (?!CHECK)|runtime error:|"
                       r"LeakSanitizer.*\n(.*\n)* +#\d+ .* src/")
ITSELF = re.compile(r"AddressSanitizer: CHECK failed|ERROR: LeakSanitizer")
A_WORD = re.compile(r"could not|cannot|ncomplete|missing|out of memory|failed")
PATIENCE = 600		# seconds; what takes as long hangs
MOST_CPU = 120		# seconds of CPU time: the machine may be busy
MOST_MEMORY = 3 << 30	# resident bytes, without sanitizers

COMMANDS = [
    ["dump"],
    ["dump", "--no-stop"],
    ["dump", "--json", "--kinds"],
    ["dump", "--objects", "--refs"],
    ["dump", "--retained"],
    ["memory"],
    ["memory", "--json"],
    ["memory", "--no-stop"],
    ["why"],
    ["why", "--check", "--json"],
    ["why", "--watch=0.01", "--no-stop"],
    ["garbage", "--json"],
    ["waste", "--equal"],
    ["traces"],
    ["stacks"],
    ["stacks", "--json", "--locals", "--tasks"],
    ["stacks", "--native"],
    ["stacks", "--no-stop", "--locals"],
    ["stacks", "--fold"],
    ["attach", "-b", "-n", "1", "--values"],
    ["attach", "-b", "-n", "1", "--exact", "--values"],
    ["attach", "--json", "-n", "1"],
]
TARGETS = ["memeater.py", "tasks.py", "values.py", "suspended.py",
           "builtins_all.py"]


def is_json(command):
    return "--json" in command or "--objects" in command


def limit_cpu():
    """SIGXCPU for what never ends."""
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU, MOST_CPU + 1))


class Run:
    """One run of the program, to its end."""

    def __init__(self, program, shim, command, pid, settings):
        self.command = command
        self.settings = settings
        self.argv = [program] + command + [str(pid)]
        # attach does not wait for its thread in the middle of a look.
        leaks = 0 if command[0] == "attach" else 1
        env = dict(os.environ, LD_PRELOAD=shim, LC_ALL="C.UTF-8",
                   ASAN_OPTIONS="verify_asan_link_order=0:exitcode=99:"
                   "allocator_may_return_null=1:detect_leaks=%d" % leaks,
                   UBSAN_OPTIONS="print_stacktrace=1")
        env.update(settings)
        # Files: a pipe would be waited for, and tells nothing of memory.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(self.argv, env=env, stdout=out,
                                       stderr=err, stdin=subprocess.DEVNULL,
                                       preexec_fn=limit_cpu)
            self.hung = not self.ends(process)
            out.seek(0)
            err.seek(0)
            self.out = out.read().decode("utf-8", "surrogateescape")
            self.err = err.read().decode("utf-8", "replace")

    def ends(self, process):
        end = time.monotonic() + PATIENCE
        pause = 0.002
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                self.rss = usage.ru_maxrss * 1024
                process.returncode = self.status = (
                    -os.WTERMSIG(status) if os.WIFSIGNALED(status)
                    else os.WEXITSTATUS(status))
                return True
            if time.monotonic() > end:
                process.kill()
                process.wait()
                self.status, self.rss = process.returncode, 0
                return False
            time.sleep(pause)
            pause = min(0.02, pause * 1.5)

    def complaints(self, sanitized):
        if self.hung:
            return ["still running after %d s" % PATIENCE]
        wrong = []
        if SANITIZED.search(self.err):
            wrong.append("the sanitizer objects")
        elif self.status not in PROMISED and not ITSELF.search(self.err):
            wrong.append("exit status %d" % self.status)
        if self.status != 0 and not self.err.strip():
            wrong.append("exit status %d without a word" % self.status)
        if self.rss > MOST_MEMORY and not sanitized:
            wrong.append("%d MiB resident" % (self.rss >> 20))
        if self.status == 0 and is_json(self.command):
            wrong += self.bad_json()
        return wrong

    def bad_json(self):
        one = "--objects" not in self.command and "attach" not in self.command
        try:
            for text in [self.out] if one else self.out.splitlines():
                json.loads(text)
        except ValueError as why:
            return ["no JSON: %s" % why]
        return []

    def again(self):
        return "%s %s" % (" ".join("%s=%s" % pair for pair in
                                   sorted(self.settings.items())),
                          " ".join(self.argv[1:]))


class Torn:
    """Lies at random: mostly few, once what is first read was true."""

    def __init__(self, random):
        self.random = random

    def prepare(self, run):
        pass

    def next(self):
        command = self.random.choice(COMMANDS)
        return command, {
            "TORN_SEED": str(self.random.getrandbits(48)),
            "TORN_EVERY": str(int(2 ** self.random.uniform(2, 17))),
            "TORN_AFTER": str(self.random.choice(
                [0, 20, 60, 120, 200, 400, 1000])),
        }

    def silent(self, run):
        return []


class Starved:
    """Every allocation fails, alone or with all that follow it."""

    def __init__(self, random):
        self.random = random
        self.total = {}
        self.lines = {}

    # libdw 0.188 asserts that it has memory (dynamicsizehash_concurrent.c).
    # A pause that was cut short is told in a line of its own, and a busy
    # machine cuts one run short and not another.
    COMMANDS = [c + ["--max-pause=0"] * (c[0] in ("dump", "memory", "why",
                                                    "garbage"))
                for c in COMMANDS if "--native" not in c]

    def prepare(self, run):
        for command in self.COMMANDS:
            whole = run(command, {})
            found = re.search(r"allocations (\d+)", whole.err)
            if not found or found.group(1) == "0":
                sys.exit("the program has a malloc() of its own: nothing "
                         "of it can fail")
            self.total[tuple(command)] = int(found.group(1))
            self.lines[tuple(command)] = len(whole.out.splitlines())

    def next(self):
        command = self.random.choice(self.COMMANDS)
        settings = {"STARVED_AT": str(self.random.randint(
            1, self.total[tuple(command)]))}
        if self.random.random() < 0.5:
            settings["STARVED_ALL"] = "1"
        return command, settings

    def silent(self, run):
        """Done, but less output, and not a word of it?

        What attach prints depends on how busy the machine is.
        """
        lines, whole = len(run.out.splitlines()), self.lines[
            tuple(run.command)]
        if (run.command[0] == "attach" or run.status != 0 or
                run.err.strip() or A_WORD.search(run.out) or lines >= whole):
            return []
        return ["%d lines, not %d, without a word" % (lines, whole)]


def host():
    """The interpreter that runs us."""
    return Interpreter("host", tuple(sys.version_info[:3]), "host",
                       [sys.executable], "")


def chosen(names):
    try:
        here = [p for p in interpreters() if p.kind != "refused"]
    except (OSError, subprocess.CalledProcessError):
        here = []
    if names == ["all"]:
        return here or [host()]
    return [p for p in here if p.name in names] or here[:1] or [host()]


def is_sanitized(program):
    with open(program, "rb") as f:
        return b"__asan_init" in f.read()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["torn", "starved"])
    parser.add_argument("program")
    parser.add_argument("shim")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--runs", type=int, help="so many, and no clock")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--python", action="append", default=[])
    args = parser.parse_args()
    sanitized = is_sanitized(args.program)
    tally, failed = collections.Counter(), 0
    found = chosen(args.python)
    for interpreter in found:
        rng = random.Random("%d %s" % (args.seed, interpreter.name))
        for script in TARGETS if not args.runs else [rng.choice(TARGETS)]:
            share = args.seconds / len(found) / len(TARGETS)
            try:
                target = Target(interpreter, script)
            except (Failed, Skip):
                continue	# a target for later versions
            try:
                failed += hostile(args, rng, target, script, share, sanitized,
                                  tally)
            finally:
                target.stop()
    print("%s: %d runs, %s; %d bad" % (
        args.kind, sum(tally.values()),
        ", ".join("%d with status %s" % (n, s)
                  for s, n in sorted(tally.items())), failed))
    sys.exit(1 if failed else 0)


told = collections.Counter()


def tell(target, script, one, wrong):
    """The same a few times only."""
    frames = re.findall(r"#\d+ .* in (\S+) src/", one.err)[:3]
    kind = (wrong, one.command[0]) + tuple(frames)
    told[kind] += 1
    if told[kind] > 3:
        return
    print("BAD %s %s: %s %s\n    %s" % (
        target.interpreter.name, script, wrong, " < ".join(frames),
        one.again()))
    if told[kind] == 1:
        print(one.err[:3000])
    sys.stdout.flush()


def hostile(args, rng, target, script, seconds, sanitized, tally):
    def run(command, settings):
        return Run(args.program, os.path.abspath(args.shim), command,
                   target.pid, settings)

    kind = {"torn": Torn, "starved": Starved}[args.kind](rng)
    kind.prepare(run)
    end, n, failed = time.monotonic() + seconds, 0, 0
    while n < args.runs if args.runs else time.monotonic() < end:
        one = run(*kind.next())
        n += 1
        tally[one.status] += 1
        wrong = (one.complaints(sanitized) + kind.silent(one) +
                 target.unharmed())
        if wrong:
            failed += 1
            tell(target, script, one, "; ".join(wrong))
    return failed


main()
