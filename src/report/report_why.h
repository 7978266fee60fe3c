/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_WHY_H
#define REPORT_REPORT_WHY_H

#include "report/out.h"
#include "result/counts.h"
#include "result/dump.h"
#include "result/why.h"

/** As JSON: pyheapspy.why-1.schema.json. */
void report_why_json(struct out *out, const struct dump *dump,
		     const struct why *why);

/** The same to read: a row for each that holds much. */
void report_why_text(struct out *out, const struct dump *dump,
		     const struct why *why, bool color);

/** Whether reference counts add up: JSON of the same schema, and text with
 *  @top types; 0: all. */
void report_counts_json(struct out *out, const struct dump *dump,
			const struct counts *counts);
void report_counts_text(struct out *out, const struct dump *dump,
			const struct counts *counts, size_t top, bool color);

#endif
