/* SPDX-License-Identifier: MIT */
#ifndef HEAP_PYSTACKS_H
#define HEAP_PYSTACKS_H

#include "attach/pages.h"
#include "attach/threads.h"
#include "heap/stacks.h"
#include "heap/tracee.h"
#include "pyabi/pycode.h"
#include "pyabi/pyframe.h"
#include "pyabi/pythread.h"
#include "pyabi/pytype.h"

struct stop;

/**
 * What the threads of a tracee run in Python: copied, then told.
 *
 *	pystacks_init(&ps, tr);
 *	pystacks_prepare(&ps, &err);		it runs
 *	stop_all(...);
 *	pystacks_copy(&ps, &stop, &err);	it stands
 *	stop_release(...);
 *	pystacks_fill(&ps, &stacks, &err);	it runs again
 *	pystacks_fini(&ps);
 *
 * While it stands, thread states are listed, frames walked, and code objects,
 * names of threads and classes copied; lines and text come after.
 *
 * Threads: one, that which stopped the tracee.
 */
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
		char *qualname;		/* of a generator, up to 3.10 */
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
	bool futexes_tell;	/* who waits for a GIL waits in it: glibc */
};

void pystacks_init(struct pystacks *ps, struct tracee *tr);
void pystacks_fini(struct pystacks *ps);

/** What can be known before: the kernel's threads, where names are.
 *  @with_futex: there will be no stop, so ask the kernel who waits. */
MUST_CHECK bool pystacks_prepare(struct pystacks *ps, bool with_futex,
				 struct err *err);

/** Copy all.  @stop: NULL where the tracee runs on (its stacks may then be torn
 *  and must be confirmed: see calmstack.h). */
MUST_CHECK bool pystacks_copy(struct pystacks *ps, const struct stop *stop,
			      struct err *err);

/** Tell what was copied: a row for each thread of the kernel, and for each
 *  thread state with frames that belongs to none. */
MUST_CHECK bool pystacks_fill(struct pystacks *ps, struct stacks *ret,
			      struct err *err);

#endif
