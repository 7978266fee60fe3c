/* SPDX-License-Identifier: MIT */
#ifndef PYABI_ASYNCTASKS_H
#define PYABI_ASYNCTASKS_H

#include "attach/module.h"
#include "base/addrmap.h"
#include "base/vec.h"
#include "pyabi/pyframe.h"
#include "pyabi/pythread.h"

/**
 * The tasks of asyncio: those that asyncio.all_tasks() has, of every loop.
 *
 * Up to 3.13 asyncio keeps them in sets of its own; from 3.14 on those made in
 * C are in a list of the thread that made them, or of the interpreter once that
 * thread is gone.  Tasks written in Python are found too, and so are those of
 * other projects that register them.
 *
 * Nothing is believed: what is in a list is a task if its type is, and the
 * lists must agree with themselves both ways.
 *
 * Facts: CPython 3.7 to 3.15, Modules/_asynciomodule.c, Lib/asyncio/tasks.py,
 *        futures.py, taskgroups.py.
 */

/** Where tasks are kept.  Found while the tracee runs: these stay where they
 *  are. */
struct asyncplaces {
	/** Offsets of the lists of 3.14 .., by our layout or as the process
	 *  says (.AsyncioDebug).  ABI_ABSENT: there are no such. */
	uint32_t interp_head, tstate_head, running_task;
	uint32_t task_node;
	bool differs;	/* the process has tasks of another size: no list */
	/** What asyncio.tasks and _asyncio of an interpreter have: sets and weak
	 *  sets, and who runs by loop; 0: no such. */
	VEC(struct asyncsets {
		raddr interp;
		raddr set[3];
		raddr current;
	}) sets;
};

/** Looks at files, and at @ctx->mem. */
MUST_CHECK bool asyncplaces_find(struct asyncplaces *ret,
				 const struct runtime *rt,
				 struct modules *mods, struct pyctx *ctx,
				 struct err *err);
void asyncplaces_fini(struct asyncplaces *places);

struct asynctask {
	raddr address;
	raddr loop;		/* 0: not known */
	raddr coro;		/* what it runs */
	raddr name;		/* a str, or an int: "Task-N"; 0: none */
	raddr waits_for;	/* a future or a task; 0: it can run */
	bool is_c;		/* _asyncio.Task; else it has attributes */
	bool runs;		/* now */
	raddr ident;		/* of the thread that runs it; 0: unknown */
	VEC(raddr) awaited_by;	/* tasks, each once */
};

struct asynctasks {
	VEC(struct asynctask) v;
	struct addrmap number;		/* by address */
	/** Some list could not be read to its end, or had what is no task. */
	bool is_torn;
};

/**
 * Read all tasks that are not done.  ctx->types must be set; what is unreadable
 * is left out and makes it torn.  False: out of memory.
 */
MUST_CHECK bool asynctasks_read(struct asynctasks *ret,
				const struct asyncplaces *places,
				const struct runtime *rt,
				const struct pythreads *threads,
				struct pyctx *ctx, struct err *err);
void asynctasks_fini(struct asynctasks *tasks);

/**
 * Find who awaits whom: awaited_by of each.
 *
 * From 3.14 on futures know; before, a task is awaited by who waits for it,
 * for a future that one of asyncio's own callbacks on it will set (gather(),
 * wait(), shield(), wait_for()), or by the parent of its task group.
 */
MUST_CHECK bool asynctasks_link(struct asynctasks *tasks, struct pyctx *ctx,
				struct err *err);

/** Read the one at @at, be it done or not.  False: it is no task. */
bool asynctask_at(struct pyctx *ctx, raddr at, struct asynctask *ret);

/** "pending", "cancelled", "finished", as its repr() has it. */
const char *asynctask_state(struct pyctx *ctx, const struct asynctask *task);

/** Its name as generalised UTF-8; false: it has none (3.7), unreadable. */
bool asynctask_name(struct pyctx *ctx, const struct asynctask *task, char *buf,
		    size_t size);

/** The qualified name of what it runs, or its type if that has none. */
bool asynctask_coroutine(struct pyctx *ctx, const struct asynctask *task,
			 char *buf, size_t size);

/** Does it run, so that its frames are on the stack of a thread?  One that runs
 *  may also be about to be resumed, or be done: then it is as suspended. */
bool asynctask_is_on_a_stack(struct pyctx *ctx, const struct asynctask *task);

/**
 * The frames of a suspended task: that of its coroutine, of what that awaits,
 * and so on inwards.  @fn returns false to end it.
 *
 * False: there is more, but it cannot be read.
 */
bool asynctask_frames(struct pyctx *ctx, const struct asynctask *task,
		      bool (*fn)(void *arg, const struct pyframe *frame),
		      void *arg);

/* --- for asynclinks.c ---------------------------------------------------- */

/** A member of a future, by its offset if it is one of C's, else by name. */
raddr asyncfuture_get(struct pyctx *ctx, raddr future, bool is_c,
		      uint32_t offset, const char *name);

/** Is @object a future (or a task)?  @ret_is_c: one of C's. */
bool asyncfuture_is(struct pyctx *ctx, raddr object, bool *ret_is_c);

/** Call for each key of the set at @set, as many as can be read. */
bool asyncset_each(struct pyctx *ctx, raddr set,
		   bool (*fn)(void *arg, raddr key), void *arg);

/** Is the object's type the interpreter's own of that name? */
bool asyncobject_is(struct pyctx *ctx, raddr object, const char *type);

#endif
