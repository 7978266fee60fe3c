/* SPDX-License-Identifier: MIT */
#include "pyabi/malloc_threads.h"

#include <stdlib.h>
#include <string.h>

enum {
	TLS_BYTES = 8192,	/* that are looked at; libc's part is near */
	ANOTHER_HEAD = 32, ANOTHER_HEAD_2_35 = 48,
};

/* Cheap, and not yet certain: others lie behind the head of a heap. */
static bool may_be_arena(const struct glibc_malloc *gm, raddr addr)
{
	raddr heap = addr_down(addr, 1ull << GLIBC_HEAP_SHIFT);

	return addr == gm->main ||
	       (heap && !(addr >> 47) && (addr - heap == ANOTHER_HEAD ||
					  addr - heap == ANOTHER_HEAD_2_35));
}

static bool note_words(struct glibc_threads *gt, const struct glibc_malloc *gm,
		       pid_t tid, raddr pointer, raddr at,
		       const uint64_t *words, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct glibc_thread_word *w;

		if (!may_be_arena(gm, words[i]))
			continue;
		w = vec_add(&gt->words, err);
		if (!w)
			return false;
		w->tid = tid;
		w->below = (uint32_t)(pointer - (at + i * 8));
		w->value = words[i];
	}
	return true;
}

/* Page by page: what lies below the variables need not be there. */
bool glibc_threads_note(struct glibc_threads *gt, const struct glibc_malloc *gm,
			struct mem *mem, pid_t tid, raddr pointer,
			struct err *err)
{
	raddr end = pointer, least = pointer - TLS_BYTES;
	uint64_t words[ADDR_PAGE / 8];

	if (pointer % 8 || pointer < TLS_BYTES)
		return true;
	while (end > least) {
		raddr at = addr_down(end - 1, ADDR_PAGE);

		if (at < least)
			at = least;
		if (!mem_read(mem, at, words, end - at, err))
			return err->code != ERR_GONE;
		if (!note_words(gt, gm, tid, pointer, at, words,
				(end - at) / 8, err))
			return false;
		end = at;
	}
	return true;
}

static int word_order(const void *a, const void *b)
{
	const struct glibc_thread_word *l = a, *r = b;

	if (l->below != r->below)
		return l->below < r->below ? -1 : 1;
	return (l->tid > r->tid) - (l->tid < r->tid);
}

static bool find_arena(const struct glibc_malloc *gm,
		       struct glibc_thread_word *w)
{
	for (size_t i = 0; i < gm->arenas.n; i++) {
		if (gm->arenas.v[i].at != w->value)
			continue;
		w->arena = (uint32_t)i;
		return true;
	}
	return false;
}

/* Are @n words at one distance what the arenas count? */
static bool adds_up(const struct glibc_malloc *gm,
		    struct glibc_thread_word *words, size_t n,
		    uint64_t *counts)
{
	memset(counts, 0, gm->arenas.n * sizeof(*counts));
	for (size_t i = 0; i < n; i++) {
		if (find_arena(gm, &words[i]))
			counts[words[i].arena]++;
		else
			return false;
	}
	for (size_t i = 0; i < gm->arenas.n; i++) {
		if (counts[i] != gm->arenas.v[i].attached)
			return false;
	}
	return true;
}

static bool same_words(const struct glibc_thread_word *a,
		       const struct glibc_thread_word *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i].tid != b[i].tid || a[i].value != b[i].value)
			return false;
	}
	return true;
}

/* The first of the words that add up, and how many; 0: none, or not only one
 * answer. */
static size_t find_words(const struct glibc_malloc *gm,
			 struct glibc_thread_word *words, size_t n,
			 uint64_t *counts, size_t *ret_first)
{
	size_t found = 0;

	for (size_t i = 0, k; i < n; i = k) {
		for (k = i; k < n && words[k].below == words[i].below;)
			k++;
		if (!adds_up(gm, words + i, k - i, counts))
			continue;
		/* All that add up are of as many threads. */
		if (found && !same_words(words + *ret_first, words + i, found))
			return 0;
		*ret_first = i;
		found = k - i;
	}
	return found;
}

bool glibc_threads_settle(struct glibc_threads *gt,
			  const struct glibc_malloc *gm)
{
	auto_free uint64_t *counts = calloc(gm->arenas.n + 1, sizeof(*counts));
	size_t first = 0, n;

	if (!counts || !gt->words.n)
		return false;
	qsort(gt->words.v, gt->words.n, sizeof(*gt->words.v), word_order);
	n = find_words(gm, gt->words.v, gt->words.n, counts, &first);
	memmove(gt->words.v, gt->words.v + first, n * sizeof(*gt->words.v));
	gt->words.n = n;
	return n != 0;
}

void glibc_threads_fini(struct glibc_threads *gt)
{
	vec_free(&gt->words);
}
