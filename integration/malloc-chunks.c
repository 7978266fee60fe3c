/* SPDX-License-Identifier: MIT */
/* Usage: malloc-chunks PID
 *
 * What is in the malloc of a process, for a check to compare: lines
 *
 *	arena ADDRESS SYSTEM HEAPS HEADER DOUBT
 *	mapped NUMBER BYTES KNOWN
 *	chunk ARENA ADDRESS SIZE STATE
 *
 * with ARENA its number, or -1 of a chunk that is mapped by itself.
 */
#include <stdio.h>
#include <stdlib.h>

#include "attach/module.h"
#include "attach/stop.h"
#include "attach/target.h"
#include "pyabi/malloc_glibc.h"

static const char *const states[GLIBC_STATES] = {
	"used", "free", "fast", "cached", "top", "fence", "mapped",
};

struct look {
	struct target *target;
	struct glibc_malloc gm;
};

static bool read_chunks(void *arg, const struct stop *stop, struct err *err)
{
	struct look *look = arg;
	struct maps maps = { 0 };
	struct glibc_read_options opt = { .maps = &maps, .most = 1 << 24 };
	bool ok = target_maps(look->target, &maps, err) &&
		  glibc_read(&look->gm, look->target->mem, &opt, err);

	(void)stop;
	maps_free(&maps);
	return ok;
}

static void print_region(const struct glibc_malloc *gm,
			 const struct glibc_region *r)
{
	for (size_t k = r->first; k < r->first + r->n; k++) {
		const struct glibc_chunk *c = &gm->chunks.v[k];

		printf("chunk %d 0x%llx %llu %s\n", (int)r->arena,
		       (unsigned long long)c->at,
		       (unsigned long long)c->size, states[c->state]);
	}
}

static void print_all(const struct glibc_malloc *gm)
{
	for (size_t i = 0; i < gm->arenas.n; i++) {
		const struct glibc_arena *a = &gm->arenas.v[i];

		printf("arena 0x%llx %llu %llu %llu %s\n",
		       (unsigned long long)a->at,
		       (unsigned long long)a->system,
		       (unsigned long long)a->heaps,
		       (unsigned long long)a->header,
		       a->doubt ? a->doubt : "");
	}
	printf("mapped %lld %lld %d\n", (long long)gm->mapped,
	       (long long)gm->mapped_bytes, gm->mapped_known);
	for (size_t i = 0; i < gm->regions.n; i++)
		print_region(gm, &gm->regions.v[i]);
}

static bool look_at(struct look *look, struct maps *maps,
		    struct modules **mods, struct err *err)
{
	struct stop stop;

	if (!target_maps(look->target, maps, err))
		return false;
	*mods = modules_new(maps, look->target, look->target->mem, err);
	if (!*mods)
		return false;
	target_know(look->target, *mods);
	if (!glibc_find(&look->gm, *mods, look->target->mem, err) ||
	    !target_hold(look->target, &stop, read_chunks, look, err))
		return false;
	glibc_settle(&look->gm);
	fprintf(stderr, "paused for %.1f ms\n", stop.pause_ms);
	return true;
}

int main(int argc, char **argv)
{
	struct look look = { 0 };
	struct modules *mods = NULL;
	struct maps maps = { 0 };
	struct err err = { 0 };
	bool ok = false;

	if (argc == 2) {
		look.target = target_open(&(struct target_spec){
			.pid = atoi(argv[1]) }, &err);
		ok = look.target && look_at(&look, &maps, &mods, &err);
	}
	if (ok)
		print_all(&look.gm);
	else
		fprintf(stderr, "malloc-chunks: %s\n", err.text);
	glibc_fini(&look.gm);
	if (look.target)
		target_know(look.target, NULL);
	modules_free(mods);
	maps_free(&maps);
	target_close(look.target);
	return !ok;
}
