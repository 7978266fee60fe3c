# SPDX-License-Identifier: MIT
"""The main thread keeps the GIL in C for ever; two threads want it, one does
not, and one is no thread of Python's."""
import ctypes
import os
import threading


def wants():
    while True:
        pass


def sleeps():
    ctypes.CDLL(None).pause()


ctypes.CDLL(None).pthread_create(ctypes.byref(ctypes.c_ulong()), None,
                                 ctypes.CDLL(None).pause, None)
for function in wants, wants, sleeps:
    threading.Thread(target=function, name=function.__name__,
                     daemon=True).start()
pause = ctypes.PyDLL(None).pause
os.write(1, b"ready\n"), pause()
