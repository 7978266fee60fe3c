/* SPDX-License-Identifier: MIT */
#include "fakechunks.h"

#include <assert.h>
#include <string.h>

#include "fakemalloc.h"

enum { PREV = 1, FLAGS = 7, HEAD = 16, LEAST = 32 };

static uint64_t word_at(const struct fakechunks *fc, raddr at)
{
	uint64_t word;

	memcpy(&word, fake_at(fc->fm, at, sizeof(word)), sizeof(word));
	return word;
}

static uint64_t any(struct fakechunks *fc, uint64_t n)
{
	return fc->choose ? fc->choose(fc->choose_arg, n) : 0;
}

static uint64_t size_of(const struct fakechunks *fc, raddr chunk)
{
	return word_at(fc, chunk + 8) & ~(uint64_t)FLAGS;
}

static void put_size(struct fakechunks *fc, raddr chunk, uint64_t size)
{
	fake_u64(fc->fm, chunk + 8, size | (word_at(fc, chunk + 8) & FLAGS));
}

/* The head behind says whether @chunk is in use, and if not, how long it is. */
static void put_use(struct fakechunks *fc, raddr chunk, bool used)
{
	uint64_t size = size_of(fc, chunk);
	raddr next = chunk + size;
	uint64_t head = word_at(fc, next + 8) & ~(uint64_t)PREV;

	fake_u64(fc->fm, next + 8, head | (used ? PREV : 0));
	if (!used)
		fake_u64(fc->fm, next, size);
}

static void put_top(struct fakechunks *fc, raddr top)
{
	fc->top = top;
	fake_u64(fc->fm, top + 8, (fc->end - top) | PREV);
	fake_u64(fc->fm, fc->state + FAKE_STATE_TOP, top);
}

void fakechunks_init(struct fakechunks *fc, struct fakemem *fm, raddr state,
		     raddr par, raddr heap, uint64_t len)
{
	*fc = (struct fakechunks){ .fm = fm, .state = state,
				   .end = heap + len };
	fakemalloc_state(fm, state, state, len);
	fake_u64(fm, par, heap);
	put_top(fc, heap);
}

/* --- free ones ----------------------------------------------------------- */

static raddr *fast_list(struct fakechunks *fc, uint64_t size)
{
	uint64_t i = size / 16 - 2;

	return i < FAKECHUNKS_FAST ? &fc->fast[i] : NULL;
}

static void put_fast(struct fakechunks *fc, raddr *list)
{
	uint64_t i = (uint64_t)(list - fc->fast);

	fake_u64(fc->fm, fc->state + FAKE_STATE_FAST + i * 8, *list);
}

/* As glibc 2.32 and later write it at @at; it is undone in the same way. */
static uint64_t mangled(raddr at, uint64_t link)
{
	return link ^ at >> 12;
}

static raddr take_fast(struct fakechunks *fc, raddr *list)
{
	raddr chunk = *list;

	*list = mangled(chunk + HEAD, word_at(fc, chunk + HEAD));
	put_fast(fc, list);
	return chunk;
}

static void add_fast(struct fakechunks *fc, raddr *list, raddr chunk)
{
	fake_u64(fc->fm, chunk + HEAD, mangled(chunk + HEAD, *list));
	*list = chunk;
	put_fast(fc, list);
}

static void add_free(struct fakechunks *fc, raddr chunk)
{
	raddr other = fc->n_free ? fc->free[any(fc, fc->n_free)] : fc->state;

	assert(fc->n_free < FAKECHUNKS_MAX);
	fc->free[fc->n_free++] = chunk;
	fake_u64(fc->fm, chunk + HEAD, other);
	fake_u64(fc->fm, chunk + HEAD + 8, fc->state);
	put_use(fc, chunk, false);
}

/* One of at least @size bytes; 0: none. */
static raddr take_free(struct fakechunks *fc, uint64_t size)
{
	size_t first = fc->n_free ? any(fc, fc->n_free) : 0;

	for (size_t i = 0; i < fc->n_free; i++) {
		size_t k = (first + i) % fc->n_free;
		raddr chunk = fc->free[k];
		uint64_t rest = size_of(fc, chunk) - size;

		if (size_of(fc, chunk) < size)
			continue;
		fc->free[k] = fc->free[--fc->n_free];
		if (rest >= LEAST) {
			put_size(fc, chunk, size);
			fake_u64(fc->fm, chunk + size + 8, rest | PREV);
			add_free(fc, chunk + size);
		}
		put_use(fc, chunk, true);
		return chunk;
	}
	return 0;
}

static raddr take_top(struct fakechunks *fc, uint64_t size)
{
	raddr chunk = fc->top;

	assert(fc->end - chunk >= size + LEAST);
	put_top(fc, chunk + size);
	put_size(fc, chunk, size);
	return chunk;
}

/* --- all ----------------------------------------------------------------- */

raddr fakechunks_alloc(struct fakechunks *fc, uint64_t size)
{
	uint64_t takes = addr_up(size + 8, 16) < LEAST ? LEAST :
							 addr_up(size + 8, 16);
	raddr *list = fast_list(fc, takes), chunk;

	if (list && *list)
		return take_fast(fc, list) + HEAD;
	chunk = take_free(fc, takes);
	return (chunk ? chunk : take_top(fc, takes)) + HEAD;
}

void fakechunks_free(struct fakechunks *fc, raddr at)
{
	raddr chunk = at - HEAD;
	raddr *list = fast_list(fc, size_of(fc, chunk));

	if (list && any(fc, 2))
		add_fast(fc, list, chunk);
	else
		add_free(fc, chunk);
}

uint64_t fakechunks_takes(const struct fakechunks *fc, raddr at)
{
	return size_of(fc, at - HEAD);
}
