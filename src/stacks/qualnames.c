/* SPDX-License-Identifier: MIT */
#include "stacks/qualnames.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/nomem.h"
#include "pyabi/dictobj.h"
#include "pyabi/strobj.h"
#include "stacks/pystacks.h"

enum {
	MAX_MRO = 64,		/* classes looked into */
	MAX_WRAPPED = 4,	/* decorators around a function */
	MAX_KEYS = 1 << 18,	/* compared in a look: some milliseconds */
};

struct search {
	struct qualnames *names;
	struct pyctx *ctx;
	const struct pycode *code;
};

void qualnames_fini(struct qualnames *names)
{
	for (size_t i = 0; i < names->v.n; i++)
		free(names->v.v[i].text);
	vec_free(&names->v);
	addrmap_fini(&names->by_code);
}

static bool type_is(struct pyctx *ctx, raddr object, const char *want)
{
	const struct abi *abi = ctx->abi;
	char name[32];
	struct err ignored;
	raddr at;

	at = ctx_u64(ctx, object + abi->object_ob_type);
	at = ctx_u64(ctx, at + abi->type_tp_name);
	return mem_cstr(ctx->mem, at, name, sizeof(name), &ignored) &&
	       strcmp(name, want) == 0;
}

/* What is inside a classmethod, a property and the like; else itself. */
static raddr unwrap(struct pyctx *ctx, raddr object)
{
	const struct abi *abi = ctx->abi;

	if (type_is(ctx, object, "classmethod"))
		return ctx_u64(ctx, object + abi->classmethod_cm_callable);
	if (type_is(ctx, object, "staticmethod"))
		return ctx_u64(ctx, object + abi->staticmethod_sm_callable);
	if (type_is(ctx, object, "property"))
		return ctx_u64(ctx, object + abi->property_prop_get);
	return object;
}

/* func_qualname of @object if it is a function with that code. */
static raddr name_of_function(struct pyctx *ctx, raddr object, raddr code)
{
	const struct abi *abi = ctx->abi;

	for (int i = 0; object && i < MAX_WRAPPED; i++) {
		raddr inner;

		if (type_is(ctx, object, "function") &&
		    ctx_u64(ctx, object + abi->function_func_code) == code)
			return ctx_u64(ctx, object +
					    abi->function_func_qualname);
		inner = unwrap(ctx, object);
		if (inner == object)
			return 0;
		object = inner;
	}
	return 0;
}

struct wanted {
	raddr key, value;
	uint64_t *n_keys;
};

static bool same_key(void *arg, raddr key, raddr value)
{
	struct wanted *w = arg;

	if (key == w->key)
		w->value = value;
	return key != w->key && ++*w->n_keys < MAX_KEYS;
}

/* Names in code and keys of namespaces are interned: one object a name. */
static raddr lookup(struct search *s, raddr dict)
{
	struct wanted w = { .key = s->code->name_object,
			    .n_keys = &s->names->n_keys };

	if (!dict || *w.n_keys >= MAX_KEYS)
		return 0;
	dictobj_each(s->ctx, dict, same_key, &w);
	return w.value ? name_of_function(s->ctx, w.value, s->code->addr) : 0;
}

/* Private names are mangled, so the key may be another: not tried. */
static raddr in_class(struct search *s, raddr type)
{
	struct pyctx *ctx = s->ctx;
	const struct abi *abi = ctx->abi;
	raddr mro = ctx_u64(ctx, type + abi->type_tp_mro), name;
	uint64_t n = mro ? ctx_u64(ctx, mro + abi->var_ob_size) : 0;

	for (uint64_t i = 0; i < n && i < MAX_MRO; i++) {
		raddr base = ctx_u64(ctx, mro + abi->tuple_ob_item + 8 * i);

		name = lookup(s, ctx_u64(ctx, base + abi->type_tp_dict));
		if (name)
			return name;
	}
	return 0;
}

static char *find(struct search *s, const struct pystacks_frame *frame)
{
	char buf[MAX_CODE_NAME];
	raddr name = 0;

	/* The body of a module is called like that everywhere. */
	if (s->code->name && strcmp(s->code->name, "<module>") == 0)
		return nomem_strdup(s->code->name);
	s->ctx->faults = 0;
	if (frame->type)
		name = in_class(s, frame->type);
	if (!name)
		name = lookup(s, frame->f.globals);
	if (!name || !strobj_text(s->ctx, name, buf, sizeof(buf)))
		return NULL;
	return nomem_strdup(buf);
}

const char *qualnames_get(struct qualnames *names, struct pyctx *ctx,
			  const struct pystacks_frame *frame)
{
	struct search s = { names, ctx, frame->code };
	uint32_t n = addrmap_get(&names->by_code, s.code->addr);
	struct err ignored;
	struct qualname *slot;

	if (n != ADDRMAP_NONE &&
	    names->v.v[n].name_object == s.code->name_object)
		return names->v.v[n].text;
	slot = vec_add(&names->v, &ignored);
	if (!slot)
		return NULL;
	slot->name_object = s.code->name_object;
	slot->text = find(&s, frame);
	return addrmap_put(&names->by_code, s.code->addr,
			   (uint32_t)names->v.n - 1, &ignored) ?
	       slot->text : NULL;
}
