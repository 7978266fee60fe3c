/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_JSON_H
#define REPORT_REPORT_JSON_H

#include "heap/dump.h"
#include "report/out.h"

/** The whole dump as one JSON object: pyheapspy.dump-1.schema.json. */
void report_json(struct out *out, const struct dump *dump);

#endif
