/* SPDX-License-Identifier: MIT */
#include "result/traces.h"

#include <stdlib.h>
#include <string.h>

void traces_fini(struct traces *traces)
{
	vec_free(&traces->blocks);
	vec_free(&traces->tracebacks);
	vec_free(&traces->frames);
	strset_fini(&traces->files);
	strset_fini(&traces->types);
	memset(traces, 0, sizeof(*traces));
}

static int by_address(const void *a, const void *b)
{
	const struct traces_block *l = a, *r = b;

	if (l->at != r->at)
		return l->at < r->at ? -1 : 1;
	return (l->domain > r->domain) - (l->domain < r->domain);
}

void traces_sort(struct traces *traces)
{
	if (traces->blocks.n)
		qsort(traces->blocks.v, traces->blocks.n,
		      sizeof(*traces->blocks.v), by_address);
}

static uint64_t group_key(const struct traces_block *block)
{
	return ((uint64_t)block->traceback + 1) << 32 | block->domain;
}

uint32_t traces_group_of(const struct traces_groups *groups,
			 const struct traces_block *block)
{
	return addrmap_get(&groups->by_key, group_key(block));
}

bool traces_group(struct traces_groups *ret, const struct traces *traces,
		  struct err *err)
{
	*ret = (struct traces_groups){ .all.n = 0 };
	for (size_t i = 0; i < traces->blocks.n; i++) {
		const struct traces_block *block = &traces->blocks.v[i];
		uint32_t n = traces_group_of(ret, block);

		if (n == ADDRMAP_NONE) {
			struct traces_group *group = vec_add(&ret->all, err);

			n = (uint32_t)(ret->all.n - 1);
			if (!group || !addrmap_put(&ret->by_key,
						   group_key(block), n, err))
				return false;
			group->traceback = block->traceback;
			group->domain = block->domain;
		}
		ret->all.v[n].sum.count++;
		ret->all.v[n].sum.bytes += (int64_t)block->size;
	}
	return true;
}

void traces_groups_fini(struct traces_groups *groups)
{
	vec_free(&groups->all);
	addrmap_fini(&groups->by_key);
}
