/* SPDX-License-Identifier: MIT */
#include "tui/types_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void types_view_fini(struct types_view *view)
{
	list_fini(&view->list);
	for (size_t i = 0; i < view->closed.n; i++)
		free(view->closed.v[i]);
	vec_free(&view->closed);
	vec_free(&view->lines);
	vec_free(&view->groups);
}

bool types_view_is_text(enum type_column column)
{
	return column == COLUMN_NAME;
}

bool types_view_matches(const char *name, const char *text)
{
	return !*text || strcasestr(name, text);
}

/* --- order --------------------------------------------------------------- */

static int by_int(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* What is not known comes after all that is. */
static int by_rate(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(b) - isnan(a);
	return (a > b) - (a < b);
}

static int compare(const struct type_line *a, const struct type_line *b,
		   enum type_column column)
{
	switch (column) {
	case COLUMN_COUNT:
		return by_int(a->count, b->count);
	case COLUMN_ALLOCATED:
		return by_int(a->allocated, b->allocated);
	case COLUMN_MORE:
		return by_int(a->more, b->more);
	case COLUMN_MORE_BYTES:
		return by_int(a->more_bytes, b->more_bytes);
	case COLUMN_RATE:
		return by_rate(a->rate, b->rate);
	case COLUMN_BYTES_RATE:
	case COLUMN_GRAPH:
		return by_rate(a->bytes_rate, b->bytes_rate);
	case COLUMN_NAME:
		return strcmp(a->name, b->name);
	default:
		return by_int(a->bytes, b->bytes);
	}
}

static int order(const struct type_line *a, const struct type_line *b,
		 const struct types_view *view)
{
	int by = compare(a, b, view->sorted_by);

	/* Numbers begin with the largest, names with A. */
	if (view->choice.reversed == types_view_is_text(view->sorted_by))
		by = -by;
	if (!by)
		by = by_int(b->bytes, a->bytes);
	return by ? by : strcmp(a->key, b->key);
}

static int line_order(const void *a, const void *b, void *arg)
{
	const struct types_view *view = arg;
	const struct type_line *l = a, *r = b;

	if (view->groups.n && l->group != r->group)
		return order(&view->groups.v[l->group].line,
			     &view->groups.v[r->group].line, view);
	/* A module stands before what is in it. */
	if (!l->row != !r->row)
		return l->row ? 1 : -1;
	return order(l, r, view);
}

/* --- lines --------------------------------------------------------------- */

static struct type_line line_of(const struct history_row *row)
{
	return (struct type_line){
		.name = row->name, .key = row->name, .row = row,
		.count = row->count, .bytes = row->bytes,
		.allocated = row->allocated,
		.more = history_more(row),
		.more_bytes = history_more_bytes(row),
		.rate = row->count_rate, .bytes_rate = row->bytes_rate,
		.growing = history_is_growing(row), .tagged = row->tagged,
	};
}

static void sum(struct type_line *to, const struct type_line *line)
{
	to->count += line->count;
	to->bytes += line->bytes;
	to->allocated += line->allocated;
	to->more += line->more;
	to->more_bytes += line->more_bytes;
	to->rate += line->rate;
	to->bytes_rate += line->bytes_rate;
	to->growing |= line->growing;
}

static bool is_closed(const struct types_view *view, const char *module)
{
	for (size_t i = 0; i < view->closed.n; i++) {
		if (strcmp(view->closed.v[i], module) == 0)
			return true;
	}
	return false;
}

void types_view_toggle(struct types_view *view, const char *module)
{
	struct err err;
	char **slot;

	view->toggles++;
	for (size_t i = 0; i < view->closed.n; i++) {
		if (strcmp(view->closed.v[i], module) != 0)
			continue;
		free(view->closed.v[i]);
		view->closed.v[i] = view->closed.v[--view->closed.n];
		return;
	}
	slot = vec_add(&view->closed, &err);
	if (!slot)
		return;
	*slot = strdup(module);
	if (!*slot)
		view->closed.n--;
}

static const char *module_of(const struct type_line *line)
{
	return line->row->module ? line->row->module : "";
}

static int by_module(const void *a, const void *b)
{
	return strcmp(module_of(a), module_of(b));
}

/* Lines of a module become a group, which gets a line of its own. */
static void group_lines(struct types_view *view)
{
	size_t n = view->lines.n;
	struct err err;

	qsort(view->lines.v, n, sizeof(*view->lines.v), by_module);
	for (size_t i = 0; i < n; i++) {
		struct type_line *line = &view->lines.v[i];
		struct type_group *group;

		if (i == 0 || by_module(line - 1, line) != 0) {
			group = vec_add(&view->groups, &err);
			if (!group)
				return;
			group->line.name = module_of(line);
			group->line.key = module_of(line);
			group->line.group = (uint32_t)(view->groups.n - 1);
			group->is_closed = is_closed(view, module_of(line));
		}
		group = &view->groups.v[view->groups.n - 1];
		sum(&group->line, line);
		line->group = (uint32_t)(view->groups.n - 1);
		if (line->row->label)
			line->name = line->row->label;
	}
}

static void show_groups(struct types_view *view)
{
	size_t to = 0;
	struct err err;

	for (size_t i = 0; i < view->lines.n; i++) {
		struct type_line *line = &view->lines.v[i];

		if (!view->groups.v[line->group].is_closed)
			view->lines.v[to++] = *line;
	}
	view->lines.n = to;
	for (size_t i = 0; i < view->groups.n; i++) {
		struct type_line *line = vec_add(&view->lines, &err);

		if (line)
			*line = view->groups.v[i].line;
	}
}

static void add_lines(struct types_view *view, const struct history *history)
{
	struct err err;

	view->lines.n = view->groups.n = 0;
	view->total_bytes = 0;
	for (size_t i = 0; i < history->rows.n; i++) {
		const struct history_row *row = &history->rows.v[i];
		struct type_line *line;

		view->total_bytes += row->bytes;
		/* Long gone, and not part of what is compared with. */
		if (!row->count && !row->base_count)
			continue;
		if (!row->tagged &&
		    !types_view_matches(row->name, view->choice.filter))
			continue;
		line = vec_add(&view->lines, &err);
		if (!line)
			return;
		*line = line_of(row);
	}
}

static enum type_column choose_sort(const struct types_view *view)
{
	if (view->choice.sort != COLUMN_AUTO)
		return view->choice.sort;
	for (size_t i = 0; i < view->lines.n; i++) {
		if (view->lines.v[i].more_bytes > 0)
			return COLUMN_MORE_BYTES;
	}
	return COLUMN_BYTES;
}

static size_t find(const struct types_view *view)
{
	for (size_t i = 0; view->list.key && i < view->lines.n; i++) {
		if (strcmp(view->lines.v[i].key, view->list.key) == 0)
			return i;
	}
	return view->lines.n;
}

void types_view_forget(struct types_view *view)
{
	view->lines.n = view->groups.n = 0;
	view->made.history = NULL;
}

/* The same choice of the same history?  Then note that it is, now. */
static bool is_made(struct types_view *view, const struct history *history)
{
	struct types_made *made = &view->made;

	if (made->history == history && made->changes == history->changes &&
	    made->toggles == view->toggles &&
	    memcmp(&made->choice, &view->choice, sizeof(made->choice)) == 0)
		return true;
	made->history = history;
	made->changes = history->changes;
	made->toggles = view->toggles;
	memcpy(&made->choice, &view->choice, sizeof(made->choice));
	return false;
}

static void make(struct types_view *view, const struct history *history)
{
	bool tree = view->choice.tree && !view->choice.kinds;

	add_lines(view, history);
	view->sorted_by = choose_sort(view);
	if (tree && view->lines.n) {
		group_lines(view);
		show_groups(view);
	}
	if (view->lines.n)
		qsort_r(view->lines.v, view->lines.n, sizeof(*view->lines.v),
			line_order, view);
}

void types_view_update(struct types_view *view, const struct history *history)
{
	if (!is_made(view, history))
		make(view, history);
	list_update(&view->list, view->lines.n, find(view));
}
