/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_WAYTREE_H
#define GRAPH_WAYTREE_H

#include "base/strset.h"
#include "graph/names.h"
#include "result/ways.h"

/**
 * Ways as a tree of words, from roots on: two objects are held alike if their
 * ways end in the same node.
 *
 * What leads back to a word like itself (an attribute of its own kind, a list in
 * a list in a list) ends in the node that is there: it comes again, and again.
 *
 * Owner: waytree_fini(), also of what is zeroed.
 */
enum { WAYTREE_ROOT = 0 };	/* a node: no word yet */

struct waytree_node {
	uint32_t parent;
	uint32_t word;
	uint32_t last;		/* object that was counted last, as .also */
	bool again;		/* the word comes again, and again */
	int64_t count, also;
};

struct waytree {
	VEC(struct name) words;
	struct strset texts;	/* of words, as a key: the same numbers */
	struct addrmap by_words;	/* node and word to node */
	VEC(struct waytree_node) nodes;
};

MUST_CHECK bool waytree_init(struct waytree *tree, struct err *err);
void waytree_fini(struct waytree *tree);

/** The number of the word that is like @name. */
MUST_CHECK bool waytree_word(struct waytree *tree, const struct name *name,
			     uint32_t *ret, struct err *err);

/** Where @word leads from @node; where it says nothing, nowhere else. */
MUST_CHECK bool waytree_step(struct waytree *tree, uint32_t node,
			     uint32_t word, uint32_t *ret, struct err *err);

/** A way of an object ends there: the first, or one beside it. */
void waytree_count(struct waytree *tree, uint32_t node);
/** Of one object, side by side, those are one. */
void waytree_count_also(struct waytree *tree, uint32_t node, uint32_t object);

/** Add the first of ways->most to @ways, by count: the first ones, or those
 *  beside them. */
MUST_CHECK bool waytree_tell(const struct waytree *tree, struct ways *ways,
			     bool also, struct err *err);

#endif
