/* SPDX-License-Identifier: MIT */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "attach/target.h"
#include "cli/command.h"

/**
 * What a command is about, to be opened with target_open().  @text is the PID
 * of a Python, or of what launched the only one below it (then the user is
 * told), or a core file, "coredump:" and the PID or name of one that systemd
 * keeps, or the name of a program or a script, or a part of a command line that
 * one Python process has.  The sysroot of @ret stays what it is.
 *
 * ERR_USAGE: none or more than one fits; these are listed on stderr, with what
 * to type.  A PID that is nobody's, or in nobody's family, is taken as it is:
 * opening it will say what is wrong.
 */
MUST_CHECK bool target_find(struct cli *cli, const struct command *command,
			    const char *text, struct target_spec *ret,
			    struct err *err);

/**
 * Is there an option that can have no effect on @target, as target_find() found
 * it?  @of_process: one that was given and is of processes only, or NULL; a
 * sysroot is of cores only.
 *
 * ERR_USAGE: so it is.
 */
MUST_CHECK bool target_fits(const struct command *command,
			    const struct target_spec *target,
			    const char *of_process, struct err *err);

/**
 * Let the user choose from the list of Python processes, on the terminal.
 * The pid of @ret is 0 if they do not want any.
 *
 * ERR_USAGE: stdin or stdout is no terminal, there is no Python, or @ret has a
 * sysroot.
 */
MUST_CHECK bool target_choose(const struct command *command,
			      struct target_spec *ret, struct err *err);

#endif
