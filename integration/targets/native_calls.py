# SPDX-License-Identifier: MIT
"""Python that calls C that calls Python; and threads that wait in C.

native_calls.py NESTED CXX: the libraries of nested.c and nested_cxx.cc, or -.
"""
import ctypes
import importlib.util
import socket
import sys
import threading
import time

here, there = socket.socketpair()
lock = threading.Lock()
lock.acquire()
CALLBACK = ctypes.CFUNCTYPE(None)


def asleep():
    print("ready", flush=True)
    time.sleep(100000)


def called_back():
    asleep()


def nested(path):
    """What calls @fn from nested_1 to nested_10."""
    try:
        spec = importlib.util.spec_from_file_location("nested", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.call
    except ImportError:
        library = ctypes.PyDLL(path)
        return lambda fn: library.nested_1(CALLBACK(fn))


def receiving():
    here.recv(1)


def acquiring():
    lock.acquire()


def ringing():
    event = threading.Event()

    def rung():
        event.wait()

    ctypes.CDLL(sys.argv[2]).ring(CALLBACK(rung))


def main():
    call = nested(sys.argv[1])
    waiting = [receiving, acquiring]
    if sys.argv[2] != "-":
        waiting.append(ringing)
    for function in waiting:
        threading.Thread(target=function, name=function.__name__,
                         daemon=True).start()
    call(called_back)


main()
