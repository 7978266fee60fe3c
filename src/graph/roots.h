/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_ROOTS_H
#define GRAPH_ROOTS_H

#include "graph/graph.h"

/**
 * Who is held by what is no object.
 *
 * Whose count is larger than the references that were found is held from
 * outside the graph, whoever that is: it is a root, so that nobody is said to
 * keep it alive alone.  What can be named is: modules, variables of frames that
 * run, what the interpreter's own state points at, variables of C.
 *
 * Cost:  8 bytes an object until roots_forget(); some bits; 40 a root.
 */
enum root_kind {
	ROOT_MODULE,		/* of sys.modules: .key is its name, a str */
	ROOT_VARIABLE,		/* of a frame, or on its stack: .name, .frame */
	ROOT_FRAME,		/* .. 3.10: a frame object that runs: .frame */
	ROOT_PARKED,		/* of what a thread is to delete later: .thread */
	ROOT_INTERPRETER,	/* a word of its state, or of a thread's */
	ROOT_STATIC,		/* lies in a data segment, or is immortal */
	ROOT_C,			/* a word of a data segment: .place */
	ROOT_OUTSIDE,		/* nobody knows */
	ROOT_N_KINDS
};

struct root {
	uint32_t number;
	uint8_t kind;		/* enum root_kind */
	union {
		uint32_t frame;		/* in roots->frames */
		uint32_t thread;	/* in roots->threads */
		uint32_t place;		/* in heap->cap->places */
	};
	raddr key;
	struct ref_name name;
};

/** A frame on the stack of a thread, as far as it takes to say where it is. */
struct root_frame {
	raddr code;
	int64_t lasti;
	int32_t line;		/* see struct pyframe */
	uint32_t thread;	/* in roots->threads */
};

struct roots {
	VEC(struct root) v;	/* each object once, but for variables */
	VEC(struct root_frame) frames;
	VEC(struct root_thread {
		char *name;	/* as threading calls it, or its number */
		raddr tstate;
	}) threads;
	/** By number: counted references of objects and of frames; words that
	 *  may be such, of the interpreter's state, of data segments and of
	 *  structures of C's in pools. */
	uint32_t *found, *words;
	/** Bits by number: several counted references lead there. */
	uint32_t *shared;
};

MUST_CHECK bool roots_find(struct roots *roots, const struct graph *g,
			   const uint32_t *refcounts, struct err *err);
/** Free what only who counts needs: found, words. */
void roots_forget(struct roots *roots);
/** The number of each; NULL: out of memory. */
uint32_t *roots_numbers(const struct roots *roots, struct err *err);
void roots_fini(struct roots *roots);

#endif
