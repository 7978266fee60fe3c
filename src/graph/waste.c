/* SPDX-License-Identifier: MIT */
/*
 * Containers and instances one by one, by the role of their type.
 *
 * What a container would take is what CPython makes of a copy: pyfill says so.
 * Of classes: the same instances with a slot for each name that an instance has,
 * and with __weakref__ only if one has a weak reference.
 *
 * Facts: CPython 3.6 to 3.15, Objects/typeobject.c (type_new_slots).
 */
#include "graph/waste.h"

#include <stdlib.h>
#include <string.h>

#include "graph/names.h"
#include "pyabi/layout.h"
#include "pyabi/types/keys.h"

enum {
	NUMBERS_LEAST = 16,	/* in a list, to be worth an array */
	INT_BYTES = 8,		/* of digits: what fits in 64 bits */
	GAIN_PART = 3,		/* of an instance that __slots__ must save */
};

enum role { ROLE_NONE, ROLE_DICT, ROLE_LIST, ROLE_SET, ROLE_INSTANCE };

static const struct {
	const char *layout;
	enum role role;
} roles[] = {
	{ "dict", ROLE_DICT },
	{ "collections.defaultdict", ROLE_DICT },
	{ "list", ROLE_LIST },
	{ "set|frozenset", ROLE_SET },
};

/* All instances of a class. */
struct instances {
	uint64_t n, allocated, names;
	bool weak;		/* one has a weak reference */
};

struct survey {
	struct waste_hunt hunt;
	uint8_t *role;		/* by type */
	struct instances *instances;
};

bool waste_is_exact(const struct pytype *t, const char *name)
{
	return t->layout && !t->described && !t->python_class &&
	       strcmp(t->layout->name, name) == 0;
}

static enum role role_of(const struct pytype *t)
{
	if (t->python_class && t->cbase && !t->cbase->base && !t->itemsize)
		return t->dictoffset || t->flags & TPF_MANAGED_DICT ?
		       ROLE_INSTANCE : ROLE_NONE;
	for (size_t i = 0; t->layout && !t->described &&
			   i < sizeof(roles) / sizeof(*roles); i++) {
		if (strcmp(t->layout->name, roles[i].layout) == 0)
			return roles[i].role;
	}
	return ROLE_NONE;
}

bool waste_found(struct waste_hunt *hunt, struct wasted wasted, uint64_t bytes,
		 struct err *err)
{
	struct waste_sum *sum = &hunt->waste->kinds[wasted.kind];
	struct wasted *slot = vec_add(&hunt->found, err);

	if (!slot)
		return false;
	*slot = wasted;
	sum->objects += wasted.objects;
	sum->bytes += (int64_t)bytes;
	sum->saved += (int64_t)wasted.saved;
	return true;
}

/* --- containers ---------------------------------------------------------- */

static uint64_t pair_size(const struct graph *g)
{
	const struct abi *abi = &g->heap->cap->tr.rt.abi;

	return (uint64_t)abi->n_pre_gc + abi->tuple_ob_item +
	       2 * sizeof(raddr);
}

static const enum waste_kind sparse_kinds[] = {
	[ROLE_DICT] = WASTE_SPARSE_DICT,
	[ROLE_LIST] = WASTE_SPARSE_LIST,
	[ROLE_SET] = WASTE_SPARSE_SET,
};

/* At most one finding a container.  What a list has to spare after an append()
 * is none; tables grow by half at least. */
static bool ask_container(struct survey *s, uint32_t number, enum role role,
			  const struct object *object,
			  const struct pyfill *fill, struct err *err)
{
	const uint64_t size = object->sizes.size, pair = pair_size(s->hunt.g);
	const bool exact = !object->type->python_class;
	struct wasted found = { .number = number, .objects = 1 };

	if (!fill->used && exact) {
		found.kind = WASTE_EMPTY;
		found.saved = size;
	} else if (fill->used == 1 && exact && role == ROLE_DICT &&
		   size > pair) {
		found.kind = WASTE_ONE_ENTRY;
		found.saved = size - pair;
	} else if (fill->spare && (role != ROLE_LIST ||
				   fill->used * 2 <= fill->room)) {
		found.kind = (uint8_t)sparse_kinds[role];
		found.saved = fill->spare;
	} else {
		return true;
	}
	return waste_found(&s->hunt, found, size, err);
}

/* Numbers as large as @most, of one type and held by nobody else. */
static bool ask_numbers(struct survey *s, uint32_t number, uint64_t used,
			struct err *err)
{
	const struct graph *g = s->hunt.g;
	const struct abi *abi = &g->heap->cap->tr.rt.abi;
	const uint32_t *links = &g->links.to[g->links.first[number]];
	const uint32_t n = g->links.first[number + 1] -
			   g->links.first[number];
	struct wasted found = { .number = number, .kind = WASTE_NUMBERS };
	const struct pytype *type;
	uint64_t most;

	if (used < NUMBERS_LEAST || n != used)
		return true;
	type = graph_type(g, link_node(links[0]));
	if (waste_is_exact(type, "float"))
		most = (uint64_t)type->basicsize;
	else if (waste_is_exact(type, "int"))
		most = abi->int_ob_digit + INT_BYTES;
	else
		return true;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t v = link_node(links[i]);
		uint64_t size = graph_sizes(g, v).size;

		if (graph_type(g, v) != type || size > most)
			return true;
		if (s->hunt.refcounts[v] != 1)
			continue;
		found.objects++;
		found.saved += size;
	}
	return !found.objects ||
	       waste_found(&s->hunt, found, found.saved, err);
}

/* --- instances ----------------------------------------------------------- */

static bool has_weak_references(struct pyctx *ctx, const struct pyobj *o)
{
	int64_t at = o->type->weaklistoffset;
	uint64_t word;

	if (o->type->flags & TPF_MANAGED_WEAKREF)
		at = ctx->abi->n_managed_weakref_at;
	if (at > 0)
		return obj_u64(ctx, o, (uint32_t)at) != 0;
	if (!at || at < o->pre - o->p)
		return false;
	memcpy(&word, o->p + at, sizeof(word));
	return word != 0;
}

static void ask_instance(struct survey *s, const struct object *object,
			 const struct pyobj *o)
{
	struct instances *all = &s->instances[object->type->index];
	struct pyctx *ctx = &s->hunt.lk.ctx;
	const struct graph *g = s->hunt.g;
	raddr dict = obj_dict(ctx, o);
	uint32_t number = dict ? graph_number(g, dict) : LINK_NONE;
	struct keys keys;
	uint64_t used;

	all->n++;
	all->allocated += object->sizes.allocated;
	all->weak |= has_weak_references(ctx, o);
	if (number != LINK_NONE) {
		all->allocated += graph_sizes(g, number).allocated;
		used = ctx_u64(ctx, dict + ctx->abi->dict_ma_used);
		all->names = used > all->names ? used : all->names;
	}
	if (all->n == 1 && o->type->cached_keys &&
	    keys_read(ctx, o->type->cached_keys, &keys) &&
	    keys.n > all->names)
		all->names = keys.n;
}

/* What one would take with slots, all told. */
static uint64_t slotted(const struct abi *abi, const struct pytype *t,
			const struct instances *all)
{
	const uint64_t word = sizeof(raddr);
	uint64_t size = (uint64_t)abi->n_pre_gc + (uint64_t)t->basicsize +
			all->names * word;

	if (t->dictoffset > 0 && !(t->flags & TPF_MANAGED_DICT))
		size -= word;
	if (t->flags & TPF_MANAGED_WEAKREF)
		size += all->weak ? (uint64_t)abi->n_pre_managed : 0;
	else if (t->weaklistoffset > 0 && !all->weak)
		size -= word;
	return addr_up(size, (uint64_t)abi->n_pool_alignment);
}

static bool judge_class(struct survey *s, uint32_t index, struct err *err)
{
	const struct graph *g = s->hunt.g;
	const struct instances *all = &s->instances[index];
	struct wasted found = { .number = index, .kind = WASTE_SLOTS,
				.objects = (uint32_t)all->n };
	uint64_t then;

	if (!all->n || !all->names)
		return true;
	then = all->n * slotted(&g->heap->cap->tr.rt.abi, g->types[index],
				all);
	if (then >= all->allocated)
		return true;
	found.saved = all->allocated - then;
	return found.saved * GAIN_PART < all->allocated ||
	       waste_found(&s->hunt, found, all->allocated, err);
}

/* --- all ----------------------------------------------------------------- */

static bool ask(void *arg, const struct object *object, struct err *err)
{
	struct survey *s = arg;
	struct pyctx *ctx = &s->hunt.lk.ctx;
	enum role role = s->role[object->type->index];
	uint32_t number = role ? graph_number(s->hunt.g, object->addr) :
				 LINK_NONE;
	struct pyfill fill;
	struct pyobj o;

	if (number == LINK_NONE || object->flags & OBJROW_STATIC ||
	    names_is_namespace(s->hunt.g, number) ||
	    !objects_view(&s->hunt.lk, object, &o))
		return true;
	ctx->faults = 0;
	if (role == ROLE_INSTANCE) {
		ask_instance(s, object, &o);
		return true;
	}
	obj_fill(ctx, &o, &fill);
	if (ctx->faults)
		return true;
	return ask_container(s, number, role, object, &fill, err) &&
	       (role != ROLE_LIST ||
		ask_numbers(s, number, fill.used, err));
}

static bool survey_init(struct survey *s, struct err *err)
{
	const struct graph *g = s->hunt.g;
	const size_t n = g->heap->cap->types.all.n;

	s->role = calloc(n + 1, sizeof(*s->role));
	s->instances = calloc(n + 1, sizeof(*s->instances));
	if (!s->role || !s->instances)
		return err_nomem(err);
	for (size_t i = 0; i < n; i++)
		s->role[i] = (uint8_t)role_of(g->heap->cap->types.all.v[i]);
	return census_looker(&s->hunt.lk, g->heap, err) &&
	       graph_refcounts(g, &s->hunt.refcounts, err);
}

static bool survey_classes(struct survey *s, struct err *err)
{
	bool ok = true;

	for (uint32_t i = 0; ok && i < s->hunt.g->heap->cap->types.all.n; i++)
		ok = s->role[i] != ROLE_INSTANCE || judge_class(s, i, err);
	return ok;
}

bool waste_fill(struct waste *waste, const struct graph *g, struct err *err)
{
	struct survey s = { .hunt = { .g = g, .waste = waste } };
	bool ok = survey_init(&s, err) &&
		  objects_visit(g->heap, ask, &s, err) &&
		  survey_classes(&s, err) &&
		  (!waste->want_equal || waste_equal(&s.hunt, err)) &&
		  waste_owners(&s.hunt, err);

	looker_fini(&s.hunt.lk);
	free(s.hunt.refcounts);
	vec_free(&s.hunt.found);
	free(s.role);
	free(s.instances);
	return ok;
}
