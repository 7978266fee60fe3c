/* SPDX-License-Identifier: MIT */
#include "report/report_grow.h"

#include "base/visible.h"

/* The format knows no escapes, so none may be needed. */
static void put_text(struct out *out, const char *s)
{
	char to[VISIBLE_MAX];

	while (*s) {
		size_t len, columns;

		if (*s == ';') {
			out_const(out, "\\073");
			s++;
			continue;
		}
		len = visible_char(&s, to, &columns);
		out_bytes(out, to, len);
	}
}

static void put_frame(struct out *out, const struct growth *g, uint32_t n)
{
	const struct growth_frame *f = growth_frame(g, n);
	const char *function = growth_said(g, f->function);
	const char *file = growth_said(g, f->file);

	out_char(out, ';');
	put_text(out, *function ? function : "?");
	out_const(out, " (");
	put_text(out, *file ? file : "?");
	if (f->line >= 0)
		out_printf(out, ":%d", f->line);
	out_char(out, ')');
}

void report_grow_fold(struct out *out, const struct growth *g, bool came)
{
	for (size_t i = 0; i < g->stacks.n; i++) {
		const struct growth_stack *stack = &g->stacks.v[i];
		const char *how = growth_how_text(stack->how);
		int64_t bytes = came || g->no_pages ? stack->grew : stack->stayed;
		const uint32_t *frames;
		size_t n;

		if (bytes <= 0)
			continue;
		frames = growth_frames(g, (uint32_t)i, &n);
		out_printf(out, "thread (%d)", stack->tid);
		if (how)
			out_printf(out, ";%s", how);
		if (stack->how == GROWTH_MOVED)
			out_const(out, ";(callers not known)");
		while (n > 0)
			put_frame(out, g, frames[--n]);
		out_printf(out, " %lld\n", (long long)bytes);
	}
}
