/* SPDX-License-Identifier: MIT */
#include "heap/qualnames.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/nomem.h"
#include "heap/pystacks.h"
#include "pyabi/dictobj.h"
#include "pyabi/strobj.h"

enum {
	MAX_MRO = 64,		/* classes looked into */
	MAX_WRAPPED = 4,	/* decorators around a function */
};

void qualnames_init(struct qualnames *names, struct tracee *tr)
{
	struct err ignored;

	*names = (struct qualnames){ .abi = &tr->rt.abi };
	pages_init(&names->pages, &tr->live.mem);
	names->ctx.abi = names->abi;
	names->ctx.mem = &names->pages.mem;
	names->ctx.types = &names->types;
	names->needed = !abi_has(tr->rt.abi.code_co_qualname) &&
			pytypes_init(&names->types, &names->ctx,
				     tr->rt.type_type, &ignored);
}

void qualnames_fini(struct qualnames *names)
{
	for (size_t i = 0; i < names->v.n; i++)
		free(names->v.v[i]);
	vec_free(&names->v);
	if (names->needed)
		pytypes_fini(&names->types);
	addrmap_fini(&names->by_code);
	pages_fini(&names->pages);
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
	struct pyctx *ctx;
	raddr key, value;
};

static bool same_key(void *arg, raddr key, raddr value)
{
	struct wanted *w = arg;

	if (key != w->key)
		return true;
	w->value = value;
	return false;
}

/* Names in code and keys of namespaces are interned: one object a name. */
static raddr lookup(struct pyctx *ctx, raddr dict, const struct pycode *code)
{
	struct wanted w = { .ctx = ctx, .key = code->name_object };

	if (!dict)
		return 0;
	dictobj_each(ctx, dict, same_key, &w);
	return w.value ? name_of_function(ctx, w.value, code->addr) : 0;
}

/* Private names are mangled, so the key may be another: not tried. */
static raddr in_class(struct pyctx *ctx, raddr type, const struct pycode *code)
{
	const struct abi *abi = ctx->abi;
	raddr mro = ctx_u64(ctx, type + abi->type_tp_mro), name;
	uint64_t n = mro ? ctx_u64(ctx, mro + abi->var_ob_size) : 0;

	for (uint64_t i = 0; i < n && i < MAX_MRO; i++) {
		raddr base = ctx_u64(ctx, mro + abi->tuple_ob_item + 8 * i);

		name = lookup(ctx, ctx_u64(ctx, base + abi->type_tp_dict),
			      code);
		if (name)
			return name;
	}
	return 0;
}

static char *find(struct pyctx *ctx, const struct pystacks_frame *frame)
{
	const struct pycode *code = frame->code;
	char buf[MAX_CODE_NAME];
	raddr name = 0;

	/* The body of a module is called like that everywhere. */
	if (code->name && strcmp(code->name, "<module>") == 0)
		return nomem_strdup(code->name);
	ctx->faults = 0;
	if (frame->type)
		name = in_class(ctx, frame->type, code);
	if (!name)
		name = lookup(ctx, frame->f.globals, code);
	if (!name || !strobj_text(ctx, name, buf, sizeof(buf)))
		return NULL;
	return nomem_strdup(buf);
}

const char *qualnames_get(struct qualnames *names,
			  const struct pystacks_frame *frame)
{
	uint32_t n = addrmap_get(&names->by_code, frame->code->addr);
	struct err ignored;
	char **slot;

	if (!names->needed)
		return NULL;
	if (n != ADDRMAP_NONE)
		return names->v.v[n];
	slot = vec_add(&names->v, &ignored);
	if (!slot)
		return NULL;
	*slot = find(&names->ctx, frame);
	if (!addrmap_put(&names->by_code, frame->code->addr,
			 (uint32_t)names->v.n - 1, &ignored))
		return NULL;
	return *slot;
}
