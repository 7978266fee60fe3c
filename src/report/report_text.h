/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_TEXT_H
#define REPORT_REPORT_TEXT_H

#include <stdbool.h>

#include "report/out.h"
#include "result/dump.h"

enum report_sort { SORT_BYTES, SORT_COUNT, SORT_NAME, SORT_ALLOCATED };

struct report_text_options {
	enum report_sort sort;
	size_t top;		/* rows at most; 0: all */
	bool kinds;		/* by kind, where known, not by type */
	bool color;
};

/**
 * The dump as a table to read, by kind or by type.  SORT_ALLOCATED shows
 * allocated sizes in place of shallow ones.
 */
MUST_CHECK bool report_text(struct out *out, const struct dump *dump,
			    const struct report_text_options *opt,
			    struct err *err);

#endif
