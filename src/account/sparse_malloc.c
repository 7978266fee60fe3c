/* SPDX-License-Identifier: MIT */
/*
 * Who keeps pages of malloc's that are nearly empty.
 *
 * malloc_trim() gives whole pages inside free chunks back, so what holds memory
 * there is not an arena but a page: one block of 100 bytes in it is enough.  A
 * page is nearly empty if at most a quarter of it is in use, and by nothing but
 * small blocks.  What is in a thread's cache stays there, whoever goes: such a
 * page is not counted.
 *
 * What would come back is not guessed: it is what malloc_trim() would find, were
 * these blocks free, less what it finds now.
 */
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "heap/heap.h"

enum { SMALL = ADDR_PAGE / 4 };	/* a block; what is in use of a page */

struct held {
	const struct account_look *look;
	struct account *acc;
	uint64_t *gone;		/* a bit a chunk: it keeps such a page */
	/** The page that is being looked at, and the first chunk in it. */
	raddr page;
	size_t first;
	uint64_t used;
	bool stays;		/* something in it is not small, or cached */
	struct held_leaf {
		int64_t count, bytes;
	} *by_leaf;
};

/* All that is in the page is known: chunks up to @end. */
static void held_judge(struct held *h, size_t end)
{
	const struct glibc_chunk *c = h->look->gm.chunks.v;
	int64_t resident;

	if (h->stays || !h->used || h->used > SMALL)
		return;
	resident = (int64_t)pagetable_resident(&h->look->pages, h->page,
					       h->page + ADDR_PAGE);
	if (!resident)
		return;
	h->acc->sparse_malloc.pages++;
	h->acc->sparse_malloc.resident += resident;
	for (size_t i = h->first; i < end; i++) {
		if (c[i].state == GLIBC_USED)
			heap_set(h->gone, i);
	}
}

static void held_turn(struct held *h, raddr page, size_t first, bool stays)
{
	h->page = page;
	h->first = first;
	h->used = 0;
	h->stays = stays;
}

static void held_chunk(struct held *h, size_t i)
{
	const struct glibc_chunk *c = &h->look->gm.chunks.v[i];
	const bool is_free = c->state == GLIBC_FREE ||
			     c->state == GLIBC_FAST || c->state == GLIBC_TOP;
	const bool stays = !is_free && (c->state != GLIBC_USED ||
					c->size > SMALL);
	raddr at = c->at, end = c->at + c->size;

	if (addr_down(at, ADDR_PAGE) != h->page) {
		held_judge(h, i);
		held_turn(h, addr_down(at, ADDR_PAGE), i, false);
	}
	h->stays |= stays;
	if (addr_down(end - 1, ADDR_PAGE) != h->page) {
		/* What lies between its first page and its last is all its. */
		h->used += is_free ? 0 : h->page + ADDR_PAGE - at;
		held_judge(h, i + 1);
		held_turn(h, addr_down(end - 1, ADDR_PAGE), i, stays);
		at = h->page;
	}
	h->used += is_free ? 0 : end - at;
}

static void held_region(struct held *h, const struct glibc_region *r)
{
	/* The header of a heap, or who has the brk, comes before. */
	held_turn(h, addr_down(r->start, ADDR_PAGE), r->first, true);
	for (size_t i = r->first; i < r->first + r->n; i++)
		held_chunk(h, i);
	held_judge(h, r->first + r->n);
}

/* -- Who they are --------------------------------------------------------- */

static void held_count(struct held *h)
{
	const struct glibc_malloc *gm = &h->look->gm;

	for (size_t i = 0; i < gm->chunks.n; i++) {
		struct held_leaf *row;

		if (!heap_bit(h->gone, i) || !h->look->chunk_leaf[i])
			continue;
		row = &h->by_leaf[h->look->chunk_leaf[i] - 1];
		row->count++;
		row->bytes += (int64_t)gm->chunks.v[i].size;
	}
}

static bool held_tell(struct held *h, struct err *err)
{
	for (size_t i = 0; i < h->acc->leaves.n; i++) {
		const struct held_leaf *row = &h->by_leaf[i];
		struct account_leaf *to;

		if (!row->count)
			continue;
		to = vec_add(&h->acc->sparse_malloc.held_by, err);
		if (!to)
			return false;
		to->count = row->count;
		to->bytes = row->bytes;
		h->acc->sparse_malloc.blocks += row->count;
		for (int k = 0; k < ACCOUNT_DEPTH; k++) {
			const char *name = h->acc->leaves.v[i].path[k];

			to->path[k] = name ? strdup(name) : NULL;
			if (name && !to->path[k])
				return err_nomem(err);
		}
	}
	return true;
}

/* -- What would come back ------------------------------------------------- */

static void held_run(void *arg, uint32_t arena, raddr start, raddr end)
{
	struct held *h = arg;

	(void)arena;
	h->acc->sparse_malloc.releasable +=
		(int64_t)pagetable_resident(&h->look->pages, start, end);
}

static void held_foretell(struct held *h)
{
	int64_t *sum = &h->acc->sparse_malloc.releasable, now;

	glibc_trimmable(&h->look->gm, NULL, held_run, h);
	now = *sum;
	*sum = 0;
	glibc_trimmable(&h->look->gm, h->gone, held_run, h);
	*sum -= now;
}

bool account_sparse_malloc(struct account_look *look, struct account *acc,
			   struct err *err)
{
	const struct glibc_malloc *gm = &look->gm;
	struct held h = { .look = look, .acc = acc };
	bool ok;

	if (!look->has_malloc || look->cap->cut_short)
		return true;
	h.gone = calloc(gm->chunks.n / 64 + 1, 8);
	h.by_leaf = calloc(acc->leaves.n + 1, sizeof(*h.by_leaf));
	ok = (h.gone && h.by_leaf) || err_nomem(err);
	for (size_t i = 0; ok && i < gm->regions.n; i++) {
		const struct glibc_region *r = &gm->regions.v[i];

		if (r->arena != GLIBC_NO_ARENA && !gm->arenas.v[r->arena].doubt)
			held_region(&h, r);
	}
	if (ok) {
		held_foretell(&h);
		held_count(&h);
		ok = held_tell(&h, err);
	}
	free(h.by_leaf);
	free(h.gone);
	return ok;
}
