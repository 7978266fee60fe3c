/* SPDX-License-Identifier: MIT */
#include "heap/regions.h"

#include <string.h>

struct cutter {
	struct places *places;
	const struct arenas *arenas;
	size_t next;		/* arena */
};

/* Cut [start, end) at the arenas in it. */
static bool add_heap(struct cutter *c, raddr start, raddr end, struct err *err)
{
	const struct arena *a = c->arenas->v.v;
	size_t n = c->arenas->v.n;

	while (c->next < n && a[c->next].limit <= start)
		c->next++;
	while (start < end) {
		raddr stop = end, limit;

		if (c->next < n && a[c->next].start < end)
			stop = a[c->next].start;
		if (stop > start &&
		    !places_add(c->places, start, stop - start, REGION_ANON, err))
			return false;
		if (stop == end)
			return true;
		/* Arenas side by side are one region, if in one mapping. */
		limit = a[c->next].limit;
		while (c->next + 1 < n && a[c->next + 1].start == limit &&
		       a[c->next + 1].limit <= end)
			limit = a[++c->next].limit;
		c->next++;
		if (limit > end)
			return err_at(err, ERR_BADDATA, limit,
				      "an arena outgrows its mapping");
		if (!places_add(c->places, stop, limit - stop, REGION_ARENA, err))
			return false;
		start = limit;
	}
	return true;
}

/* Where the data segment that @map shows ends, with the .bss behind it; 0: it
 * is none. */
static raddr end_of_data(struct modules *mods, const struct map *map)
{
	struct module *mod = map->inode ? modules_find(mods, map->start) : NULL;
	const struct map *next = map + 1;
	raddr start, end;

	if (!mod || !module_loads(mod, map))
		return 0;
	if (next == mods->maps->v + mods->maps->n || next->start != map->end ||
	    next->inode || !module_writable(mod, &start, &end))
		return map->end;
	end = addr_up(end, ADDR_PAGE);
	return end <= map->end ? map->end : end > next->end ? next->end : end;
}

static bool is_wanted(const struct map *map)
{
	return map->read && map->write && !map->shared &&
	       strncmp(map->path, "[stack", 6) != 0 &&
	       strncmp(map->path, "[v", 2) != 0;
}

/* One that has no place is gone, or is a lie: a stack, data of a library. */
static void drop_arenas(struct arenas *arenas, const struct places *places)
{
	struct arena *v = arenas->v.v;
	size_t n = 0;

	for (size_t i = 0; i < arenas->v.n; i++) {
		if (places_kind(places, v[i].start) == REGION_ARENA)
			v[n++] = v[i];
	}
	arenas->n_bad += (uint32_t)(arenas->v.n - n);
	arenas->v.n = n;
}

bool regions_add(struct places *places, const struct maps *maps,
		 struct modules *mods, struct arenas *arenas, struct err *err)
{
	struct cutter c = { .places = places, .arenas = arenas };
	raddr done = 0;		/* a .bss is part of the data before it */

	for (size_t i = 0; i < maps->n; i++) {
		const struct map *map = &maps->v[i];
		raddr start = map->start < done ? done : map->start, data;

		if (!is_wanted(map) || start == map->end)
			continue;
		data = end_of_data(mods, map);
		done = data ? data : map->end;
		if (data ? !places_add(places, start, done - start, REGION_STATIC,
				       err) :
			   !add_heap(&c, start, done, err))
			return false;
	}
	if (!places_index(places, err))
		return false;
	drop_arenas(arenas, places);
	return true;
}
