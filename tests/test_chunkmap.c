/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakemalloc.h"
#include "pyabi/chunkmap.h"

enum { ANON = 1, ARENA = 2 };

static struct fakemalloc f;
static struct glibc_malloc gm;
static struct places places;
static struct blocksource src;
static struct chunkmap chunks;
static struct abi abi;
static struct err err;
static uint8_t bytes[FAKE_HEAP_SIZE];

static int setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	memset(&gm, 0, sizeof(gm));
	fakemalloc_init(&f);
	assert_true(places_init(&places, &err));
	assert_true(places_add(&places, FAKE_HEAP, FAKE_HEAP_SIZE, ARENA, &err));
	assert_true(places_add(&places, FAKE_MAPPED, 4096, ANON, &err));
	assert_true(places_add(&places, FAKE_OTHER_HEAP, FAKE_HEAP_SIZE, ARENA,
			       &err));
	assert_true(places_index(&places, &err));
	assert_true(blocksource_init(&src, &abi, &places, ARENA, &chunks,
				     &err));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	chunkmap_fini(&chunks);
	blocksource_fini(&src);
	places_fini(&places);
	glibc_fini(&gm);
	fakemalloc_fini(&f);
	return 0;
}

static void look(void)
{
	static const struct maps none;
	const struct glibc_read_options opt = { .maps = &none, .most = 1000 };

	assert_true(glibc_find_in(&gm, &f.fm.mem, FAKE_DATA,
				  FAKE_DATA + 0x10000));
	assert_true(glibc_read(&gm, &f.fm.mem, &opt, &err));
	glibc_settle(&gm);
	assert_true(chunkmap_make(&chunks, &src, &gm, &err));
}

static raddr block(int heap, int i)
{
	return f.chunk[heap][i] + GLIBC_HEAD;
}

static bool is_in_use(int i)
{
	return i != FAKE_FREE && i != FAKE_FAST && i != FAKE_FAST_TOO &&
	       i != FAKE_CACHED && i != FAKE_CACHED_TOO &&
	       i != FAKE_FREE_PAGES && i != FAKE_TOP;
}

static enum span_state span_at(raddr addr, struct span *ret, uint64_t *live)
{
	const raddr cell = blocksource_start(&src, addr);

	assert_true(mem_read(&f.fm.mem, FAKE_HEAP, bytes, sizeof(bytes),
			     &err));
	return blocksource_read(&src, cell, bytes + (cell - FAKE_HEAP), ret,
				live);
}

static void blocks_in_use_begin_where_chunks_do(void **state)
{
	(void)state;
	look();
	for (int heap = 0; heap < 2; heap++) {
		for (int i = 0; i < FAKE_CHUNKS; i++) {
			raddr at = block(heap, i);

			assert_int_equal(chunkmap_begins(&chunks, &src, at),
					 is_in_use(i));
			assert_false(chunkmap_begins(&chunks, &src, at + 8));
			assert_false(chunkmap_begins(&chunks, &src, at - 16));
		}
	}
	assert_false(chunkmap_begins(&chunks, &src, FAKE_MAPPED));
}

static void an_address_leads_to_the_block_that_holds_it(void **state)
{
	const raddr last = block(0, FAKE_LAST);

	(void)state;
	look();
	assert_int_equal(blocksource_block(&src, last), last);
	assert_int_equal(blocksource_block(&src, last + 0xfff), last);
	/* That is free, that is the header of a heap, those are nobody's. */
	assert_int_equal(blocksource_block(&src, block(0, FAKE_FREE) + 8), 0);
	assert_int_equal(blocksource_block(&src, FAKE_OTHER_HEAP), 0);
	assert_int_equal(blocksource_block(&src, FAKE_MAPPED), 0);
	assert_int_equal(blocksource_block(&src, 0), 0);
}

static void a_block_takes_what_its_chunk_does(void **state)
{
	(void)state;
	look();
	for (int heap = 0; heap < 2; heap++) {
		for (int i = 0; i < FAKE_TOP; i++) {
			raddr at = block(heap, i);

			assert_int_equal(chunkmap_takes(&chunks, &src, at),
					 is_in_use(i) ? f.size[i] : 0);
			assert_int_equal(chunkmap_takes(&chunks, &src, at + 16),
					 0);
		}
	}
}

/* It ends where its place does. */
static void what_has_no_chunk_behind_it_takes_the_rest(void **state)
{
	const raddr top = f.chunk[0][FAKE_TOP];
	struct glibc_chunk *last;

	(void)state;
	look();
	last = glibc_chunk_at(&gm, top);
	assert_int_equal(last->state, GLIBC_TOP);
	last->state = GLIBC_USED;
	assert_true(chunkmap_make(&chunks, &src, &gm, &err));
	assert_int_equal(chunkmap_takes(&chunks, &src, top + GLIBC_HEAD),
			 FAKE_HEAP + FAKE_HEAP_SIZE - top);
}

static void a_span_has_the_blocks_that_begin_in_its_page(void **state)
{
	uint64_t live[SPAN_MAX_BLOCKS / 64] = { 0 };
	struct span span;
	int k;

	(void)state;
	look();
	assert_int_equal(span_at(FAKE_HEAP, &span, live), SPAN_USED);
	assert_true(span.uneven);
	assert_int_equal(span.n_live, 5);
	k = span_index(&span, block(0, FAKE_USED));
	assert_int_equal(k, 1);
	assert_true(live[0] & 2);
	assert_int_equal(span_size(&span, (uint32_t)k), 0x210 - CHUNK_OWN);
	assert_int_equal(span_takes(&span, (uint32_t)k), 0x210);
	assert_true(span_has(&span, (uint32_t)k, 0x210 - CHUNK_OWN));
	assert_int_equal(blocksource_first(&src, block(0, FAKE_GUARD)),
			 block(0, FAKE_USED));
	/* Where none begins, as within a free one of three pages. */
	assert_int_equal(span_at(block(0, FAKE_FREE_PAGES) + 4096, &span, live),
			 SPAN_FREE);
}

static void a_size_that_lies_is_no_size(void **state)
{
	static const uint64_t lies[] = {
		0, 7, 8, 1ull << 63, UINT64_MAX, 1ull << 40,
	};
	uint64_t live[SPAN_MAX_BLOCKS / 64] = { 0 };
	struct span span;

	(void)state;
	look();
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		fake_u64(&f.fm, f.chunk[0][FAKE_USED] + 8, lies[i]);
		assert_int_equal(span_at(FAKE_HEAP, &span, live), SPAN_USED);
		assert_int_equal(span_size(&span, 1), 0);
	}
	/* One that could be is more than there is. */
	fake_u64(&f.fm, f.chunk[0][FAKE_USED] + 8, 1 << 30 | 1);
	assert_int_equal(span_at(FAKE_HEAP, &span, live), SPAN_USED);
	assert_false(span_has(&span, 1, span_size(&span, 1)));
}

static void behind_what_makes_no_sense_no_block_begins(void **state)
{
	(void)state;
	fake_u64(&f.fm, f.chunk[0][FAKE_GUARD] + 8, 1ull << 63 | 1);
	look();
	assert_non_null(gm.arenas.v[0].doubt);
	assert_true(chunkmap_begins(&chunks, &src, block(0, FAKE_USED)));
	assert_false(chunkmap_begins(&chunks, &src, block(0, FAKE_LAST)));
	assert_true(chunkmap_begins(&chunks, &src, block(1, FAKE_LAST)));
	/* Nor is what lies there in the last that was known. */
	assert_int_equal(blocksource_block(&src, block(0, FAKE_GUARD) + 8), 0);
	assert_int_equal(blocksource_block(&src, block(0, FAKE_LAST)), 0);
}

static void a_heap_that_is_no_place_is_left_out(void **state)
{
	(void)state;
	look();
	gm.regions.v[0].start += FAKE_HEAP_SIZE;
	gm.regions.v[0].end += FAKE_HEAP_SIZE;
	assert_true(chunkmap_make(&chunks, &src, &gm, &err));
	assert_false(chunkmap_begins(&chunks, &src, block(0, FAKE_USED)));
	assert_true(chunkmap_begins(&chunks, &src, block(1, FAKE_USED)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(blocks_in_use_begin_where_chunks_do),
		T(an_address_leads_to_the_block_that_holds_it),
		T(a_block_takes_what_its_chunk_does),
		T(what_has_no_chunk_behind_it_takes_the_rest),
		T(a_span_has_the_blocks_that_begin_in_its_page),
		T(a_size_that_lies_is_no_size),
		T(behind_what_makes_no_sense_no_block_begins),
		T(a_heap_that_is_no_place_is_left_out),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
