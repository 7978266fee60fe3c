/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAKEPAST_H
#define TESTS_FAKEPAST_H

#include "base/vec.h"
#include "fakeheap.h"

/**
 * A fake heap with a past, made from a seed.
 *
 *	struct fakepast fp;
 *
 *	fakepast_init(&fp, false, seed, 1000);
 *	... capture_of(&cap, &fp.heap.ft.target, &err), fp.objects ...
 *	fakepast_fini(&fp);
 *
 * Objects come, refer to each other, die, and others take their blocks, so that
 * pools (or chunks of malloc) have every state, and free blocks and what lists keep in reserve are
 * full of stale pointers.  At the end each object is referred to by one that
 * lives, and in a list of the collector if it is tracked.  There are blocks that
 * only C knows, too.
 */
enum fakepast_type {
	FP_INT, FP_FLOAT, FP_STR, FP_BYTES, FP_TUPLE, FP_LIST, FP_DICT,
	FP_TYPES,
};

struct fakepast_object {
	raddr addr, buffer;	/* buffer 0: none */
	enum fakepast_type type;
	uint64_t own, rest;	/* bytes, without GC head: its own, buffer's */
	uint64_t size, allocated;	/* as a dump has them */
	uint64_t n;		/* of what refers to others: how many, */
	raddr slots;		/* ... from here on, */
	uint64_t step;		/* ... so many bytes apart */
	uint64_t held;		/* references to it */
	bool tracked;
	bool knows_containers;	/* refers to what may refer to others */
};

struct fakepast {
	struct fakeheap heap;
	raddr type[FP_TYPES];
	uint64_t random;	/* state of the generator */
	VEC(struct fakepast_object) objects;	/* alive, but for types; the
						   first is sys.modules */
};

/** Ends with about @n objects; the same for the same arguments.  @of_malloc: it
 *  gives all blocks, not pymalloc. */
void fakepast_init(struct fakepast *fp, bool of_malloc, uint64_t seed,
		   size_t n);
void fakepast_fini(struct fakepast *fp);

/** Half of them die, new ones come, all are linked anew: a life more. */
void fakepast_live_on(struct fakepast *fp, size_t n);

const char *fakepast_type_name(enum fakepast_type type);

#endif
