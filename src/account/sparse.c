/* SPDX-License-Identifier: MIT */
/*
 * How full the arenas of pymalloc are, and who holds those open that are
 * nearly empty: an arena goes back to the system when nothing in it is in use.
 *
 * An arena of which a part was never used yet has only been begun, and is not
 * called nearly empty.  Where arenas were guessed by their pools, or the heap
 * was copied in part, nothing is told.
 */
#include <stdlib.h>
#include <string.h>

#include "account/account.h"

enum { SPARSE_PART = 4 };	/* a quarter in use, or less */

struct sparse_kept {
	const struct pytype *type;
	bool interned;
	int64_t count, bytes, buffers;
};

struct sparse {
	struct account_look *look;
	struct account *acc;
	VEC(struct sparse_kept) kept;	/* by pytype.index */
	struct sparse_kept interned;	/* which are not in kept */
	struct err *err;
};

/* The pool at @at, if anything in it is in use. */
static const struct ledger_cell *sparse_cell(const struct sparse *sp, raddr at)
{
	const struct ledger *lg = &sp->look->ledger;
	const size_t n = blocksource_cell(&lg->cap->source, at);

	return n != SIZE_MAX && lg->cell[n].state == LEDGER_TOLD ?
		       &lg->cell[n] : NULL;
}

/* Returns how many blocks are in use. */
static int64_t sparse_measure(const struct sparse *sp, const struct arena *a,
			      struct account_arena *arena)
{
	const uint64_t size = sp->look->cap->source.cell;
	int64_t blocks = 0;

	for (raddr at = a->start; at + size <= a->end; at += size) {
		const struct ledger_cell *cell = sparse_cell(sp, at);
		int64_t used = 0;

		for (uint32_t k = 0; cell && k < cell->n; k++)
			used += cell->block[k].state != LEDGER_FREE;
		blocks += used;
		arena->used += cell ? used * cell->size : 0;
	}
	return blocks;
}

static struct sparse_kept *sparse_row(struct sparse *sp,
				      const struct ledger_block *block)
{
	struct sparse_kept *row = &sp->interned;

	if (!block->interned) {
		while (sp->kept.n <= block->number) {
			if (!vec_add(&sp->kept, sp->err))
				return NULL;
		}
		row = &sp->kept.v[block->number];
	}
	row->type = sp->look->cap->types.all.v[block->number];
	row->interned = block->interned;
	return row;
}

static bool sparse_keep(struct sparse *sp, const struct ledger_cell *cell,
			int64_t *nameless)
{
	for (uint32_t k = 0; k < cell->n; k++) {
		const struct ledger_block *block = &cell->block[k];
		struct sparse_kept *row;

		if (block->state < LEDGER_BUFFER)
			continue;
		row = sparse_row(sp, block);
		if (!row)
			return false;
		row->count += block->state == LEDGER_OBJECT;
		row->buffers += block->state == LEDGER_BUFFER;
		row->bytes += cell->size;
		--*nameless;
	}
	return true;
}

/* @blocks hold @a open. */
static bool sparse_take(struct sparse *sp, const struct arena *a,
			const struct account_arena *arena, int64_t blocks)
{
	const uint64_t size = sp->look->cap->source.cell;
	int64_t nameless = blocks;

	sp->acc->sparse.arenas++;
	sp->acc->sparse.blocks += blocks;
	sp->acc->sparse.resident += arena->resident;
	for (raddr at = a->start; at + size <= a->end; at += size) {
		const struct ledger_cell *cell = sparse_cell(sp, at);

		if (cell && !sparse_keep(sp, cell, &nameless))
			return false;
	}
	sp->acc->sparse.nameless += nameless;
	sp->acc->sparse.releasable += nameless ? 0 : arena->resident;
	return true;
}

static bool sparse_arena(struct sparse *sp, const struct arena *a)
{
	struct account_arena *arena = vec_add(&sp->acc->pools, sp->err);
	int64_t blocks;

	if (!arena)
		return false;
	arena->at = a->start;
	arena->size = (int64_t)(a->limit - a->start);
	arena->resident = (int64_t)pagetable_resident(&sp->look->pages,
						      a->start, a->limit);
	arena->filling = a->end < a->limit;
	blocks = sparse_measure(sp, a, arena);
	return !blocks || arena->filling ||
	       arena->used > arena->size / SPARSE_PART ||
	       sparse_take(sp, a, arena, blocks);
}

static bool sparse_name(struct sparse *sp, const struct sparse_kept *row)
{
	struct account_kept *to;

	if (!row->count && !row->buffers)
		return true;
	if (!pytypes_name(&sp->look->cap->types, row->type, sp->err))
		return false;
	to = vec_add(&sp->acc->sparse.kept_by, sp->err);
	if (!to)
		return false;
	to->count = row->count;
	to->bytes = row->bytes;
	to->buffers = row->buffers;
	to->interned = row->interned;
	to->type = strdup(row->type->full);
	return to->type || err_nomem(sp->err);
}

static bool sparse_tell(struct sparse *sp)
{
	for (size_t i = 0; i < sp->kept.n; i++) {
		if (!sparse_name(sp, &sp->kept.v[i]))
			return false;
	}
	return sparse_name(sp, &sp->interned);
}

bool account_sparse(struct account_look *look, struct account *acc,
		    struct err *err)
{
	const struct capture *cap = look->cap;
	const struct arenas *arenas = capture_pools(cap);
	struct sparse sp = { .look = look, .acc = acc, .err = err };
	bool ok = true;

	if (cap->cut_short || cap->arenas.source == ARENAS_FROM_SCAN)
		return true;
	for (size_t i = 0; ok && i < arenas->v.n; i++)
		ok = sparse_arena(&sp, &arenas->v.v[i]);
	ok = ok && sparse_tell(&sp);
	vec_free(&sp.kept);
	return ok;
}
