# SPDX-License-Identifier: MIT
"""Extension modules in C, built for every CPython at once."""
import functools
import os
import subprocess

from .interpreters import HERE, interpreters


class CannotBuild(Exception):
    """Says what is missing."""


def include_folder(interpreter):
    """Where its Python.h is, or None."""
    if interpreter.root:
        return None
    where = subprocess.check_output(interpreter.launch + [
        "-c", "import sysconfig; print(sysconfig.get_paths()['include'])"],
        universal_newlines=True).strip()
    return where if os.path.exists(os.path.join(where, "Python.h")) else None


@functools.lru_cache(maxsize=None)
def any_include_folder():
    for interpreter in interpreters():
        where = include_folder(interpreter)
        if where:
            return where
    raise CannotBuild("no Python.h")


def build(name, folder):
    """targets/NAME.c, which keeps to the limited API, as NAME_types."""
    compile(name, os.path.join(folder, name + "_types.abi3.so"),
            "-I" + any_include_folder())


def library(name, folder):
    """targets/NAME.c, which knows no Python, as NAME.so; the file."""
    path = os.path.join(folder, name + ".so")
    compile(name, path)
    return path


def compile(name, path, *options):
    try:
        done = subprocess.run(
            ["gcc", "-O1", "-shared", "-fPIC", *options,
             os.path.join(HERE, "targets", name + ".c"), "-o", path],
            stderr=subprocess.PIPE)
    except FileNotFoundError:
        raise CannotBuild("no gcc")
    if done.returncode:
        raise RuntimeError(done.stderr.decode()[-400:])
