/* SPDX-License-Identifier: MIT */
#ifndef RESULT_TASK_TREE_H
#define RESULT_TASK_TREE_H

#include "result/stacks.h"

/**
 * Tasks as a forest to be drawn line by line: who awaits stands above what it
 * awaits.  Each task is shown once with all below it; where it has more than
 * one awaiter it is only named a second time.  Tasks that await each other in a
 * circle, which can only deadlock, are broken at one of them.
 *
 * Order: loop by loop as they come; roots and siblings by name, numbers in it
 *        as numbers, those without a name as they are in the array.
 * Cost:  a row a task and an awaiter, at most; no recursion.
 */
enum task_mark {
	TASK_SHOWN,	/* here, with what is below it */
	TASK_ABOVE,	/* only named: it was shown above */
	TASK_CIRCLE,	/* only named: it is one of those this one is below */
};

struct task_row {
	size_t task;		/* index of the array */
	size_t depth;		/* 0: nobody that we know awaits it */
	bool is_last;		/* of those its awaiter awaits */
	enum task_mark mark;
};

struct task_tree {
	VEC(struct task_row) rows;
};

/** @tree zeroed; task_tree_fini() also after a failure: ERR_NOMEM. */
MUST_CHECK bool task_tree_build(struct task_tree *tree,
				const struct stack_task *tasks, size_t n,
				struct err *err);
void task_tree_fini(struct task_tree *tree);

#endif
