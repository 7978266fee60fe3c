/* SPDX-License-Identifier: MIT */
#include "base/intern.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGN = 8, FIRST_ROOM = 4096 };

/* FNV-1a; 0 is no key of an addrmap. */
static uint64_t hash_of(const uint8_t *p, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 0x100000001b3;
	return hash ? hash : 1;
}

static bool intern_grow(struct intern *in, size_t need, struct err *err)
{
	size_t room = in->room ? in->room : FIRST_ROOM;
	uint8_t *bytes;

	if (need > INTERN_BYTES)
		return err_set(err, ERR_LIMIT, "too many names");
	while (room < need)
		room *= 2;
	if (room == in->room)
		return true;
	bytes = realloc(in->bytes, room);
	if (!bytes)
		return err_nomem(err);
	in->bytes = bytes;
	in->room = room;
	return true;
}

static uint32_t intern_find(const struct intern *in, uint32_t n,
			    const void *bytes, size_t len)
{
	while (n != INTERN_NONE) {
		const struct intern_row *row = &in->rows.v[n];

		if (row->len == len &&
		    memcmp(in->bytes + row->at, bytes, len) == 0)
			return n;
		n = row->next ? row->next - 1 : INTERN_NONE;
	}
	return INTERN_NONE;
}

uint32_t intern_put(struct intern *in, const void *bytes, size_t len,
		    struct err *err)
{
	uint64_t hash = hash_of(bytes, len);
	uint32_t first = addrmap_get(&in->by_hash, hash), n;
	struct intern_row *row;

	_Static_assert(ADDRMAP_NONE == INTERN_NONE, "both: there is none");
	n = intern_find(in, first, bytes, len);
	if (n != INTERN_NONE)
		return n;
	if (len > INTERN_BYTES ||
	    !intern_grow(in, in->used + len + ALIGN, err))
		return INTERN_NONE;
	row = vec_add(&in->rows, err);
	if (!row || !addrmap_put(&in->by_hash, hash,
				 (uint32_t)in->rows.n - 1, err)) {
		in->rows.n -= row != NULL;
		return INTERN_NONE;
	}
	*row = (struct intern_row){
		in->used, len, first == INTERN_NONE ? 0 : first + 1,
	};
	memcpy(in->bytes + in->used, bytes, len);
	in->used += (len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	return (uint32_t)in->rows.n - 1;
}

const void *intern_get(const struct intern *in, uint32_t n, size_t *ret_len)
{
	if (ret_len)
		*ret_len = in->rows.v[n].len;
	return in->bytes + in->rows.v[n].at;
}

void intern_fini(struct intern *in)
{
	vec_free(&in->rows);
	addrmap_fini(&in->by_hash);
	free(in->bytes);
	in->bytes = NULL;
	in->used = in->room = 0;
}
