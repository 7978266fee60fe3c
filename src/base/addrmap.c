/* SPDX-License-Identifier: MIT */
#include "base/addrmap.h"

#include <stdlib.h>

/* Fibonacci hashing: addresses differ in their middle bits. */
static size_t start(const struct addrmap *map, raddr key)
{
	return (size_t)((key >> 3) * 0x9e3779b97f4a7c15u >> 20) & map->mask;
}

static struct addrmap_slot *find(const struct addrmap *map, raddr key)
{
	size_t i = start(map, key);

	while (map->slot[i].key && map->slot[i].key != key)
		i = (i + 1) & map->mask;
	return &map->slot[i];
}

static bool grow(struct addrmap *map, struct err *err)
{
	size_t room = map->slot ? (map->mask + 1) * 2 : 64;
	struct addrmap old = *map;

	map->slot = calloc(room, sizeof(*map->slot));
	if (!map->slot) {
		*map = old;
		return err_nomem(err);
	}
	map->mask = room - 1;
	for (size_t i = 0; old.slot && i <= old.mask; i++) {
		if (old.slot[i].key)
			*find(map, old.slot[i].key) = old.slot[i];
	}
	free(old.slot);
	return true;
}

void addrmap_fini(struct addrmap *map)
{
	free(map->slot);
	*map = (struct addrmap){0};
}

uint32_t addrmap_get(const struct addrmap *map, raddr key)
{
	const struct addrmap_slot *slot;

	if (!map->slot)
		return ADDRMAP_NONE;
	slot = find(map, key);
	return slot->key ? slot->value : ADDRMAP_NONE;
}

bool addrmap_put(struct addrmap *map, raddr key, uint32_t value,
		 struct err *err)
{
	struct addrmap_slot *slot;

	if ((!map->slot || (map->n + 1) * 3 > (map->mask + 1) * 2) &&
	    !grow(map, err))
		return false;
	slot = find(map, key);
	if (!slot->key) {
		slot->key = key;
		map->n++;
	}
	slot->value = value;
	return true;
}
