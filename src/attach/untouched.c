/* SPDX-License-Identifier: MIT */
#include "attach/untouched.h"

#include <fcntl.h>
#include <unistd.h>

#include "attach/process.h"

enum {
	PAGES = 512,		/* asked for at once */
};

static const uint64_t PRESENT_OR_SWAPPED = 3ull << 62;

void untouched_init(struct untouched *u, const struct process *proc)
{
	*u = (struct untouched){
		.pagemap_fd = openat(proc->mm_fd, "pagemap",
				     O_RDONLY | O_CLOEXEC),
	};
}

void untouched_fini(struct untouched *u)
{
	if (u->pagemap_fd >= 0)
		close(u->pagemap_fd);
	u->pagemap_fd = -1;
	vec_free(&u->files);
}

bool untouched_add(struct untouched *u, raddr start, raddr end,
		   uint64_t offset, int fd, struct err *err)
{
	struct untouched_file *file = vec_add(&u->files, err);

	if (!file)
		return false;
	*file = (struct untouched_file){ start, end, offset, fd };
	return true;
}

/* The first file that ends above @at; files.n if none. */
static size_t file_from(const struct untouched *u, raddr at)
{
	size_t lo = 0, hi = u->files.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (u->files.v[mid].end <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* How many of the @n pages at @at are as the first, and what that is. */
static size_t same_pages(const struct untouched *u, raddr at, uint64_t page,
			 size_t n, bool *ret_touched)
{
	uint64_t entry[PAGES];
	ssize_t got = pread(u->pagemap_fd, entry, n * sizeof(*entry),
			    (off_t)(at / page * sizeof(*entry)));
	size_t same = 1;

	*ret_touched = true;
	if (got < (ssize_t)sizeof(*entry))
		return n;
	n = (size_t)got / sizeof(*entry);
	*ret_touched = entry[0] & PRESENT_OR_SWAPPED;
	while (same < n &&
	       !(entry[same] & PRESENT_OR_SWAPPED) == !*ret_touched)
		same++;
	return same;
}

bool untouched_any(const struct untouched *u, raddr start, raddr end)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), n;
	bool touched = true;

	if (u->pagemap_fd < 0)
		return false;
	for (; start < end && touched; start += n * page) {
		n = (end - start) / page;
		n = same_pages(u, start, page, n < PAGES ? n : PAGES, &touched);
	}
	return start < end || !touched;
}

size_t untouched_run(const struct untouched *u, raddr at, size_t len,
		     int *ret_fd, uint64_t *ret_offset)
{
	size_t i = file_from(u, at);
	const struct untouched_file *file = &u->files.v[i];
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), n;
	bool touched;

	*ret_fd = -1;
	if (u->pagemap_fd < 0 || i == u->files.n)
		return len;
	if (at < file->start)
		return file->start - at < len ? file->start - at : len;
	if (len > file->end - at)
		len = file->end - at;
	n = (addr_up(at + len, page) - addr_down(at, page)) / page;
	n = same_pages(u, at, page, n < PAGES ? n : PAGES, &touched);
	if (n * page - at % page < len)
		len = n * page - at % page;
	if (!touched) {
		*ret_fd = file->fd;
		*ret_offset = file->offset + (at - file->start);
	}
	return len;
}
