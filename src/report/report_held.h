/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_HELD_H
#define REPORT_REPORT_HELD_H

#include "report/json_writer.h"
#include "report/out.h"
#include "result/held.h"

/** What somebody holds: the member "holds" of an object. */
void report_held_json(struct json *json, const struct held_types *held);

/** "12,340 Session, 3 int", no line. */
void report_held_text(struct out *out, const struct held_types *held);

#endif
