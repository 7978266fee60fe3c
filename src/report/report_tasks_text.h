/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_TASKS_TEXT_H
#define REPORT_REPORT_TASKS_TEXT_H

#include "report/frame_text.h"
#include "report/out.h"
#include "result/stacks.h"

/**
 * The tasks of asyncio as a tree, in the manner of `python -m asyncio pstree`:
 * who awaits stands above what it awaits, each with the frames of its
 * coroutine.  Branches are drawn in UTF-8 where the locale has it.
 */
MUST_CHECK bool report_tasks_text(struct out *out,
				  const struct stacks *stacks,
				  const struct frame_lines *lines,
				  struct err *err);

#endif
