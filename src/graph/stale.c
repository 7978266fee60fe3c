/* SPDX-License-Identifier: MIT */
#include "graph/stale.h"

#include <stdlib.h>
#include <string.h>

#include "pyabi/layout.h"

/** A word of a stack, by the link that it became. */
struct stale_word {
	uint32_t from, link;	/* its place among all links */
};

typedef VEC(struct stale_word) stale_words;

static bool is_frame(const struct graph *g, uint32_t number)
{
	const struct layout *layout = graph_is_object(g, number) ?
				      graph_type(g, number)->layout : NULL;

	return layout && strcmp(layout->name, "frame") == 0;
}

/* The collector visits all that a frame holds, but for what is on its stack
 * while it runs. */
static bool add_words(stale_words *words, const struct links *links,
		      uint32_t from, struct err *err)
{
	for (uint32_t e = links->first[from]; e < links->first[from + 1]; e++) {
		struct stale_word *slot;

		if ((links->to[e] & LINK_TIES) != LINK_COUNTED)
			continue;
		slot = vec_add(words, err);
		if (!slot)
			return false;
		*slot = (struct stale_word){ from, e };
	}
	return true;
}

static int by_target(const void *a, const void *b, void *arg)
{
	const struct stale_word *l = a, *r = b;
	const struct links *links = arg;
	uint32_t to_l = links->to[l->link], to_r = links->to[r->link];

	if (to_l != to_r)
		return to_l < to_r ? -1 : 1;
	return (l->link > r->link) - (l->link < r->link);
}

/* @n words of one object: as many stay as its count lacks without them. */
static void drop_words(struct graph *g, const struct stale_word *words,
		       size_t n, const uint32_t *counted)
{
	const uint32_t number = link_node(g->links.to[words[0].link]);
	const uint32_t others = counted[number] - (uint32_t)n;
	const uint32_t count = graph_refcount(g, number);

	for (size_t i = count > others ? count - others : 0; i < n; i++)
		g->links.to[words[i].link] = words[i].from;
}

static bool drop_all(struct graph *g, stale_words *words, struct err *err)
{
	const struct links *links = &g->links;
	uint32_t *counted = NULL;

	if (!words->n)
		return true;
	if (!graph_counted(g, &counted, err))
		return false;
	qsort_r(words->v, words->n, sizeof(*words->v), by_target, &g->links);
	for (size_t i = 0, end; i < words->n; i = end) {
		for (end = i + 1; end < words->n &&
		     links->to[words->v[end].link] ==
		     links->to[words->v[i].link];)
			end++;
		drop_words(g, &words->v[i], end - i, counted);
	}
	free(counted);
	return true;
}

bool stale_drop(struct graph *g, struct err *err)
{
	const struct abi *abi = &g->heap->cap->tr.rt.abi;
	stale_words words = { .v = NULL };
	bool ok = true;

	/* From 3.11 on, no such words are read. */
	if (abi_has(abi->iframe_localsplus))
		return true;
	for (uint32_t u = 0; u < g->links.n && ok; u++) {
		if (is_frame(g, u))
			ok = add_words(&words, &g->links, u, err);
	}
	ok = ok && drop_all(g, &words, err);
	vec_free(&words);
	return ok;
}
