# SPDX-License-Identifier: MIT
"""What nobody but running functions holds, some of it large."""
import threading

import truth


def hold(n):
    """Locals, an argument on the stack of an expression, a generator's."""
    text = "t" * (100000 + n)
    data = b"d" * (200000 + n)
    pair = (n,) * (300 + n)
    if n:
        return keep((0.5,) * (400 + n), hold(n - 1))
    gate.set()
    if threading.current_thread() is threading.main_thread():
        truth.wait_for_threads(2)
        truth.wait()
    threading.Event().wait()
    return text, data, pair


def keep(*args):
    return args


gate = threading.Event()
threading.Thread(target=hold, args=(3,), daemon=True).start()
gate.wait()
hold(40)
