/* SPDX-License-Identifier: MIT */
#ifndef CLI_PS_WIRE_H
#define CLI_PS_WIRE_H

#include "attach/errand.h"
#include "cli/ps_probe.h"

/**
 * A row on its way from a child that probed a process to us.
 *
 * Both are the same program, forked: constants of ours have the same address
 * in either.
 */

/** In the child: @row, or NULL where there is none. */
void ps_wire_put(int fd, const struct ps_row *row);

/** Here; *ret_any: is there one?  False: *ret_how is no ERRAND_CAME, or @err is
 *  set. */
MUST_CHECK bool ps_wire_take(struct errand *e, struct ps_row *ret,
			     bool *ret_any, enum errand_read *ret_how,
			     struct err *err);

#endif
