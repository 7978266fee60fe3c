/* SPDX-License-Identifier: MIT */
#ifndef GROW_INSTANT_H
#define GROW_INSTANT_H

#include "grow/ran.h"
#include "result/growth.h"
#include "stacks/pystacks.h"

/**
 * The Python stack of a thread at the instant of a fault, of which registers and
 * the top of the C stack were copied.
 *
 * Frames of Python are read from the process, which has gone on meanwhile, and
 * what is read may be of a later moment.  The copy is not: the evaluation
 * function keeps the address of the next instruction, and unwinding the C stack
 * as far as to it says which line ran.  Frames that are read count as those who
 * called it if its function is among them.
 *
 *	instant_init(&in, tr, &err);
 *	instant_pass(&in);			time has passed: read anew
 *	instant_stack(&in, fault, &growth, &err);
 *	instant_fini(&in);
 *
 * Cost:    a read for each page of frames and code, at each pass.
 * Bounds:  those of stacks/pystacks.h; INSTANT_FRAMES of a stack are told.
 * Threads: one at a time.
 */
enum { INSTANT_FRAMES = 256 };

struct instant {
	struct tracee *tr;
	struct pystacks ps;
	struct growth *g;
	/** Threads of the kernel, and their states; 0: none. */
	VEC(struct instant_thread {
		pid_t tid;
		raddr tstate;
		bool holds_gil;		/* when threads were listed */
		uint64_t asked_ns;	/* when it had none yet */
		uint32_t waits_ms;
		unsigned pass;		/* in which its chain was read */
		struct pychain chain;
	}) threads;
	unsigned pass;
	struct ran ran;
};

MUST_CHECK bool instant_init(struct instant *in, struct tracee *tr,
			     struct growth *g, struct err *err);
void instant_fini(struct instant *in);

/** There is a code object at @code, which may run. */
MUST_CHECK bool instant_learn(struct instant *in, raddr code, struct err *err);

/** What was read before is of the past. */
void instant_pass(struct instant *in);

/** The same without a fault: what who holds the GIL runs now, as it is read; not
 *  known where nobody holds it. */
uint32_t instant_running(struct instant *in, struct err *err);

/** The number of the stack, in the growth, or STRSET_NONE: @err is set. */
uint32_t instant_stack(struct instant *in, const struct fault *fault,
		       struct err *err);

#endif
