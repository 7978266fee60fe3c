#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run a command on a terminal of its own until its screen has types, press q.

usage: screen-once.py COMMAND...
"""
import os
import pty
import select
import sys
import time

PATIENCE = 120

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
shown, asked = b"", False
end = time.monotonic() + PATIENCE
while time.monotonic() < end:
    if not select.select([terminal], [], [], 1)[0]:
        continue
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break			# it has left
    if not piece:
        break
    shown += piece
    if b"Kept" in shown and not asked:
        os.write(terminal, b"q")
        asked = True
status = os.waitpid(pid, 0)[1] if asked else 1
if status:
    sys.exit("status %d, shown: %r" % (status, shown[-2000:]))
