/* SPDX-License-Identifier: MIT */
#include "report/report_memory_arenas.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "result/fullness.h"

enum {
	NAMES = 3,		/* of types, of threads */
	ROWS = 8,		/* of malloc's arenas */
	NAME_COLUMNS = 60,
};

static void put_survivors(struct out *out, const struct account *acc)
{
	const char *before = ": ";
	char count[UNITS_TEXT];

	for (size_t i = 0; i < acc->sparse.kept_by.n && i < NAMES; i++) {
		const struct account_kept *kept = &acc->sparse.kept_by.v[i];

		out_printf(out, "%s%s ", before,
			   units_count(count, kept->count + kept->buffers));
		out_visible(out, kept->type, NAME_COLUMNS);
		if (kept->interned)
			out_const(out, " (interned)");
		before = ", ";
	}
	if (acc->sparse.nameless)
		out_printf(out, "%s%s of no object", before,
			   units_count(count, acc->sparse.nameless));
	out_char(out, '\n');
}

/* "61 arenas of Python's pools, 96.0 MiB resident, are ... held". */
static void put_how_sparse(struct out *out, const struct account *acc,
			   int64_t n, const char *what, const char *whose,
			   int64_t resident)
{
	char count[UNITS_TEXT], size[UNITS_TEXT];

	out_printf(out, "\n%s %s%s %s, %s %s, %s at most a quarter in use, and "
		   "held\n", units_count(count, n), what, n == 1 ? "" : "s",
		   whose, units_bytes(size, resident),
		   acc->of_core ? "in the core" : "resident",
		   n == 1 ? "is" : "are");
}

static void put_sparse(struct out *out, const struct account *acc)
{
	char count[UNITS_TEXT], size[UNITS_TEXT];

	if (!acc->sparse.arenas)
		return;
	put_how_sparse(out, acc, acc->sparse.arenas, "arena",
		       "of Python's pools", acc->sparse.resident);
	out_printf(out, "open by %s block%s", units_count(count, acc->sparse.blocks),
		   acc->sparse.blocks == 1 ? "" : "s");
	put_survivors(out, acc);
	if (acc->sparse.releasable > 0)
		out_printf(out, "Without these objects %s would go back to the "
			   "system\n",
			   units_bytes(size, acc->sparse.releasable));
}

/* "2,988 str" or "96 of C code (up to 1024 bytes)". */
static void put_holder(struct out *out, const struct account_leaf *leaf)
{
	bool is_native = strcmp(leaf->path[0], "native") == 0;
	char count[UNITS_TEXT];

	out_printf(out, "%s ", units_count(count, leaf->count));
	if (is_native)
		out_const(out, "of C code (");
	else if (strcmp(leaf->path[0], "data") == 0)
		out_const(out, "data of ");
	out_visible(out, leaf->path[2] ? leaf->path[2] : leaf->path[0],
		    NAME_COLUMNS);
	if (is_native)
		out_char(out, ')');
}

static void put_sparse_malloc(struct out *out, const struct account *acc)
{
	char count[UNITS_TEXT], size[UNITS_TEXT];

	if (!acc->sparse_malloc.pages)
		return;
	put_how_sparse(out, acc, acc->sparse_malloc.pages, "page",
		       "of malloc's", acc->sparse_malloc.resident);
	out_printf(out, "by %s small block%s",
		   units_count(count, acc->sparse_malloc.blocks),
		   acc->sparse_malloc.blocks == 1 ? "" : "s");
	for (size_t i = 0; i < acc->sparse_malloc.held_by.n && i < NAMES; i++) {
		out_str(out, i ? ", " : ": ");
		put_holder(out, &acc->sparse_malloc.held_by.v[i]);
	}
	out_char(out, '\n');
	if (acc->sparse_malloc.releasable > 0)
		out_printf(out, "Without these blocks malloc_trim(0) would give "
			   "%s more back\n",
			   units_bytes(size, acc->sparse_malloc.releasable));
}

static void put_picture(struct out *out, const char *name,
			const struct account_arena *arenas, size_t n,
			size_t stride)
{
	char picture[FULLNESS_MOST + 1];
	size_t each = fullness_draw(arenas, n, stride, picture);
	char count[UNITS_TEXT];

	for (const char *p = picture; *p;) {
		size_t len = strlen(p);

		if (len > FULLNESS_COLUMNS)
			len = FULLNESS_COLUMNS;
		out_printf(out, "  %-10s %.*s\n", p == picture ? name : "",
			   (int)len, p);
		p += len;
	}
	if (each > 1)
		out_printf(out, "  %-10s (%s arenas a character)\n", "",
			   units_count(count, (int64_t)each));
}

static void put_pictures(struct out *out, const struct account *acc)
{
	if (!acc->pools.n && !acc->malloc.n)
		return;
	out_str(out, "\nArenas, by address: 1 to 9 at most so many tenths in "
		  "use, # more, . nothing,\n+ still being filled\n");
	if (acc->pools.n)
		put_picture(out, "pools", acc->pools.v, acc->pools.n,
			    sizeof(*acc->pools.v));
	if (acc->malloc.n)
		put_picture(out, "malloc", &acc->malloc.v->arena,
			    acc->malloc.n, sizeof(*acc->malloc.v));
}

/* -- malloc's, one by one ------------------------------------------------- */

static bool comes_after(const struct account_malloc *row,
			const struct account_malloc *before)
{
	return !before || row->free < before->free ||
	       (row->free == before->free && row > before);
}

/* The one that follows @before by what is free in it. */
static const struct account_malloc *next_row(const struct account *acc,
					     const struct account_malloc *before)
{
	const struct account_malloc *next = NULL;

	for (size_t i = 0; i < acc->malloc.n; i++) {
		const struct account_malloc *row = &acc->malloc.v[i];

		if (comes_after(row, before) &&
		    (!next || comes_after(next, row)))
			next = row;
	}
	return next;
}

static void put_mib(struct out *out, int64_t bytes)
{
	if (bytes < 0)
		out_printf(out, " %8s", "?");
	else
		out_printf(out, " %8.1f", (double)bytes / (1 << 20));
}

static void put_row(struct out *out, const char *name,
		    const struct account_malloc *row)
{
	const char *before = ": ";

	out_printf(out, "  %-20s", name);
	put_mib(out, row->arena.size);
	put_mib(out, row->arena.used);
	put_mib(out, row->free);
	put_mib(out, row->largest);
	put_mib(out, row->top);
	put_mib(out, row->trimmable);
	out_printf(out, "  %lld", (long long)row->attached);
	for (size_t i = 0; i < row->threads.n && i < NAMES; i++) {
		out_printf(out, "%s%d", before, row->threads.v[i]);
		before = ", ";
	}
	out_str(out, row->threads.n > NAMES ? ", ...\n" : "\n");
}

static void put_rest(struct out *out, const struct account *acc,
		     const struct account_malloc *row)
{
	struct account_malloc rest = { .heaps = 0 };
	int64_t n = 0;
	char name[UNITS_TEXT + 8], count[UNITS_TEXT];

	while ((row = next_row(acc, row))) {
		rest.arena.size += row->arena.size;
		rest.arena.used += row->arena.used;
		rest.free += row->free;
		rest.top += row->top;
		rest.attached += row->attached;
		if (row->largest > rest.largest)
			rest.largest = row->largest;
		if (row->trimmable < 0 || rest.trimmable < 0)
			rest.trimmable = -1;
		else
			rest.trimmable += row->trimmable;
		n++;
	}
	if (!n)
		return;
	snprintf(name, sizeof(name), "%s more", units_count(count, n));
	put_row(out, name, &rest);
}

static void put_malloc(struct out *out, const struct account *acc)
{
	const struct account_malloc *row = NULL;
	char name[32];

	if (!acc->malloc.n)
		return;
	out_printf(out, "\n%-22s %8s %8s %8s %8s %8s %8s  %s\n",
		   "malloc's, in MiB", "size", "in use", "free", "largest",
		   "top", "to trim", "threads");
	for (unsigned i = 0; i < ROWS; i++) {
		const struct account_malloc *next = next_row(acc, row);

		if (!next)
			return;
		row = next;
		snprintf(name, sizeof(name), "arena 0x%llx",
			 (unsigned long long)row->arena.at);
		put_row(out, row == acc->malloc.v ? "main arena" : name, row);
	}
	put_rest(out, acc, row);
}

void report_memory_advice(struct out *out, const struct account *acc)
{
	if (acc->advice.n)
		out_const(out, "\nWhat to do\n");
	for (size_t i = 0; i < acc->advice.n; i++)
		out_printf(out, "  %zu. %s\n", i + 1, acc->advice.v[i].text);
}

void report_memory_arenas(struct out *out, const struct account *account)
{
	put_pictures(out, account);
	put_malloc(out, account);
	put_sparse(out, account);
	put_sparse_malloc(out, account);
}
