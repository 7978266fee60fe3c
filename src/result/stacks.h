/* SPDX-License-Identifier: MIT */
#ifndef RESULT_STACKS_H
#define RESULT_STACKS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/addr.h"
#include "base/vec.h"

/**
 * What the threads of a tracee were doing, as plain data: part of a struct
 * dump, whose rules on units, text and ownership hold here.
 *
 * Order:   threads as the kernel numbers them, the main thread first; frames
 *          innermost first.
 * Unknown: DUMP_UNKNOWN (-1) for numbers, NULL for text, 0 for addresses.
 */
enum stack_gil { GIL_UNKNOWN, GIL_NO, GIL_WAITING, GIL_HELD };
enum stack_frame_kind { FRAME_PYTHON, FRAME_NATIVE };
enum stack_task_state { TASK_UNKNOWN, TASK_PENDING, TASK_RUNNING, TASK_DONE };

/** What a text takes; NULL: nothing. */
static inline size_t text_bytes(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/** A variable of a frame; only with --locals: it shows the user's data. */
struct stack_local {
	char *name;
	char *value;		/* a short repr, cut; foreign: escape it */
	bool is_argument;
};

struct stack_frame {
	enum stack_frame_kind kind;
	char *function;
	char *qualname;		/* Python only */
	char *file;
	int64_t line, column, end_line, end_column;	/* columns from 0 */
	char *self_class;	/* of the first argument, if called self/cls */
	/** Python: called from C, that is the outermost frame of its call of the
	 *  C evaluation function (each frame to 3.10; is_entry in 3.11; the one
	 *  whose previous is a shim frame from 3.12 on). */
	bool is_entry;
	/** ... and where on the C stack the record of that call lies: its
	 *  cframe in 3.10 and 3.11, its shim frame from 3.12 on.  0: none. */
	raddr anchor;
	char *module;		/* native: the file it is mapped from */
	raddr address;		/* native: the program counter */
	bool is_inlined;	/* native: has no frame of its own */
	VEC(struct stack_local) locals;
};

struct stack_thread {
	int64_t tid;		/* as the kernel of the host numbers it */
	raddr ident;		/* threading.get_ident(); 0: not Python's */
	int64_t interpreter;	/* its id */
	char *name;		/* threading's */
	char *comm;		/* the kernel's */
	int is_daemon;		/* 0, 1, DUMP_UNKNOWN */
	enum stack_gil gil;
	const char *state;	/* a word: "running", "sleeping"... */
	int collecting;		/* runs the garbage collector */
	int64_t cpu_ms;		/* user and system time so far */
	char *problem;		/* why frames are missing, in words; or NULL */
	VEC(struct stack_frame) frames;
};

/** An asyncio task; only with --tasks. */
struct stack_task {
	raddr address;
	char *name;		/* 3.8 and later */
	char *coroutine;	/* qualified name */
	enum stack_task_state state;
	raddr loop;		/* tasks of one loop are one tree */
	int64_t tid;		/* of the thread that runs it now */
	VEC(struct stack_frame) frames;	/* the coroutine's and what it awaits */
	raddr waits_for;	/* the future or task at the end of them */
	VEC(raddr) awaited_by;	/* tasks */
};

struct stacks {
	VEC(struct stack_thread) threads;
	VEC(struct stack_task) tasks;
};

void stacks_fini(struct stacks *stacks);
void stack_frame_fini(struct stack_frame *frame);

#endif
