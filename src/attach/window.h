/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_WINDOW_H
#define ATTACH_WINDOW_H

#include "attach/mem.h"

/**
 * A running tracee through a small window: the piece that is being looked at
 * is in memory of ours and can be peeked at, all else is read as needed, with a
 * cache of pages for what is asked for again and again.
 *
 * Pages may be out of date: the tracee runs.
 *
 * Threads: one; several windows may share @live.
 */
enum { WINDOW_SIZE = 1 << 20, WINDOW_PAGES = 512 };

struct window {
	struct mem mem;
	struct mem *live;
	raddr start;
	uint64_t len;		/* of what is in buf */
	uint8_t *buf;		/* WINDOW_SIZE */
	raddr page[WINDOW_PAGES];	/* whose bytes are in pages, if any's */
	uint8_t *pages;
};

MUST_CHECK bool window_init(struct window *win, struct mem *live,
			    struct err *err);
void window_fini(struct window *win);

/** Move the window to @start, @len bytes at most; as many as are readable are
 *  in it then (win->len).  False: the tracee is gone. */
MUST_CHECK bool window_move(struct window *win, raddr start, uint64_t len,
			    struct err *err);

#endif
