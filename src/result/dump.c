/* SPDX-License-Identifier: MIT */
#include "result/dump.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nomem.h"

void dump_init(struct dump *dump)
{
	memset(dump, 0, sizeof(*dump));
	dump->source = "live";
	dump->bytes_copied = -1;
	dump->complete = 1;
	memset(&dump->memory, 0xff, sizeof(dump->memory));
}

static void free_strings(char **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i]);
}

void dump_fini(struct dump *dump)
{
	free_strings(dump->command.v, dump->command.n);
	free_strings(dump->warnings.v, dump->warnings.n);
	vec_free(&dump->command);
	vec_free(&dump->warnings);
	for (size_t i = 0; i < dump->types.n; i++) {
		free(dump->types.v[i].type);
		free(dump->types.v[i].module);
		free(dump->types.v[i].name);
		free(dump->types.v[i].dominated_by);
	}
	vec_free(&dump->types);
	for (size_t i = 0; i < dump->kinds.n; i++)
		free(dump->kinds.v[i].kind);
	vec_free(&dump->kinds);
	vec_free(&dump->gc.generations);
	for (size_t i = 0; i < dump->interps.n; i++)
		vec_free(&dump->interps.v[i].gc.generations);
	vec_free(&dump->interps);
	containers_fini(&dump->containers);
	stacks_fini(&dump->stacks);
	free(dump->executable);
	free(dump->version);
	free(dump->abi);
}

void dump_warn(struct dump *dump, const char *fmt, ...)
{
	struct err err;
	char **slot, *text;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0) {
		nomem_note();
		return;
	}
	slot = vec_add(&dump->warnings, &err);
	if (slot)
		*slot = text;
	else
		free(text);
}

static bool is_warned(const struct dump *dump, const char *text)
{
	for (size_t i = 0; i < dump->warnings.n; i++) {
		if (strcmp(dump->warnings.v[i], text) == 0)
			return true;
	}
	return false;
}

void dump_warn_too(struct dump *dump, const struct dump *from)
{
	for (size_t i = 0; i < from->warnings.n; i++) {
		if (!is_warned(dump, from->warnings.v[i]))
			dump_warn(dump, "%s", from->warnings.v[i]);
	}
	dump->complete &= from->complete;
}

static int more_first(int64_t a, int64_t b)
{
	return (a < b) - (a > b);
}

static int by_type_bytes(const void *a, const void *b)
{
	const struct dump_type *l = a, *r = b;
	int order = more_first(l->bytes, r->bytes);

	return order ? order : strcmp(l->type, r->type);
}

static int by_kind_bytes(const void *a, const void *b)
{
	const struct dump_kind *l = a, *r = b;
	int order = more_first(l->bytes, r->bytes);

	return order ? order : strcmp(l->kind, r->kind);
}

void dump_sort(struct dump *dump)
{
	if (dump->types.n)
		qsort(dump->types.v, dump->types.n, sizeof(*dump->types.v),
		      by_type_bytes);
	if (dump->kinds.n)
		qsort(dump->kinds.v, dump->kinds.n, sizeof(*dump->kinds.v),
		      by_kind_bytes);
}

/* Of blocks that are in use, some may be swapped out. */
static bool knows_pools(const struct dump *dump)
{
	return dump->allocator &&
	       strncmp(dump->allocator, "pymalloc", strlen("pymalloc")) == 0 &&
	       dump->blocks.in_use_bytes >= 0 && dump->memory.swap <= 0;
}

struct dump_resident dump_resident(const struct dump *dump)
{
	const struct dump_memory *m = &dump->memory;
	struct dump_resident r = {
		.pools_used = DUMP_UNKNOWN, .files = DUMP_UNKNOWN,
		.rest = DUMP_UNKNOWN, .pools_free = DUMP_UNKNOWN,
		.absent = DUMP_UNKNOWN,
	};

	if (m->rss < 0 || m->file < 0 || m->file > m->rss)
		return r;
	r.files = m->file;
	r.rest = m->rss - m->file;
	/* What was resident of objects that stood was no more than ever was; now
	 * it may be less.  Those of one who runs were not there at one time. */
	if (dump->allocated >= 0 && m->peak_rss >= 0 &&
	    dump->mode != DUMP_LIVE)
		r.absent = dump->allocated > m->peak_rss ?
			dump->allocated - m->peak_rss : 0;
	/* What the kernel counts is of a moment later. */
	if (!knows_pools(dump) || dump->blocks.in_use_bytes > r.rest)
		return r;
	r.pools_used = dump->blocks.in_use_bytes;
	r.rest -= r.pools_used;
	r.pools_free = dump->blocks.arena_bytes - r.pools_used;
	if (r.pools_free > r.rest)
		r.pools_free = r.rest;
	return r;
}

int64_t dump_collections(const struct dump_gc *gc)
{
	int64_t sum = DUMP_UNKNOWN;

	for (size_t i = 0; i < gc->generations.n; i++) {
		int64_t more = gc->generations.v[i].collections;

		if (more != DUMP_UNKNOWN)
			sum = sum == DUMP_UNKNOWN ? more : sum + more;
	}
	return sum;
}
