/* SPDX-License-Identifier: MIT */
#ifndef CLI_COREFIND_H
#define CLI_COREFIND_H

#include <stddef.h>

#include "base/err.h"

/** Where systemd-coredump puts them. */
#define COREFIND_FOLDER "/var/lib/systemd/coredump"

/** Is there a file at @path that begins like a core file, or a packed one? */
bool corefind_is_core(const char *path);

/**
 * The newest core in @folder of the process with number @what or, if that is no
 * number, of those called so, into @ret.
 *
 * ERR_USAGE: there is none.  ERR_OS, ERR_PERM.
 * Facts: systemd, src/coredump/coredump.c, make_filename(): core, name, user,
 *        boot, PID and microseconds since 1970, with dots between, and ".zst"
 *        or the like behind.  A name is cut to 15 bytes; dots, slashes and
 *        blanks in it are written as "\x2e" and so on.
 */
MUST_CHECK bool corefind_newest(const char *folder, const char *what,
				char *ret, size_t size, struct err *err);

#endif
