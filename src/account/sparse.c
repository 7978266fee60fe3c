/* SPDX-License-Identifier: MIT */
#include "account/sparse.h"

#include <stdlib.h>
#include <string.h>

enum { SPARSE_PART = 4 };	/* a quarter in use, or less */

/* The number of the arena that @addr lies in; arenas->v.n: in none. */
static size_t sparse_arena(const struct arenas *arenas, raddr addr)
{
	size_t low = 0, high = arenas->v.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (arenas->v.v[mid].limit <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low < arenas->v.n && arenas->v.v[low].start <= addr ?
		       low : arenas->v.n;
}

/* @pool is the first that may lie in arena @i; returns the first behind it. */
static size_t sparse_measure(struct sparse *sp, size_t i, size_t pool,
			     uint64_t *blocks)
{
	const struct arena *a = &sp->arenas->v.v[i];
	struct account_arena *arena = &sp->acc->pools.v[i];

	*blocks = 0;
	for (; pool < sp->heap->n_pools; pool++) {
		const struct span *span = &sp->heap->pools[pool].span;

		if (!span->p)
			continue;
		if (span->start >= a->limit)
			break;
		*blocks += span->n_live;
		arena->used += (int64_t)span->n_live * span->block;
	}
	return pool;
}

static void sparse_note(struct sparse *sp, size_t i, uint64_t blocks)
{
	const struct account_arena *arena = &sp->acc->pools.v[i];

	sp->nameless[i] = -1;
	if (!blocks || arena->filling ||
	    arena->used > arena->size / SPARSE_PART)
		return;
	sp->nameless[i] = (int64_t)blocks;
	sp->acc->sparse.arenas++;
	sp->acc->sparse.blocks += (int64_t)blocks;
	sp->acc->sparse.resident += arena->resident;
}

static bool sparse_arenas(struct sparse *sp, const struct pagetable *pages,
			  struct err *err)
{
	size_t pool = 0;

	for (size_t i = 0; i < sp->arenas->v.n; i++) {
		const struct arena *a = &sp->arenas->v.v[i];
		struct account_arena *arena = vec_add(&sp->acc->pools, err);
		uint64_t blocks;

		if (!arena)
			return false;
		arena->at = a->start;
		arena->size = (int64_t)(a->limit - a->start);
		arena->resident = (int64_t)pagetable_resident(pages, a->start,
							      a->limit);
		arena->filling = a->end < a->limit;
		pool = sparse_measure(sp, i, pool, &blocks);
		sparse_note(sp, i, blocks);
	}
	return true;
}

bool sparse_init(struct sparse *sp, const struct account_look *look,
		 const struct heap *heap, struct account *acc, struct err *err)
{
	static const struct arenas none;

	*sp = (struct sparse){ .acc = acc, .heap = heap };
	sp->arenas = look->cap->cut_short ||
		     look->cap->arenas.source == ARENAS_FROM_SCAN ?
			     &none : capture_pools(look->cap);
	sp->nameless = calloc(sp->arenas->v.n + 1, sizeof(*sp->nameless));
	sp->told = calloc(heap->n_numbers / 64 + 1, 8);
	if (!sp->nameless || !sp->told)
		return err_nomem(err);
	return sparse_arenas(sp, &look->pages, err);
}

static struct sparse_kept *sparse_row(struct sparse *sp,
				      const struct pytype *type,
				      enum sparse_what what, struct err *err)
{
	struct sparse_kept *row = &sp->interned;

	if (what != SPARSE_INTERNED) {
		while (sp->kept.n <= type->index) {
			if (!vec_add(&sp->kept, err))
				return NULL;
		}
		row = &sp->kept.v[type->index];
	}
	row->type = type;
	row->interned = what == SPARSE_INTERNED;
	return row;
}

bool sparse_keep(struct sparse *sp, raddr addr, const struct pytype *type,
		 enum sparse_what what, struct err *err)
{
	size_t arena = sparse_arena(sp->arenas, addr);
	const struct heap_pool *pool;
	struct sparse_kept *row;
	uint64_t number;

	if (arena == sp->arenas->v.n || sp->nameless[arena] < 0 ||
	    !heap_block_of(sp->heap, addr, &pool, &number) ||
	    !heap_bit(sp->heap->live, number) || heap_set(sp->told, number))
		return true;
	row = sparse_row(sp, type, what, err);
	if (!row)
		return false;
	row->count += what != SPARSE_BUFFER;
	row->buffers += what == SPARSE_BUFFER;
	row->bytes += pool->span.block;
	sp->nameless[arena]--;
	return true;
}

static bool sparse_name(struct sparse *sp, const struct sparse_kept *row,
			struct pytypes *types, struct err *err)
{
	struct account_kept *to;

	if (!row->count && !row->buffers)
		return true;
	if (!pytypes_name(types, row->type, err))
		return false;
	to = vec_add(&sp->acc->sparse.kept_by, err);
	if (!to)
		return false;
	to->count = row->count;
	to->bytes = row->bytes;
	to->buffers = row->buffers;
	to->interned = row->interned;
	to->type = strdup(row->type->full);
	return to->type || err_nomem(err);
}

static void sparse_sum(struct sparse *sp)
{
	for (size_t i = 0; i < sp->arenas->v.n; i++) {
		if (sp->nameless[i] == 0)
			sp->acc->sparse.releasable +=
				sp->acc->pools.v[i].resident;
		else if (sp->nameless[i] > 0)
			sp->acc->sparse.nameless += sp->nameless[i];
	}
}

bool sparse_end(struct sparse *sp, struct pytypes *types, struct err *err)
{
	sparse_sum(sp);
	for (size_t i = 0; i < sp->kept.n; i++) {
		if (!sparse_name(sp, &sp->kept.v[i], types, err))
			return false;
	}
	return sparse_name(sp, &sp->interned, types, err);
}

void sparse_fini(struct sparse *sp)
{
	free(sp->nameless);
	free(sp->told);
	vec_free(&sp->kept);
}
