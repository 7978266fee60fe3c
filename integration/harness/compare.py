# SPDX-License-Identifier: MIT
"""What we say of each object against what the target says of it."""
import collections

from .judge import infers_truly, is_exact, is_opaque


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
    report.tally("C types that are not known, marked and different", loose)


def one_object(report, address, mine, row, loose):
    def wrong(kind, what, theirs):
        report.mismatch(kind, "%#x %s: we say %s, it is %s"
                        % (address, row.type, what, theirs))

    if mine["type"] != row.type:
        wrong("type", repr(mine["type"]), repr(row.type))
    compare_size(row, mine, loose, wrong)
    if mine["tracked"] != row.tracked and not (
            mine["tracked"] is None and mine["bound"] == "unknown"):
        wrong("tracked", mine["tracked"], row.tracked)
    if row.generation in "012" and str(mine["generation"]) != row.generation:
        wrong("generation", mine["generation"], row.generation)
    if row.refs != "-":
        compare_refs(row, mine, loose, wrong)


def compare_size(row, mine, loose, wrong):
    if mine["bound"] is not None:
        # Where Python code says the size, the truth does not ask it.
        if is_exact(row.base) and row.size is not None:
            wrong("mark", "that its size is a bound", "known")
        if mine["bound"] == "lower" and row.size is not None and (
                mine["size"] > row.size):
            wrong("bound", "at least %s" % mine["size"], row.size)
        loose[row.type] += mine["size"] != row.size
    elif row.size is not None and mine["size"] != row.size:
        wrong("size", mine["size"], row.size)


def compare_refs(row, mine, loose, wrong):
    inferred = mine["refs"] is None
    if inferred and is_exact(row.base) and not is_opaque(row.base):
        wrong("mark", "that its references are inferred", "known")
    theirs = row.refs.split(",") if row.refs else []
    refs = [r[2:] for r in mine["inferred" if inferred else "refs"]]
    if refs == theirs or sorted(refs) == sorted(theirs):
        return
    less = collections.Counter(theirs)
    more = collections.Counter(refs)
    if inferred and not (infers_truly(row.base) and more - less):
        loose[row.type] += 1
        return
    wrong("refs of " + row.type, "%d" % len(refs),
          "%d; missing %s, too many %s"
          % (len(theirs), list((less - more).elements())[:5],
             list((more - less).elements())[:5]))
