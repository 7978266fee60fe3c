/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_HOLDINGS_H
#define GRAPH_HOLDINGS_H

#include "base/addrmap.h"
#include "base/vec.h"
#include "pyabi/pytype.h"
#include "result/held.h"

/**
 * What some holders hold, counted by type: "12,340 Session, 3 int".
 *
 * Owner: holdings_fini().
 */
enum { HOLDINGS_TOLD = 3 };	/* types of a holder */

struct holding {
	uint32_t holder;		/* whatever number the user has */
	const struct pytype *type;
	int64_t count, bytes;
};

struct holdings {
	VEC(struct holding) v;
	struct addrmap at;		/* by holder and type */
};

void holdings_fini(struct holdings *h);

/** One object more, of @bytes. */
MUST_CHECK bool holdings_add(struct holdings *h, uint32_t holder,
			     const struct pytype *type, uint64_t bytes,
			     struct err *err);

/** By holder, and of each the most bytes first. */
void holdings_sort(struct holdings *h);

/** Those of @holder, sorted: where they begin, and how many; NULL: none. */
const struct holding *holdings_of(const struct holdings *h, uint32_t holder,
				  size_t *ret_n);

/** The first few of the @n at @v, in their order, under the names of types. */
MUST_CHECK bool holdings_tell(const struct holding *v, size_t n,
			      struct pytypes *types, struct held_types *ret,
			      struct err *err);

#endif
