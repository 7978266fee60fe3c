/* SPDX-License-Identifier: MIT */
#include "heap/details.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/nomem.h"
#include "heap/objects.h"
#include "pyabi/dictobj.h"
#include "pyabi/pyrepr.h"
#include "pyabi/strobj.h"
#include "pyabi/types/instance.h"
#include "pyabi/types/keys.h"

enum {
	KEY_TEXT = 120,
	STORE = 4096,
	MAX_LOOKED_AT = 1 << 16,	/* items of a sequence, null ones too */
};

/* --- instances of a type -------------------------------------------------- */

struct search {
	struct details *d;
	struct pyctx ctx;
	const struct pytype *known;	/* is so called */
	const struct pytype *other;	/* is not */
};

static bool copy_text(char **to, const char *from, struct err *err)
{
	*to = nomem_strdup(from);
	return *to ? true : err_nomem(err);
}

static bool add_base(struct details *d, struct pyctx *ctx, raddr addr,
		     struct err *err)
{
	const struct pytype *t = pytypes_get(ctx->types, addr);
	char **slot;

	if (!t)
		return true;
	if (!pytypes_name(ctx->types, t, err))
		return false;
	slot = vec_add(&d->bases, err);
	if (slot && copy_text(slot, t->full, err))
		return true;
	if (slot)
		d->bases.n--;
	return false;
}

/* tp_mro is a tuple that begins with the type itself. */
static bool add_bases(struct details *d, struct pyctx *ctx,
		      const struct pytype *t, struct err *err)
{
	const struct abi *abi = ctx->abi;
	raddr mro = ctx_u64(ctx, t->addr + abi->type_tp_mro);
	uint64_t n = mro ? ctx_u64(ctx, mro + abi->var_ob_size) : 0;

	for (uint64_t i = 1; i < n && i < MAX_TYPE_DEPTH; i++) {
		raddr base = ctx_u64(ctx, mro + abi->tuple_ob_item + 8 * i);

		if (!add_base(d, ctx, base, err))
			return false;
	}
	return true;
}

/* Is @t the type that is asked for? */
static bool is_wanted(struct search *s, struct pyctx *ctx,
		      const struct pytype *t, bool *ret, struct err *err)
{
	*ret = t == s->known;
	if (t == s->known || t == s->other)
		return true;
	if (!pytypes_name(ctx->types, t, err))
		return false;
	*ret = strcmp(t->full, s->d->type) == 0;
	if (!*ret) {
		s->other = t;
		return true;
	}
	if (!s->known && !add_bases(s->d, ctx, t, err))
		return false;
	s->known = t;
	return true;
}

static bool note(void *arg, const struct object *object, struct err *err)
{
	struct search *s = arg;
	struct details *d = s->d;
	struct details_instance *row;
	int64_t size = (int64_t)object->sizes.size;
	uint8_t gen = object->gen;
	bool wanted;

	if (!is_wanted(s, &s->ctx, object->type, &wanted, err))
		return false;
	if (!wanted)
		return true;
	if (!d->count++ || size < d->smallest)
		d->smallest = size;
	if (size > d->largest)
		d->largest = size;
	if (d->instances.n >= d->most)
		return true;
	row = vec_add(&d->instances, err);
	if (!row)
		return false;
	row->address = object->addr;
	row->size = size;
	row->allocated = (int64_t)object->sizes.allocated;
	row->generation = gen && gen != GEN_FROZEN ? gen - GEN_FIRST :
						     DUMP_UNKNOWN;
	return true;
}

bool details_find(struct details *d, struct heap *heap, struct err *err)
{
	struct search s = { .d = d, .ctx = heap->cap->ctx };

	d->count = 0;
	d->smallest = d->largest = DUMP_UNKNOWN;
	return objects_visit(heap, note, &s, err);
}

void details_fini(struct details *d)
{
	for (size_t i = 0; i < d->bases.n; i++)
		free(d->bases.v[i]);
	vec_free(&d->bases);
	vec_free(&d->instances);
}

/* --- what is in an object ------------------------------------------------- */

struct reading {
	struct details_object *ret;
	struct pyctx *ctx;
	bool values;		/* may be shown, and keys of dicts */
	bool items;		/* of a dict that is looked at itself */
	size_t n;
	struct err *err;
	bool failed;
};

static char *type_name_at(struct pyctx *ctx, raddr addr, struct err *err)
{
	const struct pytype *t;

	t = pytypes_get(ctx->types,
			ctx_u64(ctx, addr + ctx->abi->object_ob_type));
	if (!t || !pytypes_name(ctx->types, t, err))
		return NULL;
	return nomem_strdup(t->full);
}

static char *value_at(struct pyctx *ctx, raddr addr)
{
	char text[PYREPR_SIZE];

	pyrepr(ctx, addr, text, sizeof(text));
	return nomem_strdup(text);
}

/* Takes @name over. */
static bool add_field(struct reading *r, char *name, raddr value)
{
	struct details_field *field;

	if (r->ret->fields.n >= DETAILS_MAX_FIELDS) {
		r->ret->cut = true;
		free(name);
		return false;
	}
	field = name ? vec_add(&r->ret->fields, r->err) : NULL;
	if (!field) {
		r->failed = true;
		free(name);
		return err_nomem(r->err);
	}
	field->name = name;
	field->type = type_name_at(r->ctx, value, r->err);
	field->address = value;
	if (r->values)
		field->value = value_at(r->ctx, value);
	return true;
}

static char *item_name(size_t i)
{
	char *name;

	return asprintf(&name, "[%zu]", i) < 0 ? NULL : name;
}

static bool is_str(struct pyctx *ctx, raddr addr)
{
	const struct pytype *t;

	t = pytypes_get(ctx->types,
			ctx_u64(ctx, addr + ctx->abi->object_ob_type));
	return t && (t->flags & TPF_STR_SUBCLASS);
}

/* Names of attributes are the program's; keys of a dict may be anything. */
static char *key_name(struct reading *r, raddr key)
{
	char text[KEY_TEXT], *name;

	if (!is_str(r->ctx, key) ||
	    !strobj_text(r->ctx, key, text, sizeof(text)))
		return r->items ? item_name(r->n) : nomem_strdup("?");
	if (!r->items)
		return nomem_strdup(text);
	if (!r->values)
		return item_name(r->n);
	return asprintf(&name, "['%s']", text) < 0 ? NULL : name;
}

static bool add_entry(void *arg, raddr key, raddr value)
{
	struct reading *r = arg;
	char *name = key_name(r, key);

	r->n++;
	return add_field(r, name, value);
}

static void add_dict(struct reading *r, raddr dict, bool items)
{
	r->items = items;
	r->n = 0;
	dictobj_each(r->ctx, dict, add_entry, r);
	r->ret->torn |= r->ctx->faults > 0;
}

/* Attributes whose values are not in a dict, but their names in the type. */
static void add_values(struct reading *r, const struct pyobj *o)
{
	struct pyctx *ctx = r->ctx;
	uint64_t n = 0;
	raddr values = instance_values(ctx, o, &n);
	struct keys keys;

	if (!values || !keys_read(ctx, o->type->cached_keys, &keys))
		return;
	for (uint64_t i = 0; i < n && i < keys.n; i++) {
		raddr value = ctx_u64(ctx, values + 8 * i);
		raddr key = ctx_u64(ctx, keys.entries + i * keys.step +
						 keys.key);

		if (value && !add_entry(r, key, value))
			return;
	}
}

/* The members that __slots__ made, by the names they have in the type. */
static void add_slots(struct reading *r, const struct pyobj *o,
		      const struct pytype *t)
{
	const struct abi *abi = r->ctx->abi;
	raddr at = t->addr + (uint64_t)t->meta->basicsize;
	uint64_t n = ctx_u64(r->ctx, t->addr + abi->var_ob_size);

	for (uint64_t i = 0; t->n_slots && i < n && i < MAX_TYPE_NAME; i++) {
		raddr member = at + i * abi->memberdef_sizeof;
		uint64_t off = ctx_u64(r->ctx, member + abi->memberdef_offset);
		char name[KEY_TEXT];
		raddr value;

		if (off >= (uint64_t)t->basicsize ||
		    !mem_cstr(r->ctx->mem,
			      ctx_u64(r->ctx, member + abi->memberdef_name),
			      name, sizeof(name), r->err))
			continue;
		value = obj_u64(r->ctx, o, (uint32_t)off);
		if (value && !add_field(r, nomem_strdup(name), value))
			return;
	}
}

static void add_items(struct reading *r, raddr at, uint64_t n)
{
	for (uint64_t i = 0; i < n && !r->ctx->faults; i++) {
		raddr value = ctx_u64(r->ctx, at + 8 * i);

		if (i >= MAX_LOOKED_AT) {
			r->ret->cut = true;
			return;
		}
		if (value && !add_field(r, item_name(i), value))
			return;
	}
}

static void add_content(struct reading *r, const struct pyobj *o)
{
	const struct abi *abi = r->ctx->abi;
	const struct pytype *t = o->type;
	raddr dict;

	if (t->flags & TPF_DICT_SUBCLASS)
		add_dict(r, o->addr, true);
	if (t->flags & TPF_TUPLE_SUBCLASS)
		add_items(r, o->addr + abi->tuple_ob_item,
			  obj_u64(r->ctx, o, abi->var_ob_size));
	if (t->flags & TPF_LIST_SUBCLASS)
		add_items(r, obj_u64(r->ctx, o, abi->list_ob_item),
			  obj_u64(r->ctx, o, abi->var_ob_size));
	r->items = false;
	for (int i = 0; t && t->python_class && i < MAX_TYPE_DEPTH; i++) {
		add_slots(r, o, t);
		t = t->base;
	}
	/* A dict may exist as a view of the values: then those will do. */
	r->n = r->ret->fields.n;
	if (o->type->python_class)
		add_values(r, o);
	dict = r->ret->fields.n == r->n ? obj_dict(r->ctx, o) : 0;
	r->ret->torn |= r->ctx->faults > 0;
	if (dict)
		add_dict(r, dict, false);
}

/* The type of a living object at @addr, or NULL.  A block that was freed
 * begins with the address of the next free one. */
static const struct pytype *living(struct pyctx *ctx, raddr addr)
{
	uint64_t refcnt;

	ctx->faults = 0;
	if (!addr || addr % 8)
		return NULL;
	refcnt = ctx_u64(ctx, addr);
	if (ctx->faults || !refcnt_is_alive(ctx->abi, refcnt) ||
	    (ctx->may_hold && ctx->may_hold(ctx->places, refcnt)))
		return NULL;
	return pytypes_get(ctx->types,
			   ctx_u64(ctx, addr + ctx->abi->object_ob_type));
}

bool details_look(struct details_object *ret, struct pyctx *ctx, raddr addr,
		  bool values, struct err *err)
{
	const struct pytype *t = living(ctx, addr);
	struct reading r = { .ret = ret, .ctx = ctx, .values = values,
			     .err = err };
	uint8_t store[STORE];
	struct pyobj o;

	memset(ret, 0, sizeof(*ret));
	ret->address = addr;
	if (!t || !obj_at(ctx, addr, t, store, sizeof(store), &o))
		return err_at(err, ERR_BADDATA, addr, "there is no object at %"
			      PRIraddr " any more", addr);
	if (!pytypes_name(ctx->types, t, err) ||
	    !copy_text(&ret->type, t->full, err))
		return false;
	ctx->faults = 0;
	ret->size = (int64_t)obj_size(ctx, &o);
	if (ctx->faults)
		ret->size = DUMP_UNKNOWN;
	ctx->faults = 0;
	add_content(&r, &o);
	return !r.failed;
}

void details_object_fini(struct details_object *object)
{
	for (size_t i = 0; i < object->fields.n; i++) {
		free(object->fields.v[i].name);
		free(object->fields.v[i].type);
		free(object->fields.v[i].value);
	}
	vec_free(&object->fields);
	free(object->type);
}
