# SPDX-License-Identifier: MIT
"""The one test that everything here is for: a target, dumped and compared."""
from . import dump
from .compare import objects_against_truth
from .confirm import confirm
from .judge import surprises
from .rows import Rows
from .segments import static_where_modules_are
from .totals import (blocks_against_truth, census_against_objects,
                     classes_against_statistics, collectors_against_truth,
                     live_against_stopped, schema_holds, target_against_host)
from .weigh import weigh


def compare_everything(report, target):
    """Look at a sleeping target twice, and hold both against its truth."""
    rows = Rows(target)
    census = dump.census(target.pid, target.dir)
    live = dump.census(target.pid, target.dir, "--no-stop")
    for complaint in target.unharmed():
        report.mismatch("harm", complaint)
    # Before confirm(), whose own reading maps pages of the target.
    target_against_host(report, census, target)
    for address in rows.twice:
        report.mismatch("twice", "%#x %s" % (address,
                                             rows.ours[address]["type"]))
    objects_against_truth(report, rows.ours, rows.truth)
    confirm(report, rows, target)
    weigh(report, rows, target)
    static_where_modules_are(report, rows.ours, rows.segments)
    census_against_objects(report, census, rows)
    live_against_stopped(report, live, census)
    collectors_against_truth(report, census, rows.truth)
    blocks_against_truth(report, census, rows, target)
    if len(rows.truth.counters) == 1:
        # With more interpreters each speaks of its own.
        classes_against_statistics(report, census, target.errors)
    schema_holds(report, target.dir)
    report.equal("complete", census["complete"], True)
    report.equal("warnings", surprises(census["warnings"]), [])
    report.fact("%d objects, paused %s ms, %s ms in all" % (
        rows.count, census["capture"]["pause_ms"],
        census["capture"]["duration_ms"]))
