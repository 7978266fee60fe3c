/* SPDX-License-Identifier: MIT */
#ifndef HEAP_QUALNAMES_H
#define HEAP_QUALNAMES_H

#include "attach/pages.h"
#include "base/addrmap.h"
#include "base/vec.h"
#include "pyabi/pytype.h"

struct pystacks_frame;
struct tracee;

/**
 * Qualified names of functions where code objects do not know them (.. 3.10):
 * a function with this very code object is looked for in the globals of the
 * frame and in the class of its self and the bases of that; what the function
 * says of itself is the name.  Functions that are in neither stay without.
 *
 * The tracee may run: a function that is found with the code at hand has that
 * name, whenever it is found.
 */
struct qualnames {
	const struct abi *abi;
	struct pages pages;
	struct pyctx ctx;
	struct pytypes types;
	struct addrmap by_code;
	VEC(char *) v;
	bool needed;		/* and possible: types are there */
};

void qualnames_init(struct qualnames *names, struct tracee *tr);
void qualnames_fini(struct qualnames *names);

/** NULL: not known.  Lives as long as @names. */
const char *qualnames_get(struct qualnames *names,
			  const struct pystacks_frame *frame);

#endif
