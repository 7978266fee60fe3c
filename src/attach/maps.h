/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_MAPS_H
#define ATTACH_MAPS_H

#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"

struct process;

/** One mapping of the tracee: [start, end). */
struct map {
	raddr start, end;
	uint64_t offset;	/* in the file */
	uint64_t inode;		/* 0: no file */
	uint32_t dev_major, dev_minor;
	bool read, write, exec;
	bool shared;		/* not a private copy */
	bool deleted;		/* the file has no name any more */
	/** File or "[heap]"; "" if it has none.  Foreign: escape it. */
	const char *path;
};

/**
 * The address space, in ascending order, without overlaps.  What lies side by
 * side and differs in nothing, as of a heap that grew after a fork, is one
 * mapping, files apart: those go by the names that the kernel gives each.
 *
 * A copy: a running tracee may have changed it since.
 *
 * Owner: maps_free(); the paths live as long.
 * Facts: proc(5); the kernel writes a newline in a path as "\012" and an
 *        unlinked file as "PATH (deleted)", so that a path which really
 *        contains either cannot be told apart: whoever opens it compares
 *        device and inode.
 */
struct maps {
	struct map *v;
	size_t n, room;
	char *text;
};

/** ERR_BADDATA names the line; ERR_LIMIT: more than MAX_MAPS. */
MUST_CHECK bool maps_parse(struct maps *ret, const char *text, size_t len,
			   struct err *err);
MUST_CHECK bool maps_read(struct maps *ret, const struct process *proc,
			  struct err *err);
void maps_free(struct maps *maps);

/** The mapping @at lies in, or NULL. */
const struct map *maps_find(const struct maps *maps, raddr at);

/** The number of the first mapping that ends above @at; maps->n if none. */
size_t maps_from(const struct maps *maps, raddr at);

static inline uint64_t map_size(const struct map *map)
{
	return map->end - map->start;
}

#endif
