/* SPDX-License-Identifier: MIT */
#ifndef CLI_ATTACH_TARGET_H
#define CLI_ATTACH_TARGET_H

#include <sys/types.h>

#include "cli/command.h"

/**
 * Whom to attach to: @text is a PID, the name of a program or a script, or a
 * part of a command line that one Python process has.
 *
 * ERR_USAGE: none or more than one fits; these are listed on stderr.
 */
MUST_CHECK bool attach_target(const struct command *command, const char *text,
			      pid_t *ret, struct err *err);

/**
 * Let the user choose from the list of Python processes, on the terminal.
 * @ret is 0 if they do not want any.
 *
 * ERR_USAGE: stdin or stdout is no terminal, or there is no Python.
 */
MUST_CHECK bool attach_choose(const struct command *command, pid_t *ret,
			      struct err *err);

#endif
