# SPDX-License-Identifier: MIT
"""Some 60 MB of small objects and of text beyond the pools.

usage: wide.py [restless]

If it is restless, it wakes up all the time.
"""
import sys
import time


class Item:
    def __init__(self, i):
        self.number = i + 1000000
        self.text = "%0600d" % i


items = [Item(i) for i in range(60000)]
print("ready", flush=True)
while True:
    time.sleep(0.0001 if sys.argv[1:] == ["restless"] else 1000)
