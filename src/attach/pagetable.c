/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/pagemap, read where there is something.
 *
 * Address space may be vast and empty, so PAGEMAP_SCAN is asked first where the
 * pages are, and only those are read one by one.
 */
#include "attach/pagetable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attach/process.h"
#include "base/clock.h"
#include "base/ranges.h"

static const uint64_t PRESENT = 1ull << 63, SWAPPED = 1ull << 62,
		      OF_FILE = 1ull << 61, GUARD = 1ull << 58,
		      PROTECTED = 1ull << 57, EXCLUSIVE = 1ull << 56,
		      FRAME = (1ull << 55) - 1;

enum { ENTRIES = 4096, REGIONS = 512 };

/* linux/fs.h, which is not everywhere new enough to have it. */
struct scan_region {
	uint64_t start, end, categories;
};

struct scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t inverted, all_of, any_of, wanted;
};

#define SCAN_IOCTL _IOWR('f', 16, struct scan_arg)
enum {
	SCAN_FILE = 1 << 2, SCAN_PRESENT = 1 << 3, SCAN_SWAPPED = 1 << 4,
	SCAN_ZERO = 1 << 5, SCAN_HUGE = 1 << 6,
};

struct reader {
	int fd;
	struct pagetable *pt;
	bool can_scan;
	uint64_t zero_frame;	/* 0: not known */
	struct err *err;
	uint64_t entry[ENTRIES];
	struct scan_region region[REGIONS];
};

bool pagetable_add(struct pagetable *pt, raddr start, raddr end,
		   unsigned flags, struct err *err)
{
	struct page_run *last = pt->runs.n ? &pt->runs.v[pt->runs.n - 1] :
					     NULL;

	if (last && last->end == start && last->flags == flags) {
		last->end = end;
		return true;
	}
	last = vec_add(&pt->runs, err);
	if (last)
		*last = (struct page_run){ start, end, flags };
	return last != NULL;
}

static bool add_run(struct reader *r, raddr start, raddr end, unsigned flags)
{
	return !flags || pagetable_add(r->pt, start, end, flags, r->err);
}

static unsigned flags_of(struct reader *r, uint64_t entry)
{
	if (!(entry & PRESENT)) {
		if (entry & GUARD)
			return 0;
		return (entry & (SWAPPED | PROTECTED)) == SWAPPED ?
			       PAGE_SWAPPED : 0;
	}
	if (entry & EXCLUSIVE)
		return PAGE_RESIDENT;
	/* The page of zeros is of no file, and nobody's alone. */
	if (!(entry & OF_FILE) && !r->can_scan) {
		if (r->zero_frame && (entry & FRAME) == r->zero_frame)
			return 0;
		r->pt->overstated |= !r->zero_frame;
	}
	return PAGE_RESIDENT | PAGE_SHARED;
}

static bool has_time(struct reader *r)
{
	return !r->pt->end_ns || clock_now_ns() < r->pt->end_ns ||
	       err_set(r->err, ERR_LIMIT, "its page table takes too long");
}

/* @huge: PAGE_HUGE, or 0. */
static bool read_entries(struct reader *r, raddr start, raddr end,
			 unsigned huge)
{
	while (start < end) {
		uint64_t n = (end - start) / ADDR_PAGE;
		ssize_t got;

		if (!has_time(r))
			return false;
		got = pread(r->fd, r->entry, (n < ENTRIES ? n : ENTRIES) * 8,
			    (off_t)(start / ADDR_PAGE * 8));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(r->err, errno, "its page table");
		if (got < 8)
			return true;	/* gone, which others will notice */
		for (ssize_t i = 0; i < got / 8; i++, start += ADDR_PAGE) {
			unsigned flags = flags_of(r, r->entry[i]);

			if (flags & PAGE_RESIDENT)
				flags |= huge;
			if (!add_run(r, start, start + ADDR_PAGE, flags))
				return false;
		}
	}
	return true;
}

static bool read_regions(struct reader *r, long n)
{
	for (long i = 0; i < n; i++) {
		const struct scan_region *reg = &r->region[i];

		if (!(reg->categories & SCAN_ZERO) &&
		    !read_entries(r, reg->start, reg->end,
				  (reg->categories & SCAN_HUGE) &&
				  !(reg->categories & SCAN_FILE) ?
					  PAGE_HUGE : 0))
			return false;
	}
	return true;
}

static bool scan(struct reader *r, raddr start, raddr end)
{
	while (start < end) {
		struct scan_arg arg = {
			.size = sizeof(arg), .start = start, .end = end,
			.vec = (uint64_t)(uintptr_t)r->region,
			.vec_len = REGIONS,
			.any_of = SCAN_PRESENT | SCAN_SWAPPED,
			.wanted = SCAN_FILE | SCAN_PRESENT | SCAN_SWAPPED |
				  SCAN_ZERO | SCAN_HUGE,
		};
		long n;

		if (!has_time(r))
			return false;
		n = ioctl(r->fd, SCAN_IOCTL, &arg);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			r->can_scan = false;
			return read_entries(r, start, end, 0);
		}
		if (!read_regions(r, n))
			return false;
		if (arg.walk_end <= start)
			return true;
		start = arg.walk_end;
	}
	return true;
}

/* Which frame is it that all our own untouched pages show? */
static uint64_t zero_frame(void)
{
	volatile char *page = mmap(NULL, ADDR_PAGE, PROT_READ,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	if (page != MAP_FAILED && fd >= 0) {
		(void)*page;
		if (pread(fd, &entry, 8, (off_t)((uintptr_t)page / ADDR_PAGE *
						 8)) != 8)
			entry = 0;
	}
	if (fd >= 0)
		close(fd);
	if (page != MAP_FAILED)
		munmap((void *)page, ADDR_PAGE);
	return entry & FRAME;
}

/* The kernel counts none of these. */
static bool is_memory(const struct map *map)
{
	return map->start < 1ull << 47 && strncmp(map->path, "[vvar", 5) != 0 &&
	       strcmp(map->path, "[vsyscall]") != 0 &&
	       strncmp(map->path, "/anon_hugepage", 14) != 0 &&
	       (strncmp(map->path, "/dev/", 5) != 0 ||
		strncmp(map->path, "/dev/shm/", 9) == 0 ||
		strncmp(map->path, "/dev/zero", 9) == 0);
}

bool pagetable_read(struct pagetable *ret, const struct process *proc,
		    const struct maps *maps, struct err *err)
{
	struct reader *r = malloc(sizeof(*r));
	bool ok = true;

	*ret = (struct pagetable){ .no_scan = ret->no_scan,
				   .end_ns = ret->end_ns };
	if (!r)
		return err_nomem(err);
	*r = (struct reader){ .pt = ret, .can_scan = !ret->no_scan,
			      .err = err };
	r->fd = openat(proc->mm_fd, "pagemap", O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		ok = err_sys(err, errno, "its page table");
	r->zero_frame = zero_frame();
	for (size_t i = 0; ok && i < maps->n; i++) {
		const struct map *map = &maps->v[i];

		if (is_memory(map))
			ok = r->can_scan ? scan(r, map->start, map->end) :
				read_entries(r, map->start, map->end, 0);
	}
	if (r->fd >= 0)
		close(r->fd);
	free(r);
	return ok;
}

void pagetable_fini(struct pagetable *pt)
{
	vec_free(&pt->runs);
	memset(pt, 0, sizeof(*pt));
}

size_t pagetable_from(const struct pagetable *pt, raddr at)
{
	return ranges_from(&pt->runs, at);
}

uint64_t pagetable_resident(const struct pagetable *pt, raddr start, raddr end)
{
	uint64_t sum = 0;

	for (size_t i = pagetable_from(pt, start);
	     i < pt->runs.n && pt->runs.v[i].start < end; i++) {
		const struct page_run *run = &pt->runs.v[i];
		raddr from = run->start < start ? start : run->start;
		raddr to = run->end > end ? end : run->end;

		if (run->flags & PAGE_RESIDENT)
			sum += to - from;
	}
	return sum;
}
