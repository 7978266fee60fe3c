/* SPDX-License-Identifier: MIT */
/*
 * From what was found to what is printed: the parts of a struct dump.
 *
 * Numbers are moved, summed by name and never made up; what they lack is said
 * beside them, as a warning.
 */
#include "heap/fill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "heap/census.h"
#include "heap/heap.h"
#include "pyabi/sizebound.h"

enum {
	NAMED = 5,		/* types that a warning names */
	MANY_OF_A_NAME = 1000,	/* classes, from which on it is no accident */
	MANY_CLASSES = 50000,
};

static bool copy_text(char **to, const char *from, struct err *err)
{
	*to = strdup(from);
	return *to ? true : err_nomem(err);
}

/* The row for types with the name of @t; @rows finds it by the name's number.
 * NULL: no memory. */
static struct dump_type *row_of(struct dump *dump, struct pytypes *types,
				const struct pytype *t, struct addrmap *rows,
				struct err *err)
{
	struct dump_type *row;
	uint32_t i;

	if (!pytypes_name(types, t, err))
		return NULL;
	i = addrmap_get(rows, (raddr)t->full_id + 1);
	if (i != ADDRMAP_NONE)
		return &dump->types.v[i];
	if (!addrmap_put(rows, (raddr)t->full_id + 1, (uint32_t)dump->types.n,
			 err))
		return NULL;
	row = vec_add(&dump->types, err);
	return row && copy_text(&row->type, t->full, err) &&
	       copy_text(&row->module, t->module, err) &&
	       copy_text(&row->name, t->name, err) ? row : NULL;
}

/*
 * Classes are made once, when a program starts; who makes them for each request
 * has a leak of its own, which the rows alone do not show: each is an object of
 * a thousand bytes and more, and has dicts and tuples besides.
 */
static void warn_of_classes(struct dump *dump, const struct pytypes *types,
			    const struct census *census)
{
	const struct dump_type *most = NULL;
	int64_t alive = 0;

	for (size_t i = 0; i < dump->types.n; i++) {
		const struct dump_type *row = &dump->types.v[i];

		if (!most || row->classes > most->classes)
			most = row;
	}
	for (size_t i = 0; i < census->by_type.n; i++) {
		if (types->all.v[i]->flags & TPF_TYPE_SUBCLASS)
			alive += census->by_type.v[i].count;
	}
	if (most && most->classes >= MANY_OF_A_NAME)
		dump_warn(dump, "%lld classes are called %s: they were made "
			  "anew again and again, and each stays",
			  (long long)most->classes, most->type);
	else if (alive >= MANY_CLASSES)
		dump_warn(dump, "%lld classes are alive: programs have some "
			  "thousands, if they do not make them anew again and "
			  "again", (long long)alive);
}

static void warn_of_refused(struct dump *dump, const struct pytypes *types)
{
	if (!types->n_refused)
		return;
	dump->complete = 0;
	dump_warn(dump, "more than %d types: objects of %llu others, or of "
		  "what looks like a type, are not counted", MAX_TYPES,
		  (unsigned long long)types->n_refused);
}

bool fill_types(struct dump *dump, struct pytypes *types,
		const struct census *census, struct err *err)
{
	const struct tally *tally = census->by_type.v;
	struct addrmap rows = { 0 };
	bool ok = true;

	for (size_t i = 0; i < census->by_type.n; i++) {
		const struct pytype *t = types->all.v[i];
		struct dump_type *row;

		if (!tally[i].count && !tally[i].static_count)
			continue;
		row = row_of(dump, types, t, &rows, err);
		if (!row) {
			ok = false;
			break;
		}
		row->count += tally[i].count;
		row->bytes += tally[i].bytes;
		row->allocated += tally[i].allocated;
		row->static_count += tally[i].static_count;
		row->inferred += tally[i].inferred;
		if (pytype_is_foreign(t))
			row->foreign += tally[i].count;
		if (sizebound_of(types, t) != SIZEBOUND_NONE)
			row->bounds += tally[i].count;
		row->classes++;
	}
	addrmap_fini(&rows);
	warn_of_classes(dump, types, census);
	warn_of_refused(dump, types);
	return ok;
}

struct foreign {
	const char *type;
	int64_t count;
};

static int foreign_by_count(const void *a, const void *b)
{
	const struct foreign *l = a, *r = b;

	return l->count == r->count ? strcmp(l->type, r->type) :
	       (l->count < r->count) - (l->count > r->count);
}

/* "spam.Ham (500), spam.Egg (20) and 3 more types" */
static char *foreign_names(const struct foreign *v, size_t n)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	for (size_t i = 0; i < n && i < NAMED; i++)
		fprintf(f, "%s%s (%lld)", i ? ", " : "", v[i].type,
			(long long)v[i].count);
	if (n > NAMED)
		fprintf(f, " and %zu more types", n - NAMED);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

bool fill_foreign(struct dump *dump, struct err *err)
{
	struct foreign *v = calloc(dump->types.n + 1, sizeof(*v));
	long long objects = 0;
	char *names;
	size_t n = 0;

	for (size_t i = 0; v && i < dump->types.n; i++) {
		const struct dump_type *t = &dump->types.v[i];

		if (!t->foreign)
			continue;
		v[n++] = (struct foreign){ t->type, t->foreign };
		objects += t->foreign;
	}
	if (n)
		qsort(v, n, sizeof(*v), foreign_by_count);
	names = v ? foreign_names(v, n) : NULL;
	if (n && names)
		dump_warn(dump, "%lld objects are of extension types whose "
			  "layout is not known: sizes may be bounds, "
			  "references are inferred: %s", objects, names);
	free(v);
	if (!names)
		return err_nomem(err);
	free(names);
	return true;
}

void fill_class_sizes(struct dump_blocks *blocks, const struct abi *abi)
{
	uint32_t unit = (uint32_t)abi->n_pool_alignment;

	blocks->n_classes = (size_t)(abi->n_small_request / unit);
	for (size_t i = 0; i < blocks->n_classes; i++)
		blocks->classes[i].size = (uint32_t)(i + 1) * unit;
}

void fill_pool(struct dump_blocks *blocks, const struct abi *abi,
	       const struct span *span)
{
	struct dump_class *class =
		&blocks->classes[span->block / abi->n_pool_alignment - 1];

	class->pools++;
	class->in_use += span->n_live;
	class->free += (int64_t)span->room - span->n_live;
	blocks->pools++;
	blocks->in_use_bytes += (int64_t)span->n_live * span->block;
}

void fill_add_pools(struct dump_blocks *to, const struct dump_blocks *from)
{
	to->pools += from->pools;
	to->in_use_bytes += from->in_use_bytes;
	for (size_t i = 0; i < ARRAY_SIZE(to->classes); i++) {
		to->classes[i].pools += from->classes[i].pools;
		to->classes[i].in_use += from->classes[i].in_use;
		to->classes[i].free += from->classes[i].free;
	}
}

static void add_classes(struct dump_blocks *blocks, const struct heap *heap)
{
	const struct abi *abi = &heap->cap->tr.rt.abi;

	for (size_t i = 0; i < heap->n_pools; i++) {
		const struct span *span = &heap->pools[i].span;

		if (span->p)
			fill_pool(blocks, abi, span);
	}
}

int64_t fill_in_use(const struct arenas *arenas, int64_t in_pools)
{
	if (arenas->all_blocks)
		return arenas->all_blocks;
	return arenas->raw_blocks < 0 ? DUMP_UNKNOWN :
					in_pools + arenas->raw_blocks;
}

void fill_blocks(struct dump *dump, const struct census *census)
{
	const struct arenas *arenas = &census->heap->cap->arenas;
	struct dump_blocks *blocks = &dump->blocks;

	blocks->refused = (int64_t)(census->unlisted + census->unheld);
	blocks->claimed_twice = (int64_t)census->heap->double_claims;
	fill_class_sizes(blocks, &census->heap->cap->tr.rt.abi);
	/* Then malloc gave all, and pymalloc has nothing. */
	if (capture_is_of_malloc(census->heap->cap))
		return;
	add_classes(blocks, census->heap);
	blocks->in_pools = census->in_use;
	blocks->in_use = fill_in_use(arenas, census->in_use);
	blocks->objects = census->pooled;
	blocks->buffers = census->buffers;
	blocks->unowned = census->in_use - census->pooled - census->buffers;
	blocks->arenas = (int64_t)arenas->v.n;
	blocks->arena_bytes = arenas_bytes(arenas,
					   &census->heap->cap->tr.rt.abi);
}

/* Something that a look lacks: so many, and what that means. */
struct lack {
	uint64_t n;		/* 0: it does not */
	const char *text;	/* behind the number, or, if @told, all of it */
	bool told;
};

static void tell_lacks(struct dump *dump, const struct lack *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!v[i].n)
			continue;
		dump->complete = 0;
		if (v[i].told)
			dump_warn(dump, "%s", v[i].text);
		else
			dump_warn(dump, "%llu %s", (unsigned long long)v[i].n,
				  v[i].text);
	}
}

void fill_copied(struct dump *dump, const struct capture *cap)
{
	const struct target *target = cap->tr.target;

	dump->mode = !target->runs ? DUMP_NONE :
		     cap->runs_on ? DUMP_LIVE : DUMP_STOP;
	dump->time = target->runs ? cap->when : target->when;
	dump->pause_ms = cap->pause_ms;
	dump->bytes_copied = (int64_t)cap->mirror.mem.bytes_read;
}

void fill_lacks(struct dump *dump, const struct capture *cap,
		const struct census *census)
{
	const struct lack lacks[] = {
		{ capture_doubts(cap), "arenas of malloc make no sense: objects "
		  "there are missing", false },
		{ census->unreadable, "bytes of the heap could not be read", false },
		{ cap->arenas.n_bad, "arenas were in transition: their objects "
		  "are missing", false },
		{ census->torn, "pools were in transition: their objects are missing",
		  false },
		{ census->faults, "objects could not be read whole", false },
		{ census->lost, "objects in lists of the collector are of no "
		  "type that can be read", false },
		{ cap->overstated ||
		  (uint64_t)census->total.bytes > cap->most_bytes,
		  "objects claim more than the process has memory for: not "
		  "all that they refer to was looked at", true },
	};

	dump->unreadable = (int64_t)census->unreadable;
	dump->skipped = (int64_t)(census->torn + census->faults);
	tell_lacks(dump, lacks, ARRAY_SIZE(lacks));
}

/* What is read beside the heap was not known before, and some is read twice: it
 * may be more than that. */
static void fill_cut_short(struct dump *dump, const struct capture *cap)
{
	const uint64_t copied = cap->mirror.mem.bytes_read;
	char of[40] = "";

	if (!cap->cut_short)
		return;
	dump->complete = 0;
	if (copied < cap->bytes_known)
		snprintf(of, sizeof(of), " of %llu",
			 (unsigned long long)cap->bytes_known >> 20);
	dump_warn(dump, "the process was let go after %lld ms, as was asked "
		  "for: %llu%s MiB had been copied by then, and the rest is as "
		  "it was while it ran", (long long)cap->max_pause_ms,
		  (unsigned long long)copied >> 20, of);
}

void fill_alone(struct dump *dump, const struct census *census)
{
	if (census->alone > WITNESS_MANY_ALONE)
		dump_warn(dump, "nothing was found that refers to %llu of the "
			  "objects: C code holds them, or they are memory of "
			  "its own that looks like them",
			  (unsigned long long)census->alone);
}

void fill_verdict(struct dump *dump, const struct capture *cap,
		  const struct census *census)
{
	const struct heap *heap = census->heap;
	struct lack lacks[] = {
		{ cap->n_unstopped, "threads could not be stopped and ran on "
		  "meanwhile", false },
		{ cap->mirror.refused, "bytes of large objects were not "
		  "copied: too little memory is left here", false },
		{ 0, "a list of the collector is broken", true },
		{ 0, "a collection was under way: generations are incomplete",
		  true },
	};

	for (size_t i = 0; i < heap->gc.n; i++) {
		/* Of a list that was not copied to its end, none can say so. */
		lacks[2].n |= heap->gc.v[i].broken && !cap->cut_short;
		lacks[3].n |= heap->gc.v[i].state.collecting > 0;
	}
	fill_cut_short(dump, cap);
	fill_lacks(dump, cap, census);
	tell_lacks(dump, lacks, ARRAY_SIZE(lacks));
	/* What refers to them may be what is missing. */
	if (dump->complete)
		fill_alone(dump, census);
}

static void fill_running_blocks(struct dump_blocks *blocks,
				const struct capture *cap,
				const struct stream *seen)
{
	const struct census *c = &seen->census;

	*blocks = seen->blocks;
	fill_class_sizes(blocks, &cap->tr.rt.abi);
	blocks->objects = DUMP_UNKNOWN;
	blocks->buffers = blocks->unowned = DUMP_UNKNOWN;
	blocks->refused = (int64_t)(c->unlisted + c->unheld);
	blocks->claimed_twice = DUMP_UNKNOWN;
	if (capture_is_of_malloc(cap))
		return;
	blocks->in_pools = c->in_use;
	blocks->in_use = fill_in_use(&cap->arenas, c->in_use);
	blocks->arenas = (int64_t)cap->arenas.v.n;
	blocks->arena_bytes = arenas_bytes(&cap->arenas, &cap->tr.rt.abi);
}

void fill_running_lacks(struct dump *dump, const struct capture *cap,
			const struct stream *seen)
{
	const struct census *c = &seen->census;

	dump->complete = 0;
	fill_lacks(dump, cap, c);
	if (*seen->cut_short)
		dump_warn(dump, "not all of the heap was read: %s",
			  seen->cut_short);
	/* What refers to them may be what is missing. */
	if (!*seen->cut_short && !seen->n_dropped)
		fill_alone(dump, c);
	if (seen->n_dropped)
		dump_warn(dump, "more than %zu addresses of large objects, for "
			  "which we have memory: what is at %llu others, or "
			  "referred to there, is not counted", seen->n_seen,
			  (unsigned long long)seen->n_dropped);
}

bool fill_running(struct dump *dump, struct capture *cap, struct stream *seen,
		  struct err *err)
{
	const struct census *c = &seen->census;

	fill_running_blocks(&dump->blocks, cap, seen);
	dump->objects = c->total.count;
	dump->bytes = c->total.bytes;
	dump->allocated = c->total.allocated;
	dump->static_objects = dump->static_bytes = DUMP_UNKNOWN;
	dump_warn(dump, "read while it ran: what changed meanwhile may be "
		  "missed or counted twice");
	fill_running_lacks(dump, cap, seen);
	return fill_types(dump, &cap->types, c, err) &&
	       fill_gc_live(dump, cap, err);
}
