/* SPDX-License-Identifier: MIT */
#ifndef PYABI_PYTHREAD_H
#define PYABI_PYTHREAD_H

#include "base/vec.h"
#include "pyabi/object.h"
#include "pyabi/runtime.h"

/**
 * The threads as the interpreters know them.
 *
 * Facts: CPython 3.6 to 3.15, Include/cpython/pystate.h, Python/ceval_gil.c,
 *        Lib/threading.py.
 */
struct pythread {
	raddr tstate, interp;
	int64_t interpreter;	/* its id */
	raddr ident;		/* pthread_self(); 0: not bound to a thread */
	int64_t native_id;	/* in its own PID namespace; -1: not known */
	raddr gil;		/* the GIL it needs: see struct pygil */
	bool holds_gil;
	/** It says that it waits for the GIL (3.15): 0, 1, or -1. */
	int waits;
	/** It runs the garbage collector: 0, 1, or -1: it or another does. */
	int collects;
	/** The frame that was on top when the collector began (3.15), or 0:
	 *  the thread which has it collects. */
	raddr collects_above;
};

/** Its mutexes and conditions: in the struct, or static variables (3.6). */
#define PYGIL_LOCKS 4

/** A GIL: in the tracee's memory it begins at @at. */
struct pygil {
	raddr at;
	struct {
		raddr at;
		uint64_t len;
	} locks[PYGIL_LOCKS];
	unsigned n_locks;	/* 0: not known */
	raddr holder;		/* thread state, or 0 */
	raddr last_holder;
	uint64_t switches;	/* how often it changed hands */
	bool has_switches;	/* ... is known */
};

struct pythreads {
	VEC(struct pythread) v;	/* as listed: newest interpreter first */
	VEC(struct pygil) gils;	/* one an interpreter that has its own */
};

/**
 * Read all thread states of rt->interps.  What cannot be read ends the list of
 * its interpreter: @ret_torn.  False: out of memory, or of bounds.
 */
MUST_CHECK bool pythreads_read(struct pythreads *ret,
			       const struct runtime *rt, struct pyctx *ctx,
			       bool *ret_torn, struct err *err);
void pythreads_fini(struct pythreads *threads);

/** The gil of struct pythread.gil, or NULL. */
const struct pygil *pythreads_gil(const struct pythreads *threads, raddr at);

/** Does who waits at the address @futex wait for @gil? */
bool pygil_has_futex(const struct pygil *gil, raddr futex);

/** Where the module threading of an interpreter keeps its threads: dicts from
 *  ident to Thread; 0: there is none. */
struct pynames {
	raddr interp, active, limbo;
};

/** Find them; they stay where they are. */
struct pynames pynames_find(const struct runtime *rt, struct pyctx *ctx,
			    raddr interp);

/** What threading says of its threads, those being started last.  @name may be
 *  NULL, @daemon -1: not known; @ident 0: not started yet.
 *  Needs ctx->types. */
void pynames_each(const struct pynames *names, struct pyctx *ctx,
		  void (*fn)(void *arg, raddr ident, const char *name,
			     int daemon),
		  void *arg);

#endif
