/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_WASTE_H
#define REPORT_REPORT_WASTE_H

#include "report/out.h"
#include "result/dump.h"
#include "result/waste.h"

/** As JSON: pyheapspy.waste-1.schema.json. */
void report_waste_json(struct out *out, const struct dump *dump,
		       const struct waste *waste);

/** The same to read: kind by kind, who has most of it. */
void report_waste_text(struct out *out, const struct dump *dump,
		       const struct waste *waste, bool color);

#endif
