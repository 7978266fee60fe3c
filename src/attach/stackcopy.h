/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_STACKCOPY_H
#define ATTACH_STACKCOPY_H

#include "attach/maps.h"
#include "attach/mem.h"
#include "attach/regs.h"
#include "base/vec.h"

struct stop;
struct target;

/**
 * Registers and the used part of the stack of every stopped thread: all that
 * unwinding needs of what changes when the tracee runs again.
 *
 * Bounds:  STACKCOPY_ALL bytes; for each thread an equal share of them, but
 *          at least STACKCOPY_LEAST and at most STACKCOPY_MOST as far as they
 *          last.  A stack of which less was copied says so (cut).
 * Cost:    3 us a thread and 4 GB/s, for the memory was touched before.
 * Owner:   stackcopy_fini().  May be filled again and again.
 */
enum {
	STACKCOPY_LEAST = 1 << 20,
	STACKCOPY_MOST = 8 << 20,
	STACKCOPY_ALL = 64 << 20,
};

struct stackcopy_thread {
	pid_t tid;
	bool has_regs;
	bool cut;		/* the stack goes on */
	struct regs regs;
	raddr start;		/* the copy: from below the stack pointer */
	uint64_t len;
	const uint8_t *bytes;
};

struct stackcopy {
	VEC(struct stackcopy_thread) threads;
	uint8_t *pool;		/* STACKCOPY_ALL of address space */
	uint64_t used, touched;
};

/** Memory for the stacks of @n threads; to be called before they stop. */
MUST_CHECK bool stackcopy_prepare(struct stackcopy *copy, size_t n,
				  struct err *err);
void stackcopy_fini(struct stackcopy *copy);

/**
 * Copy those of all threads of @stop; @maps say where stacks end and may be a
 * little out of date.  To be called from the thread that stopped them.
 *
 * ERR_GONE, ERR_NOMEM; a thread whose registers or stack cannot be read fails
 * nothing.
 */
MUST_CHECK bool stackcopy_take(struct stackcopy *copy,
			       const struct stop *stop,
			       const struct maps *maps,
			       struct target *target, struct err *err);

/** Copy the stack that @thread->regs point at, behind what is there. */
MUST_CHECK bool stackcopy_add(struct stackcopy *copy,
			      struct stackcopy_thread *thread, uint64_t most,
			      const struct maps *maps, struct mem *live,
			      struct err *err);

/** The copy of thread @tid, or NULL.  @next, at first 0, makes it fast to ask
 *  for one after the other. */
const struct stackcopy_thread *stackcopy_find(const struct stackcopy *copy,
					      pid_t tid, size_t *next);

/** The word of the stack at @at; false: it is not in the copy. */
bool stackcopy_word(const struct stackcopy_thread *thread, raddr at,
		    uint64_t *ret);

#endif
