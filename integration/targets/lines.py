# SPDX-License-Identifier: MIT
"""Every code object there is, and where each of its instructions comes from.

Writes what integration/code-lines wants to read, and, beside it, what it has
to say.
"""
import ast
import asyncio
import dis
import gc
import os
import sys
import time
import types

MOST = int(os.environ.get("PYHEAPSPY_CODES", "2500"))


def strange():
    """Long gaps, long lines, long functions, no lines at all."""
    gap = "\n" * 400
    wide = "x = " + " + ".join("name%d" % i for i in range(200))
    for source in ("a = 1" + gap + "b = 2" + gap * 40 + "c = (\n\n\n3,\n4)",
                   wide + "\n" + "y = [" + gap + "f(x)" + gap + "]",
                   "def f():\n" + "".join("  x%d = %d\n" % (i, i)
                                          for i in range(5000)),
                   "def g():\n  try:\n    with a as b:\n      return 1\n"
                   "  except (A, B) as e:\n    raise\n  finally:\n    c()\n",
                   "async def h():\n  async for x in y:\n    yield await z\n",
                   "\u4e16 = '\u4e16\u4e16' + \u4e16 + f(\u4e16)",
                   "x = 1;" * 300, "pass"):
        yield compile(source, "<strange>", "exec")
    yield strange_numbers()


def strange_numbers():
    """Lines as only a program can number them: backwards."""
    tree = ast.parse("a = b\nc = d\ne = f(g)\n")
    for i, node in enumerate(ast.walk(tree)):
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = 1000 - 130 * i % 700
    return compile(tree, "<numbers>", "exec")


def inside(code, seen):
    if code in seen:
        return
    seen[code] = True
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            inside(const, seen)


def all_codes():
    seen = {}
    for code in strange():
        inside(code, seen)
    for module in ast, dis, asyncio.base_events:
        with open(module.__file__, encoding="utf-8") as f:
            inside(compile(f.read(), module.__file__, "exec"), seen)
    for x in gc.get_objects():
        if type(x) is types.FunctionType and len(seen) < MOST:
            inside(x.__code__, seen)
    return seen


def by_starts(code, units):
    starts = list(dis.findlinestarts(code))
    said, line = [], code.co_firstlineno
    for i in range(units):
        while starts and starts[0][0] <= 2 * i:
            line = starts.pop(0)[1]
        said.append((line, None, None, None))
    return said


def by_lines(code, units):
    said = [None] * units
    for start, end, line in code.co_lines():
        for i in range(start // 2, end // 2):
            said[i] = (line, None, None, None)
    return said


def positions(code, units):
    if hasattr(code, "co_positions"):
        return [tuple(p) for p in code.co_positions()]
    if hasattr(code, "co_lines"):
        return by_lines(code, units)
    return by_starts(code, units)


def shape():
    if sys.version_info >= (3, 11):
        return "locations", "co_linetable"
    if sys.version_info >= (3, 10):
        return "linetable", "co_linetable"
    return "lnotab", "co_lnotab"


def main():
    word, table = shape()
    truth = os.environ["PYHEAPSPY_TRUTH"]
    with open(truth + ".in", "w") as question, open(truth, "w") as answer:
        for code in all_codes():
            units = len(code.co_code) // 2
            question.write("%s %d %d %s\n" % (
                word, code.co_firstlineno, units,
                "".join("%02x" % b for b in getattr(code, table))))
            answer.write(" ".join(
                ":".join("-" if n is None else str(n) for n in p)
                for p in positions(code, units)) + "\n")
    print("ready", flush=True)
    time.sleep(1000)


main()
