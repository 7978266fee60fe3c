# SPDX-License-Identifier: MIT
"""Threads that never stand still: they call, recurse, allocate, come and go.

Each call stands in a line of its own, so that a line tells which functions it
can call: checks/stacks-are-possible reads that from this file.
"""
import os
import sys
import threading


def fib(n):
    if n < 2:
        return 1
    x = fib(n - 1)
    y = fib(n - 2)
    return x + y


def left(n):
    keep = [n] * 3
    below(n)
    return keep


def right(n):
    below(n)
    other(n)


def below(n):
    if n:
        right(n - 1)
    return {n: str(n)}


def other(n):
    return [
        x for x in numbers(n)]


def numbers(n):
    for i in range(n):
        yield number(i)


def number(i):
    return i


def deep(n):
    if n:
        return deep(n - 1)
    return left(1)


class Thing(object):
    def __init__(self, n):
        self.n = n
        self.set(n)

    def set(self, n):
        self.m = {n: self}

    def get(self):
        return self.m[self.n].n


def things():
    for i in range(9):
        t = Thing(i)
        t.get()


def alternate():
    while True:
        left(2)
        right(3)


def recurse():
    while True:
        fib(9)
        deep(50)


def allocate():
    while True:
        things()
        other(5)


def shortlived():
    left(1)


def breed():
    while True:
        t = threading.Thread(target=shortlived)
        t.start()
        t.join()


# As a class line: a Thing is made by its __init__.
CALLS = {"Thing": "__init__"}
WORK = {"alternate": alternate, "recurse": recurse, "allocate": allocate,
        "breed": breed}

if __name__ == "__main__":
    sys.setrecursionlimit(3000)
    for name in sys.argv[1:]:
        threading.Thread(target=WORK[name], daemon=True).start()
    os.write(1, b"ready\n"), sys.stdin.readline()
