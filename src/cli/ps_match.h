/* SPDX-License-Identifier: MIT */
#ifndef CLI_PS_MATCH_H
#define CLI_PS_MATCH_H

#include <stdbool.h>

#include "cli/ps_probe.h"

/**
 * Does @row run what is called @name: its program as it was called or as its
 * file is, its thread's name (comm), its script or module?  A title written
 * over the arguments hides at most one of these.
 */
bool ps_is_called(const struct ps_row *row, const char *name);

/** Does any of these have @text in it, or an argument? */
bool ps_mentions(const struct ps_row *row, const char *text);

/** Does the process, by what it was started with, serve multiprocessing: as a
 *  worker, as a helper?  Else ROLE_CHILD. */
enum ps_role ps_started_as(const struct ps_row *row);

#endif
