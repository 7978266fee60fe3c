/* SPDX-License-Identifier: MIT */
#include "report/report_tasks_text.h"

#include <langinfo.h>

#include <bsd/string.h>

#include "report/report_title.h"
#include "result/dump.h"
#include "result/task_tree.h"

enum {
	NAME_COLUMNS = 120,
	/* Deeper tasks stand no further right, but say how deep they are. */
	DEPTH_SHOWN = 20,
	PIECE_MAX = 12,		/* bytes of a piece of a branch */
};

struct pieces {
	const char *fork, *end, *line, *none;
};

static const struct pieces utf8 = {
	.fork = "\u251c\u2500\u2500 ", .end = "\u2514\u2500\u2500 ",
	.line = "\u2502   ", .none = "    ",
};

static const struct pieces ascii = {
	.fork = "|-- ", .end = "`-- ", .line = "|   ", .none = "    ",
};

static const char *const state_words[] = {
	[TASK_UNKNOWN] = "state unknown",
	[TASK_PENDING] = "pending",
	[TASK_RUNNING] = "running",
	[TASK_DONE] = "done",
};

struct view {
	struct out *out;
	const struct stack_task *tasks;
	size_t n;
	raddr loop;		/* of the row before */
	struct task_tree tree;
	const struct pieces *pieces;
	const struct frame_lines *lines;
	/* Is the one above us at this depth the last of its siblings? */
	bool is_last[DEPTH_SHOWN + 1];
	char prefix[(DEPTH_SHOWN + 2) * PIECE_MAX];
};

static size_t shown_depth(const struct task_row *row)
{
	return row->depth < DEPTH_SHOWN ? row->depth : DEPTH_SHOWN;
}

/* The branches on the way to a task of @depth, which are left of it. */
static void set_prefix(struct view *view, size_t depth)
{
	size_t len = 0;

	for (size_t i = 1; i <= depth; i++)
		len += strlcpy(view->prefix + len,
			       view->is_last[i] ? view->pieces->none :
						  view->pieces->line,
			       sizeof(view->prefix) - len);
	view->prefix[len] = '\0';
}

static void put_branch(struct view *view, const struct task_row *row)
{
	size_t depth = shown_depth(row);

	view->is_last[depth] = row->is_last;
	if (!depth)
		return;
	set_prefix(view, depth - 1);
	out_str(view->out, view->prefix);
	out_str(view->out, row->is_last ? view->pieces->end :
					  view->pieces->fork);
	if (row->depth > DEPTH_SHOWN)
		out_printf(view->out, "[depth %zu] ", row->depth);
}

static void put_name(struct view *view, const struct stack_task *task)
{
	struct out *out = view->out;

	if (view->lines->color)
		out_const(out, BOLD);
	if (task->name) {
		out_visible(out, task->name, NAME_COLUMNS);
	} else {
		out_const(out, "Task ");
		out_raddr(out, task->address);
	}
	if (view->lines->color)
		out_const(out, PLAIN);
	out_const(out, ": ");
	out_visible(out, task->coroutine ? task->coroutine : "?",
		    NAME_COLUMNS);
}

/* A task that it waits for stands below it; a future does not. */
static void put_wait(struct view *view, const struct stack_task *task,
		     bool has_children)
{
	if (!task->waits_for || has_children)
		return;
	out_const(view->out, ", waits for ");
	out_raddr(view->out, task->waits_for);
}

static void put_frames(struct view *view, const struct task_row *row,
		       bool has_children)
{
	const struct stack_task *task = &view->tasks[row->task];
	struct frame_lines lines = *view->lines;
	size_t len;

	set_prefix(view, shown_depth(row));
	len = strlen(view->prefix);
	if (has_children && row->depth < DEPTH_SHOWN) {
		/* One column of the branch that begins below. */
		strlcpy(view->prefix + len, view->pieces->line,
			sizeof(view->prefix) - len);
		view->prefix[strcspn(view->prefix + len, " ") + len] = '\0';
	}
	lines.prefix = view->prefix;
	frame_text_lines(view->out, task->frames.v, task->frames.n, &lines);
}

static void put_row(struct view *view, size_t i)
{
	static const char *const remarks[] = {
		[TASK_SHOWN] = "",
		[TASK_ABOVE] = " (shown above)",
		[TASK_CIRCLE] = " (a circle: it is above here)",
	};
	const struct task_row *row = &view->tree.rows.v[i];
	const struct stack_task *task = &view->tasks[row->task];
	bool has_children = i + 1 < view->tree.rows.n &&
			    view->tree.rows.v[i + 1].depth > row->depth;

	put_branch(view, row);
	put_name(view, task);
	if (row->mark == TASK_SHOWN) {
		out_printf(view->out, ", %s", state_words[task->state]);
		put_wait(view, task, has_children);
	}
	out_printf(view->out, "%s\n", remarks[row->mark]);
	if (row->mark == TASK_SHOWN)
		put_frames(view, row, has_children);
}

static void put_loop(struct view *view, size_t i)
{
	const struct task_row *row = &view->tree.rows.v[i];
	raddr loop = view->tasks[row->task].loop;

	if (row->depth || (i && loop == view->loop))
		return;
	view->loop = loop;
	out_const(view->out, "\nEvent loop ");
	if (loop)
		out_raddr(view->out, loop);
	else
		out_const(view->out, "unknown");
	out_const(view->out, "\n");
}

bool report_tasks_text(struct out *out, const struct stacks *stacks,
		       const struct frame_lines *lines, struct err *err)
{
	struct view view = {
		.out = out, .tasks = stacks->tasks.v, .n = stacks->tasks.n,
		.lines = lines,
	};
	bool ok = task_tree_build(&view.tree, view.tasks, view.n, err);

	view.pieces = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? &utf8 :
								   &ascii;
	out_printf(out, "\n%zu task%s of asyncio\n", view.n,
		   view.n == 1 ? "" : "s");
	for (size_t i = 0; ok && i < view.tree.rows.n; i++) {
		put_loop(&view, i);
		put_row(&view, i);
	}
	task_tree_fini(&view.tree);
	return ok;
}
