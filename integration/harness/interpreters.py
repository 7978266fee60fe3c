# SPDX-License-Identifier: MIT
"""The interpreters that integration/setup has provided."""
import collections
import os
import subprocess

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CACHE = os.environ.get("PYHEAPSPY_CACHE",
                       os.path.expanduser("~/.cache/pyheapspy"))

Interpreter = collections.namedtuple(
    "Interpreter", "name version kind launch root")


def interpreters():
    """All of them, as rows; @root is where a chroot begins, or ''.

    Making the list runs each once: whoever is started from here is given it.
    """
    text = os.environ.get("PYHEAPSPY_INTERPRETERS")
    if text is None:
        text = subprocess.check_output(
            [os.path.join(HERE, "setup"), "--list"], universal_newlines=True)
        os.environ["PYHEAPSPY_INTERPRETERS"] = text
    rows = []
    for line in text.splitlines():
        name, version, kind, launch = line.split("\t")
        launch = launch.split()
        root = launch[1] if launch[0] == "chroot" else ""
        rows.append(Interpreter(name, tuple(map(int, version.split("."))),
                                kind, launch, root))
    return rows
