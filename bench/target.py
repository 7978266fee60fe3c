# SPDX-License-Identifier: MIT
"""A heap of about N objects of the usual kinds; on request it counts itself.

usage: target.py N [small|bodies|outside]

With "bodies", a third of the bytes are text, bytes, tables of dicts and items
of lists that are too large for pymalloc, as where pages and answers are kept.
With "outside", all are.  On a line that names another tool (see peers()) it says
how long that takes instead.
Prints "ready", then answers each line on standard input with the milliseconds
that gc.get_objects(), closed over gc.get_referents(), with sys.getsizeof() of
each object took, and how many there were.
"""
import gc
import sys
import time


class Plain:
    def __init__(self, n):
        self.n = n
        self.name = "name %d" % n
        self.tags = [n, n + 1]


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, n):
        self.a = n + 0.5
        self.b = (n, str(n))


def populate(n):
    keep = []
    table = {}
    i = 0
    # A round makes about fifteen objects.
    while i * 15 < n:
        keep.append(Plain(i + 1000))
        keep.append(Slotted(i + 2000))
        keep.append({"id": i + 3000, "ok": True})
        keep.append({i, i + 7000})
        table[i + 10000] = b"%d" % i
        i += 1
    return keep, table


def bodies(n):
    """A thirty-seventh as many large ones as there are others."""
    keep = []
    for i in range(n // 37 // 4):
        keep.append("text %d " % i * (60 + i % 180))
        keep.append(b"%d" % i * (200 + i % 400))
        keep.append(dict.fromkeys(range(12 + i % 60)))
        keep.append([i] * (100 + i % 300))
    return keep


def outside(n):
    """Nothing that lies in pools, but for few."""
    return [b"%d" % i + bytes(600) for i in range(n)]


def peers(keep):
    """The questions of pyheapspy's graph, as other tools ask them from inside."""
    def heapy():
        from guppy import hpy
        return hpy()

    def chain():
        import objgraph
        return objgraph.find_backref_chain(keep[-1], objgraph.is_proper_module)

    def types():
        import objgraph
        return objgraph.most_common_types(10)

    return {"heapy.heap": lambda: str(heapy().heap()),
            "heapy.rcs": lambda: str(heapy().heap().byrcs),
            "objgraph.types": types, "objgraph.chain": chain}


def ask_peer(question):
    begin = time.perf_counter()
    try:
        question()
    except ImportError as e:
        return "not there: %s" % e
    return "%.1f ms" % ((time.perf_counter() - begin) * 1e3)


def census():
    """Count and bytes by type, as one would from inside."""
    seen = set()
    by_type = {}
    todo = gc.get_objects()
    while todo:
        o = todo.pop()
        if id(o) in seen:
            continue
        seen.add(id(o))
        count, size = by_type.get(type(o), (0, 0))
        by_type[type(o)] = (count + 1, size + sys.getsizeof(o, 0))
        todo.extend(gc.get_referents(o))
    return len(seen), sum(size for _, size in by_type.values())


def main():
    n = int(sys.argv[1])
    kind = sys.argv[2] if sys.argv[2:] else "small"
    if kind == "outside":
        keep = [outside(n)]
    else:
        keep = [populate(n), bodies(n) if kind == "bodies" else []]
    known = peers(keep)
    gc.collect()
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() in known:
            print(ask_peer(known[line.strip()]), flush=True)
            continue
        begin = time.perf_counter()
        count, total = census()
        ms = (time.perf_counter() - begin) * 1e3
        print("%.1f %d %d" % (ms, count, total), flush=True)
    return keep


if __name__ == "__main__":
    main()
