/* SPDX-License-Identifier: MIT */
#ifndef RESULT_TRACES_H
#define RESULT_TRACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addrmap.h"
#include "base/strset.h"
#include "base/vec.h"

/**
 * What tracemalloc knows in a process: the blocks that it traces, and where
 * each was allocated, as plain data.
 *
 * Units: bytes.  DUMP_UNKNOWN (-1) is a number that could not be had.
 * Owner: traces_fini().  Names of files and types are foreign: escape them.
 */
struct traces_frame {
	uint32_t file;		/* in traces->files */
	uint32_t line;
};

/** The frames are the most recent ones, the most recent first. */
struct traces_traceback {
	uint32_t first, n;	/* in traces->frames */
	uint32_t total;		/* how many there were; 0: not told (.. 3.8) */
};

struct traces_block {
	raddr at;
	uint64_t size;		/* as it was asked for */
	uint32_t domain;
	uint32_t traceback;	/* its number */
	uint32_t type;		/* in traces->types; STRSET_NONE: nobody's */
	bool is_object;		/* of that type; else a buffer of one */
};

struct traces {
	int tracing;		/* 0, 1 */
	int64_t max_frames;	/* of a traceback */
	int64_t traced, peak;	/* as tracemalloc.get_traced_memory() */
	int64_t tables;		/* ... get_tracemalloc_memory() */
	int64_t records;	/* what it needs besides and does not count */
	int64_t lost;		/* by so many blocks what was found differs
				   from what its tables say to have */
	VEC(struct traces_block) blocks;	/* once sorted, by address */
	VEC(struct traces_traceback) tracebacks;
	VEC(struct traces_frame) frames;
	struct strset files, types;
};

struct traces_sum {
	int64_t count, bytes;
};

/** Blocks of one domain with one traceback. */
struct traces_group {
	uint32_t traceback, domain;
	struct traces_sum sum;
};

struct traces_groups {
	VEC(struct traces_group) all;	/* as they came */
	struct addrmap by_key;
};

void traces_fini(struct traces *traces);

MUST_CHECK bool traces_group(struct traces_groups *ret,
			     const struct traces *traces, struct err *err);
void traces_groups_fini(struct traces_groups *groups);

/** The number of the group that @block is in. */
uint32_t traces_group_of(const struct traces_groups *groups,
			 const struct traces_block *block);

/** By address, then by domain. */
void traces_sort(struct traces *traces);

#endif
