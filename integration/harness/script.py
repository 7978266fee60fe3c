# SPDX-License-Identifier: MIT
"""What the scripts of checks/ share: choosing interpreters, saying how it went.

A check is a function of an interpreter and a Report.  run() calls it for each
interpreter and exits as integration/check expects: 0, 1, 77 if it could not be
tested, or 78 if the host lacks what it takes.
"""
import os
import sys
import traceback

from . import dump
from .interpreters import interpreters
from .report import Report
from .target import Failed, Lack, Skip

# One of each collector and allocator layout: every version costs seconds.
LAYOUTS = ("pyenv-3.6", "pyenv-3.9", "pyenv-3.11", "pyenv-3.12", "pyenv-3.13",
           "sid-3.14", "sid-3.15", "maven-3.14")
ONE = ("pyenv-3.12",)
ALL = ()	# that is: whatever is here


def choose(names):
    """Those of @names that are here, else whatever is here."""
    # Without pools, what a check knows of these is not so: targets have them.
    here = [p for p in interpreters() if p.kind not in ("refused", "nopools")]
    if not names:
        return [p for p in here if not p.name.startswith("venv")]
    return [p for p in here if p.name in names] or here[:1]


def run(check, names=LAYOUTS):
    if not os.access(dump.PROGRAM, os.X_OK):
        print("there is no %s" % dump.PROGRAM)
        sys.exit(77)
    failed = tested = lacking = 0
    for interpreter in choose(names):
        report = Report()
        try:
            check(interpreter, report)
        except Lack as why:
            print("%s: this host cannot: %s" % (interpreter.name, why))
            lacking += 1
            continue
        except Skip as why:
            print("%s: not tested: %s" % (interpreter.name, why))
            continue
        except (Failed, dump.Said) as why:
            report.mismatch("failed", str(why))
        except Exception:
            report.mismatch("failed", traceback.format_exc())
        tested += 1
        failed += bool(report.wrong)
        print("%s: %s" % (interpreter.name,
                          "differs" if report.wrong else "fine"))
        if report.text():
            print(report.text())
        sys.stdout.flush()
    sys.exit(1 if failed else 0 if tested else 78 if lacking else 77)
