# SPDX-License-Identifier: MIT
"""The sums and counters of dump --json."""
import collections
import os
import subprocess
import sys

from .interpreters import HERE
from .truthfile import plain


def census_against_objects(report, census, rows):
    """The JSON is the sum of its objects."""
    heap = collections.Counter()
    types = collections.defaultdict(lambda: [0, 0, 0, 0])
    for name, sums in rows.agreed.items():
        types[name] = [sums.count, sums.bytes, sums.allocated,
                       sums.static_count]
        heap.update(objects=sums.count, bytes=sums.bytes,
                    allocated=sums.allocated,
                    static_objects=sums.static_count,
                    static_bytes=sums.static_bytes)
    for row in rows.ours.values():
        entry = types[row["type"]]
        if row["static"]:
            heap["static_objects"] += 1
            heap["static_bytes"] += row["size"]
            entry[3] += 1
        else:
            heap["objects"] += 1
            heap["bytes"] += row["size"]
            heap["allocated"] += row["allocated"]
            entry[0] += 1
            entry[1] += row["size"]
            entry[2] += row["allocated"]
    for key in ("objects", "bytes", "allocated", "static_objects",
                "static_bytes"):
        report.equal("heap." + key, census["heap"][key], heap[key])
    theirs = collections.defaultdict(lambda: [0, 0, 0, 0])
    for row in census["types"]:
        # Different types may share a name, and have a row each or one.
        name = plain(row["type"])
        for i, key in enumerate(("count", "bytes", "allocated",
                                 "static_count")):
            theirs[name][i] += row[key]
    for name in types:
        if types[name] != theirs.get(name):
            report.mismatch("types row", "%s: we say %s, its objects %s"
                            % (name, theirs.get(name), types[name]))
    for name in set(theirs) - set(types):
        report.mismatch("types row", "%s: has no objects" % name)
    sizes = [row["bytes"] for row in census["types"]]
    if sizes != sorted(sizes, reverse=True):
        report.mismatch("types row", "not in order of bytes")
    if "kinds" in census:
        report.equal("the sum of kinds",
                     sum(r["bytes"] for r in census["kinds"]),
                     census["heap"]["bytes"])


def collectors_against_truth(report, census, truth):
    """Each interpreter's, and all together; up to 3.8 they share one."""
    rows = census["interpreters"]
    report.equal("interpreters", len(rows), census["python"]["interpreters"])
    shared = census["python"]["version"].startswith(("3.6.", "3.7.", "3.8."))
    if len(rows) == 1 or shared:
        one_against_truth(report, census["gc"], truth.main())
        for row in rows:
            report.equal("gc of %s" % row["id"], row["gc"], census["gc"])
        return
    report.equal("ids", [row["id"] for row in rows],
                 sorted(row["id"] for row in rows))
    if len(rows) == len(truth.counters):
        for row, theirs in zip(rows, truth.counters):
            one_against_truth(report, row["gc"], theirs)
    else:
        one_against_truth(report, rows[0]["gc"], truth.main())
    for row in rows:
        report.equal("objects of %d" % row["id"], row["objects"],
                     row["gc"]["frozen"] + sum(
                         g["objects"] for g in row["gc"]["generations"]))
    together = census["gc"]
    for key in "garbage", "frozen":
        report.equal("gc." + key, together[key],
                     sum(row["gc"][key] for row in rows))
    for n, g in enumerate(together["generations"]):
        for key in ("count", "objects", "collections", "collected",
                    "uncollectable"):
            report.equal("gc.%s of %d, together" % (key, n), g[key], sum(
                row["gc"]["generations"][n][key] for row in rows))


def one_against_truth(report, ours, main):
    report.equal("gc.enabled", ours["enabled"], main["enabled"])
    report.equal("gc.collecting", ours["collecting"], False)
    report.equal("gc.garbage", ours["garbage"], main["garbage"])
    if "f" in main["generations"]:
        report.equal("gc.frozen", ours["frozen"], main["generations"]["f"])
    rows = ours["generations"]
    for n, row in enumerate(rows):
        report.equal("gc generation number", row["generation"], n)
        report.equal("gc.threshold of %d" % n, row["threshold"],
                     main["threshold"][n])
        # That of another counts what it ran to tell us.
        if main["interpreter"] == "main":
            report.equal("gc.count of %d" % n, row["count"],
                         main["count"][n])
        for key in ("collections", "collected", "uncollectable"):
            report.equal("gc.%s of %d" % (key, n), row[key],
                         main["stats"][n][key])
        if str(n) in main["generations"]:
            report.equal("gc.objects of %d" % n, row["objects"],
                         main["generations"][str(n)])
    if "-" in main["generations"]:
        report.equal("gc.objects of all", sum(r["objects"] for r in rows),
                     main["generations"]["-"])


def blocks_against_truth(report, census, rows, target):
    """All blocks, and whose they are."""
    truth = rows.truth
    blocks = census["heap"].get("blocks")
    if blocks is None:
        report.mismatch("unequal", "heap.blocks is missing")
        return
    pooled = sum(row["in_use"] for row in blocks["classes"])
    if counts_large_blocks(target.interpreter):
        report.equal("heap.blocks.in_use", blocks["in_use"],
                     truth.main()["blocks"])
    elif blocks["in_use"] is None:
        report.fact("heap.blocks.in_use: no symbol tells")
    else:
        report.equal("heap.blocks.in_use", blocks["in_use"],
                     truth.main()["blocks"])
    report.equal("heap.blocks.in_pools", blocks["in_pools"], pooled)
    report.equal("the parts of heap.blocks", blocks["in_pools"], sum(
        blocks[key] for key in ("objects", "buffers", "unowned")))
    if target.has_pools and not target.has_debug_hooks:
        whose_blocks(report, blocks, rows.small)


# One in so many blocks may belong to nobody: C code and the interpreter itself
# take memory for their own ends, some 1 to 3 % of a small program, 6 with numpy.
UNOWNED = 10


def whose_blocks(report, blocks, small):
    """The parts of heap.blocks, by what the sizes of all objects say."""
    # Less, too: what malloc of a thread gave, and took back but for a little.
    if abs(blocks["objects"] - small.objects) > small.unsure:
        report.mismatch("unequal", "heap.blocks.objects: we say %d, it is %d, "
                        "give or take %d" % (
                            blocks["objects"], small.objects, small.unsure))
    if blocks["buffers"] < small.buffers:
        report.mismatch("unequal", "heap.blocks.buffers: we say %d, tables "
                        "and items alone are %d" % (blocks["buffers"],
                                                    small.buffers))
    if blocks["unowned"] * UNOWNED > blocks["in_pools"]:
        report.mismatch("unequal", "heap.blocks.unowned: %d of %d" % (
            blocks["unowned"], blocks["in_pools"]))


def counts_large_blocks(interpreter):
    """Can the counter of requests over 512 bytes be found from outside?

    Up to 3.11 it is a static variable, which only .symtab names; Debian's
    packages are stripped.
    """
    return interpreter.version >= (3, 12) or interpreter.kind == "pyenv"


def classes_against_statistics(report, census, path):
    """Blocks by size class: @path has what sys._debugmallocstats() printed."""
    theirs = {}
    with open(path, errors="replace") as f:
        for line in f:
            part = line.split()
            if len(part) == 5 and all(p.isdigit() for p in part):
                theirs[int(part[1])] = [int(p) for p in part[2:]]
    ours = {row["size"]: [row["pools"], row["in_use"], row["free"]]
            for row in census["heap"]["blocks"]["classes"] if row["pools"]}
    for size in sorted(set(ours) | set(theirs)):
        if ours.get(size) != theirs.get(size):
            report.mismatch("size class", "%d: we say %s pools, used, free;"
                            " it is %s" % (size, ours.get(size),
                                           theirs.get(size)))


def schema_holds(report, folder):
    """The documents are as the project's own schemas say."""
    if SCHEMA_PYTHON is None:
        report.fact("schemas: not tested: no jsonschema")
        return
    top = os.path.dirname(HERE)
    for kind, name in (("dump", "json"), ("objects", "objects")):
        done = subprocess.run(
            [SCHEMA_PYTHON, os.path.join(top, "tests", "validate.py"),
             os.path.join(top, "src", "report",
                          "pyheapspy.%s-1.schema.json" % kind),
             os.path.join(folder, name)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            universal_newlines=True)
        if done.returncode:
            report.mismatch("schema", "%s, exit status %d: %s" % (
                name, done.returncode,
                " ".join(done.stdout.split())[-300:]))


def python_with_jsonschema():
    for python in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(python) and subprocess.run(
                [python, "-c", "import jsonschema"],
                stderr=subprocess.DEVNULL).returncode == 0:
            return python
    return None


SCHEMA_PYTHON = python_with_jsonschema()


def live_against_stopped(report, live, census):
    """A look without stopping, at a target that sleeps, is equal type by type.

    But for what lies in data segments: whether two words there are an object
    is told by who refers to them, and that only a table of all objects knows.
    A running look says that it does not know.
    """
    theirs, ours = _by_type(census), _by_type(live)
    for name in sorted(set(theirs) | set(ours)):
        if theirs[name] != ours[name]:
            report.mismatch(
                "not stopped", "%s: %s, stopped %s (count, bytes, allocated)"
                % (name, ours[name], theirs[name]))
    for key in ("objects", "bytes", "allocated"):
        report.equal("heap.%s, not stopped" % key, live["heap"][key],
                     census["heap"][key])
    for key in ("static_objects", "static_bytes"):
        report.equal("heap.%s, not stopped" % key, live["heap"][key], None)


def _by_type(census):
    """Types of one name may have a row each."""
    sums = collections.defaultdict(lambda: (0, 0, 0))
    for row in census["types"]:
        one = tuple(row[key] for key in ("count", "bytes", "allocated"))
        sums[row["type"]] = tuple(map(sum, zip(sums[row["type"]], one)))
    return sums


def target_against_host(report, census, target):
    """Who it is and what /proc says; it sleeps, so both stand still."""
    state = target.state()
    report.equal("target.pid", census["target"]["pid"], target.pid)
    report.equal("python.version", census["python"]["version"],
                 "%d.%d.%d" % target.interpreter.version)
    with open("/proc/%d/cmdline" % target.pid, "rb") as f:
        command = f.read().decode("utf-8", "replace").split("\0")[:-1]
    report.equal("target.command", census["target"]["command"], command)
    memory = census["memory"]
    # The kernel batches VmRSS a thread at a time: a few pages may differ.
    for key, field in (("rss", "VmRSS"), ("vms", "VmSize"),
                       ("peak_rss", "VmHWM")):
        value = int(state[field].split()[0]) * 1024
        if abs(memory[key] - value) > 512 * 1024:
            report.equal("memory." + key, memory[key], value)
    parts_add_up(report, census)


def parts_add_up(report, census):
    """What a dump knows of where the resident memory is."""
    parts, memory = census["resident"], census["memory"]
    in_use = census["heap"]["blocks"]["in_use_bytes"]
    report.equal("resident.files", parts["files"], memory["file"])
    report.equal("resident", (parts["pools_used"] or 0) + parts["files"] +
                 parts["rest"], memory["rss"])
    if parts["pools_used"] is not None:
        report.equal("resident.pools_used", parts["pools_used"], in_use)
    elif not memory["swap"] and \
            census["python"]["allocator"].startswith("pymalloc") and \
            in_use is not None and in_use <= memory["rss"] - memory["file"]:
        report.mismatch("resident", "pools are not told: %s" % parts)
