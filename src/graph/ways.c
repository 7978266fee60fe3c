/* SPDX-License-Identifier: MIT */
/*
 * What a step is called takes a visit to who holds; of a dict of a million
 * objects each is one step, so steps are gathered first, sorted by holder, and
 * each holder is asked once.  Ways become nodes of a tree of words.
 */
#include "graph/ways.h"

#include <stdlib.h>
#include <string.h>

#include "base/nomem.h"
#include "graph/reach.h"
#include "graph/waytree.h"

enum {
	MOST_HOLDERS = 64,	/* of one object, that are asked */
	MOST_CLIMB = 1000,	/* steps up, to see whether a way is another */
	MOST_STEPS = 1 << 23,	/* of ways beside the first ones */
};

struct ways_step {
	uint32_t from, to;	/* from LINK_NONE: it is a root */
	uint32_t word;		/* in words + 1; 0: not known; in roots->v */
	uint32_t subject;	/* LINK_NONE: a step of the tree of paths */
};

struct ways_root {
	uint32_t number;
	uint32_t root;		/* in roots->v */
};

struct waysearch {
	const struct graph *g;
	const struct paths *paths;
	struct names *names;
	struct links backward;
	VEC(struct ways_step) steps;
	/** Roots beside those where ways begin, by number. */
	VEC(struct ways_root) roots;
	uint32_t *rooted;	/* bits: it has such */
	uint32_t *word;		/* by number: of the step from its parent + 1 */
	uint32_t *node;		/* by number; WAYTREE_ROOT: not known */
	/** By number: the first on the way up that several hold, + 1;
	 *  LINK_NONE: there is none; 0: not known. */
	uint32_t *neck;
	uint32_t *noted;	/* bits: its step is among those gathered */
	struct waytree tree;
	VEC(uint32_t) chain;	/* that is climbed just now */
	bool cut;
	struct err *err;
	bool ok;
};

static bool search_add(struct waysearch *s, uint32_t number)
{
	uint32_t *slot = vec_add(&s->chain, s->err);

	s->ok = s->ok && slot;
	if (slot)
		*slot = number;
	return s->ok;
}

/* --- steps that are to be named ------------------------------------------ */

static void gather_step(struct waysearch *s, uint32_t from, uint32_t to,
			uint32_t word, uint32_t subject)
{
	struct ways_step *slot = vec_add(&s->steps, s->err);

	s->ok = s->ok && slot;
	if (slot)
		*slot = (struct ways_step){ .from = from, .to = to,
					    .word = word,
					    .subject = subject };
}

/* Those of the way to @number that were not gathered yet. */
static void gather_way(struct waysearch *s, uint32_t number)
{
	const uint32_t *parent = s->paths->parent;

	while (s->ok && !graph_bit(s->noted, number) &&
	       parent[number] != LINK_NONE) {
		graph_set(s->noted, number);
		gather_step(s, parent[number], number, 0, LINK_NONE);
		number = parent[number];
	}
}

/* Does the way to @number lead through @through?  Of a very long one nobody
 * knows: then it is no other. */
static bool leads_through(const struct waysearch *s, uint32_t number,
			  uint32_t through)
{
	for (int i = 0; i < MOST_CLIMB; i++) {
		if (number == through)
			return true;
		if (s->paths->parent[number] == LINK_NONE)
			return false;
		number = s->paths->parent[number];
	}
	return true;
}

static int by_number(const void *a, const void *b)
{
	const struct ways_root *l = a, *r = b;

	if (l->number != r->number)
		return l->number < r->number ? -1 : 1;
	return (l->root > r->root) - (l->root < r->root);
}

/* A variable of a frame may hold what is held by a name, too. */
static void note_roots(struct waysearch *s)
{
	const struct roots *roots = s->names->roots;

	for (uint32_t i = 0; i < roots->v.n && s->ok; i++) {
		uint32_t number = roots->v.v[i].number;
		struct ways_root *slot;

		if (paths_root(s->paths, number) == i)
			continue;
		slot = vec_add(&s->roots, s->err);
		s->ok = slot != NULL;
		if (!slot)
			return;
		*slot = (struct ways_root){ number, i };
		graph_set(s->rooted, number);
	}
	if (s->roots.n)
		qsort(s->roots.v, s->roots.n, sizeof(*s->roots.v), by_number);
}

static void gather_roots(struct waysearch *s, uint32_t at, uint32_t subject)
{
	size_t low = 0, high = graph_bit(s->rooted, at) ? s->roots.n : 0;
	const size_t end = high;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->roots.v[middle].number < at)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < end && s->roots.v[low].number == at; low++)
		gather_step(s, LINK_NONE, at, s->roots.v[low].root, subject);
}

/* Do any hold @at in other ways than that to it?  As ways of a @subject, they
 * are gathered instead. */
static bool other_holders(struct waysearch *s, uint32_t at, uint32_t subject)
{
	const uint32_t *first = s->backward.first;
	uint32_t last = s->paths->parent[at], n = 0;

	if (graph_bit(s->rooted, at) && subject == LINK_NONE)
		return true;
	gather_roots(s, at, subject);
	for (uint32_t e = first[at]; e < first[at + 1] && s->ok; e++) {
		uint32_t from = link_node(s->backward.to[e]);

		/* Rows are in order: many of one are side by side. */
		if (from == last || from == s->paths->parent[at] ||
		    !paths_lead(s->paths, from) || leads_through(s, from, at))
			continue;
		if (subject == LINK_NONE)
			return true;
		if (n++ == MOST_HOLDERS || s->steps.n >= MOST_STEPS) {
			s->cut = true;
			break;
		}
		last = from;
		gather_way(s, from);
		gather_step(s, from, at, 0, subject);
	}
	return false;
}

/* A frame that runs has its thread; that others remember it is no other way. */
static bool is_frame(const struct waysearch *s, uint32_t number)
{
	uint32_t root = paths_root(s->paths, number);

	return root != LINK_NONE &&
	       s->names->roots->v.v[root].kind == ROOT_FRAME;
}

/* From @number up to the first that several hold, or to what has a name. */
static uint32_t find_neck(struct waysearch *s, uint32_t number)
{
	const uint32_t *parent = s->paths->parent;
	uint32_t at = number, found;

	s->chain.n = 0;
	for (;;) {
		if (s->neck[at]) {
			found = s->neck[at];
			break;
		}
		if (!search_add(s, at))
			return LINK_NONE;
		if (!is_frame(s, at) && other_holders(s, at, LINK_NONE)) {
			found = at + 1;
			break;
		}
		if (graph_bit(s->paths->rooted, at) || parent[at] == LINK_NONE ||
		    paths_has_names(s->g, parent[at])) {
			found = LINK_NONE;
			break;
		}
		at = parent[at];
	}
	for (size_t i = 0; i < s->chain.n; i++)
		s->neck[s->chain.v[i]] = found;
	return found;
}

static void gather_all(struct waysearch *s, const struct subject *subject)
{
	for (uint32_t u = 0; u < s->g->links.n && s->ok; u++) {
		uint32_t neck;

		if (!graph_bit(subject->bits, u))
			continue;
		gather_way(s, u);
		neck = find_neck(s, u);
		if (neck != LINK_NONE)
			(void)other_holders(s, neck - 1, u);
	}
}

/* --- what they are called ------------------------------------------------ */

static int by_holder(const void *a, const void *b)
{
	const struct ways_step *l = a, *r = b;

	if (l->from != r->from)
		return l->from < r->from ? -1 : 1;
	return (l->to > r->to) - (l->to < r->to);
}

static int by_subject(const void *a, const void *b)
{
	const struct ways_step *l = a, *r = b;

	if (l->subject != r->subject)
		return l->subject < r->subject ? -1 : 1;
	return by_holder(a, b);
}

static uint32_t word_of(struct waysearch *s, const struct name *name)
{
	uint32_t word = 0;

	s->ok = s->ok && waytree_word(&s->tree, name, &word, s->err);
	return word;
}

/* The steps of one holder that are to be named. */
struct ways_run {
	struct waysearch *s;
	struct ways_step *v;
	size_t n;
};

/* All of the run that lead to the same object have one name: its first. */
static bool name_step(void *arg, const struct names_step *step)
{
	struct ways_run *run = arg;
	size_t low = 0, high = run->n;
	struct name name;
	uint32_t word;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (run->v[middle].to < step->to)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == run->n || run->v[low].to != step->to || run->v[low].word)
		return true;
	names_tell(step, run->s->paths->parent[step->from], &name);
	word = word_of(run->s, &name) + 1;
	for (; low < run->n && run->v[low].to == step->to; low++)
		run->v[low].word = word;
	return run->s->ok;
}

static void name_steps(struct waysearch *s)
{
	struct ways_run run = { .s = s };

	if (s->steps.n)
		qsort(s->steps.v, s->steps.n, sizeof(*s->steps.v), by_holder);
	for (size_t i = 0; i < s->steps.n && s->ok; i += run.n) {
		run.v = &s->steps.v[i];
		for (run.n = 1; i + run.n < s->steps.n &&
				run.v[run.n].from == run.v->from; run.n++)
			;
		names_each(s->names, run.v->from, name_step, &run);
	}
	for (size_t i = 0; i < s->steps.n; i++) {
		const struct ways_step *step = &s->steps.v[i];

		if (step->subject == LINK_NONE)
			s->word[step->to] = step->word;
	}
}

/* --- where they lead ----------------------------------------------------- */

static uint32_t node_step(struct waysearch *s, uint32_t node, uint32_t word)
{
	s->ok = s->ok && waytree_step(&s->tree, node, word, &node, s->err);
	return node;
}

/* Where the step to @number leads: its word, and what it says of itself. */
static uint32_t node_to(struct waysearch *s, uint32_t node, uint32_t word,
			uint32_t number)
{
	struct name own;

	if (word)
		node = node_step(s, node, word - 1);
	return s->ok && names_of_object(s->names, number, true, &own) ?
	       node_step(s, node, word_of(s, &own)) : node;
}

static uint32_t node_of_root(struct waysearch *s, uint32_t root)
{
	struct name words[NAME_ROOT_MOST];
	uint32_t node = WAYTREE_ROOT;
	size_t n = 0;

	s->ok = names_of_root(s->names, &s->names->roots->v.v[root], words, &n,
			      s->err);
	for (size_t i = 0; i < n && s->ok; i++)
		node = node_step(s, node, word_of(s, &words[i]));
	return node_to(s, node, 0, s->names->roots->v.v[root].number);
}

/* Where the way to @number ends. */
static uint32_t node_of(struct waysearch *s, uint32_t number)
{
	const uint32_t *parent = s->paths->parent;
	uint32_t node;

	s->chain.n = 0;
	while (!s->node[number] && parent[number] != LINK_NONE) {
		if (!search_add(s, number))
			return WAYTREE_ROOT;
		number = parent[number];
	}
	if (!s->node[number] && graph_bit(s->paths->rooted, number))
		s->node[number] = node_of_root(s, paths_root(s->paths,
							     number));
	node = s->node[number];
	for (size_t i = s->chain.n; i > 0 && s->ok; i--) {
		number = s->chain.v[i - 1];
		node = node_to(s, node, s->word[number], number);
		s->node[number] = node;
	}
	return node;
}

/* Where a way beside the first ends: through @step, and then on as that. */
static uint32_t node_of_other(struct waysearch *s, const struct ways_step *step)
{
	uint32_t at = step->subject, node;

	node = step->from == LINK_NONE ? node_of_root(s, step->word) :
					 node_of(s, step->from);
	if (step->from != LINK_NONE)
		node = node_to(s, node, step->word, step->to);
	s->chain.n = 0;
	for (; at != step->to; at = s->paths->parent[at]) {
		if (!search_add(s, at))
			return WAYTREE_ROOT;
	}
	for (size_t i = s->chain.n; i > 0 && s->ok; i--) {
		at = s->chain.v[i - 1];
		node = node_to(s, node, s->word[at], at);
	}
	return node;
}

static void count_ways(struct waysearch *s, const struct subject *subject)
{
	for (uint32_t u = 0; u < s->g->links.n && s->ok; u++) {
		uint32_t node;

		if (!graph_bit(subject->bits, u))
			continue;
		node = node_of(s, u);	/* which may add some */
		waytree_count(&s->tree, node);
	}
	if (s->steps.n)
		qsort(s->steps.v, s->steps.n, sizeof(*s->steps.v), by_subject);
	for (size_t i = 0; i < s->steps.n && s->ok; i++) {
		const struct ways_step *step = &s->steps.v[i];
		uint32_t node;

		if (step->subject == LINK_NONE)
			break;
		node = node_of_other(s, step);
		waytree_count_also(&s->tree, node, step->subject);
	}
}

/* --- all of it ----------------------------------------------------------- */

static bool search_init(struct waysearch *s, struct err *err)
{
	const uint32_t n = s->g->links.n;

	s->word = links_numbers(n, err);
	s->node = links_numbers(n, err);
	s->neck = links_numbers(n, err);
	s->noted = links_numbers(n / 32 + 1, err);
	s->rooted = links_numbers(n / 32 + 1, err);
	return s->word && s->node && s->neck && s->noted && s->rooted &&
	       waytree_init(&s->tree, err) &&
	       links_reverse(&s->g->links, LINK_COUNTED, &s->backward, err);
}

static void search_fini(struct waysearch *s)
{
	free(s->word);
	free(s->node);
	free(s->neck);
	free(s->noted);
	free(s->rooted);
	vec_free(&s->roots);
	links_fini(&s->backward);
	vec_free(&s->steps);
	vec_free(&s->chain);
	waytree_fini(&s->tree);
}

bool ways_find(struct ways *ways, const struct graph *g,
	       const struct subject *subject, const struct paths *paths,
	       struct names *names, struct err *err)
{
	struct waysearch s = { .g = g, .paths = paths, .names = names,
			       .err = err };

	s.ok = search_init(&s, err);
	if (s.ok) {
		note_roots(&s);
		gather_all(&s, subject);
		name_steps(&s);
	}
	if (s.ok)
		count_ways(&s, subject);
	ways->cut = s.cut;
	s.ok = s.ok && waytree_tell(&s.tree, ways, false, err) &&
	       waytree_tell(&s.tree, ways, true, err);
	search_fini(&s);
	return s.ok;
}

static bool fill_subject(struct ways *ways, const struct graph *g,
			 const struct subject *subject, struct err *err)
{
	struct object object;

	if (!pytypes_name(&g->heap->cap->types, subject->type, err))
		return false;
	ways->type = nomem_strdup(subject->type->full);
	ways->count = subject->count;
	ways->bytes = subject->bytes;
	if (graph_object(g, subject->one, &object))
		ways->address = object.addr;
	return ways->type ? true : err_nomem(err);
}

static uint64_t ways_size(const void *arg, uint32_t number)
{
	return graph_sizes(arg, number).size;
}

static bool fill_retained(struct ways *ways, const struct graph *g,
			  const struct roots *roots,
			  const struct subject *subject, struct err *err)
{
	uint32_t *numbers = roots_numbers(roots, err);
	struct reach reach = { 0 };
	bool ok = numbers && reach_retained(&g->links, LINK_COUNTED, numbers,
					    roots->v.n, subject->bits,
					    ways_size, g, &reach, err);

	ways->retained = reach.bytes;
	free(numbers);
	return ok;
}

bool ways_fill(struct ways *ways, const struct graph *g, struct err *err)
{
	struct subject subject;
	struct roots roots = { .v = { 0 } };
	struct paths paths = { 0 };
	struct names names = { 0 };
	uint32_t *refcounts = NULL;
	bool ok;

	ok = subject_find(&subject, g, ways->what, true, err) &&
	     fill_subject(ways, g, &subject, err) &&
	     graph_refcounts(g, &refcounts, err) &&
	     roots_find(&roots, g, refcounts, err);
	free(refcounts);
	roots_forget(&roots);
	ok = ok && fill_retained(ways, g, &roots, &subject, err) &&
	     names_init(&names, g, &roots, err) &&
	     paths_find(&paths, g, &roots, err);
	names.values = ways->values;
	ok = ok && ways_find(ways, g, &subject, &paths, &names, err);
	paths_fini(&paths);
	names_fini(&names);
	roots_fini(&roots);
	subject_fini(&subject);
	return ok;
}
