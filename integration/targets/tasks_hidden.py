# SPDX-License-Identifier: MIT
"""A task, and no more: on interpreters that hide what tasks there are."""
import asyncio
import os


async def main():
    asyncio.ensure_future(asyncio.sleep(3600))
    await asyncio.sleep(0)
    os.write(1, b"ready\n")
    while os.read(0, 100):
        pass


asyncio.get_event_loop().run_until_complete(main())
