/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_GARBAGE_H
#define REPORT_REPORT_GARBAGE_H

#include "report/out.h"
#include "result/dump.h"
#include "result/garbage.h"

/** As JSON: pyheapspy.garbage-1.schema.json. */
void report_garbage_json(struct out *out, const struct dump *dump,
			 const struct garbage *garbage);

/** The same to read: how much, why it is still there, and @top of its cycles
 *  and types each; 0: all. */
void report_garbage_text(struct out *out, const struct dump *dump,
			 const struct garbage *garbage, size_t top,
			 bool color);

#endif
