# SPDX-License-Identifier: MIT
"""What we say of each object against what the target says of it."""
import collections

from .judge import is_exact, is_opaque, may_miss_references


def objects_against_truth(report, ours, truth):
    """Every object of the truth: found, and the same in every column."""
    lost = collections.Counter()
    loose = collections.Counter()
    for address, row in truth.rows.items():
        mine = ours.get(address)
        if mine is None:
            lost[row.type] += 1
            report.mismatch("lost", "%#x %s %s size %s generation %s "
                            "tracked %s" % (
                                address, row.type,
                                truth.type_names.get(address, ""), row.size,
                                row.generation, row.tracked))
            continue
        one_object(report, address, mine, row, loose)
    report.tally("lost by type", lost)
    report.tally("unlisted C types, size or refs differ", loose)


def one_object(report, address, mine, row, loose):
    def wrong(kind, what, theirs):
        report.mismatch(kind, "%#x %s: we say %s, it is %s"
                        % (address, row.type, what, theirs))

    exact = is_exact(row.base)
    if mine["type"] != row.type:
        wrong("type", repr(mine["type"]), repr(row.type))
    if row.size is not None and mine["size"] != row.size:
        if exact:
            wrong("size", mine["size"], row.size)
        else:
            loose[row.type] += 1
    if mine["tracked"] != row.tracked:
        wrong("tracked", mine["tracked"], row.tracked)
    if row.generation in "012" and str(mine["generation"]) != row.generation:
        wrong("generation", mine["generation"], row.generation)
    compare_refs(row, exact and not is_opaque(row.base), mine, loose, wrong)


def compare_refs(row, exact, mine, loose, wrong):
    if row.refs == "-":
        return
    theirs = row.refs.split(",") if row.refs else []
    refs = [r[2:] for r in mine["refs"] or ()]
    if mine["refs"] is not None and (refs == theirs or
                                     sorted(refs) == sorted(theirs)):
        return
    if not exact:
        loose[row.type] += 1
        return
    less = collections.Counter(theirs)
    more = collections.Counter(refs)
    if may_miss_references(row.base) and not more - less:
        loose[row.type] += 1
        return
    wrong("refs of " + row.type, "%d" % len(refs),
          "%d; missing %s, too many %s"
          % (len(theirs), list((less - more).elements())[:5],
             list((more - less).elements())[:5]))
