# SPDX-License-Identifier: MIT
"""Running `pyheapspy memory`, and adding up what it says."""
import json

from . import dump


def take(pid, *options):
    """memory --json, as a dict; in a pause as long as it takes, unless told."""
    return json.loads(dump.must("memory", pid, "--json",
                                *(options or ["--max-pause=0"])))


def total(census, *path):
    """Bytes of all leaves whose path begins so."""
    return sum(row["bytes"] for row in census["account"]
               if tuple(row["path"][:len(path)]) == path)
