/* SPDX-License-Identifier: MIT */
#include "heap/seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/lock.h"

enum { FIRST_SLOTS = 1 << 8 };

bool seen_init(struct seen *seen, size_t max, struct err *err)
{
	*seen = (struct seen){ .mask = FIRST_SLOTS - 1, .max = max };
	seen->slot = calloc(FIRST_SLOTS, sizeof(*seen->slot));
	return seen->slot ? true : err_nomem(err);
}

void seen_fini(struct seen *seen)
{
	free(seen->slot);
	seen->slot = NULL;
}

/* Where @addr is, or is to be. */
static raddr *seen_slot(const struct seen *seen, raddr addr)
{
	/* Fibonacci hashing: the upper bits of the product are mixed best. */
	size_t i = (size_t)(addr * 0x9e3779b97f4a7c15ull >> 32) & seen->mask;

	while (seen->slot[i] && (seen->slot[i] & ~(raddr)SEEN_TAGS) != addr)
		i = (i + 1) & seen->mask;
	return &seen->slot[i];
}

static bool seen_grow(struct seen *seen)
{
	struct seen grown = *seen;

	grown.mask = 2 * seen->mask + 1;
	grown.slot = calloc(grown.mask + 1, sizeof(*grown.slot));
	if (!grown.slot)
		return false;
	for (size_t i = 0; i <= seen->mask; i++) {
		if (seen->slot[i])
			*seen_slot(&grown, seen->slot[i] & ~(raddr)SEEN_TAGS) =
				seen->slot[i];
	}
	free(seen->slot);
	*seen = grown;
	return true;
}

enum seen_add seen_add(struct seen *seen, raddr addr, unsigned tags)
{
	raddr *slot = seen_slot(seen, addr);

	if (*slot) {
		enum seen_add found = tags & ~*slot ? SEEN_NEW : SEEN_BEFORE;

		*slot |= tags;
		return found;
	}
	/* Three of four slots are used at most. */
	if (seen->n >= seen->max ||
	    (seen->n > seen->mask / 4 * 3 && !seen_grow(seen)))
		return SEEN_FULL;
	*seen_slot(seen, addr) = addr | tags;
	seen->n++;
	return SEEN_NEW;
}

bool seen_shared_init(struct seen_shared *shared, size_t max, struct err *err)
{
	memset(shared, 0, sizeof(*shared));
	for (size_t i = 0; i < SEEN_PARTS; i++) {
		lock_init_brief(&shared->part[i].lock);
		if (!seen_init(&shared->part[i].seen, max / SEEN_PARTS + 1,
			       err))
			return false;
	}
	return true;
}

void seen_shared_fini(struct seen_shared *shared)
{
	for (size_t i = 0; i < SEEN_PARTS; i++) {
		seen_fini(&shared->part[i].seen);
		pthread_mutex_destroy(&shared->part[i].lock);
	}
}

enum seen_add seen_shared_add(struct seen_shared *shared, raddr addr,
			      unsigned tags)
{
	struct seen_part *part = &shared->part[addr / ADDR_PAGE % SEEN_PARTS];
	enum seen_add seen;

	pthread_mutex_lock(&part->lock);
	seen = seen_add(&part->seen, addr, tags);
	part->n_dropped += seen == SEEN_FULL;
	pthread_mutex_unlock(&part->lock);
	return seen;
}

size_t seen_shared_count(const struct seen_shared *shared,
			 uint64_t *ret_dropped)
{
	size_t n = 0;

	*ret_dropped = 0;
	for (size_t i = 0; i < SEEN_PARTS; i++) {
		n += shared->part[i].seen.n;
		*ret_dropped += shared->part[i].n_dropped;
	}
	return n;
}
