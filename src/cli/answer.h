/* SPDX-License-Identifier: MIT */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include "heap/details.h"
#include "tui/sample.h"

/**
 * What the heap layer found, as news for the screen.  NULL: out of memory.
 */
struct news *answer_event(enum event_kind kind, int pid, const char *text);

/** Takes what is in @details; @problem is copied, or NULL. */
struct news *answer_instances(struct details *details,
			      enum tui_sample_kind kind, const char *problem);
/** Takes what is in @object. */
struct news *answer_fields(struct details_object *object,
			   const char *problem);

/** Takes what is in @of. */
struct news *answer_referrers(struct inspect *of, const char *problem);

/** Takes what is in @names. */
struct news *answer_names(struct holder_names *names, const char *problem);

/** Write @dump as JSON to @path, which then only the user may read, and say
 *  how it went. */
struct news *answer_written(const struct dump *dump, const char *path);

#endif
