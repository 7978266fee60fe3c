/* SPDX-License-Identifier: MIT */
/* Dominators and components of random graphs, against what is plainly right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph/components.h"
#include "graph/dominators.h"
#include "graph/reach.h"

enum { GRAPHS = 10000, MOST = 24, LONG = 1000000 };

static struct err err;

struct sample {
	struct links links, backward;
	uint32_t n_roots, roots[MOST];
	bool leads[MOST + 1][MOST + 1];	/* by counted links */
};

static uint64_t seed = 12;

static uint32_t below(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static void links_alloc(struct links *links, uint32_t n, uint32_t n_links)
{
	links->n = n;
	links->first = links_numbers(n, &err);
	links->to = links_numbers(n_links, &err);
	assert_true(links->first && links->to);
}

/* A third of the links is not counted. */
static void make(struct sample *s)
{
	uint32_t n = 1 + below(MOST), n_links = 0;

	memset(s, 0, sizeof(*s));
	links_alloc(&s->links, n, n * MOST);
	for (uint32_t u = 0; u < n; u++) {
		for (uint32_t k = below(4); k > 0; k--) {
			uint32_t v = below(n);
			bool counted = below(3);

			s->links.to[n_links++] = v | LINK_VISITED |
						 (counted ? LINK_COUNTED : 0);
			s->leads[u][v] |= counted;
		}
		s->links.first[u + 1] = n_links;
	}
	s->n_roots = below(n) / 4 + 1;
	for (uint32_t i = 0; i < s->n_roots; i++) {
		s->roots[i] = below(n);
		s->leads[n][s->roots[i]] = true;
	}
	assert_true(links_reverse(&s->links, LINK_COUNTED, &s->backward,
				  &err));
}

/* Bits of those that several links lead to. */
static uint32_t *shared_in(const struct links *backward)
{
	uint32_t *shared = links_numbers(backward->n / 32 + 1, &err);

	assert_non_null(shared);
	for (uint32_t v = 0; v < backward->n; v++) {
		if (backward->first[v + 1] - backward->first[v] > 1)
			shared[v / 32] |= 1u << v % 32;
	}
	return shared;
}

static void unmake(struct sample *s)
{
	links_fini(&s->links);
	links_fini(&s->backward);
}

/* Who is reached from @from, were it not for @without? */
static void reach(const struct sample *s, uint32_t from, uint32_t without,
		  bool *reached)
{
	uint32_t n = s->links.n;
	bool more = true;

	memset(reached, 0, MOST + 1);
	reached[from] = from != without;
	while (more) {
		more = false;
		for (uint32_t u = 0; u <= n; u++) {
			for (uint32_t v = 0; reached[u] && v < n; v++) {
				if (!s->leads[u][v] || reached[v] ||
				    v == without)
					continue;
				reached[v] = more = true;
			}
		}
	}
}

static uint64_t size_of(const void *arg, uint32_t v)
{
	(void)arg;
	return 1 + v;
}

/* What goes when @v does: retained size says how much, and the immediate
 * dominator is the one of them that goes last. */
static void check_dominators(const struct sample *s)
{
	bool all[MOST + 1], left[MOST + 1][MOST + 1];
	uint32_t n = s->links.n;
	struct dominators doms;
	uint32_t *shared = shared_in(&s->backward);
	uint64_t sum = 0;

	assert_true(dominators_find(&doms, &s->links, shared, LINK_COUNTED,
				    s->roots, s->n_roots, &err));
	assert_true(dominators_weigh(&doms, size_of, NULL, &err));
	reach(s, n, LINK_NONE, all);
	for (uint32_t v = 0; v < n; v++)
		reach(s, n, v, left[v]);
	for (uint32_t v = 0; v < n; v++) {
		uint32_t depth = 0, above = 0, idom;
		uint64_t lost = 0;

		idom = dominators_above(&doms, v);
		assert_int_equal(idom != LINK_NONE, all[v]);
		for (uint32_t w = 0; w < n; w++)
			lost += all[w] && !left[v][w] ? size_of(NULL, w) : 0;
		assert_int_equal(dominators_retained(&doms, v), lost);
		if (!all[v])
			continue;
		sum += size_of(NULL, v);
		for (uint32_t w = 0; w < n; w++)
			depth += w != v && !left[w][v];
		assert_true(idom == n ? !depth : !left[idom][v]);
		for (uint32_t w = 0; idom != n && w < n; w++)
			above += w != idom && !left[w][idom];
		assert_int_equal(depth, idom == n ? 0 : above + 1);
	}
	assert_int_equal(dominators_retained(&doms, n), sum);
	free(shared);
	dominators_fini(&doms);
}

static void dominators_are_those_without_whom_it_goes(void **state)
{
	struct sample s;

	(void)state;
	for (unsigned i = 0; i < GRAPHS; i++) {
		make(&s);
		check_dominators(&s);
		unmake(&s);
	}
}

/* Who is reached from those of @from, were it not for those of @without? */
static void reach_set(const struct sample *s, const bool *from,
		      const bool *without, bool *reached)
{
	uint32_t n = s->links.n;
	bool one[MOST + 1], more = true;

	for (uint32_t u = 0; u <= n; u++)
		reached[u] = from[u] && !without[u];
	while (more) {
		more = false;
		for (uint32_t u = 0; u <= n; u++) {
			for (uint32_t v = 0; reached[u] && v < n; v++) {
				one[v] = s->leads[u][v] && !reached[v] &&
					 !without[v];
				reached[v] |= one[v];
				more |= one[v];
			}
		}
	}
}

static void what_a_set_retains_is_what_goes_with_it(void **state)
{
	const bool none[MOST + 1] = { false };
	bool in[MOST + 1], root[MOST + 1], left[MOST + 1], led[MOST + 1];
	struct sample s;

	(void)state;
	for (unsigned i = 0; i < GRAPHS; i++) {
		uint32_t bits = 0;
		int64_t bytes = 0, nodes = 0;
		struct reach found;

		make(&s);
		memset(root, 0, sizeof(root));
		memset(in, 0, sizeof(in));
		root[s.links.n] = true;
		for (uint32_t v = 0; v < s.links.n; v++) {
			in[v] = !below(5);
			bits |= (uint32_t)in[v] << v;
		}
		reach_set(&s, root, in, left);
		reach_set(&s, in, none, led);
		for (uint32_t v = 0; v < s.links.n; v++) {
			nodes += led[v] && !left[v];
			bytes += led[v] && !left[v] ? size_of(NULL, v) : 0;
		}
		assert_true(reach_retained(&s.links, LINK_COUNTED, s.roots,
					   s.n_roots, &bits, size_of, NULL,
					   &found, &err));
		assert_int_equal(found.nodes, nodes);
		assert_int_equal(found.bytes, bytes);
		unmake(&s);
	}
}

static void components_lead_to_each_other(void **state)
{
	bool reached[MOST][MOST + 1];
	uint32_t of[MOST], found;
	struct sample s;

	(void)state;
	for (unsigned i = 0; i < GRAPHS; i++) {
		make(&s);
		assert_true(components_find(&s.links, LINK_COUNTED, of, &found,
					    &err));
		for (uint32_t u = 0; u < s.links.n; u++)
			reach(&s, u, LINK_NONE, reached[u]);
		for (uint32_t u = 0; u < s.links.n; u++) {
			assert_true(of[u] < found);
			for (uint32_t v = 0; v < s.links.n; v++) {
				assert_int_equal(of[u] == of[v],
						 reached[u][v] && reached[v][u]);
				if (reached[u][v])
					assert_true(of[v] <= of[u]);
			}
		}
		unmake(&s);
	}
}

static void links_backward_are_the_same_links(void **state)
{
	struct sample s;
	struct links again;

	(void)state;
	for (unsigned i = 0; i < GRAPHS / 10; i++) {
		uint32_t n = 0;

		make(&s);
		assert_true(links_reverse(&s.backward, LINK_COUNTED, &again,
					  &err));
		for (uint32_t u = 0; u < s.links.n; u++) {
			for (uint32_t e = again.first[u];
			     e < again.first[u + 1]; e++, n++)
				assert_true(s.leads[u][link_node(again.to[e])]);
		}
		for (uint32_t e = 0; e < s.links.first[s.links.n]; e++)
			n -= (s.links.to[e] & LINK_COUNTED) != 0;
		assert_int_equal(n, 0);
		links_fini(&again);
		unmake(&s);
	}
}

static uint64_t one(const void *arg, uint32_t v)
{
	(void)arg;
	(void)v;
	return 1;
}

/* A list as long as this would end recursion, and the stack with it. */
static void a_long_way_is_gone_to_its_end(void **state)
{
	struct links links, backward;
	struct dominators doms;
	uint32_t root = 0, *of = links_numbers(LONG, &err), found;
	uint32_t *shared;

	(void)state;
	links_alloc(&links, LONG, LONG);
	for (uint32_t v = 0; v < LONG; v++) {
		links.to[v] = (v + 1) % LONG | LINK_COUNTED;
		links.first[v + 1] = v + 1;
	}
	assert_true(links_reverse(&links, LINK_COUNTED, &backward, &err));
	shared = shared_in(&backward);
	assert_true(dominators_find(&doms, &links, shared, LINK_COUNTED,
				    &root, 1, &err));
	assert_true(dominators_weigh(&doms, one, NULL, &err));
	for (uint32_t v = 0; v < LONG; v++)
		assert_int_equal(dominators_retained(&doms, v), LONG - v);
	assert_true(components_find(&links, LINK_COUNTED, of, &found, &err));
	assert_int_equal(found, 1);
	free(of);
	free(shared);
	dominators_fini(&doms);
	links_fini(&links);
	links_fini(&backward);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dominators_are_those_without_whom_it_goes),
		cmocka_unit_test(what_a_set_retains_is_what_goes_with_it),
		cmocka_unit_test(components_lead_to_each_other),
		cmocka_unit_test(links_backward_are_the_same_links),
		cmocka_unit_test(a_long_way_is_gone_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
