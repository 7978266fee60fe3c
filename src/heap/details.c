/* SPDX-License-Identifier: MIT */
#include "heap/details.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/nomem.h"
#include "heap/objects.h"
#include "pyabi/pyrepr.h"
#include "pyabi/refs.h"
#include "pyabi/strobj.h"

enum {
	KEY_TEXT = 120,
	STORE = 4096,
	MOST_REFS = 4 * DETAILS_MAX_FIELDS,	/* keys and null ones too */
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
	raddr dict;		/* of the object: told as its attributes */
	bool in_dict;		/* that is being told */
	bool has_attributes;	/* apart from that */
	size_t n_items;
	struct err *err;
	bool failed;
};

static const struct pytype *type_at(struct pyctx *ctx, raddr addr)
{
	return pytypes_get(ctx->types,
			   ctx_u64(ctx, addr + ctx->abi->object_ob_type));
}

static char *type_name_at(struct pyctx *ctx, raddr addr, struct err *err)
{
	const struct pytype *t = type_at(ctx, addr);

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

static char *number_name(const char *of, uint64_t i)
{
	char *name;

	return asprintf(&name, "%s[%" PRIu64 "]", of, i) < 0 ? NULL : name;
}

static bool str_text(struct pyctx *ctx, raddr addr, char *text, size_t size)
{
	const struct pytype *t = type_at(ctx, addr);

	return t && (t->flags & TPF_STR_SUBCLASS) &&
	       strobj_text(ctx, addr, text, size);
}

/* Names of attributes are the program's; keys of a dict may be anything. */
static char *key_name(struct reading *r, raddr key)
{
	size_t i = r->n_items++;
	char text[KEY_TEXT], *name;

	if (r->in_dict)
		return nomem_strdup(str_text(r->ctx, key, text, sizeof(text)) ?
				    text : "?");
	if (!r->values || !str_text(r->ctx, key, text, sizeof(text)))
		return number_name("", i);
	return asprintf(&name, "['%s']", text) < 0 ? NULL : name;
}

static char *name_of(struct reading *r, const struct ref_name *name)
{
	char text[KEY_TEXT];

	switch (name->how) {
	case REF_VALUE:
		return key_name(r, name->key);
	case REF_ITEM:
		return number_name("", name->index);
	case REF_STACK:
	case REF_INFERRED:
		return number_name(ref_how_word(name->how), name->index);
	case REF_BASE:
		return nomem_strdup("__base__");
	case REF_WEAK:
		return nomem_strdup("(weak)");
	default:
		return nomem_strdup(ref_name_text(r->ctx, name, text,
						  sizeof(text)) ? text : "?");
	}
}

/* Is this a field of its own?  Not its type, which stands above, nor a key: that
 * is the name of its value; nor what is told instead of the dict. */
static bool is_field(struct reading *r, const struct ref_name *name, raddr to)
{
	if (name->how == REF_TYPE || name->how == REF_KEY)
		return false;
	if (name->how == REF_FIELD && to == r->dict)
		return false;
	return !r->in_dict || name->how == REF_VALUE;
}

static bool add_refs(struct reading *r, const struct pyobj *o)
{
	struct refs refs = { .named = true, .owned = true, .loose = true,
			     .most = MOST_REFS };
	bool ok = true;

	obj_refs(r->ctx, o, &refs);
	r->ret->torn |= r->ctx->faults > 0;
	r->ret->cut |= refs.refused || refs.cut;
	for (size_t i = 0; ok && i < refs.n; i++) {
		r->has_attributes |= refs.names[i].how == REF_ATTRIBUTE;
		if (is_field(r, &refs.names[i], refs.v[i]))
			ok = add_field(r, name_of(r, &refs.names[i]),
				       refs.v[i]);
	}
	refs_fini(&refs);
	return ok;
}

/* A dict may exist as a view of attributes that were told already. */
static void add_content(struct reading *r, const struct pyobj *o)
{
	uint8_t store[STORE];
	const struct pytype *t;
	struct pyobj dict;

	r->dict = obj_dict(r->ctx, o);
	r->ctx->faults = 0;
	if (!add_refs(r, o) || !r->dict || r->has_attributes)
		return;
	r->ctx->faults = 0;
	t = type_at(r->ctx, r->dict);
	r->in_dict = true;
	if (t && (t->flags & TPF_DICT_SUBCLASS) &&
	    obj_at(r->ctx, r->dict, t, store, sizeof(store), &dict))
		(void)!add_refs(r, &dict);
	else
		r->ret->torn = true;
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
	return type_at(ctx, addr);
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
