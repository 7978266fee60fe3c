/* SPDX-License-Identifier: MIT */
/*
 * The input is /proc/PID/maps: what is accepted ascends, every mapping is
 * found by its addresses, and grouping them to modules covers each file.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "attach/maps.h"
#include "attach/module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_order(const struct maps *maps)
{
	for (size_t i = 0; i < maps->n; i++) {
		const struct map *map = &maps->v[i];

		assert(map->start < map->end && map->path);
		assert(i == 0 || maps->v[i - 1].end <= map->start);
		assert(maps_find(maps, map->start) == map);
		assert(maps_find(maps, map->end - 1) == map);
		assert(maps_find(maps, map->end) != map);
	}
}

static void check_modules(const struct maps *maps)
{
	struct err err;
	struct modules *ms = modules_new(maps, NULL, NULL, &err);

	assert(ms);
	for (size_t i = 0; i < maps->n; i++) {
		struct module *mod = modules_find(ms, maps->v[i].start);

		assert(!mod == !maps->v[i].inode);
		assert(!mod || mod->inode == maps->v[i].inode);
	}
	modules_free(ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct maps maps;
	struct err err;

	if (!maps_parse(&maps, (const char *)data, len, &err)) {
		assert(err.code == ERR_BADDATA || err.code == ERR_LIMIT);
		return 0;
	}
	check_order(&maps);
	check_modules(&maps);
	maps_free(&maps);
	return 0;
}
