/* SPDX-License-Identifier: MIT */
#ifndef STACKS_QUALNAMES_H
#define STACKS_QUALNAMES_H

#include "base/addrmap.h"
#include "base/vec.h"
#include "pyabi/object.h"

struct pystacks_frame;

/**
 * Qualified names of functions where code objects do not know them (.. 3.10):
 * a function with this very code object is looked for in the globals of the
 * frame and in the class of its self and the bases of that; what the function
 * says of itself is the name.  Functions that are in neither stay without.
 *
 * It is done when frames are copied, of the same memory: later the function may
 * be gone, and its code another's.
 *
 * Cost: a few pages a function, once each; at most MAX_KEYS keys are compared.
 */
struct qualnames {
	struct addrmap by_code;
	VEC(struct qualname {
		raddr name_object;	/* of the code that is meant */
		char *text;		/* NULL: not known */
	}) v;
	uint64_t n_keys;		/* that were compared */
};

void qualnames_fini(struct qualnames *names);

/** Of the code of @frame, which has none of its own.  NULL: not known.  Lives
 *  as long as @names.  Needs ctx->types. */
const char *qualnames_get(struct qualnames *names, struct pyctx *ctx,
			  const struct pystacks_frame *frame);

#endif
