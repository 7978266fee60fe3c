/* SPDX-License-Identifier: MIT */
#include "result/fullness.h"

static unsigned fullness_part(const struct account_arena *arena)
{
	unsigned part = 0;

	while (part < FULLNESS_PARTS - 1 &&
	       arena->used > arena->size / FULLNESS_PARTS * (part + 1))
		part++;
	return part;
}

void fullness_add(struct fullness *f, const struct account_arena *arena)
{
	unsigned part = fullness_part(arena);

	f->arenas[part]++;
	f->resident[part] += arena->resident;
	f->used[part] += arena->used;
	f->filling += arena->filling;
}

char fullness_sign(const struct account_arena *arena)
{
	if (arena->filling)
		return '+';
	return arena->used ? "123456789#"[fullness_part(arena)] : '.';
}

/* Several in one character are as full as all of them. */
static struct account_arena fullness_join(const char *arenas, size_t n,
					  size_t stride)
{
	struct account_arena all = { .filling = true };

	for (size_t i = 0; i < n; i++) {
		const struct account_arena *a = (const void *)(arenas +
							       i * stride);

		all.size += a->size;
		all.used += a->used;
		all.filling = all.filling && a->filling;
	}
	return all;
}

size_t fullness_draw(const struct account_arena *arenas, size_t n,
		     size_t stride, char ret[FULLNESS_MOST + 1])
{
	size_t each = (n + FULLNESS_MOST - 1) / FULLNESS_MOST, drawn = 0;

	for (size_t i = 0; i < n; i += each) {
		const struct account_arena joined =
			fullness_join((const char *)arenas + i * stride,
				      n - i < each ? n - i : each, stride);

		ret[drawn++] = fullness_sign(&joined);
	}
	ret[drawn] = '\0';
	return each;
}
