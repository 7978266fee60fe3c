# SPDX-License-Identifier: MIT
"""Grows by 8 MiB, waits to be told to, and leaves: by its end, or by exec."""
import os
import sys
import threading

SIZE = 8 << 20

kept = []
print("ready", flush=True)
for line in sys.stdin:
    what = line.strip()
    if what == "grow":
        kept.append("x" * SIZE)				# grows
    elif what == "threads":
        for _ in range(64):
            threading.Thread(target=threading.Event().wait,
                             daemon=True).start()
    elif what == "fork":
        child = os.fork()
        if not child:
            kept.append("y" * SIZE)			# the child's
            os._exit(0)
        os.waitpid(child, 0)
    elif what == "exit":
        os._exit(0)
    elif what == "exec":
        os.execv(sys.executable, [sys.executable, "-c",
                                  "print('other', flush=True); input()"])
    print("done", flush=True)
