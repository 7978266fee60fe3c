/* SPDX-License-Identifier: MIT */
/*
 * Which chunks of malloc are Python's, and who keeps arenas of pymalloc that
 * are nearly empty: one visit of all objects tells both.
 */
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "heap/objects.h"

enum { SPARSE_PART = 10 };	/* a tenth in use, or less */

struct kept {
	const struct pytype *type;
	int64_t count, bytes;
};

struct owners {
	struct account_look *look;
	struct account *acc;
	struct looker lk;
	VEC(struct kept) kept;		/* by pytype.index */
};

size_t account_arena(const struct arenas *arenas, raddr addr)
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

static void mark_chunk(struct account_look *look, raddr addr)
{
	const struct glibc_chunk *c = look->has_malloc ?
				      glibc_chunk_at(&look->gm, addr) : NULL;

	if (c && (c->state == GLIBC_USED || c->state == GLIBC_MAPPED))
		heap_set(look->python, (uint64_t)(c - look->gm.chunks.v));
}

static bool keep(struct owners *ow, const struct object *o, struct err *err)
{
	const struct arenas *arenas = &ow->look->cap.arenas;
	size_t arena = account_arena(arenas, o->addr);
	struct kept *row;

	if (arena == arenas->v.n || !heap_bit(ow->look->sparse, arena))
		return true;
	while (ow->kept.n <= o->type->index) {
		if (!vec_add(&ow->kept, err))
			return false;
	}
	row = &ow->kept.v[o->type->index];
	row->type = o->type;
	row->count++;
	row->bytes += o->pool->span.block;
	return true;
}

static bool visit(void *arg, const struct object *object, struct err *err)
{
	struct owners *ow = arg;
	struct looker *lk = &ow->lk;
	struct pyobj o;

	if (object->pool && !keep(ow, object, err))
		return false;
	if (!object->pool)
		mark_chunk(ow->look, object->addr);
	if (!objects_view(lk, object, &o))
		return true;
	lk->bufs.n = 0;
	obj_buffers(&lk->ctx, &o, &lk->bufs);
	for (size_t i = 0; i < lk->bufs.n; i++)
		mark_chunk(ow->look, lk->bufs.v[i].addr);
	return true;
}

static bool name_kept(struct owners *ow, struct pytypes *types,
		      struct err *err)
{
	for (size_t i = 0; i < ow->kept.n; i++) {
		const struct kept *row = &ow->kept.v[i];
		struct account_kept *to;

		if (!row->count)
			continue;
		if (!pytypes_name(types, row->type, err))
			return false;
		to = vec_add(&ow->acc->sparse.kept_by, err);
		if (!to)
			return false;
		to->count = row->count;
		to->bytes = row->bytes;
		to->type = strdup(row->type->full);
		if (!to->type)
			return err_nomem(err);
	}
	return true;
}

static void note_sparse(struct account_look *look, struct account *acc,
			size_t i, uint64_t blocks, uint64_t bytes)
{
	const struct arena *a = &look->cap.arenas.v.v[i];

	if (!blocks || bytes > (a->limit - a->start) / SPARSE_PART)
		return;
	heap_set(look->sparse, i);
	acc->sparse.arenas++;
	acc->sparse.blocks += (int64_t)blocks;
	acc->sparse.resident += (int64_t)pagetable_resident(&look->pages,
							    a->start, a->limit);
}

static void find_sparse(struct account_look *look, const struct heap *heap,
			struct account *acc)
{
	const struct arenas *arenas = &look->cap.arenas;
	size_t pool = 0;

	for (size_t i = 0; i < arenas->v.n; i++) {
		uint64_t blocks = 0, bytes = 0;

		for (; pool < heap->n_pools; pool++) {
			const struct span *span = &heap->pools[pool].span;

			if (span->p && span->start >= arenas->v.v[i].limit)
				break;
			if (span->p) {
				blocks += span->n_live;
				bytes += (uint64_t)span->n_live * span->block;
			}
		}
		note_sparse(look, acc, i, blocks, bytes);
	}
}

bool account_owners(struct account_look *look, struct heap *heap,
		    struct account *acc, struct err *err)
{
	struct owners ow = { .look = look, .acc = acc };
	bool ok;

	look->python = calloc(look->gm.chunks.n / 64 + 1, 8);
	look->sparse = calloc(look->cap.arenas.v.n / 64 + 1, 8);
	if (!look->python || !look->sparse)
		return err_nomem(err);
	if (!look->cap.cut_short)
		find_sparse(look, heap, acc);
	ok = census_looker(&ow.lk, heap, err) &&
	     objects_visit(heap, visit, &ow, err) &&
	     name_kept(&ow, &look->cap.types, err);
	looker_fini(&ow.lk);
	vec_free(&ow.kept);
	return ok;
}
