/* SPDX-License-Identifier: MIT */
#include "attach/window.h"

#include <stdlib.h>
#include <string.h>

enum {
	NO_PAGE = 1,		/* no address of one; 0 is, if unreadable */
};

static const void *window_peek(struct mem *mem, raddr at, size_t len)
{
	struct window *win = (struct window *)mem;

	if (len > win->len || at - win->start > win->len - len)
		return NULL;
	return win->buf + (at - win->start);
}

/* The cached page of @at; NULL: it cannot be read, or the tracee is gone. */
static const uint8_t *page_of(struct window *win, raddr at, struct err *err)
{
	raddr page = addr_down(at, ADDR_PAGE);
	size_t i = (page / ADDR_PAGE ^ page >> 21) % WINDOW_PAGES;
	uint8_t *to = win->pages + i * ADDR_PAGE;

	if (win->page[i] == page)
		return to;
	win->page[i] = NO_PAGE;
	if (mem_read_some(win->live, page, to, ADDR_PAGE, err) != ADDR_PAGE)
		return NULL;
	win->page[i] = page;
	return to;
}

static int64_t window_read(struct mem *mem, raddr at, void *buf, size_t len,
			   struct err *err)
{
	struct window *win = (struct window *)mem;
	const void *p = window_peek(mem, at, len);
	size_t off = at % ADDR_PAGE;

	if (p) {
		memcpy(buf, p, len);
		return (int64_t)len;
	}
	if (len > ADDR_PAGE - off)
		return mem_read_some(win->live, at, buf, len, err);
	err->code = ERR_NONE;
	p = page_of(win, at, err);
	if (!p)
		return err->code == ERR_GONE ? -1 : 0;
	memcpy(buf, (const uint8_t *)p + off, len);
	return (int64_t)len;
}

static const struct mem_ops window_ops = {
	.read = window_read,
	.peek = window_peek,
};

bool window_init(struct window *win, struct mem *live, struct err *err)
{
	memset(win, 0, sizeof(*win));
	win->mem.ops = &window_ops;
	win->live = live;
	for (size_t i = 0; i < WINDOW_PAGES; i++)
		win->page[i] = NO_PAGE;
	win->buf = malloc(WINDOW_SIZE);
	win->pages = malloc((size_t)WINDOW_PAGES * ADDR_PAGE);
	return win->buf && win->pages ? true : err_nomem(err);
}

void window_fini(struct window *win)
{
	free(win->buf);
	free(win->pages);
	win->buf = win->pages = NULL;
}

bool window_move(struct window *win, raddr start, uint64_t len,
		 struct err *err)
{
	int64_t got;

	win->start = start;
	win->len = 0;
	if (len > WINDOW_SIZE)
		len = WINDOW_SIZE;
	got = mem_read_some(win->live, start, win->buf, len, err);
	if (got < 0)
		return false;
	win->len = (uint64_t)got;
	return true;
}
