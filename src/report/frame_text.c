/* SPDX-License-Identifier: MIT */
#include "report/frame_text.h"

#include <stdlib.h>

#include "base/visible.h"
#include "report/report_title.h"
#include "result/dump.h"

enum {
	NAME_COLUMNS = 200,	/* cut off after that */
	PLACE_COLUMNS = 400,
	ALIGN_COLUMNS = 60,	/* longer names push the place to the right */
	SAME_SHOWN = 3,		/* of frames that repeat, as traceback does */
};

static size_t columns_of(const char *s)
{
	char to[VISIBLE_MAX];
	size_t sum = 0;

	while (*s && sum <= NAME_COLUMNS) {
		size_t more;

		visible_char(&s, to, &more);
		sum += more;
	}
	return sum < NAME_COLUMNS ? sum : NAME_COLUMNS;
}

const char *frame_text_name(const struct stack_frame *frame)
{
	if (frame->qualname)
		return frame->qualname;
	return frame->function ? frame->function : "?";
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* Is it "app.Shop" for "Shop.sell"?  Then the name has said it. */
static bool name_says_class(const struct stack_frame *frame)
{
	const char *class = frame->self_class, *name = frame_text_name(frame);
	const char *dot = strrchr(name, '.');
	size_t len = dot ? (size_t)(dot - name) : 0, all = strlen(class);

	if (!dot || len > all || memcmp(class + all - len, name, len) != 0)
		return false;
	return len == all || class[all - len - 1] == '.';
}

static bool shows_class(const struct stack_frame *frame)
{
	return frame->self_class && !name_says_class(frame);
}

static bool has_name(const struct stack_frame *frame)
{
	return frame->function || frame->qualname || !frame->address;
}

static size_t name_columns(const struct stack_frame *frame)
{
	size_t n;

	if (!has_name(frame))
		return strlen("0x7f0123456789");
	n = columns_of(frame_text_name(frame));
	if (shows_class(frame))
		n += columns_of(frame->self_class) + strlen(" []");
	if (frame->is_inlined)
		n += strlen(" (inlined)");
	return n;
}

static void put_name(struct out *out, const struct stack_frame *frame)
{
	if (!has_name(frame)) {
		out_raddr(out, frame->address);
		return;
	}
	out_visible(out, frame_text_name(frame), NAME_COLUMNS);
	if (shows_class(frame)) {
		out_const(out, " [");
		out_visible(out, frame->self_class, NAME_COLUMNS);
		out_char(out, ']');
	}
	if (frame->is_inlined)
		out_const(out, " (inlined)");
}

static void put_source(struct out *out, const struct stack_frame *frame)
{
	out_visible(out, frame->file, PLACE_COLUMNS);
	if (frame->line == DUMP_UNKNOWN)
		out_const(out, ":?");
	else
		out_printf(out, ":%" PRId64, frame->line);
}

void frame_text_place(struct out *out, const struct stack_frame *frame)
{
	bool native = frame->kind == FRAME_NATIVE && frame->module;

	if (frame->file)
		put_source(out, frame);
	else if (!native)
		out_char(out, '?');
	if (!native)
		return;
	if (frame->file)
		out_const(out, " (");
	out_visible(out, base_name(frame->module), PLACE_COLUMNS);
	if (frame->file)
		out_char(out, ')');
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Would they look the same? */
static bool same_frame(const struct stack_frame *a,
		       const struct stack_frame *b)
{
	return a->kind == b->kind && a->line == b->line &&
	       !a->locals.n && !b->locals.n &&
	       a->is_inlined == b->is_inlined &&
	       (has_name(a) || a->address == b->address) &&
	       same_text(a->function, b->function) &&
	       same_text(a->qualname, b->qualname) &&
	       same_text(a->file, b->file) &&
	       same_text(a->module, b->module) &&
	       same_text(a->self_class, b->self_class);
}

static size_t widest(const struct stack_frame *v, size_t n)
{
	size_t most = 0;

	for (size_t i = 0; i < n && most < ALIGN_COLUMNS; i++) {
		size_t one;

		if (i > 0 && same_frame(&v[i], &v[i - 1]))
			continue;
		one = name_columns(&v[i]);
		if (one <= ALIGN_COLUMNS && one > most)
			most = one;
	}
	return most;
}

/* Its backslashes are those of a repr: they need no others. */
static void put_value(struct out *out, const char *s)
{
	size_t columns = 0;

	while (*s && columns < PLACE_COLUMNS) {
		char to[VISIBLE_MAX] = "\\";
		size_t len = 1, more = 1;

		if (*s == '\\')
			s++;
		else
			len = visible_char(&s, to, &more);
		out_bytes(out, to, len);
		columns += more;
	}
	if (*s)
		out_const(out, "...");
}

static void put_locals(struct out *out, const struct stack_frame *frame,
		       const char *prefix)
{
	for (size_t i = 0; i < frame->locals.n; i++) {
		const struct stack_local *local = &frame->locals.v[i];

		out_str(out, prefix);
		out_const(out, "        ");
		out_visible(out, local->name ? local->name : "?",
			    NAME_COLUMNS);
		out_const(out, " = ");
		put_value(out, local->value ? local->value : "?");
		out_char(out, '\n');
	}
}

static void put_line(struct out *out, const struct stack_frame *frame,
		     size_t width, const struct frame_lines *opt)
{
	bool native = frame->kind == FRAME_NATIVE;
	bool dim = native && opt->color;
	size_t used = name_columns(frame);
	int pad = used < width ? (int)(width - used) : 0;

	out_str(out, opt->prefix);
	if (dim)
		out_const(out, DIM);
	out_str(out, native ? "  C " : "    ");
	put_name(out, frame);
	out_printf(out, "%*s  ", pad, "");
	frame_text_place(out, frame);
	if (dim)
		out_const(out, PLAIN);
	out_char(out, '\n');
	put_locals(out, frame, opt->prefix);
}

/* The frame that comes @i-th. */
static const struct stack_frame *nth(const struct stack_frame *v, size_t n,
				     size_t i, const struct frame_lines *opt)
{
	return &v[opt->last_first ? n - 1 - i : i];
}

void frame_text_lines(struct out *out, const struct stack_frame *v, size_t n,
		      const struct frame_lines *opt)
{
	size_t width = widest(v, n), same = 0;

	for (size_t i = 0; i < n; i++) {
		const struct stack_frame *here = nth(v, n, i, opt);
		bool goes_on = i + 1 < n &&
			       same_frame(here, nth(v, n, i + 1, opt));

		if (same < SAME_SHOWN)
			put_line(out, here, width, opt);
		same++;
		if (goes_on)
			continue;
		if (same > SAME_SHOWN)
			out_printf(out, "%s    ... the same %zu more time%s\n",
				   opt->prefix, same - SAME_SHOWN,
				   same - SAME_SHOWN > 1 ? "s" : "");
		same = 0;
	}
}
