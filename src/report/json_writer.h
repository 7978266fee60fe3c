/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_WRITER_H
#define REPORT_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "report/out.h"

/**
 * JSON, written as it comes.  The caller opens and closes in order; commas,
 * line breaks and escapes are ours.  Inside an array @key is NULL.
 *
 * Text:    always valid UTF-8.  Names are the tracee's: a byte that is not
 *          part of UTF-8 becomes \udc80 to \udcff, as Python's surrogateescape
 *          does, and a surrogate encoded in three bytes the same surrogate.
 *          So Python's json module gives back exactly the str that the tracee
 *          has.  What would act on a terminal, hide or reorder is escaped,
 *          and so are marks on nothing and piles of them (disguise.h).
 * Numbers: DUMP_UNKNOWN and a double below 0 are null.
 */
struct json {
	struct out *out;
	unsigned depth;
	struct json_level {
		bool lines;		/* an element a line */
		bool some;		/* a comma is due */
		char end;
	} level[16];
};

/** @JSON_ROW: all in one line, with what is inside. */
enum json_style { JSON_LINES, JSON_ROW };

void json_init(struct json *json, struct out *out);
void json_object(struct json *json, const char *key, enum json_style style);
void json_array(struct json *json, const char *key, enum json_style style);

/** Close what was opened last. */
void json_close(struct json *json);

/** @value may be NULL: null. */
void json_string(struct json *json, const char *key, const char *value);
void json_int(struct json *json, const char *key, int64_t value);
/** With three decimals. */
void json_double(struct json *json, const char *key, double value);
/** @value is 0, 1 or DUMP_UNKNOWN. */
void json_bool(struct json *json, const char *key, int value);
/** As a string, "0x7f0123456780". */
void json_raddr(struct json *json, const char *key, raddr at);
void json_null(struct json *json, const char *key);

/** @s with its quotes; for those who write JSON by hand. */
void json_quote(struct out *out, const char *s);

#endif
