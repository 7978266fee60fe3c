# SPDX-License-Identifier: MIT
"""Running pyheapspy, and reading what it prints."""
import json
import os
import subprocess

from .interpreters import HERE
from .truthfile import plain

PROGRAM = os.environ.get("PYHEAPSPY", os.path.join(
    os.path.dirname(HERE), "build", "pyheapspy"))


class Said(Exception):
    """pyheapspy did not exit with 0."""


def run(*args, timeout=300):
    """(exit status, stdout, stderr).

    A dump may take its time: here it is slow because the machine is.  One of a
    file, a core, pauses nobody.
    """
    if args[0] == "dump" and not os.path.exists(str(args[1])) and \
            not any("--max-pause" in str(a) for a in args):
        args += ("--max-pause=0",)
    done = subprocess.run([PROGRAM] + [str(a) for a in args],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=timeout)
    return (done.returncode, done.stdout.decode("utf-8", "replace"),
            done.stderr.decode("utf-8", "replace"))


def must(*args, timeout=300):
    status, out, err = run(*args, timeout=timeout)
    if status != 0:
        raise Said("%s: exit status %d: %s"
                   % (" ".join(str(a) for a in args), status, err.strip()))
    return out


def census(pid, folder, *options):
    """dump --json, as a dict."""
    path = os.path.join(folder, "json")
    must("dump", pid, "--json", "-o", path, *options)
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def write_objects(pid, folder, *options):
    """dump --objects --refs, into a file: its path."""
    path = os.path.join(folder, "objects")
    must("dump", pid, "--objects", "--refs", "-o", path, *options)
    return path


def read_objects(lines):
    """address -> its line as a dict; and those that had more than one."""
    found, twice = {}, []
    for line in lines:
        row = json.loads(line)
        address = int(row["address"], 16)
        if address in found:
            twice.append(address)
        row["type"] = plain(row["type"])
        found[address] = row
    return found, twice


def objects(pid, folder, *options):
    """All of them: address -> its line as a dict."""
    with open(write_objects(pid, folder, *options), encoding="utf-8") as f:
        return read_objects(f)
