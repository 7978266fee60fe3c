# SPDX-License-Identifier: MIT
"""A heap whose large objects come and go and grow, while their number stays.

Of Body, Row, Pile, Table and Ring there are as many at any moment as is printed
after "ready"; and one more while it takes the place of another.
"""
import collections
import random
import sys

N = 3000


class Body(bytes):
    pass


class Row:
    """Larger than a block of a pool, with a place for something late."""
    __slots__ = ["field%d" % i for i in range(100)]


class Pile(list):
    pass


class Table(dict):
    pass


class Ring(collections.deque):
    pass


bodies = [Body(600 + i % 9000) for i in range(N)]
rows = [Row() for i in range(N)]
piles = [Pile(range(80 + i % 200)) for i in range(N // 10)]
tables = [Table.fromkeys(range(40 + i % 400)) for i in range(N // 10)]
rings = [Ring(range(200)) for i in range(N // 10)]
print("ready", flush=True)
print(len(bodies), len(rows), len(piles), len(tables), len(rings), flush=True)


def swap(i):
    bodies[i] = Body(600 + i * 7 % 9000)
    rows[i] = Row()
    rows[-i].field99 = [bytes(600 + i)] * 100
    pile = piles[i % len(piles)]
    pile.extend([bytes(1000)] * 20)
    if len(pile) > 2000:
        del pile[50:]
    # As many keys as before, in a table that fills up and is made anew.
    table = tables[i % len(tables)]
    table.pop(next(iter(table)))
    table[object()] = (bytes(700),) * 100
    ring = rings[i % len(rings)]
    ring.popleft()
    ring.append(Row.__name__ * 300)


while True:
    swap(random.randrange(N))
