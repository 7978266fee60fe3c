/* SPDX-License-Identifier: MIT */
/*
 * The input overwrites words of a malloc: each ten bytes are where (a page's
 * worth of words in the data segment and both heaps) and what.  Whatever it
 * says, reading it ends, no byte is in two chunks, and what would be trimmed
 * lies in the heaps.
 */
#include <assert.h>
#include <string.h>

#include "fakemalloc.h"
#include "pyabi/malloc_glibc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { PATCH = 10, MOST = 2000, WORDS = 0x2000 };

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct map map = {
		.start = FAKE_MAPPED, .read = true, .write = true, .path = "",
		.end = FAKE_MAPPED + 2 * 4096 + FAKE_MAPPED_SIZE,
	};
	struct maps maps = { .v = &map, .n = 1 };
	struct glibc_read_options opt = { .maps = &maps, .most = MOST };
	struct glibc_malloc gm = { 0 };
	struct fakemalloc f = { 0 };
	struct err err = { 0 };

	fakemalloc_init(&f);
	for (; len >= PATCH; data += PATCH, len -= PATCH)
		patch(&f, data);
	if (glibc_find_in(&gm, &f.fm.mem, FAKE_DATA, FAKE_DATA + 0x10000)) {
		if (glibc_read(&gm, &f.fm.mem, &opt, &err)) {
			glibc_settle(&gm);
			check(&gm);
			glibc_trimmable(&gm, check_run, &gm);
		}
	}
	glibc_fini(&gm);
	fakemalloc_fini(&f);
	return 0;
}
