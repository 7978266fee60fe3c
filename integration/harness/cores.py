# SPDX-License-Identifier: MIT
"""Core files, made and measured."""
import os
import shutil
import struct
import subprocess

from .target import Skip

PT_LOAD = 1


def gcore(target, which):
    """The core that gdb writes, with @which of its memory."""
    if not shutil.which("gcore"):
        raise Skip("no gcore")
    with open("/proc/%d/coredump_filter" % target.pid, "w") as f:
        f.write(which)
    path = os.path.join(target.dir, which)
    done = subprocess.run(["gcore", "-o", path, str(target.pid)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    path += ".%d" % target.pid
    if done.returncode or not os.path.exists(path):
        raise Skip("gcore: %r" % done.stdout[-300:])
    return path


def held(path):
    """Bytes of memory in a core: of all its segments."""
    with open(path, "rb") as f:
        head = f.read(64)
        at, = struct.unpack_from("<Q", head, 32)
        size, n = struct.unpack_from("<HH", head, 54)
        f.seek(at)
        table = f.read(size * n)
    return sum(struct.unpack_from("<Q", table, i * size + 32)[0]
               for i in range(n)
               if struct.unpack_from("<I", table, i * size)[0] == PT_LOAD)
