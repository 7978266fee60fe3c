/* SPDX-License-Identifier: MIT */
#ifndef RESULT_TRACES_TABLE_H
#define RESULT_TRACES_TABLE_H

#include "result/traces.h"

/**
 * Traces that are alike together, as tracemalloc.Snapshot has it: statistics(),
 * compare_to() and filter_traces(), and besides what lies on their blocks.
 *
 * Owner: traces_table_fini().  Rows point into the traces that they are of.
 */
enum traces_by {
	TRACES_BY_LINE,		/* of the most recent frame */
	TRACES_BY_FILE,
	TRACES_BY_TRACEBACK,
};

/** As tracemalloc.Filter: of files; "app.pyc" stands for "app.py". */
struct traces_filter {
	const char *glob;	/* fnmatch(3) */
	bool exclude;
};

struct traces_query {
	enum traces_by by;
	/** One of those that include must match, if there are any, and none of
	 *  those that exclude: the most recent frame, or any of all. */
	VEC(struct traces_filter) filters;
	bool all_frames;
	int64_t domain;		/* -1: any */
};

/** What lies there: objects of @type, and bytes of these and of buffers of
 *  such; NULL: neither was found. */
struct traces_what {
	const char *type;
	struct traces_sum now, before;	/* count: objects alone */
};

struct traces_row {
	const struct traces *of;
	uint32_t traceback;	/* one of those that are alike */
	struct traces_sum now, before;
	VEC(struct traces_what) what;	/* most bytes first */
};

struct traces_table {
	struct traces_query query;	/* borrowed */
	VEC(struct traces_row) rows;
	bool compared;		/* with an earlier look: largest change first;
				   else most bytes first */
	struct traces_sum now, before;	/* of all rows */
	struct strset types;	/* that rows name */
};

/** Do the filters let traces with the traceback of that number, those of
 *  @domain, pass? */
bool traces_wants(const struct traces_query *query, const struct traces *t,
		  uint32_t traceback);
bool traces_wants_domain(const struct traces_query *query, uint32_t domain);

/** @before: an earlier look that it is compared with, or NULL. */
MUST_CHECK bool traces_table_make(struct traces_table *ret,
				  const struct traces *now,
				  const struct traces *before,
				  const struct traces_query *query,
				  struct err *err);
void traces_table_fini(struct traces_table *table);

#endif
