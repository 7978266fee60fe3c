# SPDX-License-Identifier: MIT
"""Takes signals of every kind, thousands a second, and counts them.

signals.py LIBRARY FUNCTION: of signals.c, which says more.
"""
import ctypes
import os
import sys
import threading
import time

FIELDS = ("process_sent process_handled process_sum_sent process_sum_handled "
          "thread_sent thread_handled thread_sum_sent thread_sum_handled "
          "changed timers alarms children vforks enough ended").split()


class Tally(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in FIELDS]


start = getattr(ctypes.CDLL(sys.argv[1]), sys.argv[2])
start.restype = ctypes.POINTER(Tally)
tally = start().contents
for i in range(3):
    thread = threading.Thread(target=time.sleep, args=(1e6,))
    thread.daemon = True
    thread.start()
os.write(1, ("ready %d\n" % os.getpid()).encode())
while True:
    command = os.read(0, 100).strip()
    if command == b"tally":
        os.write(1, (" ".join("%s=%d" % (name, getattr(tally, name))
                              for name in FIELDS) + "\n").encode())
    elif command == b"enough":
        tally.enough = 1
        os.write(1, b"enough\n")
    else:
        os._exit(0)
