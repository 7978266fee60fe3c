# SPDX-License-Identifier: MIT
"""What the kernel says of a process's memory."""


def rollup(pid):
    """/proc/PID/smaps_rollup: field -> kB."""
    found = {}
    with open("/proc/%d/smaps_rollup" % pid) as f:
        for line in f:
            part = line.split()
            if part[-1] == "kB":
                found[part[0].rstrip(":")] = int(part[1])
    return found
