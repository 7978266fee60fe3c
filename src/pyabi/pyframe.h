/* SPDX-License-Identifier: MIT */
#ifndef PYABI_PYFRAME_H
#define PYABI_PYFRAME_H

#include "pyabi/object.h"

struct pycode;

/**
 * Frames of Python code.
 *
 * Up to 3.10 they are objects; then they lie on the thread's own stack, in a
 * generator or, when they outlive their call, in a frame object.  From 3.12 on
 * each call of the C evaluation function puts a frame without code, a shim,
 * below the Python frames it runs.
 *
 * A frame is read as it stands: the tracee may be running, and what is there
 * may be no frame any more.  Whatever cannot be read is a fault in @ctx.
 *
 * Facts: CPython 3.6 to 3.15, Include/internal/pycore_frame.h,
 *        pycore_interpframe.h, Python/frame.c, Objects/frameobject.c.
 */
enum pyframe_owner {
	PYFRAME_THREAD,		/* and all up to 3.10 */
	PYFRAME_GENERATOR,
	PYFRAME_OBJECT,
	PYFRAME_SHIM,		/* no Python code: see @at */
};

struct pyframe {
	raddr at;		/* PyFrameObject or _PyInterpreterFrame */
	raddr previous;		/* the frame below, maybe a shim; 0: none */
	raddr code;		/* 0: a shim's */
	enum pyframe_owner owner;
	int64_t lasti;		/* in bytes of bytecode; negative: not begun */
	raddr locals;		/* of the first slot of f_localsplus */
	raddr globals;		/* a dict */
	/** Was it the first that its C evaluation function ran?  Up to 3.10
	 *  each is; from 3.12 on the shim below says so: pyframe_walk(). */
	bool is_entry;
	/** Somewhere in the C frame of its evaluation function, of entry
	 *  frames from 3.10 on: the shim, or the cframe; 0: not known. */
	raddr anchor;
	/** Set by a debugger: the line, whatever lasti says; 0: not. */
	int32_t line;
};

/** Read the frame at @at, shims too.  False: not readable. */
bool pyframe_read(struct pyctx *ctx, raddr at, struct pyframe *ret);

/** The innermost frame of a thread, maybe a shim; 0: it runs no Python. */
raddr pyframe_top(struct pyctx *ctx, raddr tstate);

/** Is it one that sys._current_frames() passes over: its code has not begun
 *  properly?  (3.11 ..) */
bool pyframe_is_hidden(const struct pyframe *frame,
		       const struct pycode *code);

/**
 * Walk the frames of a thread from the innermost out, shims left out, hidden
 * ones not: ask pyframe_is_hidden().  @fn returns false to end it.
 *
 * False: a frame could not be read, or the chain has no end (MAX_FRAMES); what
 * came before was seen by @fn.
 */
bool pyframe_walk(struct pyctx *ctx, raddr tstate,
		  bool (*fn)(void *arg, const struct pyframe *frame),
		  void *arg);

/** The object a slot of f_localsplus refers to: without its tag, 0 if unset or
 *  no object (a small int kept in the slot: see @ret_int, may be NULL). */
raddr pyframe_slot(struct pyctx *ctx, raddr slot, bool *ret_is_int,
		   int64_t *ret_int);

/**
 * The variables of a frame, in the order of its code: arguments, locals, then
 * cells and free variables.  Unset ones are left out, cells are looked into.
 * @fn gets the name (a str object) and the value (an object).
 */
bool pyframe_locals(struct pyctx *ctx, const struct pyframe *frame,
		    bool (*fn)(void *arg, raddr name, raddr value,
			       bool is_argument),
		    void *arg);

/** The value of the first argument of a frame whose code has one, also where
 *  inner functions use it and it is kept in a cell; 0: unset. */
raddr pyframe_first_argument(struct pyctx *ctx, const struct pyframe *frame);

/* --- generators, coroutines, asynchronous generators --------------------- */

/** What a generator is doing. */
enum pygen_state {
	PYGEN_UNKNOWN,
	PYGEN_CREATED,
	PYGEN_SUSPENDED,
	PYGEN_RUNNING,
	PYGEN_FINISHED,		/* it has no frame any more */
};

enum pygen_state pygen_state(struct pyctx *ctx, raddr gen);

/** The frame of a generator, coroutine or asynchronous generator (the caller
 *  knows that it is one).  False: it has none (any more). */
bool pygen_frame(struct pyctx *ctx, raddr gen, struct pyframe *ret);

/** The generator whose frame this is (gi_frame is @frame), or 0. */
raddr pyframe_generator(struct pyctx *ctx, const struct pyframe *frame);

/** gi_qualname, a str object, or 0. */
raddr pygen_qualname(struct pyctx *ctx, raddr gen);

/**
 * What a suspended generator or coroutine awaits: gi_yieldfrom, cr_await,
 * ag_await; 0: nothing, or it was at a plain yield.  Any object: look at its
 * type before taking it for a coroutine.
 */
raddr pygen_awaits(struct pyctx *ctx, raddr gen);

#endif
