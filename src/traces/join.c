/* SPDX-License-Identifier: MIT */
/*
 * What lies on the blocks that tracemalloc traces.
 *
 * A trace has the address that the allocator returned: of an object, that of
 * what precedes it; behind the marks of debug hooks, which are below
 * tracemalloc.  Buffers are asked of their owners.  What is nobody's then is
 * C's, or a dead object that is kept for reuse.
 */
#include <stdlib.h>

#include "base/addrmap.h"
#include "heap/heap.h"
#include "heap/objects.h"
#include "traces/take.h"

struct join {
	struct traces *traces;
	struct looker lk;
	struct addrmap by_page;		/* the first block there, by number */
	raddr page;			/* that was asked for last, */
	uint32_t first;			/* ... and that of it */
	uint32_t *names;		/* of types, by index; STRSET_NONE: not
					   asked yet */
};

static raddr page_of(raddr at)
{
	return at / ADDR_PAGE + 1;	/* 0 is no key */
}

static bool index_blocks(struct join *j, struct err *err)
{
	const struct traces *t = j->traces;
	raddr last = 0;

	for (size_t i = 0; i < t->blocks.n; i++) {
		const raddr page = page_of(t->blocks.v[i].at);

		if (page != last &&
		    !addrmap_put(&j->by_page, page, (uint32_t)i, err))
			return false;
		last = page;
	}
	return true;
}

/* Blocks of other domains are nobody's who asks Python for memory. */
static struct traces_block *block_at(struct join *j, raddr at)
{
	const struct traces *t = j->traces;
	const raddr page = page_of(at);

	if (page != j->page) {
		j->page = page;
		j->first = addrmap_get(&j->by_page, page);
	}
	if (j->first == ADDRMAP_NONE)
		return NULL;
	for (size_t i = j->first; i < t->blocks.n && t->blocks.v[i].at <= at;
	     i++) {
		if (t->blocks.v[i].at == at && !t->blocks.v[i].domain)
			return &t->blocks.v[i];
	}
	return NULL;
}

static bool type_number(struct join *j, const struct pytype *type,
			uint32_t *ret, struct err *err)
{
	uint32_t *name = &j->names[type->index];

	if (*name == STRSET_NONE) {
		if (!pytypes_name(j->lk.ctx.types, type, err))
			return false;
		*name = strset_add(&j->traces->types, type->full, err);
	}
	*ret = *name;
	return *name != STRSET_NONE;
}

static bool mark_block(struct join *j, raddr at, const struct pytype *type,
		       bool is_object, struct err *err)
{
	struct traces_block *block = block_at(j, at);

	if (!block || block->is_object)
		return true;
	block->is_object = is_object;
	return type_number(j, type, &block->type, err);
}

static bool join_object(void *arg, const struct object *object,
			struct err *err)
{
	struct join *j = arg;
	struct looker *lk = &j->lk;
	struct pyobj o;

	if (!(object->flags & OBJROW_STATIC) &&
	    !mark_block(j, object->addr - object->type->pre, object->type,
			true, err))
		return false;
	if (object->type->no_buffers || !objects_view(lk, object, &o))
		return true;
	lk->bufs.n = 0;
	obj_buffers(&lk->ctx, &o, &lk->bufs);
	for (size_t i = 0; i < lk->bufs.n; i++) {
		if (!mark_block(j, lk->bufs.v[i].addr, object->type, false,
				err))
			return false;
	}
	return true;
}

bool traces_join(struct traces *traces, struct heap *heap, struct err *err)
{
	const size_t n_types = heap->cap->types.all.n;
	struct join j = { .traces = traces,
			  .first = ADDRMAP_NONE };
	bool ok = census_looker(&j.lk, heap, err);

	j.names = malloc((n_types + 1) * sizeof(*j.names));
	if (!j.names)
		ok = err_nomem(err);
	for (size_t i = 0; j.names && i < n_types; i++)
		j.names[i] = STRSET_NONE;
	ok = ok && index_blocks(&j, err) &&
	     objects_visit(heap, join_object, &j, err);
	free(j.names);
	addrmap_fini(&j.by_page);
	looker_fini(&j.lk);
	return ok;
}
