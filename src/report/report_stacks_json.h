/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_STACKS_JSON_H
#define REPORT_REPORT_STACKS_JSON_H

#include <stdbool.h>

#include "report/json_writer.h"
#include "result/dump.h"

struct report_stacks_json_options {
	bool tasks;		/* they were asked for, though there be none */
	bool locals;		/* so were these */
	bool one_line;		/* the whole document in a line */
};

/** One look at stacks as a JSON object: pyheapspy.stacks-1.schema.json. */
void report_stacks_json(struct out *out, const struct dump *dump,
			const struct report_stacks_json_options *opt);

/** The array "threads" of it, which other documents have, too. */
void report_threads(struct json *json, const struct stacks *stacks,
		    bool locals);

#endif
