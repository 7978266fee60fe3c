# SPDX-License-Identifier: MIT
"""Some 60 MB of small objects and of text beyond the pools."""
import time


class Item:
    def __init__(self, i):
        self.number = i + 1000000
        self.text = "%0600d" % i


items = [Item(i) for i in range(60000)]
print("ready", flush=True)
while True:
    time.sleep(1000)
