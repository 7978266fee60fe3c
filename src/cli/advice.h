/* SPDX-License-Identifier: MIT */
#ifndef CLI_ADVICE_H
#define CLI_ADVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/**
 * What the user can do about @err, a failure with process @pid (0: none), or
 * with a core file, as a line in @buf.  False: nothing comes to mind.
 */
bool advice_for(const struct err *err, pid_t pid, bool of_core, char *buf,
		size_t size);

#endif
