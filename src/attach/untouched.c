/* SPDX-License-Identifier: MIT */
/*
 * Ask the page table before a page is read.
 *
 * Small reads come by the thousand, so what was seen to be there is noted, a
 * bit a page, with its neighbours, and not asked for again.  That a page is not there is never
 * noted: the tracee may touch it any time.  One that goes away after it was
 * seen is read all the same; that costs the tracee a page of zeros, and only
 * who wants to harm himself can make more of it.
 *
 * Without a pagemap (a kernel without CONFIG_PROC_PAGE_MONITOR) memory of no
 * file and segments are read as if they were there, and nothing else is.
 */
#include "attach/untouched.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "attach/module.h"
#include "attach/process.h"
#include "base/lock.h"

enum {
	PAGES = 512,		/* asked for at once: 2 MiB */
	SPAN_PAGES = 32,
};

static const uint64_t PRESENT = 1ull << 63, SWAPPED = 1ull << 62,
		      GUARD = 1ull << 58, PROTECTED = 1ull << 57;

void untouched_init(struct untouched *u, const struct process *proc)
{
	memset(u, 0, sizeof(*u));
	u->proc = proc;
	u->pagemap_fd = openat(proc->mm_fd, "pagemap", O_RDONLY | O_CLOEXEC);
	/* To open a file may take a look at memory, which asks again. */
	lock_init_recursive(&u->lock);
}

void untouched_fini(struct untouched *u)
{
	if (u->pagemap_fd >= 0)
		close(u->pagemap_fd);
	u->pagemap_fd = -1;
	u->mods = NULL;
	maps_free(&u->later);
	pthread_mutex_destroy(&u->lock);
}

void untouched_know(struct untouched *u, struct modules *mods)
{
	u->mods = mods;
	u->asked_again = false;
	memset(u->there, 0, sizeof(u->there));
}

/* -- Is it there? --------------------------------------------------------- */

enum page { PAGE_ABSENT, PAGE_THERE, PAGE_GUARD };

static enum page page_of(uint64_t entry)
{
	if (entry & PRESENT)
		return PAGE_THERE;
	if (entry & GUARD)
		return PAGE_GUARD;
	return (entry & (SWAPPED | PROTECTED)) == SWAPPED ? PAGE_THERE :
							     PAGE_ABSENT;
}

static uint64_t *untouched_span(struct untouched *u, uint64_t page)
{
	return &u->there[page / SPAN_PAGES % UNTOUCHED_SPANS];
}

static bool was_there(struct untouched *u, uint64_t page)
{
	uint64_t seen = __atomic_load_n(untouched_span(u, page),
					__ATOMIC_RELAXED);

	return seen >> 32 == page / SPAN_PAGES &&
	       seen >> page % SPAN_PAGES & 1;
}

/* Two who note at once may lose one note: then it is asked for again. */
static void note_there(struct untouched *u, uint64_t page)
{
	uint64_t *span = untouched_span(u, page);
	uint64_t seen = __atomic_load_n(span, __ATOMIC_RELAXED);

	if (seen >> 32 != page / SPAN_PAGES)
		seen = page / SPAN_PAGES << 32;
	__atomic_store_n(span, seen | 1ull << page % SPAN_PAGES,
			 __ATOMIC_RELAXED);
}

/* How many of the @n pages from @page on are as the first, and what that is.
 * What cannot be asked for counts as there: the address space may be gone, and
 * who reads it is told. */
static uint64_t same_pages(struct untouched *u, uint64_t page, uint64_t n,
			   enum page *ret)
{
	uint64_t entry[PAGES], same = 0, before;
	ssize_t got;

	*ret = PAGE_THERE;
	while (same < n && was_there(u, page + same))
		same++;
	if (same)
		return same;
	before = page % SPAN_PAGES;
	n = n < PAGES - before ? n : PAGES - before;
	do
		got = pread(u->pagemap_fd, entry,
			    addr_up(before + n, SPAN_PAGES) * sizeof(*entry),
			    (off_t)((page - before) * sizeof(*entry)));
	while (got < 0 && errno == EINTR);
	got = got < 0 ? 0 : got / (ssize_t)sizeof(*entry);
	if ((uint64_t)got <= before)
		return n;
	for (uint64_t i = 0; i < (uint64_t)got; i++) {
		if (page_of(entry[i]) == PAGE_THERE)
			note_there(u, page - before + i);
	}
	*ret = page_of(entry[before]);
	while (same < n && before + same < (uint64_t)got &&
	       page_of(entry[before + same]) == *ret)
		same++;
	return same;
}

bool untouched_none(struct untouched *u, raddr at, uint64_t len)
{
	while (len) {
		struct untouched_run run = untouched_run(u, at, len);

		if (run.from != FROM_TRACEE)
			return false;
		at += run.len;
		len -= run.len;
	}
	return true;
}

/* -- What is it, if not? -------------------------------------------------- */

static void in_file(struct untouched *u, const struct map *map, raddr at,
		    struct untouched_run *run)
{
	struct module *mod = modules_find(u->mods, map->start);

	if (mod && !map->shared && module_loads(mod, map))
		run->fd = module_file(mod);
	if (run->fd < 0)
		return;
	run->from = FROM_FILE;
	run->offset = map->offset + (at - map->start);
}

/* All processes of a kernel and of one width have the same. */
static void in_vdso(const struct map *map, raddr at, struct untouched_run *run)
{
	const char *ours = (const char *)getauxval(AT_SYSINFO_EHDR);

	if (!ours)
		return;
	run->from = FROM_OURSELVES;
	run->ours = ours + (at - map->start);
}

/* "[heap]", "[stack]" and "[anon:a name that was given]" are memory of no
 * file; other names in brackets are the kernel's own. */
static bool is_anonymous(const struct map *map)
{
	return !map->inode && !map->shared &&
	       (map->path[0] != '[' || strchr("has", map->path[1]));
}

/* It may be younger than what we know: the stack of a new thread, say. */
static const struct map *later_map(struct untouched *u, raddr at)
{
	struct err ignored;

	if (!u->asked_again) {
		u->asked_again = true;
		maps_free(&u->later);
		if (!maps_read(&u->later, u->proc, &ignored))
			return NULL;
	}
	return maps_find(&u->later, at);
}

static void ask_map(const struct map *map, raddr at, struct untouched_run *run)
{
	if (run->len > map->end - at)
		run->len = map->end - at;
	if (is_anonymous(map))
		run->from = FROM_NOWHERE;
	else if (strcmp(map->path, "[vdso]") == 0)
		in_vdso(map, at, run);
}

static void ask_maps(struct untouched *u, raddr at, struct untouched_run *run)
{
	const struct map *map = u->mods ? maps_find(u->mods->maps, at) : NULL;

	pthread_mutex_lock(&u->lock);
	if (!map)
		map = later_map(u, at);
	else if (map->inode)
		in_file(u, map, at, run);
	if (map)
		ask_map(map, at, run);
	pthread_mutex_unlock(&u->lock);
}

struct untouched_run untouched_run(struct untouched *u, raddr at, uint64_t len)
{
	struct untouched_run run = {
		.len = len, .from = FROM_NOBODY, .fd = -1,
	};
	enum page page;
	uint64_t n;

	if (u->pagemap_fd < 0) {
		ask_maps(u, at, &run);
		if (run.from != FROM_NOBODY)
			run.from = FROM_TRACEE;
		return run;
	}
	n = addr_up(at % ADDR_PAGE + len, ADDR_PAGE) / ADDR_PAGE;
	n = same_pages(u, at / ADDR_PAGE, n, &page) * ADDR_PAGE -
	    at % ADDR_PAGE;
	if (n < run.len)
		run.len = n;
	if (page == PAGE_THERE)
		run.from = FROM_TRACEE;
	else if (page == PAGE_ABSENT)
		ask_maps(u, at, &run);
	return run;
}
