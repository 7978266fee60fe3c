/* SPDX-License-Identifier: MIT */
#include "report/report_stacks_fold.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/visible.h"
#include "report/frame_text.h"

struct line {
	uint64_t count;
	char *text;
};

static int by_text(const void *a, const void *b)
{
	const struct line *l = a, *r = b;

	return strcmp(l->text, r->text);
}

/* The format knows no escapes, so none may be needed. */
static void put_text(FILE *f, const char *s)
{
	char to[VISIBLE_MAX];

	while (*s) {
		size_t len, columns;

		if (*s == ';') {
			fputs("\\073", f);
			s++;
			continue;
		}
		len = visible_char(&s, to, &columns);
		fwrite(to, 1, len, f);
	}
}

static void put_place(FILE *f, const struct stack_frame *frame)
{
	const char *file = frame->file ? frame->file : frame->module;

	if (!file)
		return;
	fputs(" (", f);
	put_text(f, file);
	if (frame->file && frame->line != DUMP_UNKNOWN)
		fprintf(f, ":%" PRId64, frame->line);
	fputc(')', f);
}

static void put_frame(FILE *f, const struct stack_frame *frame)
{
	fputc(';', f);
	/* No address where a name is missing: equal stacks would differ. */
	put_text(f, frame_text_name(frame));
	put_place(f, frame);
}

static void put_thread(FILE *f, const struct stack_thread *thread)
{
	const char *name = thread->name ? thread->name : thread->comm;

	put_text(f, name ? name : "thread");
	if (thread->tid != DUMP_UNKNOWN)
		fprintf(f, " (%" PRId64 ")", thread->tid);
	for (size_t i = thread->frames.n; i > 0; i--)
		put_frame(f, &thread->frames.v[i - 1]);
}

/* To be freed. */
static char *text_of(const struct stack_thread *thread)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	put_thread(f, thread);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

static void line_free(void *p)
{
	struct line *line = p;

	if (line)
		free(line->text);
	free(line);
}

static bool add(struct fold *fold, const struct stack_thread *thread,
		struct err *err)
{
	struct line *line = calloc(1, sizeof(*line)), **at;

	if (line)
		line->text = text_of(thread);
	at = line && line->text ? tsearch(line, &fold->root, by_text) : NULL;
	if (!at) {
		line_free(line);
		return err_nomem(err);
	}
	(*at)->count++;
	if (*at != line)
		line_free(line);
	return true;
}

bool fold_add(struct fold *fold, const struct stacks *stacks, struct err *err)
{
	for (size_t i = 0; i < stacks->threads.n; i++) {
		if (!add(fold, &stacks->threads.v[i], err))
			return false;
	}
	return true;
}

static void print_line(const void *node, VISIT visit, void *arg)
{
	const struct line *line = *(struct line *const *)node;
	struct out *out = arg;

	if (visit != postorder && visit != leaf)
		return;
	out_str(out, line->text);
	out_printf(out, " %" PRIu64 "\n", line->count);
}

void fold_print(struct out *out, const struct fold *fold)
{
	twalk_r(fold->root, print_line, out);
}

void fold_fini(struct fold *fold)
{
	tdestroy(fold->root, line_free);
	fold->root = NULL;
}
