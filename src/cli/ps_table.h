/* SPDX-License-Identifier: MIT */
#ifndef CLI_PS_TABLE_H
#define CLI_PS_TABLE_H

#include "cli/ps_list.h"
#include "report/out.h"

/**
 * The table of `pyheapspy ps`: families together, children indented below
 * their parents.  The rows are in this order afterwards.  @numbered: with a
 * number in front.
 */
MUST_CHECK bool ps_table_print(struct out *out, struct ps_list *list,
			       bool numbered, struct err *err);

/** The table of `pyheapspy ps --tree`: who has how much, and shares it.
 *  @counted: with the objects of each. */
MUST_CHECK bool ps_table_print_family(struct out *out, struct ps_list *list,
				      bool counted, struct err *err);

extern const char *const ps_role_words[ROLE_N];

#endif
