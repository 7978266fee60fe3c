/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_TRACES_H
#define REPORT_REPORT_TRACES_H

#include "report/json_writer.h"
#include "result/dump.h"
#include "result/traces_table.h"

/** What `traces` found, in any format. */
struct report_traces {
	const struct dump *dump;
	const struct traces *traces;
	const struct traces_table *table;
	const struct traces_groups *groups;	/* for JSON */
	size_t top;		/* rows of the text */
	bool blocks;		/* JSON: each of them, too */
};

/** As JSON: pyheapspy.traces-1.schema.json.  JSON_ROW: in a line. */
void report_traces_json(struct out *out, const struct report_traces *r,
			enum json_style style);

/** The same to read. */
void report_traces_text(struct out *out, const struct report_traces *r,
			bool color);

#endif
