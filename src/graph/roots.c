/* SPDX-License-Identifier: MIT */
/*
 * References from frames that run are counted as those of objects are; from then
 * on a surplus decides who is a root, and words in the interpreter's state and in
 * data segments only say what to call it: such a word may be stale, or borrowed.
 */
#include "graph/roots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nomem.h"
#include "pyabi/dictobj.h"
#include "pyabi/pyframe.h"
#include "pyabi/pythread.h"
#include "pyabi/trashcan.h"
#include "pyabi/types/iframe.h"

struct finder {
	const struct graph *g;
	struct roots *roots;
	struct pyctx ctx;
	const uint32_t *refcounts;
	uint32_t *is_root, *of_state;	/* bits */
	/** Whom data segments point at, by number + 1: from which place first. */
	struct addrmap of_segment;
	struct refs refs;
	struct err *err;
	bool ok;
};

static bool add_root(struct finder *f, const struct root *root)
{
	struct root *slot = vec_add(&f->roots->v, f->err);

	f->ok = f->ok && slot;
	if (!slot)
		return false;
	*slot = *root;
	graph_set(f->is_root, root->number);
	return true;
}

/* --- modules ------------------------------------------------------------- */

static bool add_module(void *arg, raddr key, raddr value)
{
	struct finder *f = arg;
	const struct root root = { .number = graph_number(f->g, value),
				   .kind = ROOT_MODULE, .key = key };

	/* One that goes by two names (os.path, posixpath) is there once. */
	if (root.number == LINK_NONE || graph_bit(f->is_root, root.number))
		return true;
	return add_root(f, &root);
}

static void find_modules(struct finder *f)
{
	const struct runtime *rt = &f->g->heap->cap->tr.rt;

	for (size_t i = 0; i < rt->interps.n; i++) {
		raddr modules = ctx_u64(&f->ctx, rt->interps.v[i] +
						 rt->abi.interp_modules);

		if (modules)
			dictobj_each(&f->ctx, modules, add_module, f);
	}
}

/* --- threads ------------------------------------------------------------- */

static void add_variable(struct finder *f, raddr to, const struct ref_name *name)
{
	const struct root root = { .number = graph_number(f->g, to),
				   .kind = ROOT_VARIABLE,
				   .frame = (uint32_t)f->roots->frames.n - 1,
				   .name = *name };

	if (root.number == LINK_NONE || !(name->tie & REF_COUNTED))
		return;
	f->roots->found[root.number]++;
	if (name->how == REF_LOCAL || name->how == REF_CELL ||
	    !graph_bit(f->is_root, root.number))
		(void)!add_root(f, &root);
}

/* Up to 3.10 a frame is an object, and has links of its own. */
static bool add_frame(void *arg, const struct pyframe *frame)
{
	struct finder *f = arg;
	struct root root = { .number = graph_number(f->g, frame->at),
			     .kind = ROOT_FRAME,
			     .frame = (uint32_t)f->roots->frames.n };
	struct root_frame *row;

	if (abi_has(f->ctx.abi->iframe_localsplus) &&
	    frame->owner != PYFRAME_THREAD)
		return f->ok;
	row = vec_add(&f->roots->frames, f->err);
	f->ok = f->ok && row;
	if (!row)
		return false;
	row->code = frame->code;
	row->lasti = frame->lasti;
	row->line = frame->line;
	row->thread = (uint32_t)f->roots->threads.n - 1;
	if (!abi_has(f->ctx.abi->iframe_localsplus))
		return root.number == LINK_NONE || add_root(f, &root);
	refs_begin(&f->refs);
	iframe_refs(&f->ctx, frame->at, &f->refs);
	for (size_t i = 0; i < f->refs.n; i++)
		add_variable(f, f->refs.v[i], &f->refs.names[i]);
	return f->ok;
}

/* What it refers to is held by it, though it is dead. */
static bool add_parked(void *arg, const struct pyobj *o)
{
	struct finder *f = arg;
	struct root root = { .kind = ROOT_PARKED,
			     .thread = (uint32_t)f->roots->threads.n - 1 };

	refs_begin(&f->refs);
	obj_refs(&f->ctx, o, &f->refs);
	for (size_t i = 0; i < f->refs.n && f->ok; i++) {
		root.number = graph_number(f->g, f->refs.v[i]);
		if (root.number == LINK_NONE ||
		    !(f->refs.names[i].tie & REF_COUNTED))
			continue;
		f->roots->found[root.number]++;
		if (!graph_bit(f->is_root, root.number))
			(void)!add_root(f, &root);
	}
	return f->ok;
}

struct christening {
	struct finder *f;
	struct addrmap which;	/* ident to the number of its thread */
};

static void christen(void *arg, raddr ident, const char *name, int daemon)
{
	struct christening *c = arg;
	uint32_t i = ident ? addrmap_get(&c->which, ident) : ADDRMAP_NONE;
	char **slot;

	(void)daemon;
	if (i == ADDRMAP_NONE || !name)
		return;
	slot = &c->f->roots->threads.v[i].name;
	free(*slot);
	*slot = nomem_strdup(name);
	c->f->ok = c->f->ok && (*slot || err_nomem(c->f->err));
}

/* Until threading has a name for it. */
static bool add_thread(struct christening *c, const struct pythread *thread)
{
	struct finder *f = c->f;
	struct root_thread *row = vec_add(&f->roots->threads, f->err);
	char text[32];

	if (!row)
		return false;
	if (thread->native_id > 0)
		snprintf(text, sizeof(text), "%lld",
			 (long long)thread->native_id);
	else
		snprintf(text, sizeof(text), "%" PRIraddr, thread->ident);
	row->tstate = thread->tstate;
	row->name = nomem_strdup(text);
	return row->name ? !thread->ident ||
			   addrmap_put(&c->which, thread->ident,
				       (uint32_t)f->roots->threads.n - 1,
				       f->err) :
			   err_nomem(f->err);
}

static void find_frames(struct finder *f)
{
	const struct runtime *rt = &f->g->heap->cap->tr.rt;
	struct christening c = { .f = f };
	struct pythreads threads = { .v = { 0 } };
	bool torn;

	/* Too many are not all told. */
	if (!pythreads_read(&threads, rt, &f->ctx, &torn, f->err))
		f->ok = err_is_about_one_object(f->err);
	for (size_t i = 0; i < threads.v.n && f->ok; i++) {
		f->ok = add_thread(&c, &threads.v.v[i]);
		f->ctx.faults = 0;
		if (f->ok)
			(void)pyframe_walk(&f->ctx, threads.v.v[i].tstate,
					   add_frame, f);
		if (f->ok)
			trashcan_each(&f->ctx, threads.v.v[i].tstate,
				      add_parked, f);
	}
	for (size_t i = 0; i < rt->interps.n && f->ok; i++) {
		const struct pynames names =
			pynames_find(rt, &f->ctx, rt->interps.v[i]);

		pynames_each(&names, &f->ctx, christen, &c);
	}
	addrmap_fini(&c.which);
	pythreads_fini(&threads);
}

/* --- words --------------------------------------------------------------- */

/* Called for each word that is the address of an object. */
typedef void mark_fn(struct finder *f, uint32_t number, uint32_t place);

static void mark_words(struct finder *f, raddr at, uint64_t len,
		       mark_fn *mark, uint32_t place)
{
	struct mem *mem = &f->g->heap->cap->mirror.mem;
	const uint8_t *p = mem->ops->peek(mem, at, len);

	for (uint64_t off = 0; p && off + 8 <= len; off += 8) {
		raddr to;
		uint32_t number;

		memcpy(&to, p + off, sizeof(to));
		if (!to || to % 8)
			continue;
		number = graph_number(f->g, to);
		if (number == LINK_NONE)
			continue;
		f->roots->words[number]++;
		if (mark)
			mark(f, number, place);
	}
}

static void mark_of_state(struct finder *f, uint32_t number, uint32_t place)
{
	(void)place;
	graph_set(f->of_state, number);
}

static void mark_of_segment(struct finder *f, uint32_t number, uint32_t place)
{
	const raddr key = (raddr)number + 1;

	if (f->ok && addrmap_get(&f->of_segment, key) == ADDRMAP_NONE)
		f->ok = addrmap_put(&f->of_segment, key, place, f->err);
}

/* Blocks of @pool that are in use by nobody known: structures of C's. */
static void mark_structures(struct finder *f, const struct heap_pool *pool)
{
	const struct heap *heap = f->g->heap;
	uint32_t number = pool->rank;

	for (uint64_t k = 0; k < pool->span.n; k++) {
		uint64_t i = pool->first + k;

		if (!heap_bit(heap->live, i))
			continue;
		if (!graph_is_object(f->g, number++) &&
		    !heap_bit(heap->claimed, i))
			mark_words(f, pool->span.start + k * pool->span.block,
				   pool->span.block & ~7u, NULL, 0);
	}
}

static void find_words(struct finder *f)
{
	const struct heap *heap = f->g->heap;

	const struct capture *cap = f->g->heap->cap;

	for (size_t i = 0; i < cap->records.n; i++)
		mark_words(f, cap->records.v[i].at, cap->records.v[i].len,
			   mark_of_state, 0);
	for (size_t i = 0; i < cap->places.n; i++) {
		const struct place *place = &cap->places.v[i];

		for (uint64_t off = 0; place->kind == REGION_STATIC &&
				       off < place->len; off += MIRROR_PAGE)
			mark_words(f, place->start + off, MIRROR_PAGE,
				   mark_of_segment, (uint32_t)i);
	}
	for (size_t i = 0; i < heap->n_pools; i++) {
		if (heap->pools[i].span.p)
			mark_structures(f, &heap->pools[i]);
	}
}

/* --- all of them --------------------------------------------------------- */

static enum root_kind kind_of(const struct finder *f, uint32_t number,
			      uint32_t *ret_place)
{
	*ret_place = addrmap_get(&f->of_segment, (raddr)number + 1);
	if (f->refcounts[number] == GRAPH_IMMORTAL ||
	    graph_flags(f->g, number) & OBJROW_STATIC)
		return ROOT_STATIC;
	if (graph_bit(f->of_state, number))
		return ROOT_INTERPRETER;
	return *ret_place != ADDRMAP_NONE ? ROOT_C : ROOT_OUTSIDE;
}

static void find_surplus(struct finder *f)
{
	for (uint32_t u = 0; u < f->g->links.n && f->ok; u++) {
		struct root root = { .number = u };

		if (!graph_is_object(f->g, u) || graph_bit(f->is_root, u))
			continue;
		root.kind = (uint8_t)kind_of(f, u, &root.place);
		if (root.kind == ROOT_STATIC ||
		    f->refcounts[u] > f->roots->found[u])
			(void)!add_root(f, &root);
	}
}

static void mark_shared(struct finder *f)
{
	for (uint32_t u = 0; u < f->g->links.n; u++) {
		if (f->roots->found[u] > 1)
			graph_set(f->roots->shared, u);
	}
}

static bool finder_init(struct finder *f)
{
	const size_t n = f->g->links.n;

	f->ctx = f->g->heap->cap->ctx;
	f->ctx.mem = &f->g->heap->cap->mirror.mem;
	f->refs.named = f->refs.owned = true;
	f->is_root = links_numbers(n / 32 + 1, f->err);
	f->of_state = links_numbers(n / 32 + 1, f->err);
	f->roots->words = links_numbers(n, f->err);
	f->roots->shared = links_numbers(n / 32 + 1, f->err);
	return f->is_root && f->of_state &&
	       f->roots->words && f->roots->shared &&
	       graph_counted(f->g, &f->roots->found, f->err);
}

bool roots_find(struct roots *roots, const struct graph *g,
		const uint32_t *refcounts, struct err *err)
{
	struct finder f = { .g = g, .roots = roots, .refcounts = refcounts,
			    .err = err };

	memset(roots, 0, sizeof(*roots));
	f.ok = finder_init(&f);
	if (f.ok) {
		find_modules(&f);
		find_frames(&f);
		find_words(&f);
		find_surplus(&f);
		mark_shared(&f);
	}
	free(f.is_root);
	free(f.of_state);
	addrmap_fini(&f.of_segment);
	refs_fini(&f.refs);
	return f.ok;
}

uint32_t *roots_numbers(const struct roots *roots, struct err *err)
{
	uint32_t *numbers = links_numbers(roots->v.n, err);

	for (size_t i = 0; numbers && i < roots->v.n; i++)
		numbers[i] = roots->v.v[i].number;
	return numbers;
}

void roots_forget(struct roots *roots)
{
	free(roots->found);
	free(roots->words);
	roots->found = roots->words = NULL;
}

void roots_fini(struct roots *roots)
{
	for (size_t i = 0; i < roots->threads.n; i++)
		free(roots->threads.v[i].name);
	vec_free(&roots->threads);
	vec_free(&roots->frames);
	vec_free(&roots->v);
	roots_forget(roots);
	free(roots->shared);
	memset(roots, 0, sizeof(*roots));
}
