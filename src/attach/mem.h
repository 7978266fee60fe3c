/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_MEM_H
#define ATTACH_MEM_H

#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"

#ifdef RESULTS_ONLY
#error "formats and panels get results, and never read a target"
#endif

/**
 * The bytes of a tracee, read-only.
 *
 * Behind it may stand a live process, a copy of one or a test's array; nobody
 * above this header can tell which.
 *
 * Units:   addresses and lengths count bytes of the tracee.
 * Threads: one reader at a time, except where an implementation says more.
 * Owner:   whoever made the implementation around it.
 */
struct mem {
	const struct mem_ops *ops;
	/** Counted by mem_read() and mem_read_some(): what was copied. */
	uint64_t bytes_read;
};

/** One piece of a batch: @len bytes at @at to @buf; @ok says if all came. */
struct mem_piece {
	raddr at;
	void *buf;
	uint32_t len;
	bool ok;
};

enum { MEM_WORTH_NOTICE = 4 << 20 };	/* bytes */

struct mem_ops {
	/** Up to @len bytes: how many came before the first that would not.
	 *  -1: the tracee is gone, @err is set. */
	int64_t (*read)(struct mem *mem, raddr at, void *buf, size_t len,
			struct err *err);
	/** Optional: many small pieces at once.  False: the tracee is gone. */
	bool (*batch)(struct mem *mem, struct mem_piece *piece, size_t n,
		      struct err *err);
	/** Optional: a pointer to @len bytes that need no copy, or NULL. */
	const void *(*peek)(struct mem *mem, raddr at, size_t len);
	/** Optional: all of it will be read now, piece by piece; what costs
	 *  less at once may be done. */
	void (*want)(struct mem *mem, raddr at, uint64_t len);
	/** Optional: put the whole pages [at, at + len) at @where, memory of
	 *  ours that nobody uses, to be read and without a copy.  False: they
	 *  are to be read, and @where is as it was. */
	bool (*map)(struct mem *mem, raddr at, uint64_t len, void *where);
};

/**
 * Read exactly @len bytes at @at into @buf.
 *
 * False leaves @buf unspecified and sets @err: ERR_FAULT with the first
 * unreadable address, ERR_GONE if the tracee exited.
 */
MUST_CHECK bool mem_read(struct mem *mem, raddr at, void *buf, size_t len,
			 struct err *err);

/** As many of @len bytes as are readable from @at on; -1: ERR_GONE. */
MUST_CHECK int64_t mem_read_some(struct mem *mem, raddr at, void *buf,
				 size_t len, struct err *err);

/** Read @n pieces, each by itself; false only if the tracee is gone. */
MUST_CHECK bool mem_read_batch(struct mem *mem, struct mem_piece *piece,
			       size_t n, struct err *err);

/** Give notice that [at, at + len) will be read, in order. */
static inline void mem_want(struct mem *mem, raddr at, uint64_t len)
{
	if (len >= MEM_WORTH_NOTICE && mem->ops->want)
		mem->ops->want(mem, at, len);
}

MUST_CHECK bool mem_u64(struct mem *mem, raddr at, uint64_t *ret,
			struct err *err);
MUST_CHECK bool mem_u32(struct mem *mem, raddr at, uint32_t *ret,
			struct err *err);

/**
 * A NUL-terminated string of at most @size - 1 bytes; longer ones are cut.
 * The bytes are foreign: escape before printing.
 */
MUST_CHECK bool mem_cstr(struct mem *mem, raddr at, char *buf, size_t size,
			 struct err *err);

#endif
