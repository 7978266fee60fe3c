/* SPDX-License-Identifier: MIT */
#ifndef CLI_PS_LIST_H
#define CLI_PS_LIST_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/vec.h"
#include "cli/ps_family.h"
#include "cli/ps_probe.h"

/** The Python processes of this host, by PID; we ourselves are none. */
struct ps_list {
	VEC(struct ps_row) rows;
	struct ps_tree tree;
};

/** @below, if not 0: only those that descend from that process. */
MUST_CHECK bool ps_list_find(struct ps_list *list, pid_t below,
			     struct err *err);
void ps_list_fini(struct ps_list *list);

/**
 * Keep those that @text may mean.  A number: that process or, where it is no
 * Python, those below it.  A name: who is called so, else who mentions it.
 * With @families their masters and workers stay, too.  How many are left?
 */
size_t ps_list_filter(struct ps_list *list, const char *text, bool families);

/** Keep @top, if it is a Python, and those below it.  How many are left? */
size_t ps_list_keep_tree(struct ps_list *list, pid_t top);

/** Keep those that @text may mean, those that they were forked off, and all
 *  below these: not who started them as programs, and others. */
size_t ps_list_keep_group(struct ps_list *list, const char *text);

/**
 * The processes, other than @except, whose arguments are exactly @argv; the
 * youngest of them, or 0.  Cheap: nothing is looked into.
 */
pid_t ps_list_same_command(char *const *argv, size_t argc, pid_t except);

#endif
