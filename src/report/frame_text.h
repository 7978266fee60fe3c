/* SPDX-License-Identifier: MIT */
#ifndef REPORT_FRAME_TEXT_H
#define REPORT_FRAME_TEXT_H

#include <stdbool.h>

#include "report/out.h"
#include "result/stacks.h"

/** Frames as lines of text, for threads and tasks alike. */
struct frame_lines {
	const char *prefix;	/* before each line: the branches of a tree */
	bool last_first;	/* outermost first: most recent call last */
	bool color;
};

/**
 * Print @n frames, innermost first in @v.  Where a frame stands many times in a
 * row, as in a recursion, its repetitions are counted, not printed.
 */
void frame_text_lines(struct out *out, const struct stack_frame *v, size_t n,
		      const struct frame_lines *opt);

/** Its name, as people write it; never NULL.  Foreign: escape it. */
const char *frame_text_name(const struct stack_frame *frame);

/** "app.py:41" or "libc.so.6", escaped. */
void frame_text_place(struct out *out, const struct stack_frame *frame);

#endif
