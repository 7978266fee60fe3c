/* SPDX-License-Identifier: MIT */
#ifndef RESULT_ACCOUNT_H
#define RESULT_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addrmap.h"
#include "base/err.h"
#include "base/vec.h"
#include "result/trend.h"

/**
 * Where the resident memory of a process is, as plain data.
 *
 * Units: bytes.  DUMP_UNKNOWN (-1) is a number that could not be had.
 * Owner: account_fini().
 */
enum { ACCOUNT_DEPTH = 4 };

/** Each resident byte is in exactly one.  @path is a way down a tree, from
 *  "python", "data", "native", "free", "overhead", "stacks", "tls", "files", "mappings"
 *  or "unknown"; NULL where it ends.  Foreign: escape it. */
struct account_leaf {
	char *path[ACCOUNT_DEPTH];
	int64_t bytes, swapped;
	int64_t shared;		/* of bytes: mapped by others, too */
	int64_t huge;		/* of bytes: in huge pages, where known */
	int64_t count;		/* of blocks, chunks, mappings, threads */
};

struct account_allocator {
	const char *name;	/* "pymalloc", "malloc", "jemalloc" */
	int64_t arenas;		/* of account.other: mappings */
	int64_t resident, used, free;	/* the rest is overhead, or unknown */
	int64_t trimmable;	/* what malloc_trim(0) would give back */
};

/** An arena: memory that an allocator has from the system in one piece. */
struct account_arena {
	uint64_t at;
	int64_t size, resident;
	int64_t used;		/* what is in use: of blocks of pools, all */
	/** A part of it was never used yet: it says nothing of a past peak. */
	bool filling;
};

/**
 * An arena of glibc's malloc, by its chunks, resident or not.  used, and what
 * is not in it but in free, header of arenas and heaps beside, is @arena.size.
 */
struct account_malloc {
	struct account_arena arena;	/* the first is the main one */
	int64_t heaps;
	int64_t free, cached;	/* cached: of free, in caches of threads */
	int64_t largest;	/* run of free chunks that is not the top */
	int64_t large;		/* resident, of such runs of 128 KiB or more */
	int64_t top;
	int64_t trimmable;	/* resident; -1: it was not read to its end */
	int64_t attached;	/* threads, as it counts them itself */
	VEC(int) threads;	/* who they are; none: not known */
};

/** Objects that keep arenas which are nearly empty. */
struct account_kept {
	char *type;
	bool interned;		/* of str: those that Python interned */
	int64_t count, bytes;	/* objects; with buffers */
	int64_t buffers;	/* blocks of theirs beside */
};

/** An object with data of its own, as an array has: a page of it or more. */
struct account_owner {
	uint64_t address;
	char *type;
	int64_t bytes;		/* resident */
	int64_t size;		/* as was set aside */
	bool inferred;		/* words of it lead there, it does not say so */
};

enum { ACCOUNT_OWNERS = 100 };	/* that are told */

/** The lowest limit that cgroups set, as the kernel has it; -1: not known. */
struct account_cgroup {
	int version;		/* 1, 2; 0: there is no limit */
	int64_t limit, usage, high;
	int64_t anon, file, kernel;	/* what counts against it */
	int64_t oom_kills, met;	/* killed for it; how often it was met */
	int64_t shmem;		/* of file: shared memory, which stays */
	/** Of account_cgroup_foresee(): how what stays grows, bytes a second,
	 *  NAN: not known; and when it reaches the limit, -1: it does not,
	 *  or that is not known. */
	double rate;
	int64_t seconds_to_limit;
};

/** What counts against the limit but page cache, which gives way before the
 *  limit is enforced; -1: not known. */
int64_t account_cgroup_held(const struct account_cgroup *cg);

/** Will it reach the limit, and when?  @held: of all looks, this one too. */
void account_cgroup_foresee(struct account_cgroup *cg,
			    const struct trend *held);

/** "of a limit of 4.0 GiB; at +31.0 MiB/h it is reached in 2 d 13 h"; "":
 *  there is no limit. */
enum { ACCOUNT_LIMIT_TEXT = 128 };
const char *account_cgroup_limit(char buf[ACCOUNT_LIMIT_TEXT],
				 const struct account_cgroup *cg);

/** Something that would give memory back. */
struct account_advice {
	const char *what;	/* one word for programs */
	int64_t bytes;
	char text[240];
};

struct account {
	int64_t rss;		/* the sum of all leaves */
	/** They are what a core file holds, resident or not; of mappings that
	 *  can be read or written it holds no more than that. */
	bool of_core;
	struct {
		int64_t files, memory;	/* bytes of these that it left out */
	} left_out;
	VEC(struct account_leaf) leaves;	/* largest first */
	struct addrmap by_path;		/* their numbers, by hash; till sorted */
	VEC(struct account_allocator) allocators;
	/** Of these the one that serves malloc() and is not glibc's, of which
	 *  no more is known than its mappings; NULL: there is none. */
	const char *other;
	struct account_cgroup cgroup;
	VEC(struct account_advice) advice;	/* what matters most first */
	VEC(struct account_owner) owners;	/* largest first */
	int64_t owners_all;		/* how many there are */
	VEC(struct account_arena) pools;	/* of pymalloc, by address */
	VEC(struct account_malloc) malloc;	/* as malloc has them */
	/** Blocks of malloc's from this size on are mapped by themselves, since
	 *  one that was has been freed; 0: that is not so, or not known. */
	int64_t raised_threshold;
	/** Those of pymalloc that are nearly empty. */
	struct {
		int64_t arenas, blocks;
		int64_t resident;	/* of these arenas */
		int64_t nameless;	/* blocks of no object in kept_by */
		/** Of resident: where nothing but kept_by is in use; -1: of
		 *  a core. */
		int64_t releasable;
		VEC(struct account_kept) kept_by;	/* most first */
	} sparse;
	/** Pages of glibc's malloc that are nearly empty: small blocks keep
	 *  malloc_trim(0) from giving them back. */
	struct {
		int64_t pages, resident, blocks;
		/** What malloc_trim(0) would give back without these blocks,
		 *  besides what it would now; -1: of a core. */
		int64_t releasable;
		/** Whose blocks: path, count and bytes are set.  Most first. */
		VEC(struct account_leaf) held_by;
	} sparse_malloc;
};

/** The number of the leaf of that path, made if need be, or -1: out of memory.
 *  NULL ends it. */
int64_t account_leaf(struct account *acc, const char *a, const char *b,
		     const char *c, const char *d, struct err *err);

/** What all leaves whose path begins so have together; NULL: any. */
int64_t account_sum(const struct account *acc, const char *a, const char *b,
		    const char *c);

/** As strcmp() orders, by their paths. */
int account_path_order(const struct account_leaf *l,
		       const struct account_leaf *r);

/** Drop leaves of nothing, order the rest, largest first. */
void account_sort(struct account *acc);
void account_fini(struct account *acc);

#endif
