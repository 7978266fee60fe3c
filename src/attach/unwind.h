/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_UNWIND_H
#define ATTACH_UNWIND_H

#include "base/addr.h"
#include "base/err.h"
#include "base/vec.h"

struct code;
struct stackcopy_thread;
struct unwinder;

/**
 * From a copy of registers and stack to the frames of C, by the unwind tables
 * of the files that are mapped.  Nothing is asked of the tracee, which runs.
 *
 * A frame without tables is passed by its frame pointer if what is found then
 * looks right: on the stack above it, and behind a call instruction.  The
 * result says so: frames may be missing there.
 *
 * Bounds:  UNWIND_FRAMES frames and UNWIND_MS of the CPU a thread; for all of a
 *          look UNWIND_ALL_FRAMES and UNWIND_ALL_MS; and as many words of
 *          tables a frame as real ones never have.
 * Cost:    1 us a frame where it was before, 20 us where not.
 * Threads: one at a time.
 */
enum {
	UNWIND_FRAMES = 20000,
	UNWIND_MS = 200,
	UNWIND_ALL_FRAMES = 1 << 18,
	UNWIND_ALL_MS = 600,
	UNWIND_WORDS = 20000,	/* read for a frame */
};

struct unwind_frame {
	raddr pc;
	/** Its part of the stack begins here, and ends where the next frame's
	 *  begins. */
	raddr sp;
	bool is_exact;		/* pc is what runs next, no return address */
	bool is_guess;		/* found by a frame pointer */
};

enum unwind_end {
	UNWIND_WHOLE,		/* to the outermost frame */
	UNWIND_CUT,		/* to the end of the copy; the stack goes on */
	UNWIND_LOST,		/* on from here it makes no sense */
	UNWIND_LIMIT,		/* too many frames, or it takes too long */
	UNWIND_NOTHING,		/* no registers */
};

struct unwind_stack {
	VEC(struct unwind_frame) frames;	/* innermost first */
	enum unwind_end end;
	size_t n_guessed;
	raddr guessed_at;	/* the pc of the first frame without tables */
};

/** @code must stay; code_update() may be called between two threads. */
MUST_CHECK struct unwinder *unwinder_new(struct code *code, struct err *err);
void unwinder_free(struct unwinder *un);

/** A new look begins: what bounds it is counted from here. */
void unwinder_begin(struct unwinder *un);

/** Unwind @thread into @ret, which is emptied and may be used again.
 *  ERR_NOMEM. */
MUST_CHECK bool unwind_thread(struct unwinder *un,
			      const struct stackcopy_thread *thread,
			      struct unwind_stack *ret, struct err *err);
void unwind_stack_fini(struct unwind_stack *stack);

/** The registers that functions must keep for who calls them, without the stack
 *  pointer, by DWARF's numbers: of x86-64; elsewhere none. */
enum { UNWIND_KEPT = 6 };
extern const unsigned unwind_kept[UNWIND_KEPT];

/** A frame, and what these registers were in it: it may be what a frame further
 *  out had in them.  False: it need not go on. */
typedef bool unwind_fn(void *arg, const struct unwind_frame *frame,
		       const uint64_t kept[UNWIND_KEPT]);

/** The same frame by frame, as far as @fn wishes.  ERR_NOMEM. */
MUST_CHECK bool unwind_each(struct unwinder *un,
			    const struct stackcopy_thread *thread,
			    struct unwind_stack *ret, unwind_fn *fn,
			    void *arg, struct err *err);

#endif
