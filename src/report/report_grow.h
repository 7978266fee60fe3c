/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_GROW_H
#define REPORT_REPORT_GROW_H

#include "report/out.h"
#include "result/dump.h"
#include "result/growth.h"

/** As JSON: pyheapspy.grow-1.schema.json.  @rows are by line. */
void report_grow_json(struct out *out, const struct dump *dump,
		      const struct growth *g, const struct growth_rows *rows);

/** The same to read, @most rows. */
void report_grow_text(struct out *out, const struct dump *dump,
		      const struct growth *g, const struct growth_rows *rows,
		      size_t most, bool color);

/** All lines of g->files, with bytes beside them. */
void report_grow_annotate(struct out *out, const struct dump *dump,
			  const struct growth *g,
			  const struct growth_rows *rows, bool color);

/** The line that says how much it grew. */
void report_grow_sums(struct out *out, const struct growth *g, bool color);

/** For flame graph tools: a line for each stack, "thread;outer;inner N", with
 *  bytes that stayed, or, if @came, that came. */
void report_grow_fold(struct out *out, const struct growth *g, bool came);

#endif
