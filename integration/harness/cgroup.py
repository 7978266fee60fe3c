# SPDX-License-Identifier: MIT
"""A cgroup of our own, to count memory in it and to limit that."""
import contextlib
import os
import time

from .target import Lack

MIB = 1 << 20
PATIENCE = 60		# seconds: a net, not a measure
# Of cgroup v1 and v2: where groups are made, and their files.
KINDS = (
    ("/sys/fs/cgroup/memory", "memory.limit_in_bytes",
     "memory.usage_in_bytes"),
    ("/sys/fs/cgroup", "memory.max", "memory.current"),
)


def write(path, text):
    with open(path, "w") as f:
        f.write(str(text))


def read(path):
    with open(path) as f:
        return f.read()


class Group:
    """A cgroup of our own, if we may make one."""

    def __init__(self):
        for root, limit, usage in KINDS:
            path = "%s/pyheapspy-%d" % (root, os.getpid())
            with contextlib.suppress(OSError):
                os.mkdir(path)
                if os.path.exists(os.path.join(path, limit)):
                    self.path, self.limit, self.usage = path, limit, usage
                    return
                os.rmdir(path)
        raise Lack("no cgroup with a memory limit can be made here")

    def file(self, name):
        return os.path.join(self.path, name)

    def take(self, pid):
        write(self.file("cgroup.procs"), pid)

    def leave(self, mib):
        """Let there be so much left."""
        write(self.file(self.limit), self.used() + mib * MIB)

    def used(self):
        return int(read(self.file(self.usage)))

    def unlimited(self):
        write(self.file(self.limit), "-1" if "limit" in self.limit else "max")

    def remove(self):
        """Who is still in it leaves; or is just about to end."""
        out = os.path.join(os.path.dirname(self.path), "cgroup.procs")
        end = time.monotonic() + PATIENCE
        while True:
            for pid in read(self.file("cgroup.procs")).split():
                with contextlib.suppress(ProcessLookupError):
                    write(out, pid)
            try:
                os.rmdir(self.path)
                return
            except OSError:
                if time.monotonic() > end:
                    raise
            time.sleep(0.01)
