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
	vec_free(&set->len);
	free(set->slot);
	memset(set, 0, sizeof(*set));
}

static uint64_t hash_of(const uint8_t *p, size_t len)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3;
	return h ? h : 1;
}

uint64_t strset_hash(const char *text)
{
	return hash_of((const uint8_t *)text, strlen(text));
}

/* Where the @len bytes at @p are, or are to be. */
static uint32_t *find(const struct strset *set, const void *p, size_t len)
{
	size_t i = hash_of(p, len) & set->mask;

	for (; set->slot[i]; i = (i + 1) & set->mask) {
		const uint32_t n = set->slot[i] - 1;

		if (set->len.v[n] == len && !memcmp(set->all.v[n], p, len))
			break;
	}
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
		*find(set, set->all.v[i], set->len.v[i]) = (uint32_t)i + 1;
	return true;
}

static size_t takes(size_t len)
{
	enum { ALIGN = 16 };

	return (len + 1 + ALIGN - 1) / ALIGN * ALIGN;
}

static bool append(struct strset *set, const void *p, size_t len,
		   struct err *err)
{
	char **row = vec_add(&set->all, err);
	uint32_t *row_len = row ? vec_add(&set->len, err) : NULL;
	char *copy = row_len ? malloc(len + 1) : NULL;

	if (!copy) {
		set->all.n -= row != NULL;
		set->len.n -= row_len != NULL;
		return err_nomem(err);
	}
	memcpy(copy, p, len);
	copy[len] = '\0';
	*row = copy;
	*row_len = (uint32_t)len;
	set->bytes += takes(len);
	return true;
}

uint32_t strset_put(struct strset *set, const void *p, size_t len,
		    size_t most, struct err *err)
{
	uint32_t *slot;

	if (!make_room(set, err))
		return STRSET_NONE;
	slot = find(set, p, len);
	if (*slot)
		return *slot - 1;
	if (len > UINT32_MAX || set->bytes > most ||
	    takes(len) > most - set->bytes) {
		err_set(err, ERR_LIMIT, "too many names");
		return STRSET_NONE;
	}
	if (!append(set, p, len, err))
		return STRSET_NONE;
	*slot = (uint32_t)set->all.n;
	return *slot - 1;
}

uint32_t strset_add(struct strset *set, const char *text, struct err *err)
{
	return strset_put(set, text, strlen(text), SIZE_MAX, err);
}
