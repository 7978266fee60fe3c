/* SPDX-License-Identifier: MIT */
#ifndef PYABI_MALLOC_GLIBC_H
#define PYABI_MALLOC_GLIBC_H

#include "attach/maps.h"
#include "attach/mem.h"
#include "attach/module.h"
#include "base/vec.h"

/**
 * The memory of glibc's malloc, as a source of blocks: regions, the chunks in
 * them, and the way from an address to its chunk.
 *
 *	glibc_find(&gm, mods, mem, &err);	while it runs
 *	glibc_read(&gm, mem, maps, skip, n, &err);	while it stands
 *	glibc_settle(&gm, &err);		any time later
 *	... glibc_chunk_at(&gm, addr) ...
 *	glibc_fini(&gm);
 *
 * No symbol and no version is needed.  The bins of main_arena that are empty
 * point at themselves; all arenas form a ring; a chunk says how long it is, and
 * the one behind it whether it is in use, and if not, again how long.  What is
 * on a fast list or in a thread's cache looks in use: those lists are followed,
 * over what was noted of each chunk.
 *
 * Nothing is believed: what contradicts itself ends the walk of that region,
 * and what is left of it is in no chunk.  An arena whose regions add up to what
 * it says it has from the system is exact, others say why not.
 *
 * Threads: one at a time.
 * Owner:   glibc_fini(), also after a failure.
 * Facts:   glibc 2.28 to 2.43, malloc/malloc.c and malloc/arena.c, x86-64.
 *          A cache's counts have one byte up to 2.29 and two from 2.30 on; in
 *          2.42 they count down, for 76 lists instead of 64.  Links are mangled
 *          from 2.32 on.  A heap's header has 32 bytes up to 2.34, then 48.
 *          2.43 has no fast bins.  Older and younger ones have another
 *          main_arena, and are not found.
 */
enum glibc_chunk_state {
	GLIBC_USED,
	GLIBC_FREE,		/* in a bin: unsorted, small, large */
	GLIBC_FAST,		/* in a fast bin */
	GLIBC_CACHED,		/* in a thread's cache (tcache) */
	GLIBC_TOP,		/* the end of an arena */
	GLIBC_FENCE,		/* marks the end of a heap */
	GLIBC_MAPPED,		/* in use, and mapped by itself */
	GLIBC_STATES
};

enum {
	GLIBC_CACHE_BYTES = 760,	/* of a thread's cache, at most */
	GLIBC_HEAD = 16,	/* bytes from a chunk to what its owner has */
	GLIBC_LEAST = 32,	/* the smallest that can be given out */
	GLIBC_FAST_BINS = 10,
	GLIBC_WHOSE_BITS = 12,
	GLIBC_TYPE_BITS = 16,
	GLIBC_WHOSE_BYTES = 64,	/* that tell whose a chunk is */
	GLIBC_HEAP_SHIFT = 26,	/* other arenas' heaps start at multiples */
};

struct glibc_chunk {
	raddr at : 48;
	uint64_t type : GLIBC_TYPE_BITS;	/* as opt->type() said */
	uint64_t size : 48;
	uint64_t whose : GLIBC_WHOSE_BITS;	/* as opt->whose() said */
	uint64_t state : 4;	/* enum glibc_chunk_state */
	uint64_t link;		/* first word behind its head, as it stood */
};

/** A run of chunks without a gap. */
struct glibc_region {
	raddr start, end;	/* with the header of a heap */
	raddr known_end;	/* up to here it could be read; else end */
	uint32_t arena;		/* or GLIBC_NO_ARENA: a chunk by itself */
	size_t first, n;	/* chunks */
};

#define GLIBC_NO_ARENA UINT32_MAX

struct glibc_arena {
	raddr at;
	raddr top;
	raddr fast[GLIBC_FAST_BINS];
	uint64_t system;	/* bytes it says it has */
	uint64_t attached;	/* threads that it says use it */
	const char *doubt;	/* NULL: all of it was read and agrees */
	uint64_t heaps, header;	/* bytes of headers of heaps */
};

typedef VEC(struct glibc_chunk) glibc_chunks;

struct glibc_malloc {
	raddr main;		/* main_arena; 0: none was found */
	uint8_t layout;		/* of arenas: see malloc_glibc.c */
	uint32_t arena_bytes, mapped_tail;
	bool mapped_drifts;	/* mapped_bytes is not exact */
	raddr data, data_end;	/* the segment it lies in */
	VEC(struct glibc_arena) arenas;		/* the main one first */
	VEC(struct glibc_region) regions;	/* sorted by start */
	glibc_chunks chunks;			/* as the regions */
	/** What the threads' caches said, as they stood. */
	VEC(struct glibc_cache {
		raddr at;	/* its chunk */
		uint8_t kind;	/* of its layout: see malloc_lists.c */
		uint8_t bytes[GLIBC_CACHE_BYTES];
	}) caches;
	raddr base;		/* mp_.sbrk_base; 0: not known */
	int64_t mapped, mapped_bytes;	/* mp_.n_mmaps, .mmapped_mem; -1 */
	/** mp_.mmap_threshold, where malloc itself has raised it; else 0. */
	uint64_t raised_threshold;
	/** All chunks that are mapped by themselves were found. */
	bool mapped_known;
	int mangled;		/* links are: 0, 1; -1: none was seen */
	uint64_t steps;		/* that lists may still take */
};

/** ERR_VERSION: there is no main_arena that we know. */
MUST_CHECK bool glibc_find(struct glibc_malloc *gm, struct modules *mods,
			   struct mem *mem, struct err *err);

/** The same in one segment; false without a look at @err: not there. */
bool glibc_find_in(struct glibc_malloc *gm, struct mem *mem, raddr start,
		   raddr end);

/** Memory that is known to be somebody else's. */
struct glibc_skip {
	raddr start, end;
};

/**
 * Read every chunk.  Those that are mapped by themselves are looked for in
 * @maps, but not in the @n_skip pieces @skip, sorted.
 *
 * ERR_GONE, ERR_NOMEM, ERR_LIMIT (@most, @end_ns).  What cannot be read or
 * makes no sense is an arena's doubt.
 */
struct glibc_read_options {
	const struct maps *maps;
	const struct glibc_skip *skip;
	size_t n_skip;
	uint64_t most;		/* chunks */
	uint64_t end_ns;	/* monotonic: not later; 0: take your time */
	/** Whose is what holds these @len bytes, at most GLIBC_WHOSE_BYTES?
	 *  Asked of what is in use or looks like it, and noted.  NULL: do not
	 *  ask. */
	unsigned (*whose)(void *arg, const uint8_t *p, uint64_t len);
	void *whose_arg;
	/** ... and of which type is the object there, if those bytes begin one
	 *  that fills @room? */
	unsigned (*type)(void *arg, const uint8_t *p, uint64_t len,
			 uint64_t room);
	void *type_arg;
	bool running;		/* it is at work meanwhile */
};
MUST_CHECK bool glibc_read(struct glibc_malloc *gm, struct mem *mem,
			   const struct glibc_read_options *opt,
			   struct err *err);

/** The part of it that does not read chunks: what arenas there are, and what
 *  mp_ says. */
MUST_CHECK bool glibc_read_books(struct glibc_malloc *gm, struct mem *mem,
				 struct err *err);

/** ... and its heaps, as regions without chunks. */
MUST_CHECK bool glibc_read_heaps(struct glibc_malloc *gm, struct mem *mem,
				 struct err *err);

/** Follow the lists. */
void glibc_settle(struct glibc_malloc *gm);
void glibc_fini(struct glibc_malloc *gm);

/** The chunk that @addr lies in, or NULL. */
struct glibc_chunk *glibc_chunk_at(const struct glibc_malloc *gm, raddr addr);

typedef void glibc_run_fn(void *arg, uint32_t arena, raddr start, raddr end);

/**
 * Whole pages that malloc_trim(0) would give back, resident or not: @fn gets
 * each run, and the number of its arena.  Free chunks are joined with those of
 * fast bins, as it does first, and of the tops only the main one shrinks.
 * @gone: chunks in use that are taken to be free, too, a bit each; or NULL.
 */
void glibc_trimmable(const struct glibc_malloc *gm, const uint64_t *gone,
		     glibc_run_fn *fn, void *arg);

#endif
