/* SPDX-License-Identifier: MIT */
#ifndef CLI_MEMORY_TREE_H
#define CLI_MEMORY_TREE_H

#include "account/account.h"
#include "result/family.h"

/** Which processes: one of the two. */
struct memory_tree_whom {
	pid_t top;		/* this and those below it; 0: */
	const char *group;	/* as ps_list_keep_group() has it */
};

/** What was seen of them. */
struct memory_tree {
	struct family family;
	/** Of the first that could be looked into; its warnings are those of
	 *  all. */
	struct dump dump;
	struct account account;
};

/**
 * The accounts of several Python processes, one after the other; none of them is
 * paused while another is.  One that may not be looked into says why in its row;
 * who has exited meanwhile has none, and is told of.
 *
 * ERR_USAGE: there is none; else why none could be looked into.
 * Owner: memory_tree_fini(), whatever comes of it.
 */
MUST_CHECK bool memory_tree_look(struct memory_tree *ret,
				 const struct memory_tree_whom *whom,
				 const struct account_options *opt,
				 const char *offsets_path, struct err *err);
/** Of @n processes, how many are looked into; it is told if not all are. */
size_t memory_tree_bound(size_t n, size_t most, struct dump *dump);
void memory_tree_fini(struct memory_tree *tree);

#endif
