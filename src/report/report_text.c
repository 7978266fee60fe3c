/* SPDX-License-Identifier: MIT */
/*
 * The table that `pyheapspy dump` prints, in the columns heapy's users know:
 * what it is and how it was read, the rows, the collector, the memory, and
 * what is to be doubted.
 */
#include "report/report_text.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"
#include "report/report_title.h"

enum {
	NAME_COLUMNS = 200,
	ABSENT_PART = 16,	/* of what objects take: less is not told */
};

/* Of a type or a kind; @size is what the table is about. */
struct row {
	const char *name;
	int64_t count, size, classes;
	int64_t retained;
	const char *dominated_by;	/* or NULL */
};

static int more_first(int64_t a, int64_t b)
{
	return (a < b) - (a > b);
}

static int by_name(const void *a, const void *b)
{
	const struct row *l = a, *r = b;

	return strcmp(l->name, r->name);
}

static int by_size(const void *a, const void *b)
{
	const struct row *l = a, *r = b;
	int order = more_first(l->size, r->size);

	return order ? order : by_name(a, b);
}

static int by_count(const void *a, const void *b)
{
	const struct row *l = a, *r = b;
	int order = more_first(l->count, r->count);

	return order ? order : by_size(a, b);
}

static const struct {
	int (*order)(const void *a, const void *b);
	const char *title;
} sorts[] = {
	[SORT_BYTES] = { by_size, "Size" },
	[SORT_COUNT] = { by_count, "Size" },
	[SORT_NAME] = { by_name, "Size" },
	[SORT_ALLOCATED] = { by_size, "Allocated" },
};

/* The rows of @dump, sorted; room for one more, as there may be none. */
static struct row *rows_new(const struct dump *dump, bool kinds,
			    enum report_sort sort, size_t *ret_n)
{
	size_t n = kinds ? dump->kinds.n : dump->types.n;
	struct row *rows = calloc(n + 1, sizeof(*rows));
	bool allocated = sort == SORT_ALLOCATED;

	if (!rows)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (kinds) {
			const struct dump_kind *kind = &dump->kinds.v[i];

			rows[i] = (struct row){
				kind->kind, kind->count,
				allocated ? kind->allocated : kind->bytes,
				kind->classes, 0, NULL,
			};
		} else {
			const struct dump_type *type = &dump->types.v[i];

			rows[i] = (struct row){
				type->type, type->count,
				allocated ? type->allocated : type->bytes,
				type->classes, type->retained,
				type->dominated_by,
			};
		}
	}
	qsort(rows, n, sizeof(*rows), sorts[sort].order);
	*ret_n = n;
	return rows;
}

static void put_totals(struct out *out, const struct dump *dump)
{
	char a[UNITS_TEXT], b[UNITS_TEXT], c[UNITS_TEXT];

	out_printf(out, "%s objects of %zu types: %s, allocated %s",
		   units_count(a, dump->objects), dump->types.n,
		   units_bytes(b, dump->bytes),
		   units_bytes(c, dump->allocated));
	out_printf(out, "; %s static ones\n\n",
		   units_count(a, dump->static_objects));
}

static void put_row(struct out *out, const struct row *row, size_t i,
		    int64_t cumulative, const struct dump *dump,
		    int64_t total)
{
	const int64_t objects = dump->objects;
	char a[UNITS_TEXT], b[UNITS_TEXT], c[UNITS_TEXT];

	out_printf(out, "%6zu %11s %3d %11s %3d %11s %3d  ", i,
		   units_count(a, row->count),
		   units_percent(row->count, objects),
		   units_bytes(b, row->size), units_percent(row->size, total),
		   units_bytes(c, cumulative),
		   units_percent(cumulative, total));
	if (dump->has_retained)
		out_printf(out, "%11s  ", units_bytes(a, row->retained));
	out_visible(out, row->name, NAME_COLUMNS);
	if (row->dominated_by) {
		out_const(out, " < ");
		out_visible(out, row->dominated_by, NAME_COLUMNS);
	}
	if (row->classes > 1)
		out_printf(out, " (%s classes)", units_count(a, row->classes));
	out_char(out, '\n');
}

static void put_rows(struct out *out, const struct dump *dump,
		     const struct row *rows, size_t n,
		     const struct report_text_options *opt)
{
	int64_t total = 0, cumulative = 0;
	size_t top = opt->top && opt->top < n ? opt->top : n;

	for (size_t i = 0; i < n; i++)
		total += rows[i].size;
	out_printf(out, "%s%6s %11s %3s %11s %3s %11s %3s  %s%s%s\n",
		   opt->color ? BOLD : "", "Index", "Count", "%",
		   sorts[opt->sort].title, "%", "Cumulative", "%",
		   dump->has_retained ? "   Retained  " : "",
		   opt->kinds ? "Kind (class, or dict of class)" :
		   dump->has_retained ? "Kind (class) < dominated by" :
				"Kind (class)",
		   opt->color ? PLAIN : "");
	for (size_t i = 0; i < top; i++) {
		cumulative += rows[i].size;
		put_row(out, &rows[i], i, cumulative, dump, total);
	}
	if (top < n)
		out_printf(out, "   ... %zu more; --top=0 shows all\n",
			   n - top);
	out_char(out, '\n');
}

static void put_counts(struct out *out, const struct dump_gc *gc)
{
	char a[UNITS_TEXT], b[UNITS_TEXT];

	for (size_t i = 0; i < gc->generations.n; i++) {
		const struct dump_generation *gen = &gc->generations.v[i];

		out_printf(out, "%s%s/%s", i ? " " : ", counts ",
			   units_count(a, gen->count),
			   units_count(b, gen->threshold));
	}
	for (size_t i = 0; i < gc->generations.n; i++)
		out_printf(out, "%s%s", i ? " + " : ", objects ",
			   units_count(a, gc->generations.v[i].objects));
}

static void put_gc(struct out *out, const struct dump_gc *gc, const char *of)
{
	char a[UNITS_TEXT];

	if (gc->enabled == DUMP_UNKNOWN && !gc->generations.n) {
		out_printf(out, "GC%s: unknown\n", of);
		return;
	}
	out_printf(out, "GC%s: %s", of, gc->enabled == 1 ? "enabled" :
		   gc->enabled == 0 ? "disabled" : "on or off not known");
	if (gc->collecting == 1)
		out_str(out, ", collecting at this moment");
	put_counts(out, gc);
	out_printf(out, ", %s runs", units_count(a, dump_collections(gc)));
	if (gc->garbage > 0)
		out_printf(out, ", %s in gc.garbage",
			   units_count(a, gc->garbage));
	if (gc->frozen > 0)
		out_printf(out, ", %s frozen", units_count(a, gc->frozen));
	out_char(out, '\n');
}

/* All together, and where there are several, each. */
static void put_collectors(struct out *out, const struct dump *dump)
{
	char of[64] = "";

	if (dump->interps.n > 1)
		snprintf(of, sizeof(of), " of %zu interpreters",
			 dump->interps.n);
	put_gc(out, &dump->gc, of);
	for (size_t i = 0; dump->interps.n > 1 && i < dump->interps.n; i++) {
		snprintf(of, sizeof(of), " of interpreter %lld",
			 (long long)dump->interps.v[i].id);
		put_gc(out, &dump->interps.v[i].gc, of);
	}
}

static void put_memory(struct out *out, const struct dump *dump)
{
	const struct dump_memory *memory = &dump->memory;
	char a[UNITS_TEXT], b[UNITS_TEXT], c[UNITS_TEXT];

	out_printf(out, "Memory: %s resident (peak %s)",
		   units_bytes(a, memory->rss),
		   units_bytes(b, memory->peak_rss));
	out_printf(out, ": %s private, %s shared; %s proportional",
		   units_bytes(a, memory->uss), units_bytes(b, memory->shared),
		   units_bytes(c, memory->pss));
	if (memory->swap > 0)
		out_printf(out, ", %s swapped", units_bytes(a, memory->swap));
	if (dump->blocks.arenas > 0)
		out_printf(out, ", %s in arenas",
			   units_bytes(a, dump->blocks.arena_bytes));
	out_char(out, '\n');
}

/* As far as a dump knows; what it would have to read more for, is named. */
static void put_resident(struct out *out, const struct dump *dump)
{
	struct dump_resident r = dump_resident(dump);
	char a[UNITS_TEXT], b[UNITS_TEXT];

	if (r.rest < 0)
		return;
	out_const(out, "  of it ");
	if (r.pools_used >= 0)
		out_printf(out, "%s used in pools, ",
			   units_bytes(a, r.pools_used));
	out_printf(out, "%s files or shared, %s the rest (",
		   units_bytes(a, r.files), units_bytes(b, r.rest));
	if (r.pools_used >= 0)
		out_printf(out, "%s at most free in pools; ",
			   units_bytes(a, r.pools_free));
	else
		out_const(out, "pools; ");
	out_const(out, "large objects, C code, malloc: see pyheapspy "
		  "memory)\n");
	if (r.absent > dump->allocated / ABSENT_PART)
		out_printf(out, "  of what objects take, at least %s is not "
			   "resident: never touched, or swapped\n",
			   units_bytes(a, r.absent));
}

bool report_text(struct out *out, const struct dump *dump,
		 const struct report_text_options *opt, struct err *err)
{
	size_t n = 0;
	auto_free struct row *rows = rows_new(dump, opt->kinds, opt->sort,
					      &n);

	if (!rows)
		return err_nomem(err);
	report_title(out, dump, opt->color);
	put_totals(out, dump);
	put_rows(out, dump, rows, n, opt);
	put_collectors(out, dump);
	put_memory(out, dump);
	put_resident(out, dump);
	report_warnings(out, dump, opt->color);
	return true;
}
