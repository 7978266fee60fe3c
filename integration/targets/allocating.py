# SPDX-License-Identifier: MIT
"""Sixteen threads that allocate and free, in pools and in malloc's arenas.

What stays all the while is told: how many objects of a type, and their bytes.
"""
import random
import sys
import threading

THREADS, STAYS, MOST = 16, 50000, 200


class Stays(object):
    __slots__ = ("text",)


def work():
    held = []
    while True:
        held.append(b"y" * random.randrange(10, 200000))
        held.append([random.random()] * random.randrange(1, 50))
        if len(held) > MOST:
            del held[::2]


stays = [Stays() for i in range(STAYS)]
for number, one in enumerate(stays):
    one.text = "%1000d" % number
for _ in range(THREADS):
    thread = threading.Thread(target=work)
    thread.daemon = True
    thread.start()
print("stays %d" % sum(sys.getsizeof(one) + sys.getsizeof(one.text)
                       for one in stays), flush=True)
print("ready", flush=True)
threading.Event().wait()
