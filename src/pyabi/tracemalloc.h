/* SPDX-License-Identifier: MIT */
#ifndef PYABI_TRACEMALLOC_H
#define PYABI_TRACEMALLOC_H

#include "attach/maps.h"
#include "pyabi/object.h"
#include "pyabi/runtime.h"
#include "result/traces.h"

/**
 * tracemalloc's tables, read from outside: which blocks it traces, and where
 * each was allocated.
 *
 * Its variables are members of _PyRuntime from 3.12 on, and static before
 * (ABI_SHAPE_TRACEMALLOC).  Where no symbol tells of those, they are looked for
 * in the interpreter's data by what they point at, which is possible while
 * there is a trace; what stands beside them is known by its value.
 *
 * Facts: Modules/_tracemalloc.c (.. 3.11), Python/tracemalloc.c (3.12 ..).
 */
struct tracemalloc {
	/** Where its variables are; 0: not known, or it has none such. */
	raddr config, traced, peak;
	raddr traces, domains, tracebacks, filenames;
};

/**
 * Find the variables.  All are 0 where it was never started, and no symbol
 * tells of them.  @mem may be of a target that runs: where variables are does
 * not change.  ERR_GONE, ERR_NOMEM.
 */
MUST_CHECK bool tracemalloc_find(struct tracemalloc *ret,
				 const struct runtime *rt,
				 const struct maps *maps, struct pyctx *ctx,
				 struct err *err);

/** Those that are still 0, by what they point at, among the words from @start
 *  to @end. */
MUST_CHECK bool tracemalloc_search(struct tracemalloc *ret, raddr start,
				   raddr end, const struct maps *maps,
				   struct pyctx *ctx, struct err *err);

/**
 * Read the tables.  What makes no sense is counted in ret->lost, as is what
 * they say to have and have not: somebody is at work on them then, or they lie.
 * Blocks come as they stand there: see traces_sort().
 * @ret need not be empty, and is to be released also after a failure.
 */
MUST_CHECK bool tracemalloc_read(struct traces *ret,
				 const struct tracemalloc *tm,
				 struct pyctx *ctx, struct err *err);

/**
 * Read all that tracemalloc_read() will, and keep nothing: for a copy that is
 * made as it is read, and in less time.
 *
 * @has_time is asked now and then: ERR_LIMIT, once it says no.
 */
MUST_CHECK bool tracemalloc_touch(const struct tracemalloc *tm,
				  struct pyctx *ctx,
				  bool (*has_time)(void *arg), void *arg,
				  struct err *err);

/** Is it tracing?  DUMP_UNKNOWN: that is not told but by its tables. */
int tracemalloc_is_tracing(const struct tracemalloc *tm, struct pyctx *ctx);

#endif
