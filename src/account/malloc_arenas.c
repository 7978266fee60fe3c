/* SPDX-License-Identifier: MIT */
#include "account/account.h"

enum { LARGE = 128 << 10 };	/* what malloc maps by itself unless told */

/** The arena whose pages are being counted. */
struct trim {
	const struct pagetable *pages;
	struct account *acc;
};

static void arenas_trim(void *arg, uint32_t arena, raddr start, raddr end)
{
	struct trim *trim = arg;
	struct account_malloc *row = &trim->acc->malloc.v[arena];

	if (row->trimmable != DUMP_UNKNOWN)
		row->trimmable += (int64_t)pagetable_resident(trim->pages,
							      start, end);
}

static bool is_joined(const struct glibc_chunk *c)
{
	return c->state == GLIBC_FREE || c->state == GLIBC_FAST;
}

static void arenas_chunk(struct account_malloc *row,
			 const struct glibc_chunk *c)
{
	const int64_t size = (int64_t)c->size;

	switch ((enum glibc_chunk_state)c->state) {
	case GLIBC_USED:
	case GLIBC_FENCE:
	case GLIBC_MAPPED:
	case GLIBC_STATES:
		row->arena.used += size;
		return;
	case GLIBC_TOP:
		row->top += size;
		break;
	case GLIBC_CACHED:
		row->cached += size;
		break;
	case GLIBC_FREE:
	case GLIBC_FAST:
		break;
	}
	row->free += size;
}

/* Chunks in [start, end) are free, which are no top; 0: there are none. */
static void arenas_run(struct account_malloc *row, raddr start, raddr end,
		       const struct pagetable *pages)
{
	const int64_t size = start ? (int64_t)(end - start) : 0;

	if (size > row->largest)
		row->largest = size;
	if (size >= LARGE)
		row->large += (int64_t)pagetable_resident(pages, start, end);
}

static void arenas_region(struct account_malloc *row,
			  const struct glibc_malloc *gm,
			  const struct glibc_region *r,
			  const struct pagetable *pages)
{
	raddr run = 0;		/* where it begins, or 0 */

	row->arena.resident += (int64_t)pagetable_resident(pages, r->start,
							   r->end);
	for (size_t i = r->first; i < r->first + r->n; i++) {
		const struct glibc_chunk *c = &gm->chunks.v[i];

		arenas_chunk(row, c);
		if (is_joined(c)) {
			run = run ? run : c->at;
			continue;
		}
		arenas_run(row, run, c->at, pages);
		run = 0;
	}
	arenas_run(row, run, r->known_end, pages);
}

static bool arenas_rows(const struct glibc_malloc *gm, struct account *acc,
			struct err *err)
{
	for (size_t i = 0; i < gm->arenas.n; i++) {
		const struct glibc_arena *a = &gm->arenas.v[i];
		struct account_malloc *row = vec_add(&acc->malloc, err);

		if (!row)
			return false;
		row->arena.at = a->at;
		row->arena.size = (int64_t)a->system;
		row->heaps = (int64_t)a->heaps;
		row->attached = (int64_t)a->attached;
		row->trimmable = a->doubt ? DUMP_UNKNOWN : 0;
	}
	return true;
}

static bool arenas_threads(struct account_look *look, struct account *acc,
			   struct err *err)
{
	if (!glibc_threads_settle(&look->threads, &look->gm))
		return true;
	for (size_t i = 0; i < look->threads.words.n; i++) {
		const struct glibc_thread_word *w = &look->threads.words.v[i];
		int *tid = vec_add(&acc->malloc.v[w->arena].threads, err);

		if (!tid)
			return false;
		*tid = w->tid;
	}
	return true;
}

bool account_malloc_arenas(struct account_look *look, struct account *acc,
			   struct err *err)
{
	const struct glibc_malloc *gm = &look->gm;
	struct trim trim = { &look->pages, acc };

	if (!look->has_malloc)
		return true;
	acc->raised_threshold = (int64_t)gm->raised_threshold;
	if (!arenas_rows(gm, acc, err) || !arenas_threads(look, acc, err))
		return false;
	for (size_t i = 0; i < gm->regions.n; i++) {
		const struct glibc_region *r = &gm->regions.v[i];

		if (r->arena != GLIBC_NO_ARENA)
			arenas_region(&acc->malloc.v[r->arena], gm, r,
				      &look->pages);
	}
	glibc_trimmable(gm, NULL, arenas_trim, &trim);
	return true;
}
