/* SPDX-License-Identifier: MIT */
#include "graph/links.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20, LARGE = 2 * HUGE_PAGE };

void links_begin(void)
{
	/* Else the first large array that is freed raises it up to 32 MiB. */
	(void)mallopt(M_MMAP_THRESHOLD, LARGE / 4);
}

/* The faults of small pages take longer than writing what is in them. */
static void want_huge_pages(void *p, size_t len)
{
	const size_t before = -(uintptr_t)p % HUGE_PAGE;

	if (len >= LARGE)
		(void)madvise((uint8_t *)p + before,
			      (len - before) / HUGE_PAGE * HUGE_PAGE,
			      MADV_HUGEPAGE);
}

uint32_t *links_numbers(size_t n, struct err *err)
{
	uint32_t *v = calloc(n + 1, sizeof(*v));

	if (v)
		want_huge_pages(v, n * sizeof(*v));
	else
		(void)!err_nomem(err);
	return v;
}

void links_fini(struct links *links)
{
	free(links->first);
	free(links->to);
	memset(links, 0, sizeof(*links));
}

/* A counting sort: first[v] is where the row of v ends while it is filled from
 * the last link backward, and then where it begins. */
bool links_reverse(const struct links *links, uint32_t ties,
		   struct links *ret, struct err *err)
{
	uint32_t *first, sum = 0;

	*ret = (struct links){ .n = links->n };
	ret->first = first = links_numbers(links->n, err);
	ret->to = links_numbers(links->first[links->n], err);
	if (!first || !ret->to)
		return false;
	for (uint32_t e = 0; e < links->first[links->n]; e++)
		first[link_node(links->to[e])] += (links->to[e] & ties) != 0;
	for (uint32_t v = 0; v < links->n; v++)
		first[v] = sum += first[v];
	first[links->n] = sum;
	for (uint32_t u = links->n; u-- > 0;) {
		for (uint32_t e = links->first[u + 1]; e-- > links->first[u];) {
			uint32_t link = links->to[e];

			if (link & ties)
				ret->to[--first[link_node(link)]] =
					u | (link & ~LINK_NODE);
		}
	}
	return true;
}
