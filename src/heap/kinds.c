/* SPDX-License-Identifier: MIT */
#include "heap/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pyabi/layout.h"

/* How a row of the table says whose namespace a dict is: of a module, of a
 * type, or, by its index, of an instance of a type. */
static uint32_t holder_of(const struct heap *heap, const struct pyobj *o)
{
	const struct pytype *t = o->type;

	if (t->flags & TPF_TYPE_SUBCLASS)
		return 1 + DICTS_OF_TYPES;
	if (t->cbase && t->cbase->layout &&
	    t->cbase->layout == heap->module_layout)
		return 1 + DICTS_OF_MODULES;
	return 1 + DICTS_N + t->index;
}

void kinds_hold(struct looker *lk, const struct pyobj *o)
{
	struct heap *heap = lk->heap;
	const struct heap_pool *pool;
	raddr at = obj_dict(&lk->ctx, o);
	uint32_t lead = heap->lead + (uint32_t)lk->ctx.abi->n_pre_gc;
	uint64_t i;

	if (at && heap_block_at(heap, at - lead, &pool, &i))
		objtable_hold(&heap->table, heap_number(heap, pool, i),
			      holder_of(heap, o));
}

/* Takes over @name; NULL is out of memory. */
static bool add(struct dump *dump, char *name, const struct tally *t,
		int64_t classes, struct err *err)
{
	struct dump_kind *row;

	if (name && !t->count) {
		free(name);
		return true;
	}
	row = name ? vec_add(&dump->kinds, err) : NULL;
	if (!row) {
		free(name);
		return err_nomem(err);
	}
	row->kind = name;
	row->count = t->count;
	row->bytes = t->bytes;
	row->allocated = t->allocated;
	row->classes = classes;
	return true;
}

static void take_off(struct tally *from, const struct tally *what)
{
	from->count -= what->count;
	from->bytes -= what->bytes;
	from->allocated -= what->allocated;
}

/* A row for all classes of one name, as in the types. */
static bool add_dicts_of(const struct census *census, struct dump *dump,
			 struct tally *left, struct err *err)
{
	struct pytypes *types = &census->heap->cap->types;
	struct addrmap rows = { 0 };
	bool ok = true;

	for (size_t i = 0; ok && i < census->dicts_of.n; i++) {
		const struct tally *t = &census->dicts_of.v[i];
		const struct pytype *type = types->all.v[i];
		struct dump_kind *row;
		uint32_t n;
		char *name;

		if (!t->count)
			continue;
		take_off(left, t);
		n = addrmap_get(&rows, (raddr)type->full_id + 1);
		if (n != ADDRMAP_NONE) {
			row = &dump->kinds.v[n];
			row->count += t->count;
			row->bytes += t->bytes;
			row->allocated += t->allocated;
			row->classes++;
			continue;
		}
		if (asprintf(&name, "dict of %s", type->full) < 0)
			name = NULL;
		ok = addrmap_put(&rows, (raddr)type->full_id + 1,
				 (uint32_t)dump->kinds.n, err) &&
		     add(dump, name, t, 1, err);
	}
	addrmap_fini(&rows);
	return ok;
}

static bool add_dicts(const struct census *census, struct dump *dump,
		      struct tally left, struct err *err)
{
	static const char *const names[DICTS_N] = {
		[DICTS_OF_MODULES] = "dict of module",
		[DICTS_OF_TYPES] = "dict of type",
	};

	if (!add_dicts_of(census, dump, &left, err))
		return false;
	for (int i = 0; i < DICTS_N; i++) {
		take_off(&left, &census->dicts[i]);
		if (!add(dump, strdup(names[i]), &census->dicts[i], 1, err))
			return false;
	}
	return add(dump, strdup("dict (no owner)"), &left, 1, err);
}

bool kinds_fill(const struct census *census, struct dump *dump,
		struct err *err)
{
	struct tally dicts = { 0 };

	for (size_t i = 0; i < dump->types.n; i++) {
		const struct dump_type *t = &dump->types.v[i];
		struct tally row = { .count = t->count, .bytes = t->bytes,
				     .allocated = t->allocated };

		if (strcmp(t->type, "dict") == 0)
			dicts = row;
		else if (!add(dump, strdup(t->type), &row, t->classes, err))
			return false;
	}
	return add_dicts(census, dump, dicts, err);
}
