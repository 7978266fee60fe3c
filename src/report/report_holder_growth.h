/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_HOLDER_GROWTH_H
#define REPORT_REPORT_HOLDER_GROWTH_H

#include "report/out.h"
#include "result/dump.h"
#include "result/holder_growth.h"

/** Who holds what grows: JSON of pyheapspy.why-1.schema.json, and text.  @dump
 *  is that of the last look. */
void report_holder_growth_json(struct out *out, const struct dump *dump,
			       const struct holder_growth *growth);
void report_holder_growth_text(struct out *out, const struct dump *dump,
			       const struct holder_growth *growth, bool color);

#endif
