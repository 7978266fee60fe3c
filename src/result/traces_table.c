/* SPDX-License-Identifier: MIT */
/*
 * From traces to rows.
 *
 * Which row a trace is in follows from its traceback, of which there are few:
 * so each traceback is given its row once, by the text of its key, which is the
 * same in both looks.  What lies on the blocks is counted by row and type.
 */
#include "result/traces_table.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addrmap.h"

enum { NO_ROW = UINT32_MAX };

/** What of a type lies on blocks of a row. */
struct cell {
	uint32_t row, type;
	struct traces_sum now, before;
};

struct making {
	struct traces_table *table;
	struct strset keys, types;	/* keys: a row each, by number */
	/** By row and type, both + 1; a type of 0 is none. */
	struct addrmap cell_of;
	VEC(struct cell) cells;
};

/* --- filters -------------------------------------------------------------- */

/* As tracemalloc has it: compiled files stand for their source. */
static bool file_matches(const char *glob, const char *file)
{
	const size_t len = strlen(glob);
	char source[4096];

	if (len > 4 && len < sizeof(source) &&
	    strcmp(glob + len - 4, ".pyc") == 0) {
		memcpy(source, glob, len - 1);
		source[len - 1] = '\0';
		glob = source;
	}
	return fnmatch(glob, file, FNM_NOESCAPE) == 0;
}

static bool filter_matches(const struct traces_query *q,
			   const struct traces_filter *filter,
			   const struct traces *t,
			   const struct traces_traceback *tb)
{
	const uint32_t n = q->all_frames ? tb->n : 1;

	for (uint32_t i = 0; i < n; i++) {
		const struct traces_frame *f = &t->frames.v[tb->first + i];

		if (file_matches(filter->glob, t->files.all.v[f->file]))
			return true;
	}
	return false;
}

bool traces_wants(const struct traces_query *q, const struct traces *t,
		  uint32_t traceback)
{
	const struct traces_traceback *tb = &t->tracebacks.v[traceback];
	bool included = true, some = false;

	for (size_t i = 0; i < q->filters.n; i++) {
		const struct traces_filter *filter = &q->filters.v[i];
		const bool matches = filter_matches(q, filter, t, tb);

		if (filter->exclude && matches)
			return false;
		if (filter->exclude)
			continue;
		included = some ? included || matches : matches;
		some = true;
	}
	return included;
}

bool traces_wants_domain(const struct traces_query *q, uint32_t domain)
{
	return q->domain < 0 || domain == q->domain;
}

/* --- rows ----------------------------------------------------------------- */

/* What tells the row of @tb from others.  A newline is in no name that this is
 * mistaken for: behind it there is a number. */
static char *key_of(const struct traces_query *q, const struct traces *t,
		    const struct traces_traceback *tb)
{
	const uint32_t n = q->by == TRACES_BY_TRACEBACK ? tb->n : 1;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	bool ok = f;

	for (uint32_t i = 0; f && i < n; i++) {
		const struct traces_frame *fr = &t->frames.v[tb->first + i];

		fputs(t->files.all.v[fr->file], f);
		if (q->by != TRACES_BY_FILE)
			fprintf(f, "\n%" PRIu32 "\n", fr->line);
	}
	if (f && q->by == TRACES_BY_TRACEBACK)
		fprintf(f, "%" PRIu32, tb->total);
	if (f)
		ok = fclose(f) == 0;
	if (ok)
		return text;
	free(text);
	return NULL;
}

static bool row_of(struct making *m, const struct traces *t,
		   uint32_t traceback, uint32_t *ret, struct err *err)
{
	const struct traces_query *q = &m->table->query;
	const struct traces_traceback *tb = &t->tracebacks.v[traceback];
	struct traces_row *row;
	char *key;

	*ret = NO_ROW;
	if (!traces_wants(q, t, traceback))
		return true;
	key = key_of(q, t, tb);
	*ret = key ? strset_add(&m->keys, key, err) : STRSET_NONE;
	free(key);
	if (*ret == STRSET_NONE)
		return err_nomem(err);
	if (*ret < m->table->rows.n)
		return true;
	row = vec_add(&m->table->rows, err);
	if (!row)
		return false;
	row->of = t;
	row->traceback = traceback;
	return true;
}

static void add_to(struct traces_sum *sum, int64_t count, uint64_t bytes)
{
	sum->count += count;
	sum->bytes += (int64_t)bytes;
}

static struct cell *cell_at(struct making *m, uint32_t row, uint32_t type,
			    struct err *err)
{
	const uint64_t key = ((uint64_t)row + 1) << 32 | (type + 1);
	uint32_t n = addrmap_get(&m->cell_of, key);
	struct cell *cell;

	if (n != ADDRMAP_NONE)
		return &m->cells.v[n];
	cell = vec_add(&m->cells, err);
	if (!cell || !addrmap_put(&m->cell_of, key,
				  (uint32_t)(m->cells.n - 1), err))
		return NULL;
	cell->row = row;
	cell->type = type;
	return cell;
}

/* Numbers of one look's types, or tracebacks, as they are in the table. */
struct numbers {
	uint32_t *types, *rows;
};

static bool number_all(struct making *m, const struct traces *t,
		       struct numbers *no, struct err *err)
{
	no->types = malloc((t->types.all.n + 1) * sizeof(uint32_t));
	no->rows = malloc((t->tracebacks.n + 1) * sizeof(uint32_t));
	if (!no->types || !no->rows)
		return err_nomem(err);
	for (size_t i = 0; i < t->types.all.n; i++) {
		no->types[i] = strset_add(&m->types, t->types.all.v[i], err);
		if (no->types[i] == STRSET_NONE)
			return false;
	}
	for (size_t i = 0; i < t->tracebacks.n; i++) {
		if (!row_of(m, t, (uint32_t)i, &no->rows[i], err))
			return false;
	}
	return true;
}

static bool add_block(struct making *m, const struct traces_block *block,
		      const struct numbers *no, bool before, struct err *err)
{
	const uint32_t number = no->rows[block->traceback];
	struct traces_row *row;
	struct cell *cell;

	if (number == NO_ROW ||
	    !traces_wants_domain(&m->table->query, block->domain))
		return true;
	row = &m->table->rows.v[number];
	add_to(before ? &row->before : &row->now, 1, block->size);
	add_to(before ? &m->table->before : &m->table->now, 1, block->size);
	cell = cell_at(m, number, block->type == STRSET_NONE ? STRSET_NONE :
		       no->types[block->type], err);
	if (!cell)
		return false;
	add_to(before ? &cell->before : &cell->now, block->is_object,
	       block->size);
	return true;
}

static bool add_look(struct making *m, const struct traces *t, bool before,
		     struct err *err)
{
	struct numbers no = { 0 };
	bool ok = number_all(m, t, &no, err);

	for (size_t i = 0; ok && i < t->blocks.n; i++)
		ok = add_block(m, &t->blocks.v[i], &no, before, err);
	free(no.types);
	free(no.rows);
	return ok;
}

static bool give_cells(struct making *m, struct err *err)
{
	for (size_t i = 0; i < m->cells.n; i++) {
		const struct cell *cell = &m->cells.v[i];
		struct traces_what *what =
			vec_add(&m->table->rows.v[cell->row].what, err);

		if (!what)
			return false;
		if (cell->type != STRSET_NONE)
			what->type = m->types.all.v[cell->type];
		what->now = cell->now;
		what->before = cell->before;
	}
	return true;
}

/* --- order ---------------------------------------------------------------- */

/* StatisticDiff._sort_key(), and Statistic._sort_key() where nothing was
 * before: most first. */
static int by_change(const struct traces_sum *now_l,
		     const struct traces_sum *before_l,
		     const struct traces_sum *now_r,
		     const struct traces_sum *before_r)
{
	const int64_t key[][2] = {
		{ llabs(now_l->bytes - before_l->bytes),
		  llabs(now_r->bytes - before_r->bytes) },
		{ now_l->bytes, now_r->bytes },
		{ llabs(now_l->count - before_l->count),
		  llabs(now_r->count - before_r->count) },
		{ now_l->count, now_r->count },
	};

	for (size_t i = 0; i < sizeof(key) / sizeof(*key); i++) {
		if (key[i][0] != key[i][1])
			return key[i][0] > key[i][1] ? -1 : 1;
	}
	return 0;
}

static int row_order(const void *a, const void *b)
{
	const struct traces_row *l = a, *r = b;
	const struct traces_frame *fl, *fr;
	int order = by_change(&l->now, &l->before, &r->now, &r->before);

	if (order)
		return order;
	fl = &l->of->frames.v[l->of->tracebacks.v[l->traceback].first];
	fr = &r->of->frames.v[r->of->tracebacks.v[r->traceback].first];
	order = strcmp(l->of->files.all.v[fl->file],
		       r->of->files.all.v[fr->file]);
	return order ? order : (fl->line > fr->line) - (fl->line < fr->line);
}

static int what_order(const void *a, const void *b)
{
	const struct traces_what *l = a, *r = b;
	int order = by_change(&l->now, &l->before, &r->now, &r->before);

	return order ? order : strcmp(l->type ? l->type : "",
				      r->type ? r->type : "");
}

static bool is_empty(const struct traces_row *row)
{
	return !row->now.count && !row->before.count;
}

/* A traceback whose blocks are of another domain, or have all been freed, has a
 * row of nothing. */
static void sort_rows(struct traces_table *table)
{
	size_t n = 0;

	for (size_t i = 0; i < table->rows.n; i++) {
		struct traces_row *row = &table->rows.v[i];

		if (is_empty(row))
			continue;
		qsort(row->what.v, row->what.n, sizeof(*row->what.v),
		      what_order);
		table->rows.v[n++] = *row;
	}
	table->rows.n = n;
	if (n)
		qsort(table->rows.v, n, sizeof(*table->rows.v), row_order);
}

bool traces_table_make(struct traces_table *ret, const struct traces *now,
		       const struct traces *before,
		       const struct traces_query *query, struct err *err)
{
	struct making m = { .table = ret };
	bool ok;

	*ret = (struct traces_table){ .query = *query, .compared = before };
	ok = add_look(&m, now, false, err) &&
	     (!before || add_look(&m, before, true, err)) &&
	     give_cells(&m, err);
	if (ok)
		sort_rows(ret);
	strset_fini(&m.keys);
	ret->types = m.types;
	addrmap_fini(&m.cell_of);
	vec_free(&m.cells);
	return ok;
}

void traces_table_fini(struct traces_table *table)
{
	for (size_t i = 0; i < table->rows.n; i++)
		vec_free(&table->rows.v[i].what);
	vec_free(&table->rows);
	strset_fini(&table->types);
}
