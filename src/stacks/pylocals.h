/* SPDX-License-Identifier: MIT */
#ifndef STACKS_PYLOCALS_H
#define STACKS_PYLOCALS_H

#include "stacks/pystacks.h"

/**
 * The variables of a frame with their values, where they are asked for.
 *
 * Making text of values takes longer than reading them: of a tracee that stands
 * they are only read, so that the copy has them, and told once it runs again.
 */
void pylocals_touch(struct pystacks *ps, const struct pystacks_frame *frame);

/** Tell them: to frame->locals.  What lacks memory is left out. */
void pylocals_take(struct pystacks *ps, struct pystacks_frame *frame);

#endif
