/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_INSPECT_H
#define REPORT_REPORT_INSPECT_H

#include "report/out.h"
#include "result/dump.h"
#include "result/inspect.h"

/** As JSON: pyheapspy.inspect-1.schema.json. */
void report_inspect_json(struct out *out, const struct dump *dump,
			 const struct inspect *inspect);

/** The same to read, with inspect->most fields. */
void report_inspect_text(struct out *out, const struct dump *dump,
			 const struct inspect *inspect, bool color);

#endif
