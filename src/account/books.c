/* SPDX-License-Identifier: MIT */
/*
 * Which mappings are those of an allocator that is no malloc of glibc's: where
 * objects have blocks that it gave them (claims_take_block()), what its
 * library's data leads to (claims_point()), and what its own books lead to.
 *
 * An allocator notes of each run of pages that it hands out where it lies, in
 * memory of its own.  So words in what is known to be its own lead to many
 * pages of a mapping that is; who merely has a mapping knows its start, and a
 * few places in it.  That is no proof, and such a mapping is called inferred.
 * It is read when the process runs again: it names mappings, no more.
 */
#include <stdlib.h>
#include <string.h>

#include "account/allocators.h"
#include "account/claims.h"
#include "heap/regions.h"

enum {
	BOOKS_WINDOW = 1 << 16,
	BOOKS_MOST = 64 << 20,	/* bytes that are read, */
	BOOKS_ROUNDS = 4,	/* ... from what was found before, too */
	BOOKS_PAGES = 4,	/* to which words lead, at least, */
	BOOKS_PART = 64,	/* ... and one of so many that are resident */
};

struct books {
	struct claims *cl;
	uint8_t *buf;		/* BOOKS_WINDOW */
	uint64_t left;
	unsigned shift;		/* its books have numbers of pages, or 0 */
	bool *is_read;		/* by mapping */
	uint64_t *pages;	/* ... : to so many of its pages words lead */
	struct addrmap seen;	/* these pages */
};

/* To @at, which a word leads to. */
static bool books_page(struct books *b, raddr at)
{
	struct account_look *look = b->cl->look;
	const raddr page = addr_down(at, ADDR_PAGE);
	const struct map *map;
	size_t i;

	if (!(places_kinds(&look->cap->places, at) & REGION_ANON))
		return true;
	map = maps_find(&look->maps, at);
	if (!map || map->inode || *map->path || at == map->start)
		return true;
	i = (size_t)(map - look->maps.v);
	if (look->is_others[i] || look->pointed[i] ||
	    claims_is_taken(b->cl, at) ||
	    addrmap_get(&b->seen, page) != ADDRMAP_NONE)
		return true;
	b->pages[i]++;
	return addrmap_put(&b->seen, page, 0, b->cl->err);
}

static bool books_word(struct books *b, raddr word)
{
	return books_page(b, word) &&
	       (!b->shift || word >> (47 - b->shift) ||
		books_page(b, word << b->shift));
}

static bool books_run(struct books *b, raddr at, raddr end)
{
	struct mem *mem = b->cl->look->cap->tr.target->mem;

	while (at < end && b->left) {
		uint64_t want = end - at < BOOKS_WINDOW ? end - at :
							  BOOKS_WINDOW;
		int64_t got = mem_read_some(mem, at, b->buf, want, b->cl->err);

		if (got < 8)
			return got >= 0 || b->cl->err->code != ERR_NOMEM;
		for (int64_t i = 0; i + 8 <= got; i += 8) {
			raddr word;

			memcpy(&word, b->buf + i, sizeof(word));
			if (!books_word(b, word))
				return false;
		}
		at += want;
		b->left -= want < b->left ? want : b->left;
	}
	return true;
}

static bool books_map(struct books *b, const struct map *map)
{
	const struct pagetable *pages = &b->cl->look->pages;

	for (size_t i = pagetable_from(pages, map->start);
	     i < pages->runs.n && pages->runs.v[i].start < map->end; i++) {
		const struct page_run *run = &pages->runs.v[i];

		if ((run->flags & PAGE_RESIDENT) &&
		    !books_run(b, run->start > map->start ? run->start :
							    map->start,
			       run->end < map->end ? run->end : map->end))
			return false;
	}
	return true;
}

/* Mappings of which enough is known by now are the allocator's. */
static bool books_settle(struct books *b)
{
	struct account_look *look = b->cl->look;
	bool is_new = false;

	for (size_t i = 0; i < look->maps.n; i++) {
		const struct map *map = &look->maps.v[i];
		uint64_t resident;

		if (b->pages[i] < BOOKS_PAGES || look->is_others[i])
			continue;
		resident = pagetable_resident(&look->pages, map->start,
					      map->end) / ADDR_PAGE;
		if (b->pages[i] < resident / BOOKS_PART)
			continue;
		look->is_others[i] = OTHERS_INFERRED;
		is_new = true;
	}
	return is_new;
}

static bool books_read(struct books *b)
{
	struct account_look *look = b->cl->look;

	for (int round = 0; round < BOOKS_ROUNDS; round++) {
		for (size_t i = 0; i < look->maps.n; i++) {
			if (!look->is_others[i] || b->is_read[i])
				continue;
			b->is_read[i] = true;
			if (!books_map(b, &look->maps.v[i]))
				return false;
		}
		if (!books_settle(b))
			break;
	}
	return true;
}

static void books_begin(struct account_look *look)
{
	for (size_t i = 0; i < look->maps.n; i++) {
		unsigned whose = look->pointed[i];

		if (!look->is_others[i] && whose &&
		    look->libs.all.v[whose - 1].allocator)
			look->is_others[i] = OTHERS_KNOWN;
	}
}

/* What was taken for data that it gave, and is in no mapping of its own. */
static bool books_data(struct claims *cl)
{
	struct account_look *look = cl->look;

	for (size_t i = 0; i < look->claims.n; i++) {
		struct account_claim *c = &look->claims.v[i];
		const struct map *map = maps_find(&look->maps, c->start);
		int64_t leaf;

		if (c->kind != TYPELEAF_DATA_OTHER ||
		    look->is_others[map - look->maps.v])
			continue;
		leaf = typeleaf_get(&look->typed, TYPELEAF_DATA_MAPPED, c->type,
				    cl->err);
		if (leaf < 0)
			return false;
		cl->acc->leaves.v[c->leaf].count--;
		cl->acc->leaves.v[leaf].count++;
		c->leaf = (uint32_t)leaf;
	}
	return true;
}

bool claims_settle_others(struct claims *cl)
{
	const size_t n = cl->look->maps.n + 1;
	struct books b = {
		.cl = cl, .left = BOOKS_MOST,
		.shift = allocator_page_shift(cl->look->libs.allocator),
	};
	bool ok = true;

	if (!cl->look->libs.allocator)
		return true;
	b.buf = malloc(BOOKS_WINDOW);
	b.is_read = calloc(n, sizeof(*b.is_read));
	b.pages = calloc(n, sizeof(*b.pages));
	books_begin(cl->look);
	if (!b.buf || !b.is_read || !b.pages)
		ok = err_nomem(cl->err);
	ok = ok && books_read(&b) && books_data(cl);
	addrmap_fini(&b.seen);
	free(b.buf);
	free(b.is_read);
	free(b.pages);
	return ok;
}
