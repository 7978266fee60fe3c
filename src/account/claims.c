/* SPDX-License-Identifier: MIT */
/*
 * Whose each chunk of malloc, each buffer in a pool and each mapping is, as far
 * as objects of Python tell: all are visited, three times, and who comes first
 * has it.  First data (an array's items), then what objects consist of
 * (themselves, hash tables), at last what is only inferred: objects whose
 * layout nobody described, one of whose words leads to the start of something
 * that nobody has.
 *
 * What objects say of their data is not believed: of malloc they get chunks that
 * are in use, of mappings no more than lies in one, and no byte twice.
 */
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "heap/objects.h"
#include "heap/regions.h"
#include "pyabi/layout.h"

enum {
	NEAR = 64,	/* bytes from a start: a header, an alignment */
	MAX_CLAIMS = 1 << 20,	/* of mappings */
	ROOM_TYPES = 1 << 10,	/* bytes of a foreign object that are words */
};

struct claims {
	struct account_look *look;
	struct account *acc;
	struct looker lk;
	struct err *err;
};

/* -- Who owns the most ---------------------------------------------------- */

/* Memory of less than a page is counted, but nobody is told of. */
static bool note_owner(struct claims *cl, raddr owner, const struct pytype *t,
		       raddr start, raddr end, bool inferred)
{
	struct account_look *look = cl->look;
	struct account_holding *h = look->holdings.n ?
				    &look->holdings.v[look->holdings.n - 1] :
				    NULL;
	uint64_t bytes = pagetable_resident(&look->pages, start, end);

	if (end - start < ADDR_PAGE)
		return true;
	if (!h || h->owner != owner || h->inferred != inferred) {
		h = vec_add(&look->holdings, cl->err);
		if (!h)
			return false;
		*h = (struct account_holding){ .owner = owner, .type = t,
					       .inferred = inferred };
	}
	h->size += end - start;
	h->bytes += bytes;
	return true;
}

/* -- Chunks --------------------------------------------------------------- */

static const struct glibc_chunk *chunk_in_use(const struct account_look *look,
					      raddr addr)
{
	const struct glibc_chunk *c = look->has_malloc ?
				      glibc_chunk_at(&look->gm, addr) : NULL;

	return c && (c->state == GLIBC_USED || c->state == GLIBC_MAPPED) ? c :
									 NULL;
}

static bool is_free(const struct account_look *look,
		    const struct glibc_chunk *c)
{
	return !look->chunk_leaf[c - look->gm.chunks.v];
}

static bool claim_chunk(struct claims *cl, const struct glibc_chunk *c,
			enum typeleaf kind, const struct pytype *t)
{
	int64_t leaf;

	if (!is_free(cl->look, c))
		return true;
	leaf = typeleaf_get(&cl->look->typed, kind, t, cl->err);
	cl->look->chunk_leaf[c - cl->look->gm.chunks.v] = (uint32_t)(leaf + 1);
	return leaf >= 0;
}

static bool claim_data_chunk(struct claims *cl, const struct glibc_chunk *c,
			     enum typeleaf kind, raddr owner,
			     const struct pytype *t)
{
	raddr end = c->at + c->size;

	if (!is_free(cl->look, c))
		return true;
	/* It goes on into the next chunk, if there can be one. */
	if (c->state != GLIBC_MAPPED)
		end += sizeof(raddr);
	return claim_chunk(cl, c, kind, t) &&
	       note_owner(cl, owner, t, c->at + GLIBC_HEAD, end,
			  kind == TYPELEAF_INFERRED_MALLOC);
}

/* -- Mappings ------------------------------------------------------------- */

/* Memory of no file: a shared one has a name that nobody gave it. */
static bool is_anonymous(const struct map *map)
{
	if (map->inode)
		return map->shared && strcmp(map->path, "/dev/zero") == 0;
	return !*map->path || strncmp(map->path, "[anon", 5) == 0;
}

/* [start, end), in one mapping.  Who claims what another has gets what is left
 * (fill.c). */
static bool claim_mapped(struct claims *cl, raddr start, raddr end,
			 enum typeleaf kind, raddr owner,
			 const struct pytype *t)
{
	struct account_look *look = cl->look;
	struct account_claim *claim;
	int64_t leaf;

	if (end - start < ADDR_PAGE || look->claims.n >= MAX_CLAIMS ||
	    places_kind(&look->cap.places, start) == REGION_ARENA ||
	    addrmap_get(&look->claimed, start) != ADDRMAP_NONE)
		return true;
	leaf = typeleaf_get(&look->typed, kind, t, cl->err);
	if (leaf < 0 ||
	    !addrmap_put(&look->claimed, start, (uint32_t)look->claims.n,
			 cl->err))
		return false;
	claim = vec_add(&look->claims, cl->err);
	if (!claim)
		return false;
	*claim = (struct account_claim){ start, end, (uint32_t)leaf };
	cl->acc->leaves.v[leaf].count++;
	return note_owner(cl, owner, t, start, end,
			  kind == TYPELEAF_INFERRED_MAPPED);
}

/* -- Data ----------------------------------------------------------------- */

static bool claim_data(struct claims *cl, const struct pydata *data,
		       const struct pytype *t)
{
	const struct glibc_chunk *c = chunk_in_use(cl->look, data->addr);
	const struct map *map;
	raddr end;

	if (c)
		return claim_data_chunk(cl, c, TYPELEAF_DATA_MALLOC,
					data->owner, t);
	map = maps_find(&cl->look->maps, data->addr);
	if (!map || !is_anonymous(map))
		return true;
	end = data->len < map->end - data->addr ? data->addr + data->len :
						  map->end;
	/* Nobody else is given the rest of its last page. */
	if (data->addr % ADDR_PAGE == 0)
		end = addr_up(end, ADDR_PAGE);
	return claim_mapped(cl, data->addr, end, TYPELEAF_DATA_MAPPED,
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

static bool claim_buffer(struct claims *cl, raddr addr, const struct pytype *t)
{
	struct account_look *look = cl->look;
	const struct heap_pool *pool;
	const struct glibc_chunk *c;
	uint32_t number;
	uint64_t i;

	if (heap_block_at(&look->heap, addr - look->heap.lead, &pool, &i)) {
		number = heap_number(&look->heap, pool, i);
		if (!look->block_type[number])
			look->block_type[number] = t->index + 1;
		return true;
	}
	c = chunk_in_use(look, addr);
	return !c || claim_chunk(cl, c, TYPELEAF_MALLOC, t);
}

static bool visit_parts(void *arg, const struct object *object,
			struct err *err)
{
	struct claims *cl = arg;
	struct looker *lk = &cl->lk;
	const struct glibc_chunk *c;
	struct pyobj o;

	(void)err;
	if (!object->pool) {
		c = chunk_in_use(cl->look, object->addr);
		if (c && !claim_chunk(cl, c, TYPELEAF_MALLOC, object->type))
			return false;
	}
	if (!objects_view(lk, object, &o))
		return true;
	lk->bufs.n = 0;
	obj_buffers(&lk->ctx, &o, &lk->bufs);
	for (size_t i = 0; i < lk->bufs.n; i++) {
		if (!claim_buffer(cl, lk->bufs.v[i].addr, object->type))
			return false;
	}
	return true;
}

/* -- What is inferred ----------------------------------------------------- */

static bool is_near(raddr addr, raddr start, uint64_t near)
{
	return addr >= start && addr - start < near;
}

static bool infer_word(struct claims *cl, raddr word,
		       const struct object *object)
{
	const struct glibc_chunk *c = chunk_in_use(cl->look, word);
	const struct map *map;

	if (c) {
		if (!is_near(word, c->at + GLIBC_HEAD, NEAR))
			return true;
		return claim_data_chunk(cl, c, TYPELEAF_INFERRED_MALLOC,
					object->addr, object->type);
	}
	map = maps_find(&cl->look->maps, word);
	if (!map || !is_anonymous(map) || !map->write ||
	    !is_near(word, map->start, ADDR_PAGE))
		return true;
	return claim_mapped(cl, map->start, map->end,
			    TYPELEAF_INFERRED_MAPPED, object->addr,
			    object->type);
}

static bool infer_words(struct claims *cl, const struct object *object,
			const struct pyobj *o)
{
	uint64_t end = o->avail < ROOM_TYPES ? o->avail : ROOM_TYPES;

	for (uint64_t off = cl->lk.ctx.abi->object_sizeof; off + 8 <= end;
	     off += 8) {
		raddr word;

		memcpy(&word, o->p + off, sizeof(word));
		if (places_kinds(&cl->look->cap.places, word) & REGION_ANON &&
		    !infer_word(cl, word, object))
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

/* -- All ------------------------------------------------------------------ */

static int holding_order(const void *a, const void *b)
{
	const struct account_holding *l = a, *r = b;

	if (l->bytes != r->bytes)
		return l->bytes < r->bytes ? 1 : -1;
	return (l->owner > r->owner) - (l->owner < r->owner);
}

static bool tell_owners(struct claims *cl)
{
	struct account_look *look = cl->look;

	if (look->holdings.n)
		qsort(look->holdings.v, look->holdings.n,
		      sizeof(*look->holdings.v), holding_order);
	for (size_t i = 0; i < look->holdings.n && i < ACCOUNT_OWNERS; i++) {
		const struct account_holding *h = &look->holdings.v[i];
		struct account_owner *to;

		if (!pytypes_name(&look->cap.types, h->type, cl->err))
			return false;
		to = vec_add(&cl->acc->owners, cl->err);
		if (!to)
			return false;
		to->address = h->owner;
		to->bytes = (int64_t)h->bytes;
		to->size = (int64_t)h->size;
		to->inferred = h->inferred;
		to->type = strdup(h->type->full);
		if (!to->type)
			return err_nomem(cl->err);
	}
	cl->acc->owners_all = (int64_t)look->holdings.n;
	return true;
}

bool account_claims(struct account_look *look, struct account *acc,
		    struct err *err)
{
	static objects_fn *const visits[] = {
		visit_data, visit_parts, visit_foreign,
	};
	struct claims cl = { .look = look, .acc = acc, .err = err };
	bool ok = census_looker(&cl.lk, &look->heap, err);

	look->typed.acc = acc;
	look->typed.types = &look->cap.types;
	look->chunk_leaf = calloc(look->gm.chunks.n + 1,
				  sizeof(*look->chunk_leaf));
	look->block_type = calloc((size_t)look->heap.table.n + 1,
				  sizeof(*look->block_type));
	if (ok && (!look->chunk_leaf || !look->block_type))
		ok = err_nomem(err);
	for (size_t i = 0; ok && i < ARRAY_SIZE(visits); i++)
		ok = objects_visit(&look->heap, visits[i], &cl, err);
	ok = ok && tell_owners(&cl);
	looker_fini(&cl.lk);
	return ok;
}
