/* SPDX-License-Identifier: MIT */
/*
 * From what an object of C is inferred to have to what that has: a tree of
 * nodes, the lines of an image.  And of a process that runs, what became of the
 * chunks that nobody has.
 *
 * What is in such chunks was not copied while the process stood: it is read now
 * that it runs.  So a word counts only if it is the very start of a chunk that
 * was in use then, and a chunk only if its head is still what it was.  The
 * nearest object has it, since all set out at once.
 */
#include <stdlib.h>
#include <string.h>

#include "account/claims.h"
#include "base/load.h"
#include "heap/heap.h"

enum {
	BLOCK = 1 << 14,	/* bytes that are read at once, with ... */
	OVER = GLIBC_HEAD,	/* ... some that are the next one's, too */
	BLOCKS = 1 << 8,	/* that are kept: trees grow side by side */
	MOST_OF_ONE = 1 << 20,	/* bytes of a chunk whose words are looked at */
	MOST_OF_ALL = 1 << 28,
};

struct reach {
	struct claims *cl;
	struct reach_block {
		raddr start;
		uint64_t len;	/* of what is in it */
		uint8_t bytes[BLOCK + OVER];
	} *block;		/* BLOCKS, by their addresses */
	uint64_t left;		/* bytes that may still be looked at */
};

static bool reach_read(struct reach *r, raddr at, struct reach_block *b)
{
	struct mem *mem = r->cl->look->cap->tr.target->mem;
	raddr start = addr_down(at, BLOCK), end = start + BLOCK + OVER;
	int64_t got = mem_read_some(mem, start, b->bytes, end - start,
				    r->cl->err);

	/* Its first pages may be nobody's. */
	if (got >= 0 && !addr_in(at, start, (uint64_t)got)) {
		start = addr_down(at, ADDR_PAGE);
		got = mem_read_some(mem, start, b->bytes, end - start,
				    r->cl->err);
	}
	b->start = start;
	b->len = got < 0 ? 0 : (uint64_t)got;
	if (got >= 0)
		r->cl->err->code = ERR_NONE;
	return got >= 0;
}

/* As many bytes at @at as are at hand, @least or more; NULL: they are not, or
 * err->code is set. */
static const uint8_t *reach_bytes(struct reach *r, raddr at, uint64_t least,
				  uint64_t *len)
{
	struct reach_block *b = &r->block[at / BLOCK % BLOCKS];

	if (!addr_in(at, b->start, b->len) && !reach_read(r, at, b))
		return NULL;
	*len = addr_in(at, b->start, b->len) ? b->start + b->len - at : 0;
	return *len < least ? NULL : b->bytes + (at - b->start);
}

static bool is_unchanged(const struct glibc_chunk *c, const uint8_t *head)
{
	uint64_t size;

	memcpy(&size, head + 8, sizeof(size));
	size &= ~(uint64_t)7;
	/* The last bytes of its pages may not be in it. */
	return c->state == GLIBC_MAPPED ? size <= c->size : size == c->size;
}

static bool reach_words(struct reach *r, const struct reached *from,
			const uint8_t *p, uint64_t len)
{
	raddr last = 0;

	for (uint64_t off = 0; off + 8 <= len; off += 8) {
		raddr word;

		memcpy(&word, p + off, sizeof(word));
		if (word % 8 || word == last)
			continue;
		last = word;
		if (!claims_infer(r->cl, word, 0, from->owner, from->type))
			return false;
	}
	return true;
}

static bool reach_chunk(struct reach *r, const struct reached *from)
{
	const struct glibc_chunk *c = &r->cl->look->gm.chunks.v[from->chunk];
	raddr at = c->at, end = at + c->size;
	bool is_first = true;

	if (end - at > MOST_OF_ONE)
		end = at + MOST_OF_ONE;
	while (at < end) {
		uint64_t len;
		const uint8_t *p = reach_bytes(r, at, GLIBC_HEAD, &len);

		if (!p || (is_first && !is_unchanged(c, p)))
			return !r->cl->err->code;
		is_first = false;
		len = (len < end - at ? len : end - at) & ~(uint64_t)7;
		if (!reach_words(r, from, p, len))
			return false;
		at += len;
		r->left -= len < r->left ? len : r->left;
	}
	return true;
}

bool claims_reach(struct claims *cl)
{
	struct reach r = { .cl = cl, .left = MOST_OF_ALL,
			   .block = calloc(BLOCKS, sizeof(*r.block)) };
	bool ok = r.block || err_nomem(cl->err);

	for (size_t i = 0; ok && i < cl->queue.n && r.left; i++) {
		const struct reached from = cl->queue.v[i];

		ok = reach_chunk(&r, &from);
	}
	/* What is there already was read while it stood. */
	if (!ok && cl->err->code == ERR_GONE) {
		cl->err->code = ERR_NONE;
		ok = true;
		r.left = 0;
	}
	if (ok && !r.left && cl->queue.n)
		cl->lost++;
	free(r.block);
	return ok;
}

/*
 * Who had a chunk that changed since chunks were read may be gone, and nobody
 * knows whose it was.  A chunk in use has its owner's first word where one that
 * is free has a link.
 */
static bool is_as_it_was(const struct glibc_chunk *c, const uint8_t *p)
{
	return is_unchanged(c, p) &&
	       (c->state == GLIBC_MAPPED || load_u64(p + GLIBC_HEAD) == c->link);
}

bool claims_recheck(struct claims *cl)
{
	struct account_look *look = cl->look;
	const glibc_chunks *chunks = &look->gm.chunks;
	struct reach r = { .cl = cl,
			   .block = calloc(BLOCKS, sizeof(*r.block)) };
	bool ok = r.block || err_nomem(cl->err);

	look->changed = calloc(chunks->n / 64 + 1, sizeof(*look->changed));
	ok = ok && (look->changed || err_nomem(cl->err));
	for (size_t i = 0; ok && i < chunks->n; i++) {
		const struct glibc_chunk *c = &chunks->v[i];
		const uint8_t *p;
		uint64_t len;

		if ((c->state != GLIBC_USED && c->state != GLIBC_MAPPED) ||
		    look->chunk_leaf[i])
			continue;
		p = reach_bytes(&r, c->at, GLIBC_HEAD + 8, &len);
		ok = !cl->err->code;
		if (!p || !is_as_it_was(c, p))
			heap_set(look->changed, i);
	}
	free(r.block);
	return ok;
}
