/* SPDX-License-Identifier: MIT */
/*
 * Blocks are noted a pool at a time, in slabs of the thread that looks: no thread
 * waits for another, and nothing is moved.  Who owns a buffer may be seen before
 * the pool that it is in, so buffers are given to their owners when all pools
 * have passed.
 */
#include "account/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "heap/regions.h"
#include "pyabi/layout.h"
#include "pyabi/strobj.h"

enum {
	SLAB = 1 << 18,		/* blocks */
	OWN_WORDS = 1 << 10,	/* bytes of an object that are looked at */
};

static struct ledger *ledger_of(struct onlooker *on)
{
	return container_of(on, struct ledger, onlooker);
}

static bool ledger_join(struct onlooker *on, struct looker *lk)
{
	struct ledger *lg = ledger_of(on);
	struct ledger_page *page = calloc(1, sizeof(*page));

	if (!page)
		return err_nomem(&lk->err);
	if (lg->n_pages == ARRAY_SIZE(lg->page)) {
		free(page);
		return err_set(&lk->err, ERR_LIMIT, "too many threads look");
	}
	page->ledger = lg;
	lg->page[lg->n_pages++] = page;
	lk->onlooker_part = page;
	return true;
}

/* -- Blocks --------------------------------------------------------------- */

static struct ledger_block *ledger_room(struct ledger_page *page, size_t n,
					struct err *err)
{
	struct ledger_block **slab, *ret;

	if (page->n_room < n) {
		slab = vec_add(&page->slabs, err);
		if (!slab)
			return NULL;
		*slab = malloc(SLAB * sizeof(**slab));
		page->room = *slab;
		page->n_room = *slab ? SLAB : 0;
	}
	if (page->n_room < n) {
		err_nomem(err);
		return NULL;
	}
	ret = page->room;
	page->room += n;
	page->n_room -= n;
	return ret;
}

/* What no object is in: a buffer whose owner is not known yet, or C code's. */
static struct ledger_block ledger_nobodys(const struct ledger *lg,
					  const uint8_t *p, uint32_t size)
{
	return (struct ledger_block){
		.state = LEDGER_NOBODYS,
		.number = libraries_whose(lg->libs, p, size),
	};
}

static bool ledger_span(struct looker *lk, const struct span *span,
			const uint64_t *live)
{
	struct ledger_page *page = lk->onlooker_part;
	const struct ledger *lg = page->ledger;
	struct ledger_cell *cell;
	struct ledger_block *to;

	if (span->uneven)
		return true;
	to = ledger_room(page, span->n, &lk->err);
	if (!to)
		return false;
	for (uint32_t k = 0; k < span->n; k++) {
		to[k] = page->now[k];
		if (heap_bit(live, k) && to[k].state == LEDGER_FREE)
			to[k] = ledger_nobodys(lg, span->p + k * span->block,
					       span->block);
	}
	memset(page->now, 0, span->n * sizeof(*page->now));
	cell = &lg->cell[blocksource_cell(&lg->cap->source, span->start)];
	*cell = (struct ledger_cell){
		.block = to, .size = span->block, .n = (uint16_t)span->n,
		.head = (uint16_t)(span->start -
				   blocksource_start(&lg->cap->source,
						     span->start)),
		.room = (uint16_t)span->room, .state = LEDGER_TOLD,
	};
	return true;
}

static void ledger_empty(struct onlooker *on, raddr at)
{
	struct ledger *lg = ledger_of(on);

	if (!lg->cap->source.chunks)
		lg->cell[blocksource_cell(&lg->cap->source, at)].state =
			LEDGER_EMPTY;
}

/* -- Objects -------------------------------------------------------------- */

static bool ledger_note(struct looker *lk, const struct pyobj *o, raddr addr,
			uint64_t len, bool is_buffer)
{
	struct ledger_page *page = lk->onlooker_part;
	struct ledger_part *part = vec_add(&page->parts, &lk->err);

	if (part)
		*part = (struct ledger_part){
			.owner = o->addr, .addr = addr, .len = len,
			.type = o->type->index, .is_buffer = is_buffer,
		};
	return part != NULL;
}

/* Where it is in malloc's memory; of other allocators, with its size. */
static bool ledger_itself(struct looker *lk, const struct pyobj *o)
{
	const struct ledger_page *page = lk->onlooker_part;
	uint64_t least = 0, size = 0;

	if (page->ledger->libs->allocator)
		size = obj_block_size(&lk->ctx, o, &least);
	return ledger_note(lk, o, o->addr - o->type->pre - block_lead(&lk->br),
			   size ? size : least, false);
}

static bool ledger_claim(struct looker *lk, const struct pyobj *finder,
			 const struct pydata *data, const struct pytype *t,
			 enum ledger_claim claim)
{
	struct ledger_page *page = lk->onlooker_part;
	struct ledger_data *d = vec_add(&page->data, &lk->err);

	if (d)
		*d = (struct ledger_data){
			.finder = finder->addr, .data = *data,
			.type = t->index, .claim = claim,
			.order = (uint32_t)page->data.n,
		};
	return d != NULL;
}

/* What is in an object's own block of a pool is told by the block. */
static bool is_in_pool(const struct looker *lk, raddr addr)
{
	const struct capture *cap = lk->cap;

	return !capture_is_of_malloc(cap) &&
	       places_kind(&cap->places, addr) == REGION_ARENA;
}

static bool ledger_data(struct looker *lk, const struct pyobj *o)
{
	struct pyctx *ctx = &lk->ctx;
	const struct pytype *t = o->type;
	struct pydata data;

	ctx->faults = 0;
	obj_data(ctx, o, &data);
	if (ctx->faults || !data.len || is_in_pool(lk, data.addr))
		return true;
	if (data.owner == o->addr)
		return ledger_claim(lk, o, &data, t, LEDGER_DATA);
	/* What a memoryview keeps another from giving back is that other's. */
	t = pytypes_get(ctx->types, ctx_u64(ctx, data.owner +
					    ctx->abi->object_ob_type));
	return !t || ctx->faults ||
	       ledger_claim(lk, o, &data, t, LEDGER_EXPORTED);
}

/* Does C code that nobody described decide what is in such an object? */
static bool is_foreign(const struct pytype *t)
{
	return pytype_is_foreign(t) || t->layout->opaque != OPAQUE_NOT;
}

static bool ledger_words(struct looker *lk, const struct pyobj *o)
{
	const struct ledger *lg =
		((struct ledger_page *)lk->onlooker_part)->ledger;
	uint64_t end = o->avail < OWN_WORDS ? o->avail : OWN_WORDS;

	for (uint64_t off = lk->ctx.abi->object_sizeof; off + 8 <= end;
	     off += 8) {
		const struct pydata word = { .addr = load_u64(o->p + off),
					     .owner = o->addr };

		if (lg->leads(lg->arg, word.addr) &&
		    !ledger_claim(lk, o, &word, o->type, LEDGER_WORD))
			return false;
	}
	return true;
}

static bool is_interned(struct looker *lk, const struct pyobj *o)
{
	return (o->type->flags & TPF_STR_SUBCLASS) &&
	       strobj_is_interned(&lk->ctx, o);
}

static bool ledger_object(struct looker *lk, const struct spot *at,
			  const struct pyobj *o)
{
	struct ledger_page *page = lk->onlooker_part;
	const struct pytype *t = o->type;

	if (at && !at->span->uneven)
		page->now[at->k] = (struct ledger_block){
			.state = LEDGER_OBJECT, .number = t->index,
			.interned = is_interned(lk, o),
		};
	else if (!ledger_itself(lk, o))
		return false;
	for (size_t i = 0; i < lk->bufs.n; i++) {
		if (!ledger_note(lk, o, lk->bufs.v[i].addr,
				 lk->bufs.v[i].len, true))
			return false;
	}
	return (!t->layout || !t->layout->data || ledger_data(lk, o)) &&
	       (!is_foreign(t) || ledger_words(lk, o));
}

static bool ledger_refused(struct looker *lk, const struct pyobj *o)
{
	struct ledger_page *page = lk->onlooker_part;
	const struct ledger *lg = page->ledger;
	const uint32_t lead = block_lead(&lk->br);
	const struct ledger_cell *cell;
	struct ledger_block *block = ledger_block(lg, o->addr, &cell);
	raddr *slot = vec_add(&page->refused, &lk->err);

	if (slot)
		*slot = o->addr;
	if (block && block->state == LEDGER_OBJECT)
		*block = ledger_nobodys(lg, o->pre - lead, cell->size);
	return slot != NULL;
}

/* -- Afterwards ----------------------------------------------------------- */

bool ledger_settle(struct ledger *lg, struct err *err)
{
	for (size_t i = 0; i < lg->n_pages; i++) {
		for (size_t k = 0; k < lg->page[i]->refused.n; k++) {
			if (!addrmap_put(&lg->refused,
					 lg->page[i]->refused.v[k], 0, err))
				return false;
		}
	}
	return true;
}

struct ledger_block *ledger_block(const struct ledger *lg, raddr addr,
				  const struct ledger_cell **ret_cell)
{
	const struct blocksource *src = &lg->cap->source;
	size_t n = src->chunks ? SIZE_MAX : blocksource_cell(src, addr);
	const struct ledger_cell *cell = n == SIZE_MAX ? NULL : &lg->cell[n];
	uint64_t off, k;

	if (!cell || cell->state != LEDGER_TOLD)
		return NULL;
	off = addr - blocksource_start(src, addr);
	k = off < cell->head ? UINT64_MAX : (off - cell->head) / cell->size;
	*ret_cell = cell;
	return k < cell->n ? &cell->block[k] : NULL;
}

static raddr type_address(const struct ledger *lg, uint32_t index)
{
	return lg->cap->types.all.v[index]->addr;
}

bool ledger_give(const struct ledger *lg, const struct ledger_part *part)
{
	const struct ledger_cell *cell;
	struct ledger_block *block = ledger_block(lg, part->addr, &cell);
	struct ledger_block was, is = { .state = LEDGER_BUFFER,
					.number = part->type };

	if (!block)
		return false;
	__atomic_load(block, &was, __ATOMIC_RELAXED);
	while (was.state == LEDGER_NOBODYS ||
	       (was.state == LEDGER_BUFFER &&
		type_address(lg, part->type) < type_address(lg, was.number))) {
		if (__atomic_compare_exchange(block, &was, &is, false,
					      __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED))
			break;
	}
	return true;
}

bool ledger_init(struct ledger *lg, const struct capture *cap,
		 const struct libraries *libs, struct err *err)
{
	ledger_fini(lg);
	lg->onlooker = (struct onlooker){
		.join = ledger_join, .object = ledger_object,
		.span = ledger_span, .empty = ledger_empty,
		.refused = ledger_refused,
	};
	lg->cap = cap;
	lg->libs = libs;
	lg->cell = calloc(cap->source.chunks ? 1 : cap->source.n_cells + 1,
			  sizeof(*lg->cell));
	return lg->cell ? true : err_nomem(err);
}

static void page_free(struct ledger_page *page)
{
	for (size_t i = 0; i < page->slabs.n; i++)
		free(page->slabs.v[i]);
	vec_free(&page->slabs);
	vec_free(&page->parts);
	vec_free(&page->data);
	vec_free(&page->refused);
	free(page);
}

void ledger_fini(struct ledger *lg)
{
	for (size_t i = 0; i < lg->n_pages; i++)
		page_free(lg->page[i]);
	lg->n_pages = 0;
	free(lg->cell);
	lg->cell = NULL;
	addrmap_fini(&lg->refused);
}
