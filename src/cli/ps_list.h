/* SPDX-License-Identifier: MIT */
#ifndef CLI_PS_LIST_H
#define CLI_PS_LIST_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/vec.h"
#include "cli/ps_probe.h"
#include "report/out.h"

/** The Python processes of this host, by PID; we ourselves are none. */
struct ps_list {
	VEC(struct ps_row) rows;
};

MUST_CHECK bool ps_list_find(struct ps_list *list, struct err *err);
void ps_list_fini(struct ps_list *list);

/** The table of `pyheapspy ps`; @numbered: with a number in front. */
void ps_list_print(struct out *out, const struct ps_list *list,
		   bool numbered);

/**
 * Keep those that @text may mean: whose program or script is called so, else
 * those with @text in their command line.  How many are left?
 */
size_t ps_list_filter(struct ps_list *list, const char *text);

/**
 * The processes, other than @except, whose arguments are exactly @argv; the
 * youngest of them, or 0.  Cheap: nothing is looked into.
 */
pid_t ps_list_same_command(char *const *argv, size_t argc, pid_t except);

#endif
