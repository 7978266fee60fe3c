/* SPDX-License-Identifier: MIT */
/*
 * Stacks for people.  The most recent call stands first unless one asks for
 * the reverse: who wants to know where a thread hangs reads its heading and
 * the line below, as py-spy's and gdb's users do.  A traceback's and pystack's
 * readers have the other order.
 */
#include "report/report_stacks_text.h"

#include "report/frame_text.h"
#include "report/report_tasks_text.h"
#include "report/report_title.h"

enum { NAME_COLUMNS = 80 };

static const char *const gil_words[] = {
	[GIL_UNKNOWN] = NULL,
	[GIL_NO] = NULL,
	[GIL_WAITING] = "waits for the GIL",
	[GIL_HELD] = "holds the GIL",
};

static const char *const order_words[] = {
	[ORDER_FIRST] = "most recent call first",
	[ORDER_LAST] = "most recent call last",
};

/* The kernel's name says something where threading has none, or another. */
static bool shows_comm(const struct stack_thread *thread,
		       const struct stacks *stacks)
{
	const char *first = stacks->threads.v[0].comm;
	size_t len;

	if (!thread->comm)
		return false;
	if (!thread->name)
		return true;
	/* From 3.14 on the kernel's is the beginning of threading's. */
	len = strlen(thread->comm);
	return !(first && strcmp(first, thread->comm) == 0) &&
	       strncmp(thread->name, thread->comm, len) != 0;
}

static void put_names(struct out *out, const struct stack_thread *thread,
		      const struct stacks *stacks)
{
	out_const(out, "Thread ");
	if (thread->tid == DUMP_UNKNOWN)
		out_raddr(out, thread->ident);
	else
		out_printf(out, "%" PRId64, thread->tid);
	if (thread->name) {
		out_const(out, " \"");
		out_visible(out, thread->name, NAME_COLUMNS);
		out_char(out, '"');
	}
	if (shows_comm(thread, stacks)) {
		out_const(out, " (");
		out_visible(out, thread->comm, NAME_COLUMNS);
		out_char(out, ')');
	}
}

static void put_word(struct out *out, const char *word, bool *some)
{
	if (!word)
		return;
	out_str(out, *some ? ", " : ": ");
	out_str(out, word);
	*some = true;
}

static void put_heading(struct out *out, const struct stack_thread *thread,
			const struct stacks *stacks, bool color)
{
	bool some = false;

	out_str(out, color ? "\n" BOLD : "\n");
	put_names(out, thread, stacks);
	if (color)
		out_const(out, PLAIN);
	put_word(out, thread->state, &some);
	put_word(out, gil_words[thread->gil], &some);
	put_word(out, thread->collecting == 1 ? "collects garbage" : NULL,
		 &some);
	put_word(out, thread->is_daemon == 1 ? "daemon" : NULL, &some);
	if (thread->interpreter > 0) {
		put_word(out, "interpreter ", &some);
		out_i64(out, thread->interpreter);
	}
	out_char(out, '\n');
}

static void put_problem(struct out *out, const struct stack_thread *thread,
			bool color)
{
	if (!thread->problem)
		return;
	out_printf(out, "  %s!%s ", color ? YELLOW : "", color ? PLAIN : "");
	out_visible(out, thread->problem, SIZE_MAX);
	out_char(out, '\n');
}

static void put_thread(struct out *out, const struct stack_thread *thread,
		       const struct stacks *stacks,
		       const struct frame_lines *lines)
{
	put_heading(out, thread, stacks, lines->color);
	frame_text_lines(out, thread->frames.v, thread->frames.n, lines);
	if (!thread->frames.n && !thread->problem)
		out_str(out, thread->ident ? "    no Python frames\n" :
					     "    not a thread of Python\n");
	put_problem(out, thread, lines->color);
}

bool report_stacks_text(struct out *out, const struct dump *dump,
			const struct report_stacks_options *opt,
			struct err *err)
{
	const struct stacks *stacks = &dump->stacks;
	struct frame_lines lines = {
		.prefix = "",
		.last_first = opt->order == ORDER_LAST,
		.color = opt->color,
	};

	report_title(out, dump, opt->color);
	out_printf(out, "%zu thread%s, %s\n", stacks->threads.n,
		   stacks->threads.n == 1 ? "" : "s",
		   order_words[opt->order]);
	for (size_t i = 0; i < stacks->threads.n; i++)
		put_thread(out, &stacks->threads.v[i], stacks, &lines);
	if (opt->tasks && !report_tasks_text(out, stacks, &lines, err))
		return false;
	if (dump->warnings.n)
		out_char(out, '\n');
	report_warnings(out, dump, opt->color);
	return true;
}
