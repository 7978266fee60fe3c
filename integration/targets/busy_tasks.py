# SPDX-License-Identifier: MIT
"""Two loops that never rest: tasks come and go, wait and are awoken."""
import asyncio
import os
import random
import sys
import threading

STEADY, PARENTS, KIDS = 20, 4, 5
both = threading.Barrier(2)


def start(coro, name):
    loop = asyncio.get_event_loop()
    if sys.version_info >= (3, 8):
        return loop.create_task(coro, name=name)
    return loop.create_task(coro)


async def leaf(n):
    for _ in range(n):
        await asyncio.sleep(0)


async def kid(n):
    await leaf(n)


async def parent():
    while True:
        await asyncio.gather(*[start(kid(random.randrange(5)), "kid")
                               for _ in range(KIDS)])


async def steady():
    await asyncio.sleep(3600)


async def main(says):
    kept = [start(steady(), "steady") for _ in range(STEADY)]
    await asyncio.sleep(0)
    kept += [start(parent(), "parent") for _ in range(PARENTS)]
    both.wait()
    if says:
        os.write(1, b"ready\n")
    await asyncio.sleep(3600)


def run(says):
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(main(says))


other = threading.Thread(target=run, args=(False,))
other.daemon = True
other.start()
run(True)
