#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Put the static program into a wheel, so that pip, pipx and uvx install it.

usage: wheel.py PROGRAM VERSION README DIRECTORY

No code of Python's is in it, and it asks for no library of the host's: the tags
name the oldest hosts that pip knows for both C libraries.
"""
import base64
import hashlib
import os
import platform
import sys
import zipfile

ENTRY_TIME = (1980, 1, 1, 0, 0, 0)	# the same input, the same wheel
MACHINE = platform.machine()
PLATFORM = "manylinux_2_17_%s.musllinux_1_1_%s" % (MACHINE, MACHINE)

METADATA = """Metadata-Version: 2.1
Name: pyheapspy
Version: %s
Summary: Looks into the heap of a running Python process from outside
License: MIT
Keywords: memory,heap,leak,profiler,debugging
Classifier: Environment :: Console
Classifier: Intended Audience :: Developers
Classifier: License :: OSI Approved :: MIT License
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: C
Classifier: Topic :: Software Development :: Debuggers
Requires-Python: >=3.6
Description-Content-Type: text/markdown

%s"""

WHEEL = """Wheel-Version: 1.0
Generator: pyheapspy
Root-Is-Purelib: false
Tag: py3-none-%s
"""


def digest(data):
    found = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
    return "sha256=" + found.rstrip(b"=").decode()


def main(program, version, readme, directory):
    base = "pyheapspy-%s" % version
    info = base + ".dist-info/"
    with open(program, "rb") as f:
        binary = f.read()
    with open(readme, encoding="utf-8") as f:
        text = f.read()
    wheel = WHEEL % PLATFORM.replace(".", "\nTag: py3-none-")
    entries = [
        (base + ".data/scripts/pyheapspy", binary, 0o755),
        (info + "METADATA", (METADATA % (version, text)).encode(), 0o644),
        (info + "WHEEL", wheel.encode(), 0o644),
    ]
    record = "".join("%s,%s,%d\n" % (name, digest(data), len(data))
                     for name, data, mode in entries)
    record += info + "RECORD,,\n"
    entries.append((info + "RECORD", record.encode(), 0o644))
    path = os.path.join(directory, "%s-py3-none-%s.whl" % (base, PLATFORM))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data, mode in entries:
            entry = zipfile.ZipInfo(name, ENTRY_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100000 | mode) << 16
            out.writestr(entry, data)
    print(path)


main(*sys.argv[1:])
