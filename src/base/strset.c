/* SPDX-License-Identifier: MIT */
#include "base/strset.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 256 };

void strset_fini(struct strset *set)
{
	for (size_t i = 0; i < set->all.n; i++)
		free(set->all.v[i]);
	vec_free(&set->all);
	free(set->slot);
	memset(set, 0, sizeof(*set));
}

uint64_t strset_hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3;
	return h ? h : 1;
}

/* Where @text is, or is to be. */
static uint32_t *find(const struct strset *set, const char *text)
{
	size_t i = strset_hash(text) & set->mask;

	while (set->slot[i] &&
	       strcmp(set->all.v[set->slot[i] - 1], text) != 0)
		i = (i + 1) & set->mask;
	return &set->slot[i];
}

/* Half of the slots are used at most. */
static bool make_room(struct strset *set, struct err *err)
{
	size_t slots = set->slot ? 2 * (set->mask + 1) : FIRST_SLOTS;
	uint32_t *slot;

	if (set->slot && set->all.n <= set->mask / 2)
		return true;
	slot = calloc(slots, sizeof(*slot));
	if (!slot)
		return err_nomem(err);
	free(set->slot);
	set->slot = slot;
	set->mask = slots - 1;
	for (size_t i = 0; i < set->all.n; i++)
		*find(set, set->all.v[i]) = (uint32_t)i + 1;
	return true;
}

uint32_t strset_add(struct strset *set, const char *text, struct err *err)
{
	uint32_t *slot;
	char **row, *copy;

	if (!make_room(set, err))
		return STRSET_NONE;
	slot = find(set, text);
	if (*slot)
		return *slot - 1;
	copy = strdup(text);
	row = copy ? vec_add(&set->all, err) : NULL;
	if (!row) {
		free(copy);
		err_nomem(err);
		return STRSET_NONE;
	}
	*row = copy;
	*slot = (uint32_t)set->all.n;
	return *slot - 1;
}
