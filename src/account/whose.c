/* SPDX-License-Identifier: MIT */
/*
 * Whose each chunk of malloc, each buffer in a pool and each mapping is, as far
 * as objects of Python tell: all are visited, three times, and who comes first
 * has it.  First data (an array's items), then what objects consist of
 * (themselves, hash tables), at last what is only inferred: objects whose
 * layout nobody described, one of whose words leads to the start of something
 * that nobody has.
 */
#include <string.h>

#include "account/claims.h"
#include "heap/objects.h"
#include "pyabi/layout.h"

enum {
	NEAR = 64,		/* bytes from a start: a header, an alignment */
	OWN_WORDS = 1 << 10,	/* bytes of an object that are looked at */
};

/* -- Data ----------------------------------------------------------------- */

static bool claim_data(struct claims *cl, const struct pydata *data,
		       const struct pytype *t)
{
	const struct glibc_chunk *c = claims_chunk(cl, data->addr);
	const bool given = cl->look->libs.allocator && !data->mapped;

	if (c)
		return claims_take_data(cl, c, TYPELEAF_DATA_MALLOC,
					data->owner, t);
	if (given && data->len < ADDR_PAGE)
		return claims_take_block(cl, data->addr, data->len,
					 TYPELEAF_DATA_OTHER, t);
	return claims_take_mapped(cl, data->addr, data->len,
				  given ? TYPELEAF_DATA_OTHER :
					  TYPELEAF_DATA_MAPPED,
				  data->owner, t);
}

static bool visit_data(void *arg, const struct object *object,
		       struct err *err)
{
	struct claims *cl = arg;
	struct pydata data;
	struct pyobj o;

	(void)err;
	if (!object->type->layout || !object->type->layout->data ||
	    !objects_view(&cl->lk, object, &o))
		return true;
	cl->lk.ctx.faults = 0;
	obj_data(&cl->lk.ctx, &o, &data);
	if (cl->lk.ctx.faults || !data.len || data.owner != object->addr)
		return true;
	return claim_data(cl, &data, object->type);
}

/* -- Objects and their buffers -------------------------------------------- */

static bool claim_buffer(struct claims *cl, const struct pybuf *buf,
			 const struct pytype *t)
{
	const raddr addr = buf->addr;
	struct account_look *look = cl->look;
	const struct heap_pool *pool;
	const struct glibc_chunk *c;
	uint32_t number;
	uint64_t i;

	if (!capture_is_of_malloc(look->cap) &&
	    heap_block_at(&look->heap, addr - look->heap.lead, &pool, &i)) {
		number = heap_number(&look->heap, pool, i);
		if (!look->block_type[number])
			look->block_type[number] = t->index + 1;
		return true;
	}
	c = claims_chunk(cl, addr);
	return c ? claims_take(cl, c, TYPELEAF_MALLOC, t) :
		   claims_take_block(cl, addr, buf->len, TYPELEAF_OTHER, t);
}

/* An object that is in no pool, where malloc is not glibc's. */
static bool claim_block(struct claims *cl, const struct pyobj *o)
{
	uint64_t before = o->type->pre + cl->look->heap.lead;
	uint64_t least = 0, size;

	if (!cl->look->libs.allocator || claims_chunk(cl, o->addr))
		return true;
	size = obj_block_size(&cl->lk.ctx, o, &least);
	return claims_take_block(cl, o->addr - before, size ? size : least,
				 TYPELEAF_OTHER, o->type);
}

static bool visit_parts(void *arg, const struct object *object,
			struct err *err)
{
	struct claims *cl = arg;
	struct looker *lk = &cl->lk;
	const struct glibc_chunk *c;
	struct pyobj o;

	(void)err;
	if (!object->pool || capture_is_of_malloc(cl->look->cap)) {
		c = claims_chunk(cl, object->addr);
		if (c && !claims_take(cl, c, TYPELEAF_MALLOC, object->type))
			return false;
	}
	if (!objects_view(lk, object, &o))
		return true;
	if (!object->pool && !claim_block(cl, &o))
		return false;
	lk->bufs.n = 0;
	obj_buffers(&lk->ctx, &o, &lk->bufs);
	for (size_t i = 0; i < lk->bufs.n; i++) {
		if (!claim_buffer(cl, &lk->bufs.v[i], object->type))
			return false;
	}
	return true;
}

/* -- What is inferred ----------------------------------------------------- */

static bool infer_words(struct claims *cl, const struct object *object,
			const struct pyobj *o)
{
	uint64_t end = o->avail < OWN_WORDS ? o->avail : OWN_WORDS;

	for (uint64_t off = cl->lk.ctx.abi->object_sizeof; off + 8 <= end;
	     off += 8) {
		raddr word;

		memcpy(&word, o->p + off, sizeof(word));
		if (!claims_infer(cl, word, NEAR, object->addr, object->type))
			return false;
	}
	return true;
}

/* What a memoryview keeps another object from giving back is that object's. */
static bool infer_exporter(struct claims *cl, const struct pyobj *o)
{
	struct pyctx *ctx = &cl->lk.ctx;
	const struct pytype *t = NULL;
	struct pydata data;

	ctx->faults = 0;
	obj_data(ctx, o, &data);
	if (data.len && data.owner != o->addr)
		t = pytypes_get(ctx->types, ctx_u64(ctx, data.owner +
						    ctx->abi->object_ob_type));
	return !t || ctx->faults || claim_data(cl, &data, t);
}

/* Does C code that nobody described decide what is in such an object? */
static bool is_foreign(const struct pytype *t)
{
	return pytype_is_foreign(t) || t->layout->opaque != OPAQUE_NOT;
}

static bool visit_foreign(void *arg, const struct object *object,
			  struct err *err)
{
	struct claims *cl = arg;
	const struct pytype *t = object->type;
	const bool has_data = t->layout && t->layout->data;
	struct pyobj o;

	(void)err;
	if ((!has_data && !is_foreign(t)) ||
	    !objects_view(&cl->lk, object, &o))
		return true;
	return (!has_data || infer_exporter(cl, &o)) &&
	       (!is_foreign(t) || infer_words(cl, object, &o));
}

/* -- What Python itself has ----------------------------------------------- */

static bool claim_states(struct claims *cl)
{
	const struct capture *cap = cl->look->cap;
	int64_t leaf = account_leaf(cl->acc, "python", "malloc",
				    "(interpreters and threads)", NULL,
				    cl->err);

	for (size_t i = 0; leaf >= 0 && i < cap->records.n; i++) {
		const struct glibc_chunk *c =
			claims_chunk(cl, cap->records.v[i].at);

		if (c)
			cl->look->chunk_leaf[c - cl->look->gm.chunks.v] =
				(uint32_t)(leaf + 1);
	}
	return leaf >= 0;
}

/* -- All ------------------------------------------------------------------ */

bool account_claims(struct account_look *look, struct account *acc,
		    struct err *err)
{
	struct claims cl;
	/* Without all of the heap it is not known what is nobody's. */
	bool ok = claims_init(&cl, look, acc, err) && claim_states(&cl) &&
		  objects_visit(&look->heap, visit_data, &cl, err) &&
		  objects_visit(&look->heap, visit_parts, &cl, err) &&
		  claims_point(&cl) && claims_settle_others(&cl) &&
		  objects_visit(&look->heap, visit_foreign, &cl, err) &&
		  (look->cap->cut_short || claims_reach(&cl)) &&
		  claims_tell(&cl);

	claims_fini(&cl);
	return ok;
}
