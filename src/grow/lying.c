/* SPDX-License-Identifier: MIT */
#include "grow/lying.h"

#include "heap/looker.h"
#include "heap/objects.h"
#include "pyabi/layout.h"

struct lying {
	struct growth *g;
	struct settled *settled;
	bool joining;		/* first, what nobody told is joined */
	struct looker lk;
	struct addrmap rows;	/* of g->lying, by stack and type */
};

static uint32_t lying_name(struct lying *ly, const struct pytype *t,
			   struct err *err)
{
	struct pytypes *types = &ly->lk.cap->types;

	return pytypes_name(types, types->all.v[t->index], err) ?
		       growth_text(ly->g, t->full, err) : STRSET_NONE;
}

static bool lying_add(struct lying *ly, uint32_t stack,
		      const struct pytype *t, uint64_t bytes, struct err *err)
{
	const raddr key = ((uint64_t)stack + 1) << 32 | t->index;
	uint32_t n = addrmap_get(&ly->rows, key);
	struct growth_lying *row;

	if (n == ADDRMAP_NONE) {
		n = (uint32_t)ly->g->lying.n;
		row = vec_add(&ly->g->lying, err);
		if (!row || !addrmap_put(&ly->rows, key, n, err))
			return false;
		row->stack = stack;
		row->type = lying_name(ly, t, err);
		if (row->type == STRSET_NONE)
			return false;
	}
	ly->g->lying.v[n].bytes += (int64_t)bytes;
	ly->g->stacks.v[stack].objects += (int64_t)bytes;
	return true;
}

/* What of [at, at + len) came. */
static bool lying_range(struct lying *ly, raddr at, uint64_t len,
			const struct pytype *t, struct err *err)
{
	const struct settled *s = ly->settled;
	raddr end = at + len;

	if (end < at)
		return true;
	if (ly->joining)
		return settled_join(ly->settled, at, end, ly->g, err);
	for (size_t i = settled_from(s, at);
	     i < s->pieces.n && s->pieces.v[i].start < end; i++) {
		const struct settled_piece *p = &s->pieces.v[i];
		raddr from = p->start > at ? p->start : at;
		raddr to = p->end < end ? p->end : end;

		if (!lying_add(ly, p->stack, t, to - from, err))
			return false;
	}
	return true;
}

/* Its own block: of a pool's as large as that, else as it was asked for. */
static bool lying_block(struct lying *ly, const struct object *object,
			const struct pyobj *o, struct err *err)
{
	const struct pytype *t = object->type;
	uint64_t before = t->pre + ly->lk.heap->lead, least = 0, size;

	if (object->pool)
		size = object->pool->span.block;
	else
		size = obj_block_size(&ly->lk.ctx, o, &least);
	return lying_range(ly, object->addr - before, size ? size : least, t,
			   err);
}

/* Is what lies at @at told anyway?  The data of bytearray and array are one of
 * their buffers; those of a bytearray of 3.15, and of BytesIO, are an object. */
static bool lying_is_told(struct lying *ly, raddr at)
{
	struct pyctx *ctx = &ly->lk.ctx;

	for (size_t i = 0; i < ly->lk.bufs.n; i++) {
		if (ly->lk.bufs.v[i].addr == at)
			return true;
	}
	return pytypes_get(ctx->types, ctx_u64(ctx, at +
					       ctx->abi->object_ob_type));
}

static bool lying_data(struct lying *ly, const struct pyobj *o,
		       struct err *err)
{
	struct pydata data;

	if (!o->type->layout || !o->type->layout->data)
		return true;
	ly->lk.ctx.faults = 0;
	obj_data(&ly->lk.ctx, o, &data);
	if (ly->lk.ctx.faults || data.owner != o->addr ||
	    addr_in(data.addr, o->addr, data.len + 1) ||
	    lying_is_told(ly, data.addr))
		return true;
	return lying_range(ly, data.addr, data.len, o->type, err);
}

static bool lying_object(void *arg, const struct object *object,
			 struct err *err)
{
	struct lying *ly = arg;
	struct looker *lk = &ly->lk;
	struct pyobj o;

	if (!objects_view(lk, object, &o))
		return true;
	lk->ctx.faults = 0;
	lk->bufs.n = 0;
	if (!lying_block(ly, object, &o, err))
		return false;
	obj_buffers(&lk->ctx, &o, &lk->bufs);
	for (size_t i = 0; i < lk->bufs.n; i++) {
		if (!lying_range(ly, lk->bufs.v[i].addr, lk->bufs.v[i].len,
				 o.type, err))
			return false;
	}
	return lying_data(ly, &o, err);
}

bool lying_find(struct growth *g, struct settled *settled, const struct maps *maps,
		struct heap *heap, struct err *err)
{
	struct lying ly = { .g = g, .settled = settled, .joining = true };
	bool ok = census_looker(&ly.lk, heap, err);

	if (ok && settled->rest.n)
		ok = objects_visit(heap, lying_object, &ly, err) &&
		     settled_done(settled, maps, g, err);
	ly.joining = false;
	ok = ok && objects_visit(heap, lying_object, &ly, err);

	looker_fini(&ly.lk);
	addrmap_fini(&ly.rows);
	return ok;
}
