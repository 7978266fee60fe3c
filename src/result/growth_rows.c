/* SPDX-License-Identifier: MIT */
/* Views of what grew: by line, function, file, thread, stack or type. */
#include <stdlib.h>

#include "result/growth.h"

/* By what rows are told apart; equal bytes are one row. */
struct key {
	uint32_t how, file, function, type, stack;
	int32_t line, tid;
};

static struct key key_of(const struct growth *g, enum growth_by by,
			 uint32_t number, uint32_t type)
{
	const struct growth_stack *stack = &g->stacks.v[number];
	struct key key = { .file = STRSET_NONE, .function = STRSET_NONE,
			   .type = STRSET_NONE, .stack = STRSET_NONE,
			   .line = -1, .tid = -1 };
	const struct growth_frame *frame = NULL;
	const uint32_t *frames;
	size_t n;

	frames = growth_frames(g, number, &n);
	if (n)
		frame = growth_frame(g, frames[0]);
	if (by == GROWTH_BY_STACK)
		key.stack = number;
	if (by == GROWTH_BY_STACK || by == GROWTH_BY_THREAD)
		key.tid = stack->tid;
	if (by == GROWTH_BY_TYPE)
		key.type = type;
	if (by == GROWTH_BY_THREAD || by == GROWTH_BY_TYPE)
		return key;
	/* What had returned is the same line as what had not. */
	key.how = stack->how == GROWTH_MOVED ? GROWTH_LINE : stack->how;
	if (!frame)
		return key;
	key.file = frame->file;
	if (by != GROWTH_BY_FILE)
		key.function = frame->function;
	if (by == GROWTH_BY_LINE || by == GROWTH_BY_STACK)
		key.line = frame->line;
	return key;
}

static struct growth_row *row_of(struct growth_rows *rows,
				 const struct growth *g, enum growth_by by,
				 uint32_t stack, uint32_t type,
				 struct err *err)
{
	const struct key key = key_of(g, by, stack, type);
	uint32_t n = strset_put(&rows->keys, &key, sizeof(key),
				GROWTH_BYTES, err);
	struct growth_row *row;

	if (n == STRSET_NONE)
		return NULL;
	if (n < rows->v.n)
		return &rows->v.v[n];
	row = vec_add(&rows->v, err);
	if (row)
		*row = (struct growth_row){
			.how = key.how, .file = key.file,
			.function = key.function, .type = key.type,
			.stack = stack, .line = key.line, .tid = key.tid,
		};
	return row;
}

static bool add_stacks(struct growth_rows *rows, const struct growth *g,
		       enum growth_by by, struct err *err)
{
	for (size_t i = 0; by != GROWTH_BY_TYPE && i < g->stacks.n; i++) {
		const struct growth_stack *stack = &g->stacks.v[i];
		struct growth_row *row = row_of(rows, g, by, (uint32_t)i,
						STRSET_NONE, err);

		if (!row)
			return false;
		row->faults += stack->faults;
		row->grew += stack->grew;
		row->stayed = g->no_pages ? -1 : row->stayed + stack->stayed;
		row->objects = g->no_pages ? -1 : row->objects +
						  stack->objects;
	}
	return true;
}

static bool add_part(struct growth_row *row, uint32_t type, int64_t bytes,
		     struct err *err)
{
	struct growth_part *part;

	for (size_t i = 0; i < row->lying.n; i++) {
		if (row->lying.v[i].type == type) {
			row->lying.v[i].bytes += bytes;
			return true;
		}
	}
	part = vec_add(&row->lying, err);
	if (!part)
		return false;
	*part = (struct growth_part){ type, bytes };
	return true;
}

static bool add_lying(struct growth_rows *rows, const struct growth *g,
		      enum growth_by by, struct err *err)
{
	for (size_t i = 0; i < g->lying.n; i++) {
		const struct growth_lying *l = &g->lying.v[i];
		struct growth_row *row = row_of(rows, g, by, l->stack, l->type,
						err);

		if (!row || !add_part(row, l->type, l->bytes, err))
			return false;
		if (by == GROWTH_BY_TYPE) {
			row->stayed += l->bytes;
			row->objects += l->bytes;
		}
	}
	return true;
}

static int compare_parts(const void *a, const void *b)
{
	const struct growth_part *l = a, *r = b;

	return (l->bytes < r->bytes) - (l->bytes > r->bytes);
}

static int compare_rows(const void *a, const void *b)
{
	const struct growth_row *l = a, *r = b;

	if (l->stayed != r->stayed)
		return (l->stayed < r->stayed) - (l->stayed > r->stayed);
	if (l->grew != r->grew)
		return (l->grew < r->grew) - (l->grew > r->grew);
	return (l->stack > r->stack) - (l->stack < r->stack);
}

bool growth_rows_make(const struct growth *g, enum growth_by by,
		      struct growth_rows *ret, struct err *err)
{
	*ret = (struct growth_rows){ .by = by };
	if (!add_stacks(ret, g, by, err) || !add_lying(ret, g, by, err))
		return false;
	for (size_t i = 0; i < ret->v.n; i++) {
		struct growth_row *row = &ret->v.v[i];

		if (row->lying.n)
			qsort(row->lying.v, row->lying.n,
			      sizeof(*row->lying.v), compare_parts);
	}
	if (ret->v.n)
		qsort(ret->v.v, ret->v.n, sizeof(*ret->v.v), compare_rows);
	return true;
}

void growth_rows_fini(struct growth_rows *rows)
{
	for (size_t i = 0; i < rows->v.n; i++)
		vec_free(&rows->v.v[i].lying);
	vec_free(&rows->v);
	strset_fini(&rows->keys);
}
