# SPDX-License-Identifier: MIT
"""The truth itself, without pyheapspy: does the tracee hold what it says?

The truth is written by a copy of the tracee.  Here each line is looked up in
the tracee's own memory: a living object must be there, of a type with that
name.  So a line that names something the copy made fails here first.
"""
import os

from .confirm import doubt
from .truthfile import Truth


def truth_against_memory(report, target):
    with open(target.truth, encoding="ascii") as f:
        truth = Truth(f)
    fd = os.open("/proc/%d/mem" % target.pid, os.O_RDONLY)
    try:
        for address, row in truth.rows.items():
            why = doubt(fd, address, {"type": row.type}, truth)
            if why:
                report.mismatch("truth", "%#x %s: %s"
                                % (address, row.type, why))
            for ref in row.refs.split(",") if row.refs > "-" else ():
                if int(ref, 16) not in truth.rows:
                    report.mismatch("open end", "%#x %s refers to %s"
                                    % (address, row.type, ref))
    finally:
        os.close(fd)
    report.fact("%d objects, %d interpreters"
                % (len(truth.rows), len(truth.counters)))
