# SPDX-License-Identifier: MIT
"""malloced.c, in a Python: what malloc has in each of its states."""
import ctypes
import os
import threading

THREADS = 4

here = os.path.dirname(os.path.abspath(__file__))
info = getattr(ctypes.CDLL(None), "mallinfo2", None)
lib = ctypes.CDLL(os.path.join(here, "malloced.so"))
lib.malloced_end.argtypes = [ctypes.c_void_p]
lib.malloced_begin(os.environ["PYHEAPSPY_TRUTH"].encode())
for number in range(1, THREADS + 1):
    threading.Thread(target=lib.malloced_thread, args=(number,),
                     daemon=True).start()
lib.malloced_end(info and ctypes.cast(info, ctypes.c_void_p))
