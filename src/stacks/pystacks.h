/* SPDX-License-Identifier: MIT */
#ifndef STACKS_PYSTACKS_H
#define STACKS_PYSTACKS_H

#include "attach/pages.h"
#include "attach/threads.h"
#include "pyabi/pycode.h"
#include "pyabi/pyframe.h"
#include "pyabi/pythread.h"
#include "pyabi/pytype.h"
#include "pyabi/tracee.h"
#include "result/stacks.h"
#include "stacks/pytasks.h"
#include "stacks/qualnames.h"

struct dump;
struct stop;

/**
 * What the threads of a tracee run in Python: copied, then told.
 *
 *	pystacks_init(&ps, tr);
 *	pystacks_prepare(&ps, &err);		it runs
 *	stop_while(..., work, ...);
 *		pystacks_copy(&ps, stop, err);	it stands, in the work
 *	pystacks_fill(&ps, &stacks, &err);	it runs again
 *	pystacks_fini(&ps);
 *
 * While it stands, thread states are listed, frames walked, and code objects,
 * names of threads, functions and classes copied; lines and text come after, of
 * the copy.
 *
 * Bounds:  PYSTACKS_HELD_MS of the CPU while it stands, and PYSTACKS_MS before,
 *          after, or where it runs on; MAX_LOOK_FRAMES and more in bounds.h.
 *          What does not fit is left out, and pystacks_warn() says so.
 *
 * Threads: one at a time.
 */
enum { PYSTACKS_HELD_MS = 300, PYSTACKS_MS = 600 };

struct pystacks {
	struct tracee *tr;
	struct pages pages;
	struct pyctx ctx;		/* of what is in pages */
	struct pytypes types;
	bool typed;
	struct threads os;		/* the kernel's, before the stop */
	struct pythreads threads;
	struct pycodes codes;
	VEC(struct pystacks_frame {
		struct pyframe f;
		const struct pycode *code;	/* NULL: not readable */
		raddr type;		/* of its self, or its cls; 0: none */
		char *qualname;		/* up to 3.10, where it is known */
		VEC(struct stack_local) locals;
	}) frames;
	/** One a thread state, as in threads.v: @n frames from @first on. */
	VEC(struct pystack {
		size_t first;
		size_t n;
		bool cut;		/* the walk did not come to its end */
		int collects;		/* see struct pythread */
		const struct thread_info *os;	/* NULL: not known */
		const char *problem;	/* instead of @cut; not freed */
	}) stacks;
	struct qualnames qualnames;
	VEC(struct pynames) names;	/* one an interpreter with threading */
	VEC(struct pystacks_named {
		raddr ident;
		char *name;
		int daemon;
	}) named;
	/** Names of classes, by address of the type. */
	struct addrmap class_of;
	VEC(char *) classes;
	/** Registers of the stopped threads. */
	VEC(struct pystacks_registers {
		pid_t tid;
		struct thread_registers regs;
	}) registers;
	bool want_locals;	/* their values, too: set it before the copy */
	/** What a look has left out: see pystacks_warn(). */
	bool is_late, has_many_frames, has_much_text;
	size_t text;		/* bytes of what was told */
	bool running;		/* it was copied from a running tracee... */
	bool came_and_went;	/* ... and thread states did meanwhile */
	bool want_tasks;	/* asyncio's: set before pystacks_prepare() */
	struct pytasks tasks;
	bool futexes_tell;	/* who waits for a GIL waits in it: glibc */
};

void pystacks_init(struct pystacks *ps, struct tracee *tr);
void pystacks_fini(struct pystacks *ps);

/** What can be known before: the kernel's threads, where names are.
 *  @with_futex: there will be no stop, so ask the kernel who waits. */
MUST_CHECK bool pystacks_prepare(struct pystacks *ps, bool with_futex,
				 struct err *err);

/** Copy all, of a tracee that stands. */
MUST_CHECK bool pystacks_copy(struct pystacks *ps, const struct stop *stop,
			      struct err *err);

/**
 * Copy all, of a tracee that runs.
 *
 * A stack is believed only if it cannot have changed meanwhile, or does not in
 * several looks at it: see pystacks_running.c.  Of one that changes too fast
 * the outer frames that stay are kept, and the stack says so.
 */
MUST_CHECK bool pystacks_copy_running(struct pystacks *ps, struct err *err);

/** The frames of a thread as found in one walk, innermost first. */
struct pychain {
	VEC(struct pyframe) v;
	bool cut;		/* it did not come to its end */
};

/** The number of the innermost of them that runs @code; v.n: none does. */
static inline size_t pychain_find(const struct pychain *chain, raddr code)
{
	size_t i = 0;

	while (i < chain->v.n && chain->v.v[i].code != code)
		i++;
	return i;
}

/** Walk those of @tstate; @ret is overwritten. */
MUST_CHECK bool pychain_read(struct pystacks *ps, raddr tstate,
			     struct pychain *ret, struct err *err);

/** Room for a frame behind @more that are not in ps->frames yet? */
bool pystacks_has_room(struct pystacks *ps, size_t more);

/** Make the outer frames of @chain from number @from on the stack of @thread,
 *  without those that are hidden. */
MUST_CHECK bool pystacks_add(struct pystacks *ps,
			     const struct pythread *thread,
			     const struct pychain *chain, size_t from,
			     struct err *err);

/** What there is besides code of the frames from number @first on: classes of
 *  self, qualified names, variables. */
MUST_CHECK bool pystacks_describe(struct pystacks *ps, size_t first,
				  struct err *err);

/** The kernel's thread number @tid, and that of a thread state; NULL: not
 *  known. */
const struct thread_info *pystacks_os(const struct pystacks *ps, pid_t tid);
const struct thread_info *pystacks_owner(struct pystacks *ps,
					 const struct pythread *thread);

/** Take away all frames from number @first on. */
void pystacks_forget(struct pystacks *ps, size_t first);

/** Take away the stack added last. */
void pystacks_drop(struct pystacks *ps);

/** The names of threading's threads. */
MUST_CHECK bool pystacks_name(struct pystacks *ps, struct err *err);

/** Read types anew, those of old may be gone. */
MUST_CHECK bool pystacks_make_types(struct pystacks *ps, struct err *err);

/** Tell what was copied: a row for each thread of the kernel, and for each
 *  thread state with frames that belongs to none. */
MUST_CHECK bool pystacks_fill(struct pystacks *ps, struct stacks *ret,
			      struct err *err);

/** Tell one frame; its locals move.  False: all that was told is long enough,
 *  and this one is not. */
bool pystacks_tell(struct pystacks *ps, struct pystacks_frame *frame,
		   struct stack_frame *ret);

/** Warn of what the look has left out, for it would have taken too long, or too
 *  much memory. */
void pystacks_warn(const struct pystacks *ps, struct dump *dump);

#endif
