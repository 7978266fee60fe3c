# SPDX-License-Identifier: MIT
"""Grows at known lines: each ends in a comment with its name.

Reads the name of what to do, and answers when it is done; "churn" makes and
drops objects.
"""
import asyncio
import mmap
import sys
import threading

SIZE = 8 << 20
GONE = 40 << 20			# malloc always maps that by itself
kept = []


class Small(object):
    __slots__ = tuple("abcdefghijklmnopqrstuvwxyz")


def small():
    kept.append([Small() for _ in range(40000)])		# small


def text():
    kept.append("x" * SIZE)					# text


def extended():
    items = []
    kept.append(items)
    for _ in range(SIZE // 8):
        items.append(None)					# extended


def mapped():
    mapping = mmap.mmap(-1, SIZE)
    kept.append(mapping)
    for page in range(0, SIZE, 4096):
        mapping[page] = mapping[page + 1]			# mapped


def in_thread():
    kept.append(b"t" * SIZE)					# thread


def threads():
    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()


def pieces():
    for i in range(16):
        yield bytearray(b"g" * (SIZE // 16))			# generator


def generator():
    kept.extend(pieces())


async def in_task():
    await asyncio.sleep(0)
    kept.append(bytes(bytearray(b"a") * SIZE)[:-1])		# task


def tasks():
    loop = asyncio.new_event_loop()
    loop.run_until_complete(loop.create_task(in_task()))
    loop.close()


def comprehension():
    kept.append({i: float(i) for i in range(150000)})		# comprehension


def executed():
    code = compile("kept.append(b'e' * SIZE)", "made.py", "exec")
    exec(code, globals())


def freed():
    taken = b"f" * GONE						# freed
    del taken


def churn():
    for _ in range(100):
        for each in [Small() for _ in range(1000)]:
            each.a = None


churn()
print("ready", flush=True)
for line in sys.stdin:
    globals()[line.strip()]()
    print("done", flush=True)
