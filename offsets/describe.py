# SPDX-License-Identifier: MIT
"""Say which CPython this is and which ELF files its structs are in.

The first line is "3.12.1 x86_64 default", the others are paths.  To be run by
the interpreter in question, any from 3.6 on.
"""
import glob
import os
import platform
import sys
import sysconfig

config = sysconfig.get_config_var

build = "default"
if config("Py_GIL_DISABLED"):
    build = "free-threaded"
elif config("Py_DEBUG"):
    build = "debug"
print("%d.%d.%d" % sys.version_info[:3], platform.machine(), build)

library = os.path.join(config("LIBDIR") or "", config("INSTSONAME") or "")
if config("Py_ENABLE_SHARED") and os.path.isfile(library):
    print(os.path.realpath(library))
else:
    print(os.path.realpath(sys.executable))
for path in sorted(glob.glob(os.path.join(config("DESTSHARED"), "*.so"))):
    print(os.path.realpath(path))
