/* SPDX-License-Identifier: MIT */
#include "fakeobj.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "pyabi/layout.h"

void fakeobj_init(struct fakeobj *fo, unsigned minor)
{
	const struct abi_target target = {
		.version = ABI_VERSION(3, minor, 0),
		.build = BUILD_DEFAULT,
		.arch = ARCH_X86_64,
	};
	struct err err;
	bool found;

	memset(fo, 0, sizeof(*fo));
	found = abi_builtin_find(&target, &fo->abi, &err);
	assert(found);
	(void)found;
	fake_init(&fo->fm, FAKEOBJ - FAKEOBJ_BEFORE);
	fo->ctx.abi = &fo->abi;
	fo->ctx.mem = &fo->fm.mem;
	fo->ctx.lookdict = 0xd1c7;	/* so that no table is guessed at */
}

void fakeobj_fini(struct fakeobj *fo)
{
	fake_fini(&fo->fm);
	refs_fini(&fo->refs);
	free(fo->bufs.v);
}

static struct pytype *add(struct fakeobj *fo, uint64_t flags)
{
	struct pytype *t;

	assert(fo->n_types < FAKEOBJ_TYPES);
	t = &fo->type[fo->n_types++];
	t->addr = 0x7000 + 0x100 * fo->n_types;
	t->flags = flags;
	t->gc = flags & TPF_HAVE_GC;
	t->pre = t->gc ? (uint8_t)fo->abi.n_pre_gc : 0;
	if (flags & (TPF_MANAGED_DICT | TPF_MANAGED_WEAKREF))
		t->pre = (uint8_t)(t->pre + fo->abi.n_pre_managed);
	return t;
}

struct pytype *fakeobj_type(struct fakeobj *fo, const char *tp_name,
			    uint64_t basicsize, uint64_t itemsize,
			    uint64_t flags)
{
	struct pytype *t = add(fo, flags);

	t->basicsize = (int64_t)basicsize;
	t->itemsize = (int64_t)itemsize;
	t->traverse = t->gc ? t->addr + 1 : 0;
	t->cbase = t;
	t->layout = layout_find(&fo->abi, tp_name, basicsize, t);
	return t;
}

struct pytype *fakeobj_class(struct fakeobj *fo, const struct pytype *base,
			     uint64_t more, uint64_t flags)
{
	struct pytype *t = add(fo, flags | TPF_HEAPTYPE | TPF_HAVE_GC);

	t->basicsize = base->basicsize + (int64_t)more;
	t->itemsize = base->itemsize;
	t->traverse = 0x5ab7;
	t->python_class = true;
	t->base = base;
	t->cbase = base->cbase;
	t->layout = base->layout;
	t->cached_keys = 0;
	return t;
}

void fakeobj_put(struct fakeobj *fo, uint32_t off, uint64_t value)
{
	fake_u64(&fo->fm, FAKEOBJ + off, value);
}

struct pyobj fakeobj_at(struct fakeobj *fo, const struct pytype *type)
{
	struct pyobj o;
	bool ok = obj_at(&fo->ctx, FAKEOBJ, type, fo->store,
			 sizeof(fo->store), &o);

	assert(ok);
	(void)ok;
	fo->ctx.faults = 0;
	return o;
}

uint64_t fakeobj_size(struct fakeobj *fo, const struct pytype *type)
{
	struct pyobj o = fakeobj_at(fo, type);

	return obj_size(&fo->ctx, &o);
}

uint64_t fakeobj_block(struct fakeobj *fo, const struct pytype *type,
		       uint64_t *at_least)
{
	struct pyobj o = fakeobj_at(fo, type);

	return obj_block_size(&fo->ctx, &o, at_least);
}

static size_t ask(struct fakeobj *fo, const struct pytype *type, bool all)
{
	struct pyobj o = fakeobj_at(fo, type);

	refs_fini(&fo->refs);
	fo->refs = (struct refs){ .named = all, .owned = all, .loose = all };
	obj_refs(&fo->ctx, &o, &fo->refs);
	return fo->refs.n;
}

size_t fakeobj_refs(struct fakeobj *fo, const struct pytype *type)
{
	return ask(fo, type, false);
}

size_t fakeobj_owned(struct fakeobj *fo, const struct pytype *type)
{
	size_t n = 0, all = ask(fo, type, true);

	for (size_t i = 0; i < all; i++) {
		if (fo->refs.names[i].tie != REF_COUNTED)
			continue;
		fo->refs.names[n] = fo->refs.names[i];
		fo->refs.v[n++] = fo->refs.v[i];
	}
	fo->refs.n = n;
	return n;
}

size_t fakeobj_named(struct fakeobj *fo, const struct pytype *type)
{
	return ask(fo, type, true);
}

static const char *tie_word(unsigned tie)
{
	static const char *const words[] = { " loose", " visited", " counted",
					     "" };

	return words[tie];
}

const char *fakeobj_how(struct fakeobj *fo, raddr to)
{
	const struct ref_name *name;
	size_t i = 0;

	while (i < fo->refs.n && fo->refs.v[i] != to)
		i++;
	if (i == fo->refs.n)
		return "none";
	name = &fo->refs.names[i];
	if (name->how == REF_FIELD)
		snprintf(fo->how, sizeof(fo->how), "field %s%s", name->field,
			 tie_word(name->tie));
	else if (name->how == REF_KEY || name->how == REF_ITEM ||
		 name->how == REF_STACK || name->how == REF_INFERRED)
		snprintf(fo->how, sizeof(fo->how), "%s %" PRIu64 "%s",
			 ref_how_word(name->how), name->index,
			 tie_word(name->tie));
	else if (!name->key)
		snprintf(fo->how, sizeof(fo->how), "%s%s",
			 ref_how_word(name->how), tie_word(name->tie));
	else
		snprintf(fo->how, sizeof(fo->how), "%s %#" PRIx64 "%s",
			 ref_how_word(name->how), name->key,
			 tie_word(name->tie));
	return fo->how;
}

size_t fakeobj_buffers(struct fakeobj *fo, const struct pytype *type)
{
	struct pyobj o = fakeobj_at(fo, type);

	fo->bufs.n = 0;
	obj_buffers(&fo->ctx, &o, &fo->bufs);
	return fo->bufs.n;
}

bool fakeobj_plausible(struct fakeobj *fo, const struct pytype *type)
{
	struct pyobj o = fakeobj_at(fo, type);

	return obj_plausible(&fo->ctx, &o);
}
