/* SPDX-License-Identifier: MIT */
/*
 * Words are compared as what is told of them is: an index is like any other, and
 * so is a key that is not told.  Nodes are made as ways lead there, and counted
 * where these end.
 */
#include "graph/waytree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_WORDS = 64,	/* of a way that is told, the last ones */
	MOST_BACK = 16,		/* words up, to see whether one comes again */
	MOST_ALIKE = 3,		/* "[key][key][key]" */
};

bool waytree_init(struct waytree *tree, struct err *err)
{
	return vec_add(&tree->nodes, err) != NULL;
}

void waytree_fini(struct waytree *tree)
{
	vec_free(&tree->words);
	vec_free(&tree->nodes);
	strset_fini(&tree->texts);
	addrmap_fini(&tree->by_words);
}

bool waytree_word(struct waytree *tree, const struct name *name,
		  uint32_t *ret, struct err *err)
{
	char key[NAME_TEXT + 32];
	struct name *slot;

	snprintf(key, sizeof(key), "%u %u %s", name->kind,
		 name->owner ? name->owner->index + 1 : 0, name->text);
	*ret = strset_add(&tree->texts, key, err);
	if (*ret == STRSET_NONE)
		return false;
	if (*ret < tree->words.n)
		return true;
	slot = vec_add(&tree->words, err);
	if (slot)
		*slot = *name;
	return slot != NULL;
}

/* The one that @word leads back to: who has an attribute of its own kind, awaits
 * itself, or is in a list in a list in a list, is told once. */
static uint32_t node_before(const struct waytree *tree, uint32_t node,
			    uint32_t word)
{
	const struct name *name = &tree->words.v[word];
	bool recurs = name->kind == NAME_OWN ||
		      (name->kind == NAME_ATTRIBUTE && name->owner);
	uint32_t at = node;

	for (int i = 0; i < MOST_BACK && at != WAYTREE_ROOT; i++) {
		bool same = tree->nodes.v[at].word == word;

		if (recurs && same)
			return at;
		if (!recurs && (!same || i == MOST_ALIKE - 1))
			return same ? node : WAYTREE_ROOT;
		at = tree->nodes.v[at].parent;
	}
	return WAYTREE_ROOT;
}

bool waytree_step(struct waytree *tree, uint32_t node, uint32_t word,
		  uint32_t *ret, struct err *err)
{
	const raddr key = ((raddr)node << 32 | word) + 1;
	struct waytree_node *slot;

	*ret = node;
	if (tree->words.v[word].kind == NAME_NOTHING)
		return true;
	*ret = node_before(tree, node, word);
	if (*ret != WAYTREE_ROOT) {
		tree->nodes.v[*ret].again = true;
		return true;
	}
	*ret = addrmap_get(&tree->by_words, key);
	if (*ret != ADDRMAP_NONE)
		return true;
	*ret = (uint32_t)tree->nodes.n;
	slot = vec_add(&tree->nodes, err);
	if (!slot || !addrmap_put(&tree->by_words, key, *ret, err))
		return false;
	*slot = (struct waytree_node){ .parent = node, .word = word,
				       .last = LINK_NONE };
	return true;
}

void waytree_count(struct waytree *tree, uint32_t node)
{
	tree->nodes.v[node].count++;
}

void waytree_count_also(struct waytree *tree, uint32_t node, uint32_t object)
{
	struct waytree_node *at = &tree->nodes.v[node];

	at->also += at->last != object;
	at->last = object;
}

/* --- told ---------------------------------------------------------------- */

static bool tell_word(struct way *way, const struct waytree *tree,
		      uint32_t node, struct err *err)
{
	const struct waytree_node *at = &tree->nodes.v[node];
	const struct waytree_node *parent = &tree->nodes.v[at->parent];
	const struct name *before = at->parent == WAYTREE_ROOT ? NULL :
				    &tree->words.v[parent->word];
	char text[NAME_TEXT + 4];

	names_word(text, &tree->words.v[at->word], before);
	if (at->again)
		strcat(text, "...");
	return way_add_word(way, text, err);
}

static bool tell_way(struct ways *ways, const struct waytree *tree,
		     uint32_t node, bool also, struct err *err)
{
	const struct waytree_node *end = &tree->nodes.v[node];
	struct way *way = vec_add(&ways->v, err);
	uint32_t nodes[MOST_WORDS], n = 0;
	bool ok = way != NULL;

	if (!ok)
		return false;
	way->count = also ? end->also : end->count;
	way->also = also;
	if (node == WAYTREE_ROOT)
		return true;
	for (; node != WAYTREE_ROOT; node = tree->nodes.v[node].parent) {
		if (n < MOST_WORDS)
			nodes[n] = node;
		n++;
	}
	if (n > MOST_WORDS) {
		ok = way_add_word(way, "...", err);
		n = MOST_WORDS;
	}
	while (ok && n > 0)
		ok = tell_word(way, tree, nodes[--n], err);
	/* A root without a name is called by its type. */
	return ok && (strcmp(way->words.v[way->words.n - 1], ways->type) == 0 ||
		      way_add_word(way, ways->type, err));
}

struct waytree_order {
	int64_t count;
	uint32_t node;
};

static int compare_words(const struct name *l, const struct name *r)
{
	int order = strcmp(l->text, r->text);

	if (!order && l->owner && r->owner)
		order = strcmp(l->owner->full, r->owner->full);
	return order ? order : l->kind - r->kind;
}

/* Of as many, by their words from the end. */
static int waytree_by_count(const void *a, const void *b, void *arg)
{
	const struct waytree_order *l = a, *r = b;
	const struct waytree *tree = arg;
	uint32_t i = l->node, k = r->node;
	int order = 0;

	if (l->count != r->count)
		return l->count < r->count ? 1 : -1;
	while (!order && i != k && i != WAYTREE_ROOT && k != WAYTREE_ROOT) {
		order = compare_words(&tree->words.v[tree->nodes.v[i].word],
				      &tree->words.v[tree->nodes.v[k].word]);
		i = tree->nodes.v[i].parent;
		k = tree->nodes.v[k].parent;
	}
	return order ? order : (i > k) - (i < k);
}

bool waytree_tell(const struct waytree *tree, struct ways *ways, bool also,
		  struct err *err)
{
	struct waytree_order *order = calloc(tree->nodes.n, sizeof(*order));
	const size_t most = ways->most;
	bool ok = order ? true : err_nomem(err);
	size_t n = 0;

	for (uint32_t i = 0; ok && i < tree->nodes.n; i++) {
		int64_t count = also ? tree->nodes.v[i].also :
				       tree->nodes.v[i].count;

		if (count)
			order[n++] = (struct waytree_order){ count, i };
	}
	if (n)
		qsort_r(order, n, sizeof(*order), waytree_by_count,
			(void *)tree);
	for (size_t i = 0; ok && i < n; i++) {
		if (i < most) {
			ok = tell_way(ways, tree, order[i].node, also, err);
			continue;
		}
		ways->more_ways++;
		ways->more_objects += also ? 0 : order[i].count;
	}
	free(order);
	return ok;
}
