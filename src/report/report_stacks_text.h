/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_STACKS_TEXT_H
#define REPORT_REPORT_STACKS_TEXT_H

#include <stdbool.h>

#include "report/out.h"
#include "result/dump.h"

/** Which frame of a stack stands first: where it is now, or where it began. */
enum report_order { ORDER_FIRST, ORDER_LAST };

struct report_stacks_options {
	enum report_order order;
	bool tasks;		/* they were asked for, though there be none */
	bool color;
};

/**
 * Stacks to read: a heading for each thread and its frames, one a line, the
 * place in a column of its own; frames of C are marked with a C.
 */
MUST_CHECK bool report_stacks_text(struct out *out, const struct dump *dump,
				   const struct report_stacks_options *opt,
				   struct err *err);

#endif
