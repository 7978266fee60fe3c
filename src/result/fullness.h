/* SPDX-License-Identifier: MIT */
#ifndef RESULT_FULLNESS_H
#define RESULT_FULLNESS_H

#include "result/account.h"

/**
 * How full arenas are: counted by tenths, and as a picture, a character each.
 */
enum {
	FULLNESS_PARTS = 10,
	FULLNESS_COLUMNS = 64,
	FULLNESS_MOST = 8 * FULLNESS_COLUMNS,	/* characters of a picture */
};

/** Index i: more than i tenths in use, but no more than i + 1; an arena of
 *  which nothing is in use is in the first. */
struct fullness {
	int64_t arenas[FULLNESS_PARTS];
	int64_t resident[FULLNESS_PARTS];
	int64_t used[FULLNESS_PARTS];
	int64_t filling;	/* of all: a part was never used yet */
};

void fullness_add(struct fullness *f, const struct account_arena *arena);

/** One character: "." nothing is in use, "1" to "9" at most so many tenths,
 *  "#" more, "+" it is still being filled. */
char fullness_sign(const struct account_arena *arena);

/** All @n, in order, the first at @arenas and each other @stride bytes behind
 *  the one before, as at most FULLNESS_MOST characters and NUL, of which each
 *  but the last is for as many arenas as is returned. */
size_t fullness_draw(const struct account_arena *arenas, size_t n,
		     size_t stride, char ret[FULLNESS_MOST + 1]);

#endif
