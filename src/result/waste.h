/* SPDX-License-Identifier: MIT */
#ifndef RESULT_WASTE_H
#define RESULT_WASTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/vec.h"

/**
 * Memory that a program could do without, as plain data.
 *
 * Units: bytes as sys.getsizeof() has them; where that leaves out attribute
 *        values (3.11, 3.12), with these.
 * Owner: waste_fini().  Names and values are foreign: escape them.
 */
enum waste_kind {
	WASTE_EMPTY,		/* containers without an item */
	WASTE_ONE_ENTRY,	/* dicts with one, where a tuple would do */
	WASTE_SPARSE_DICT,	/* tables larger than a copy's, by half or more */
	WASTE_SPARSE_LIST,	/* at most half is used */
	WASTE_SPARSE_SET,
	WASTE_SLOTS,		/* instances that __slots__ would make smaller */
	WASTE_NUMBERS,		/* that only one list holds, where an array would do */
	WASTE_EQUAL,		/* str and bytes: all but one of those that are equal */
	WASTE_N_KINDS
};

/** Who has the most of a kind. */
struct waste_owner {
	char *name;		/* how it is reached; of slots NULL */
	char *type;		/* of what holds them; of slots the class */
	/** All instances of a class together, @name is the way to one that has
	 *  more than others. */
	bool of_class;
	int64_t objects, saved;
};

struct waste_sum {
	int64_t objects, bytes, saved;
	VEC(struct waste_owner) owners;		/* most first */
};

/** Equal str or bytes. */
struct waste_text {
	char *type;
	char *value;		/* as repr() has it, if that was asked for */
	int64_t objects, bytes, saved;
};

struct waste {
	size_t most;		/* owners of a kind, and texts, that are told */
	bool want_equal, want_values;
	struct waste_sum kinds[WASTE_N_KINDS];
	VEC(struct waste_text) texts;		/* most first */
};

/** "sparse_dict", as in JSON, and what it is in words. */
const char *waste_word(enum waste_kind kind);
const char *waste_title(enum waste_kind kind);
/** What one would do about it. */
const char *waste_advice(enum waste_kind kind);

void waste_sort_texts(struct waste *waste);
int64_t waste_saved(const struct waste *waste);
void waste_fini(struct waste *waste);

#endif
