/* SPDX-License-Identifier: MIT */
/*
 * Texts that are equal: sorted by a hash of what they contain, then compared
 * with the first of those that have it.  Who differs from that one in spite of
 * it is left out: told is never too much.
 *
 * A copy of a heap has no text that lies outside the pools.  That is read from
 * the process, which runs on: two of them are equal if they are when they are
 * read, and still are there afterwards.
 */
#include <stdlib.h>
#include <string.h>

#include "base/nomem.h"
#include "graph/waste.h"
#include "pyabi/pyrepr.h"
#include "pyabi/strobj.h"

enum { CHUNK = 4096 };

struct text {
	uint64_t hash;
	uint32_t number;
};

/* Where its characters are. */
struct content {
	struct pyctx *ctx;
	raddr at;
	uint64_t len;
	unsigned kind;		/* bytes a character; 0: of bytes */
};

struct texts {
	struct waste_hunt *hunt;
	struct pyctx live;	/* of the process */
	VEC(struct text) v;
};

static bool locate(struct pyctx *ctx, const struct object *object,
		   struct content *ret)
{
	const struct abi *abi = ctx->abi;

	ctx->faults = 0;
	ret->ctx = ctx;
	if (waste_is_exact(object->type, "str"))
		return strobj_content(ctx, object->addr, &ret->at, &ret->len,
				      &ret->kind);
	if (!waste_is_exact(object->type, "bytes"))
		return false;
	ret->at = object->addr + abi->bytes_ob_sval;
	ret->len = ctx_u64(ctx, object->addr + abi->var_ob_size);
	ret->kind = 0;
	return !ctx->faults && ret->len <= INT64_MAX;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static uint64_t hash_bytes(uint64_t hash, const uint8_t *p, uint64_t n)
{
	uint64_t word;

	for (; n >= sizeof(word); n -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		hash = mix(hash, word);
	}
	word = 0;
	memcpy(&word, p, n);
	return mix(hash, word);
}

static bool hash_content(const struct content *c, uint64_t *ret)
{
	uint8_t tmp[CHUNK];
	uint64_t hash = mix(c->kind, c->len);

	for (uint64_t off = 0; off < c->len; off += CHUNK) {
		uint64_t n = c->len - off < CHUNK ? c->len - off : CHUNK;
		const uint8_t *p = ctx_bytes(c->ctx, c->at + off, n, tmp);

		if (!p)
			return false;
		hash = hash_bytes(hash, p, n);
	}
	*ret = hash;
	return true;
}

/* Find its contents in the copy, or else in the process. */
static bool find_content(struct texts *texts, const struct object *object,
			 struct content *ret, uint64_t *ret_hash)
{
	struct content now;

	if (!locate(&texts->hunt->lk.ctx, object, ret))
		return false;
	if (hash_content(ret, ret_hash))
		return true;
	ret->ctx = &texts->live;
	return locate(ret->ctx, object, &now) && now.len == ret->len &&
	       now.kind == ret->kind && hash_content(ret, ret_hash);
}

/* Where it was read from the process: is the same object there still? */
static bool still_there(const struct texts *texts, const struct content *c,
			const struct object *object)
{
	struct pyctx *ctx = c->ctx;
	struct content now;

	if (ctx != &texts->live)
		return true;
	return ctx_u64(ctx, object->addr + ctx->abi->object_ob_type) ==
		       object->type->addr &&
	       locate(ctx, object, &now) && now.len == c->len &&
	       now.kind == c->kind;
}

static bool are_equal(const struct content *a, const struct content *b)
{
	uint8_t of_a[CHUNK], of_b[CHUNK];

	if (a->len != b->len || a->kind != b->kind)
		return false;
	for (uint64_t off = 0; off < a->len; off += CHUNK) {
		uint64_t n = a->len - off < CHUNK ? a->len - off : CHUNK;
		const void *p = ctx_bytes(a->ctx, a->at + off, n, of_a);
		const void *q;

		/* The next call may take away what this one lent. */
		if (p && p != of_a)
			p = memcpy(of_a, p, n);
		q = ctx_bytes(b->ctx, b->at + off, n, of_b);
		if (!p || !q || memcmp(p, q, n) != 0)
			return false;
	}
	return true;
}

static bool take_text(void *arg, const struct object *object, struct err *err)
{
	struct texts *texts = arg;
	struct content content;
	struct text *slot;
	uint64_t hash;

	if (object->flags & OBJROW_STATIC ||
	    !find_content(texts, object, &content, &hash))
		return true;
	slot = vec_add(&texts->v, err);
	if (slot)
		*slot = (struct text){
			hash, graph_number(texts->hunt->g, object->addr)
		};
	return slot != NULL;
}

static int by_hash(const void *a, const void *b)
{
	const struct text *l = a, *r = b;

	if (l->hash != r->hash)
		return l->hash < r->hash ? -1 : 1;
	return (l->number > r->number) - (l->number < r->number);
}

static bool add_row(struct waste_hunt *hunt, const struct object *object,
		    struct waste_text row, struct err *err)
{
	struct waste_text *slot;
	char value[PYREPR_SIZE];

	if (!pytypes_name(&hunt->g->heap->cap->types, object->type, err))
		return false;
	slot = vec_add(&hunt->waste->texts, err);
	if (!slot)
		return false;
	*slot = row;
	slot->type = nomem_strdup(object->type->full);
	if (hunt->waste->want_values) {
		pyrepr(&hunt->lk.ctx, object->addr, value, sizeof(value));
		slot->value = nomem_strdup(value);
	}
	return slot->type && (slot->value || !hunt->waste->want_values) ?
	       true : err_nomem(err);
}

/* Is @text equal to @first, whose contents these are? */
static bool is_copy(struct texts *texts, const struct text *text,
		    const struct object *first, const struct content *content)
{
	struct content other;
	struct object object;
	uint64_t hash;

	return graph_object(texts->hunt->g, text->number, &object) &&
	       object.type == first->type &&
	       find_content(texts, &object, &other, &hash) &&
	       are_equal(content, &other) &&
	       still_there(texts, content, first) &&
	       still_there(texts, &other, &object);
}

/* Those of @n texts with one hash that are equal to the first: all but the
 * largest could go. */
static bool take_group(struct texts *texts, const struct text *text, size_t n,
		       struct err *err)
{
	struct waste_hunt *hunt = texts->hunt;
	struct wasted found = { .kind = WASTE_EQUAL, .objects = 1 };
	struct waste_text row = { .objects = 1 };
	uint32_t kept = text->number;
	struct content content;
	struct object object;
	uint64_t hash;

	if (!graph_object(hunt->g, kept, &object) ||
	    !find_content(texts, &object, &content, &hash))
		return true;
	row.bytes = (int64_t)object.sizes.size;
	for (size_t i = 1; i < n; i++) {
		uint64_t size = graph_sizes(hunt->g, text[i].number).size;

		if (!is_copy(texts, &text[i], &object, &content))
			continue;
		row.objects++;
		row.bytes += (int64_t)size;
		found.number = text[i].number;
		if (size > graph_sizes(hunt->g, kept).size) {
			found.number = kept;
			kept = text[i].number;
		}
		found.saved = graph_sizes(hunt->g, found.number).size;
		row.saved += (int64_t)found.saved;
		if (!waste_found(hunt, found, found.saved, err))
			return false;
	}
	return row.objects == 1 || add_row(hunt, &object, row, err);
}

bool waste_equal(struct waste_hunt *hunt, struct err *err)
{
	struct texts texts = { .hunt = hunt, .live = hunt->lk.ctx };
	bool ok;

	texts.live.mem = hunt->g->heap->cap->tr.target->mem;
	ok = objects_visit(hunt->g->heap, take_text, &texts, err);
	if (ok && texts.v.n)
		qsort(texts.v.v, texts.v.n, sizeof(*texts.v.v), by_hash);
	for (size_t i = 0, end; ok && i < texts.v.n; i = end) {
		for (end = i + 1; end < texts.v.n &&
		     texts.v.v[end].hash == texts.v.v[i].hash; end++)
			;
		ok = end == i + 1 ||
		     take_group(&texts, &texts.v.v[i], end - i, err);
	}
	vec_free(&texts.v);
	waste_sort_texts(hunt->waste);
	return ok;
}
