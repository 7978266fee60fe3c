/* SPDX-License-Identifier: MIT */
#include "account/claims.h"

#include <stdlib.h>
#include <string.h>

#include "heap/regions.h"

enum {
	MAX_MAPPED = 1 << 14,	/* claims of mappings */
	MAX_HOLDINGS = 1 << 20,
	MAX_BLOCKS = 1 << 24,
};

/* -- Ranges that are somebody's ------------------------------------------- */

static int range_order(const void *a, const void *b)
{
	const struct range *l = a, *r = b;

	return (l->start > r->start) - (l->start < r->start);
}

static bool add_range(struct claims *cl, raddr start, raddr end)
{
	struct range *r = vec_add(&cl->taken, cl->err);

	if (r)
		*r = (struct range){ start, end };
	return r != NULL;
}

static bool take_what_is_known(struct claims *cl)
{
	const struct account_look *look = cl->look;
	const struct arenas *arenas = &look->cap->arenas;

	for (size_t i = 0; i < arenas->v.n; i++) {
		if (!add_range(cl, arenas->v.v[i].start, arenas->v.v[i].limit))
			return false;
	}
	for (size_t i = 0; look->has_malloc && i < look->gm.regions.n; i++) {
		if (!add_range(cl, look->gm.regions.v[i].start,
			       look->gm.regions.v[i].end))
			return false;
	}
	for (size_t i = 0; i < look->stacks.n; i++) {
		if (!add_range(cl, look->stacks.v[i].start,
			       look->stacks.v[i].end))
			return false;
	}
	if (cl->taken.n)
		qsort(cl->taken.v, cl->taken.n, sizeof(*cl->taken.v),
		      range_order);
	return true;
}

/* The first range that begins behind @at. */
static size_t range_behind(const struct claims *cl, raddr at)
{
	size_t low = 0, high = cl->taken.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (cl->taken.v[mid].start <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool claims_is_taken(const struct claims *cl, raddr at)
{
	size_t i = range_behind(cl, at);

	return i && cl->taken.v[i - 1].end > at;
}

/* Take [start, *end), or what is free of it from @start on; false without an
 * error: nothing is. */
static bool take_range(struct claims *cl, raddr start, raddr *end)
{
	size_t i = range_behind(cl, start);

	if (claims_is_taken(cl, start))
		return false;
	if (i < cl->taken.n && cl->taken.v[i].start < *end)
		*end = cl->taken.v[i].start;
	if (*end - start < ADDR_PAGE || !add_range(cl, start, *end))
		return false;
	memmove(&cl->taken.v[i + 1], &cl->taken.v[i],
		(cl->taken.n - 1 - i) * sizeof(*cl->taken.v));
	cl->taken.v[i] = (struct range){ start, *end };
	return true;
}

/* -- Owners --------------------------------------------------------------- */

static struct account_holding *holding_of(struct claims *cl, raddr owner,
					  const struct pytype *t,
					  bool inferred)
{
	raddr key = owner + inferred;
	uint32_t i = addrmap_get(&cl->holding_of, key);
	struct account_holding *h;

	if (i != ADDRMAP_NONE)
		return &cl->holdings.v[i];
	if (cl->holdings.n >= MAX_HOLDINGS) {
		cl->lost++;
		return NULL;
	}
	i = (uint32_t)cl->holdings.n;
	h = vec_add(&cl->holdings, cl->err);
	if (!h || !addrmap_put(&cl->holding_of, key, i, cl->err))
		return NULL;
	*h = (struct account_holding){ .owner = owner, .type = t,
				       .inferred = inferred };
	return h;
}

static bool note_owner(struct claims *cl, raddr owner, const struct pytype *t,
		       raddr start, raddr end, bool inferred)
{
	struct account_holding *h;

	/* There may be millions of small arrays. */
	if (!inferred && end - start < ADDR_PAGE)
		return true;
	h = holding_of(cl, owner, t, inferred);
	if (!h)
		return !cl->err->code;
	h->size += end - start;
	h->bytes += pagetable_resident(&cl->look->pages, start, end);
	return true;
}

static int holding_order(const void *a, const void *b)
{
	const struct account_holding *l = a, *r = b;

	if (l->bytes != r->bytes)
		return l->bytes < r->bytes ? 1 : -1;
	return (l->owner > r->owner) - (l->owner < r->owner);
}

static bool tell_holding(struct claims *cl, const struct account_holding *h)
{
	struct account_owner *to;

	if (!pytypes_name(&cl->look->cap->types, h->type, cl->err))
		return false;
	to = vec_add(&cl->acc->owners, cl->err);
	if (!to)
		return false;
	to->address = h->owner;
	to->bytes = (int64_t)h->bytes;
	to->size = (int64_t)h->size;
	to->inferred = h->inferred;
	to->type = strdup(h->type->full);
	return to->type || err_nomem(cl->err);
}

bool claims_tell(struct claims *cl)
{
	if (cl->holdings.n)
		qsort(cl->holdings.v, cl->holdings.n, sizeof(*cl->holdings.v),
		      holding_order);
	for (size_t i = 0; i < cl->holdings.n; i++) {
		if (cl->holdings.v[i].size < ADDR_PAGE)
			continue;
		cl->acc->owners_all++;
		if (cl->acc->owners.n < ACCOUNT_OWNERS &&
		    !tell_holding(cl, &cl->holdings.v[i]))
			return false;
	}
	if (cl->lost)
		dump_warn(cl->look->dump, "%llu of those that own data or "
			  "mappings are not told: there are too many",
			  (unsigned long long)cl->lost);
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

const struct glibc_chunk *claims_chunk(const struct claims *cl, raddr addr)
{
	return chunk_in_use(cl->look, addr);
}

static uint32_t *leaf_of(struct claims *cl, const struct glibc_chunk *c)
{
	return &cl->look->chunk_leaf[c - cl->look->gm.chunks.v];
}

bool claims_take(struct claims *cl, const struct glibc_chunk *c,
		 enum typeleaf kind, const struct pytype *t)
{
	int64_t leaf;

	if (*leaf_of(cl, c))
		return true;
	leaf = typeleaf_get(&cl->look->typed, kind, t, cl->err);
	*leaf_of(cl, c) = (uint32_t)(leaf + 1);
	return leaf >= 0;
}

bool claims_take_data(struct claims *cl, const struct glibc_chunk *c,
		      enum typeleaf kind, raddr owner, const struct pytype *t)
{
	raddr end = c->at + c->size;

	if (*leaf_of(cl, c))
		return true;
	/* It goes on into the next chunk, if there can be one. */
	if (c->state != GLIBC_MAPPED)
		end += sizeof(raddr);
	return claims_take(cl, c, kind, t) &&
	       note_owner(cl, owner, t, c->at + GLIBC_HEAD, end,
			  kind == TYPELEAF_INFERRED_MALLOC);
}

/* -- Mappings ------------------------------------------------------------- */

/* Memory of no file: a shared one has a name that nobody gave it.  What a
 * library has behind its file is no such, and "[heap]" is an allocator's. */
static bool is_anonymous(const struct claims *cl, const struct map *map,
			 raddr at)
{
	if (map->inode)
		return map->shared && strcmp(map->path, "/dev/zero") == 0;
	return (!*map->path || strncmp(map->path, "[anon", 5) == 0 ||
		(cl->look->libs.allocator &&
		 strcmp(map->path, "[heap]") == 0)) &&
	       places_kind(&cl->look->cap->places, at) != REGION_STATIC;
}

bool claims_take_mapped(struct claims *cl, raddr start, uint64_t len,
			enum typeleaf kind, raddr owner,
			const struct pytype *t)
{
	struct account_look *look = cl->look;
	const struct map *map = maps_find(&look->maps, start);
	struct account_claim *claim;
	int64_t leaf;
	raddr end;

	if (!map || !is_anonymous(cl, map, start))
		return true;
	end = len < map->end - start ? start + len : map->end;
	/* Nobody else is given the rest of its last page. */
	if (start % ADDR_PAGE == 0 && !look->libs.allocator)
		end = addr_up(end, ADDR_PAGE);
	if (look->claims.n >= MAX_MAPPED) {
		cl->lost++;
		return true;
	}
	if (!take_range(cl, start, &end))
		return !cl->err->code;
	leaf = typeleaf_get(&look->typed, kind, t, cl->err);
	claim = leaf < 0 ? NULL : vec_add(&look->claims, cl->err);
	if (!claim)
		return false;
	*claim = (struct account_claim){ start, end, (uint32_t)leaf, t, kind };
	cl->acc->leaves.v[leaf].count++;
	return note_owner(cl, owner, t, start, end,
			  kind == TYPELEAF_INFERRED_MAPPED);
}

/* -- Other allocators ----------------------------------------------------- */

bool claims_take_block(struct claims *cl, raddr start, uint64_t len,
		       enum typeleaf kind, const struct pytype *t)
{
	struct account_look *look = cl->look;
	const struct map *map = maps_find(&look->maps, start);
	struct account_claim *block;
	int64_t leaf;

	if (!look->libs.allocator || !map || !is_anonymous(cl, map, start) ||
	    claims_is_taken(cl, start) ||
	    addrmap_get(&cl->block_at, start) != ADDRMAP_NONE)
		return true;
	if (look->blocks.n >= MAX_BLOCKS) {
		cl->lost++;
		return true;
	}
	leaf = typeleaf_get(&look->typed, kind, t, cl->err);
	block = leaf < 0 ? NULL : vec_add(&look->blocks, cl->err);
	if (!block || !addrmap_put(&cl->block_at, start, 0, cl->err))
		return false;
	*block = (struct account_claim){
		start, len < map->end - start ? start + len : map->end,
		(uint32_t)leaf, t, kind };
	cl->acc->leaves.v[leaf].count++;
	if (kind == TYPELEAF_OTHER)
		look->is_others[map - look->maps.v] = OTHERS_KNOWN;
	return true;
}

/* -- What is inferred ----------------------------------------------------- */

static bool is_near(raddr addr, raddr start, uint64_t near)
{
	return addr >= start && addr - start <= near;
}

static bool infer_chunk(struct claims *cl, const struct glibc_chunk *c,
			raddr owner, const struct pytype *t)
{
	struct reached *r;

	if (*leaf_of(cl, c))
		return true;
	r = vec_add(&cl->queue, cl->err);
	if (!r)
		return false;
	*r = (struct reached){ (size_t)(c - cl->look->gm.chunks.v), owner, t };
	return claims_take_data(cl, c, TYPELEAF_INFERRED_MALLOC, owner, t);
}

/* Who is not in a pool may be there. */
static bool is_elsewhere(const struct capture *cap, raddr word)
{
	unsigned kinds = REGION_ANON;

	/* Then objects are among malloc's chunks, with all else. */
	if (capture_is_of_malloc(cap))
		kinds |= REGION_ARENA;
	return places_kinds(&cap->places, word) & kinds;
}

bool claims_leads(const struct account_look *look, raddr word, uint64_t near)
{
	const struct glibc_chunk *c;
	const struct map *map;

	if (!is_elsewhere(look->cap, word))
		return false;
	c = chunk_in_use(look, word);
	if (c)
		return is_near(word, c->at + GLIBC_HEAD, near);
	map = maps_find(&look->maps, word);
	return map && map->write && is_near(word, map->start, near);
}

bool claims_infer(struct claims *cl, raddr word, uint64_t near, raddr owner,
		  const struct pytype *t)
{
	const struct glibc_chunk *c;
	const struct map *map;

	if (!claims_leads(cl->look, word, near))
		return true;
	c = claims_chunk(cl, word);
	if (c)
		return infer_chunk(cl, c, owner, t);
	map = maps_find(&cl->look->maps, word);
	return cl->look->is_others[map - cl->look->maps.v] ||
	       claims_take_mapped(cl, map->start, map_size(map),
				  TYPELEAF_INFERRED_MAPPED, owner, t);
}

/* -- Life ----------------------------------------------------------------- */

bool claims_init(struct claims *cl, struct account_look *look,
		 struct account *acc, struct err *err)
{
	*cl = (struct claims){ .look = look, .acc = acc, .err = err };
	err->code = ERR_NONE;
	look->typed.acc = acc;
	look->typed.types = &look->cap->types;
	look->typed.allocator = look->libs.allocator;
	look->chunk_leaf = calloc(look->gm.chunks.n + 1,
				  sizeof(*look->chunk_leaf));
	look->is_others = calloc(look->maps.n + 1, sizeof(*look->is_others));
	if (!look->chunk_leaf || !look->is_others)
		return err_nomem(err);
	return take_what_is_known(cl);
}

void claims_fini(struct claims *cl)
{
	vec_free(&cl->data);
	vec_free(&cl->taken);
	vec_free(&cl->holdings);
	vec_free(&cl->queue);
	addrmap_fini(&cl->holding_of);
	addrmap_fini(&cl->block_at);
}
