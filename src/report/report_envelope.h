/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_ENVELOPE_H
#define REPORT_REPORT_ENVELOPE_H

#include "report/json_writer.h"
#include "result/dump.h"

/**
 * What every JSON document about one process begins with: schema, pyheapspy,
 * complete, warnings, target, python, capture.  Opens the outermost object,
 * which is the caller's to close.
 */
void report_envelope(struct json *json, const char *schema,
		     const struct dump *dump, enum json_style style);

/** The same into an object that is open already. */
void report_envelope_members(struct json *json, const char *schema,
			     const struct dump *dump);

/** In UTC, with milliseconds. */
void report_time(struct json *json, const char *key,
		 const struct timespec *time);

#endif
