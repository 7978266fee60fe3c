/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_JSON_H
#define REPORT_REPORT_JSON_H

#include "report/json_writer.h"
#include "result/account.h"
#include "result/dump.h"

/** The whole dump as one JSON object: pyheapspy.dump-1.schema.json. */
void report_json(struct out *out, const struct dump *dump);

/** The object "memory" of it, which other documents have, too. */
void report_memory(struct json *json, const struct dump_memory *memory);

/** The object "gc" of it, so too. */
void report_gc(struct json *json, const struct dump_gc *gc,
	       enum json_style style);

/** What a look at a process that is watched has besides a dump. */
struct report_sample {
	int64_t number;			/* from 0 */
	double our_cpu_percent;		/* of one core; < 0: unknown */
	int64_t our_cpu_ms, our_rss;
	int64_t asked_interval_ms, interval_ms;
	const char *slowed;		/* why these differ, or NULL */
	/** Where the memory was at that time, or NULL. */
	const struct account *account;
	struct timespec accounted;
};

/** The dump in one line: pyheapspy.sample-1.schema.json. */
void report_json_sample(struct out *out, const struct dump *dump,
			const struct report_sample *sample);

/** What became of the process, in one line: pyheapspy.event-1.schema.json.
 *  @text may be NULL. */
void report_json_event(struct out *out, const char *event, int pid,
		       const struct timespec *time, const char *text);

#endif
