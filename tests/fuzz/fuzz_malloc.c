/* SPDX-License-Identifier: MIT */
/*
 * The input overwrites words of a malloc: each ten bytes are where (a page's
 * worth of words in the data segment and both heaps) and what.  Whatever it
 * says, and whether it stands or runs, reading it ends, no byte is in two chunks,
 * what would be trimmed lies in the heaps, and the map of chunks says of each
 * address what the chunks do.
 */
#include <assert.h>
#include <string.h>

#include "fakemalloc.h"
#include "pyabi/chunkmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { PATCH = 10, MOST = 2000, WORDS = 0x2000, ARENA = 1 };

static void patch(struct fakemalloc *f, const uint8_t *p)
{
	static const raddr segments[] = {
		FAKE_DATA, FAKE_HEAP, FAKE_OTHER_HEAP, FAKE_MAPPED,
	};
	uint64_t value;
	uint16_t where;
	raddr at;

	memcpy(&where, p, sizeof(where));
	memcpy(&value, p + 2, sizeof(value));
	at = where / WORDS % 4 == 3 ? FAKE_MAPPED + where % 0x800 * 8 :
	     segments[where / WORDS % 4] + where % 0x1000 * 8;
	fake_u64(&f->fm, at, value);
}

static void check_run(void *arg, uint32_t arena, raddr start, raddr end)
{
	const struct glibc_malloc *gm = arg;

	assert(start < end && start % ADDR_PAGE == 0 && end % ADDR_PAGE == 0);
	assert(gm->regions.n && arena < gm->arenas.n);
	assert(end <= gm->regions.v[gm->regions.n - 1].end);
}

static void check(const struct glibc_malloc *gm)
{
	raddr done = 0;

	for (size_t i = 0; i < gm->regions.n; i++) {
		const struct glibc_region *r = &gm->regions.v[i];

		assert(done <= r->start && r->start <= r->known_end &&
		       r->known_end <= r->end);
		for (size_t k = r->first; k < r->first + r->n; k++) {
			struct glibc_chunk *c = &gm->chunks.v[k];

			assert(c->at >= (k == r->first ? r->start : done));
			done = c->at + c->size;
			assert(done <= r->end);
			assert(glibc_chunk_at(gm, c->at) == c);
			assert(glibc_chunk_at(gm, done - 1) == c);
		}
		done = r->end;
	}
}

/* Heaps have 132 KiB; who says they are longer has no more. */
static void make_source(struct places *places, struct blocksource *src,
			const struct chunkmap *chunks)
{
	static const struct abi abi;
	struct err err;
	bool ok;

	ok = places_init(places, &err) &&
	     places_add(places, FAKE_HEAP, FAKE_HEAP_SIZE, ARENA, &err) &&
	     places_add(places, FAKE_OTHER_HEAP, FAKE_HEAP_SIZE, ARENA, &err) &&
	     places_index(places, &err) &&
	     blocksource_init(src, &abi, places, ARENA, chunks, &err);
	assert(ok);
	(void)ok;
}

/* What the chunk @c takes as the map must have it: with nothing behind it that
 * another could begin in, up to its place's end. */
static void check_block(const struct chunkmap *chunks,
			const struct blocksource *src,
			const struct glibc_chunk *c)
{
	const raddr block = c->at + GLIBC_HEAD;
	const bool used = c->state == GLIBC_USED && c->size >= GLIBC_LEAST;
	uint64_t takes = chunkmap_takes(chunks, src, block);

	if (blocksource_cell(src, block) == SIZE_MAX)
		return;
	assert(chunkmap_begins(chunks, src, block) == used);
	assert(takes == (used ? c->size : 0));
	assert(blocksource_block(src, block) == (used ? block : 0));
	if (used)
		assert(blocksource_block(src, block + c->size - GLIBC_HEAD - 1) ==
		       block);
}

static void check_map(const struct glibc_malloc *gm)
{
	struct places places = { 0 };
	struct chunkmap chunks = { 0 };
	struct blocksource src = { 0 };
	struct err err;
	bool ok;

	make_source(&places, &src, &chunks);
	ok = chunkmap_make(&chunks, &src, gm, &err);
	assert(ok);
	(void)ok;
	for (size_t i = 0; i < gm->regions.n; i++) {
		const struct glibc_region *r = &gm->regions.v[i];

		for (size_t k = 0; r->arena != GLIBC_NO_ARENA && k < r->n; k++) {
			if (places_find(&places, r->start) ==
			    places_find(&places, r->end - 1))
				check_block(&chunks, &src,
					    &gm->chunks.v[r->first + k]);
		}
	}
	chunkmap_fini(&chunks);
	blocksource_fini(&src);
	places_fini(&places);
}

static void look(struct fakemalloc *f, bool running)
{
	struct map map = {
		.start = FAKE_MAPPED, .read = true, .write = true, .path = "",
		.end = FAKE_MAPPED + 2 * 4096 + FAKE_MAPPED_SIZE,
	};
	struct maps maps = { .v = &map, .n = 1 };
	struct glibc_read_options opt = { .maps = &maps, .most = MOST,
					  .running = running };
	struct glibc_malloc gm = { 0 };
	struct err err = { 0 };

	if (glibc_find_in(&gm, &f->fm.mem, FAKE_DATA, FAKE_DATA + 0x10000) &&
	    glibc_read(&gm, &f->fm.mem, &opt, &err)) {
		glibc_settle(&gm);
		check(&gm);
		check_map(&gm);
		glibc_trimmable(&gm, NULL, check_run, &gm);
	}
	glibc_fini(&gm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fakemalloc f = { 0 };

	fakemalloc_init(&f);
	for (; len >= PATCH; data += PATCH, len -= PATCH)
		patch(&f, data);
	look(&f, false);
	look(&f, true);
	fakemalloc_fini(&f);
	return 0;
}
