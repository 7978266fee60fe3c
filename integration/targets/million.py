# SPDX-License-Identifier: MIT
"""A million objects of many kinds."""
import truth


class Item:
    def __init__(self, i):
        self.number = i * 1000
        self.name = "item %d" % i
        self.parts = [i, str(i)]


class Pair:
    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left, self.right = left, right


items = [Item(i) for i in range(100000)]
pairs = [Pair((i, float(i)), b"%d" % i) for i in range(80000)]
index = {item.name: item for item in items}
sets = [{i, -i} for i in range(10000)]
truth.wait()
