/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_WAYS_H
#define REPORT_REPORT_WAYS_H

#include "report/json_writer.h"
#include "report/out.h"
#include "result/dump.h"
#include "result/ways.h"

/** As JSON: pyheapspy.why-1.schema.json. */
void report_ways_json(struct out *out, const struct dump *dump,
		      const struct ways *ways);

/** The array "ways" of it, which other documents have, too. */
void report_ways(struct json *json, const struct ways *ways);

/** The same to read: a line for each way. */
void report_ways_text(struct out *out, const struct dump *dump,
		      const struct ways *ways, bool color);
void report_ways_lines(struct out *out, const struct ways *ways);

#endif
