/* SPDX-License-Identifier: MIT */
#ifndef GROW_RAN_H
#define GROW_RAN_H

#include "attach/code.h"
#include "attach/unwind.h"
#include "grow/evalcode.h"
#include "grow/faultrec.h"
#include "stacks/pystacks.h"

/**
 * Which bytecode ran at the instant of a fault, by the copy of its C stack.
 *
 * Bounds:  RAN_SEEN words that look like an instruction.
 * Threads: one at a time.
 */
enum {
	RAN_SEEN = 16,
	RAN_SLOTS = 122,	/* words of the evaluation function's frame */
	RAN_PLACES = UNWIND_KEPT + RAN_SLOTS,
	RAN_MASK = RAN_PLACES / 64,
};

struct ran {
	struct pystacks *ps;
	/** Bytecode that was seen, sorted, and none overlaps. */
	VEC(struct ran_code {
		raddr start;
		raddr end;
		raddr at;		/* of the code object */
	}) codes;
	/** How the C stack is unwound, from the copy. */
	struct code c_code;
	struct unwinder *unwinder;
	struct unwind_stack c;
	struct evalcode eval;
	/** Where the evaluation function keeps the next instruction, by where it
	 *  is: registers, then words of its frame. */
	VEC(struct ran_place {
		uint64_t mask[RAN_MASK];
	}) places;
	struct addrmap place_of;	/* their numbers, by return address */
};

/** Zeroed is a good start. */
struct ran_seen {
	raddr code;		/* 0: it is not known */
	raddr start, next;	/* its bytecode, the next instruction */
	bool is_guess;		/* it may be of an earlier call */
	bool evaluates;		/* the C stack has the evaluation function */
};

MUST_CHECK bool ran_init(struct ran *ran, struct pystacks *ps,
			 struct err *err);
void ran_fini(struct ran *ran);

/** There is a code object at @code, which may run. */
MUST_CHECK bool ran_learn(struct ran *ran, raddr code, struct err *err);

/** @chain: the frames of the thread, as they were read since. */
MUST_CHECK bool ran_see(struct ran *ran, const struct fault *fault,
			const struct pychain *chain, struct ran_seen *ret,
			struct err *err);

#endif
