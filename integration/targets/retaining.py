# SPDX-License-Identifier: MIT
"""Holders, each of which is deleted in the end, and what really went with it.

The first line it is told: it deletes them one after the other, and says as JSON
[name, bytes] each: how many bytes fewer the blocks in use have, and the tables
that were too large for those.

What they hold are bytes objects of whole blocks, so that this is what
sys.getsizeof() says of them.
"""
import gc
import json
import sys

from inuse import in_use

MANY = 4000
HEAD = 33		# sys.getsizeof(b"")


def payload(i):
    return str(i).encode().ljust(16 * 10 - HEAD, b".")


def payloads(n=MANY):
    return [payload(i) for i in range(n)]


class Node(object):
    __slots__ = ("next", "own")


def chain():
    first = None
    for own in payloads():
        node = Node()
        node.next, node.own = first, own
        first = node
    return first


def closure(held):
    def inner():
        return held
    return inner


class Registry(object):
    items = None


IN_LIST = payloads()
IN_DICT = {own: None for own in payloads()}
IN_SET = set(payloads())
IN_CLOSURE = closure(payloads())
CHAIN = chain()
BOTH_HOLD = payloads()			# every second one, OTHER holds too
OTHER = BOTH_HOLD[::2]
Registry.items = payloads()
CYCLE = [payloads()]
CYCLE.append(CYCLE)


# Tables that are no blocks of pools.  This leaves what it looks at on the stack
# of the module's frame, above its top, where up to 3.10 nobody can tell it from
# what is still there.
TABLES = {name: sys.getsizeof(table) if table else 0 for name, table in {
    "IN_LIST": IN_LIST, "IN_DICT": IN_DICT, "IN_SET": IN_SET,
    "IN_CLOSURE": IN_CLOSURE(), "CHAIN": (), "BOTH_HOLD": BOTH_HOLD,
    "CYCLE": CYCLE[0], "Registry.items": Registry.items}.items()}


def deleted(name):
    gc.collect()		# which empties free lists, too
    before = in_use()
    if name == "Registry.items":
        Registry.items = None
    else:
        del globals()[name]
    gc.collect()
    return before - in_use() + TABLES[name]


def main():
    # What the first look at the blocks itself needs is there from now on.
    in_use()
    gc.collect()
    print("ready")
    sys.stdout.flush()
    sys.stdin.readline()
    print(json.dumps([[name, deleted(name)] for name in sorted(TABLES)]))
    sys.stdout.flush()
    sys.stdin.readline()


main()
