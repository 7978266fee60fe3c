/* SPDX-License-Identifier: MIT */
/*
 * The sink of references.
 *
 * Millions go through here for each look at a heap, so there is one branch for
 * names, and items of containers come many at once.
 */
#include "pyabi/refs.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "pyabi/strobj.h"

enum {
	CHUNK = 512,		/* words read at once */
	HANDFUL = 4096,		/* handed over at once */
};

static void refs_hand_over(struct refs *to)
{
	if (to->n && !to->refused)
		to->refused = !to->take(to->arg, to->v, to->n);
	to->n = 0;
}

void refs_begin(struct refs *to)
{
	to->n = 0;
	to->refused = to->cut = false;
}

bool refs_end(struct refs *to)
{
	refs_hand_over(to);
	return !to->refused;
}

void refs_fini(struct refs *to)
{
	free(to->v);
	free(to->names);
	to->v = NULL;
	to->names = NULL;
	to->n = to->room = 0;
}

bool refs_room(struct pyctx *ctx, struct refs *to, size_t more)
{
	size_t room = to->room;

	if (to->take && to->n + more > HANDFUL)
		refs_hand_over(to);
	to->refused |= to->most && to->n >= to->most;
	return !to->refused &&
	       (!refs_has_names(to) ||
		ctx_grow(ctx, (void **)&to->names, to->n, &room, more,
			 sizeof(*to->names))) &&
	       ctx_grow(ctx, (void **)&to->v, to->n, &to->room, more,
			sizeof(*to->v));
}

/* Names for those from number @from on: of the @n words at @word all but 0. */
static void refs_name_words(struct refs *to, size_t from,
			    struct ref_name first, const uint8_t *word,
			    size_t n)
{
	if (to->unvisited)
		first.tie &= REF_COUNTED;
	for (size_t i = 0; i < n; i++, word += sizeof(raddr), first.index++) {
		raddr a;

		memcpy(&a, word, sizeof(a));
		if (a)
			to->names[from++] = first;
	}
}

/* At most CHUNK words, at @p. */
static void refs_chunk(struct pyctx *ctx, struct refs *to,
		       struct ref_name first, const void *p, size_t n)
{
	const uint8_t *word = p;
	size_t from;

	ctx->words += n;
	if (!refs_room(ctx, to, n))
		return;
	from = to->n;
	for (size_t i = 0; i < n; i++, word += sizeof(raddr)) {
		raddr a;

		memcpy(&a, word, sizeof(a));
		if (a)
			to->v[to->n++] = a;
	}
	if (refs_has_names(to))
		refs_name_words(to, from, first, p, n);
}

/* So many of @n words. */
static uint64_t refs_enough(struct refs *to, uint64_t n)
{
	if (!to->most || n <= to->most)
		return n;
	to->cut = true;
	return to->most;
}

void refs_words(struct pyctx *ctx, struct refs *to, struct ref_name first,
		raddr at, uint64_t n)
{
	raddr tmp[CHUNK];

	if (n > MAX_REFS) {
		ctx->faults++;
		return;
	}
	if (!refs_want(to, first.tie))
		return;
	n = refs_enough(to, n);
	mem_want(ctx->mem, at, n * sizeof(*tmp));
	while (n && !to->refused) {
		size_t now = n < CHUNK ? n : CHUNK;
		const void *p = ctx_bytes(ctx, at, now * sizeof(*tmp), tmp);

		if (!p)
			return;
		refs_chunk(ctx, to, first, p, now);
		first.index += now;
		at += now * sizeof(*tmp);
		n -= now;
	}
}

void refs_own_words(struct pyctx *ctx, struct refs *to, struct ref_name first,
		    const struct pyobj *o, uint64_t off, uint64_t n)
{
	uint64_t here = 0;

	if (!refs_want(to, first.tie))
		return;
	n = refs_enough(to, n);
	if (off < o->avail)
		here = (o->avail - off) / sizeof(raddr);
	if (here > n)
		here = n;
	for (uint64_t i = 0; i < here; i += CHUNK) {
		size_t now = here - i < CHUNK ? here - i : CHUNK;

		refs_chunk(ctx, to, first, o->p + off + i * sizeof(raddr),
			   now);
		first.index += now;
	}
	if (n > here)
		refs_words(ctx, to, first, o->addr + off + here * sizeof(raddr),
			   n - here);
}

/* --- fields -------------------------------------------------------------- */

static struct ref_name refs_field_name(const struct refs *to, uint16_t member)
{
	const struct abi_field *field;

	if (!to->named)
		return ref_field(NULL);
	field = abi_field_at(member);
	return ref_field(field ? strchr(field->key, '.') + 1 : "?");
}

static uint32_t refs_offset(struct pyctx *ctx, uint16_t member)
{
	uint32_t off;

	memcpy(&off, (const char *)ctx->abi + member, sizeof(off));
	return off;
}

void refs_field(struct pyctx *ctx, struct refs *to, const struct pyobj *o,
		uint16_t member)
{
	uint32_t off = refs_offset(ctx, member);

	if (abi_has(off))
		refs_add(ctx, to, refs_field_name(to, member),
			 obj_u64(ctx, o, off));
}

void refs_owned_field(struct pyctx *ctx, struct refs *to,
		      const struct pyobj *o, uint16_t member)
{
	uint32_t off = refs_offset(ctx, member);

	if (abi_has(off))
		refs_add(ctx, to, ref_owned(refs_field_name(to, member)),
			 obj_u64(ctx, o, off));
}

void refs_field_at(struct pyctx *ctx, struct refs *to, raddr at,
		   uint16_t member)
{
	uint32_t off = refs_offset(ctx, member);

	if (abi_has(off))
		refs_add(ctx, to, refs_field_name(to, member),
			 ctx_u64(ctx, at + off));
}

/* --- text ---------------------------------------------------------------- */

static const char *const how_words[REF_N_HOW] = {
	[REF_FIELD] = "field",
	[REF_ATTRIBUTE] = "attribute",
	[REF_SLOT] = "slot",
	[REF_KEY] = "key",
	[REF_VALUE] = "value",
	[REF_ITEM] = "item",
	[REF_LOCAL] = "local",
	[REF_CELL] = "cell",
	[REF_STACK] = "stack",
	[REF_TYPE] = "type",
	[REF_BASE] = "base",
	[REF_WEAK] = "weak",
	[REF_INFERRED] = "inferred",
};

const char *ref_how_word(enum ref_how how)
{
	return how_words[how];
}

bool ref_name_text(struct pyctx *ctx, const struct ref_name *name, char *buf,
		   size_t size)
{
	struct err ignored;

	switch (name->how) {
	case REF_FIELD:
		strncpy(buf, name->field, size - 1);
		buf[size - 1] = '\0';
		return true;
	case REF_SLOT:
		return mem_cstr(ctx->mem, name->key, buf, size, &ignored);
	case REF_ATTRIBUTE:
	case REF_LOCAL:
	case REF_CELL:
		return strobj_text(ctx, name->key, buf, size);
	default:
		return false;
	}
}
