/* SPDX-License-Identifier: MIT */
/*
 * Reading another process.
 *
 *  - A read at a hole gives the bytes before it, then EIO or EFAULT.
 *  - An open /proc/PID/mem stays with its address space: after exec or exit it
 *    reads 0 bytes.  process_vm_readv() reads whatever program the process
 *    runs by now; so the old address space is checked to be alive *after* each
 *    such read, before its bytes are believed.
 *  - process_vm_readv() stops at the first unreadable byte and tells only how
 *    many bytes came: the piece it happened in follows from the sum.
 *
 * This is the only file that makes a pointer of a tracee's address.
 *
 * Facts: process_vm_readv(2), proc(5); Linux 6.18, fs/proc/base.c, mm/gup.c.
 */
#include "attach/live.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "attach/process.h"
#include "attach/untouched.h"

enum {
	PIECE = 1 << 20,	/* bytes per read: beyond it gets slower */
	BATCH = 1024,		/* iovecs per call: UIO_MAXIOV */
	FEW = 2,		/* pieces that are not worth a batch */
};

static struct live *live_of(struct mem *mem)
{
	return (struct live *)mem;
}

static bool gone(const struct live *lv, struct err *err)
{
	return err_set(err, ERR_GONE,
		       "process %d has exited or started another program",
		       (int)lv->proc->pid);
}

/* No page at 0, but an error there; nothing at all once the space is gone. */
static bool is_alive(const struct live *lv)
{
	char byte;

	if (lv->mem_fd >= 0)
		return pread(lv->mem_fd, &byte, 1, 0) != 0;
	if (lv->proc->maps_fd >= 0)
		return pread(lv->proc->maps_fd, &byte, 1, 0) == 1;
	return true;
}

static bool vm_is_refused(int sys)
{
	return sys == EPERM || sys == ENOSYS;
}

/* -1 with errno; never a byte of another program. */
static ssize_t vm_read(struct live *lv, raddr at, void *buf, size_t len)
{
	struct iovec here = {.iov_base = buf, .iov_len = len};
	struct iovec there = {.iov_base = (void *)(uintptr_t)at,
			      .iov_len = len};
	ssize_t got = process_vm_readv(lv->proc->tid, &here, 1, &there, 1, 0);

	if ((got < 0 && errno == ESRCH) || !is_alive(lv)) {
		errno = ESRCH;
		return -1;
	}
	return got;
}

/* An address beyond the tracee's reach is EINVAL: a hole like any other. */
static ssize_t file_read(struct live *lv, raddr at, void *buf, size_t len)
{
	ssize_t got = pread(lv->mem_fd, buf, len, (off_t)at);

	if (got == 0) {
		errno = ESRCH;
		return -1;
	}
	return got;
}

/* What it has not touched comes from its file; if that is shorter by now, or
 * gone, from the tracee after all. */
static ssize_t read_run(struct live *lv, raddr at, void *buf, size_t len)
{
	uint64_t offset;
	ssize_t got;
	int fd;

	if (lv->untouched) {
		len = untouched_run(lv->untouched, at, len, &fd, &offset);
		got = fd < 0 ? 0 : pread(fd, buf, len, (off_t)offset);
		if (got > 0)
			return got;
	}
	if (lv->mem_fd >= 0)
		return file_read(lv, at, buf, len);
	return vm_read(lv, at, buf, len);
}

static int64_t live_read(struct mem *mem, raddr at, void *buf, size_t len,
			 struct err *err)
{
	struct live *lv = live_of(mem);
	size_t done = 0;

	while (done < len) {
		size_t want = len - done < PIECE ? len - done : PIECE;
		ssize_t got = read_run(lv, at + done, (char *)buf + done, want);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == ESRCH) {
			gone(lv, err);
			return -1;
		}
		if (got <= 0)
			break;
		/* A short count may end at a hole or not: ask again. */
		done += (size_t)got;
	}
	return (int64_t)done;
}

static bool read_each(struct live *lv, struct mem_piece *piece, size_t n,
		      struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		int64_t got = live_read(&lv->mem, piece[i].at, piece[i].buf,
					piece[i].len, err);

		if (got < 0)
			return false;
		piece[i].ok = (uint64_t)got == piece[i].len;
	}
	return true;
}

/* Mark what @bytes complete; returns the number of the first that is not. */
static size_t mark(struct mem_piece *piece, size_t n, size_t bytes)
{
	size_t i;

	for (i = 0; i < n && piece[i].len <= bytes; i++) {
		piece[i].ok = true;
		bytes -= piece[i].len;
	}
	return i;
}

/* One call; 0 or errno, and how many pieces are settled, good or bad. */
static int vm_batch(struct live *lv, struct mem_piece *piece, size_t n,
		    size_t *ret_settled)
{
	struct iovec here[BATCH], there[BATCH];
	ssize_t got;

	for (size_t i = 0; i < n; i++) {
		here[i].iov_base = piece[i].buf;
		there[i].iov_base = (void *)(uintptr_t)piece[i].at;
		here[i].iov_len = there[i].iov_len = piece[i].len;
		piece[i].ok = false;
	}
	got = process_vm_readv(lv->proc->tid, here, n, there, n, 0);
	if (got < 0 && errno != EFAULT)
		return errno;
	*ret_settled = mark(piece, n, got < 0 ? 0 : (size_t)got);
	if (*ret_settled < n) {
		piece[*ret_settled].ok = false;
		++*ret_settled;
	}
	return 0;
}

static bool live_batch(struct mem *mem, struct mem_piece *piece, size_t n,
		       struct err *err)
{
	struct live *lv = live_of(mem);
	bool use_vm = lv->use_vm && (lv->batch_vm || lv->mem_fd < 0);

	if (!use_vm || n <= FEW)
		return read_each(lv, piece, n, err);
	while (n > 0) {
		size_t some = n < BATCH ? n : BATCH;
		int sys = vm_batch(lv, piece, some, &some);

		if (sys)	/* refused, or its thread is gone */
			return read_each(lv, piece, n, err);
		piece += some;
		n -= some;
	}
	return is_alive(lv) || gone(lv, err);
}

static const struct mem_ops live_ops = {
	.read = live_read,
	.batch = live_batch,
};

/* Reading at 0 fails for everyone, but those without the right with EPERM. */
static bool vm_works(const struct process *proc)
{
	char byte;
	struct iovec here = {.iov_base = &byte, .iov_len = 1};
	struct iovec there = {.iov_base = NULL, .iov_len = 1};

	return process_vm_readv(proc->tid, &here, 1, &there, 1, 0) >= 0 ||
	       !vm_is_refused(errno);
}

bool live_open(struct live *lv, const struct process *proc, struct err *err)
{
	int sys;

	*lv = (struct live){.mem.ops = &live_ops, .proc = proc};
	lv->mem_fd = openat(proc->mm_fd, "mem", O_RDONLY | O_CLOEXEC);
	sys = errno;
	lv->use_vm = vm_works(proc);
	if (lv->mem_fd < 0 && (sys == ESRCH || sys == ENOENT))
		return gone(lv, err);
	if (lv->mem_fd < 0 && !lv->use_vm)
		return err_sys(err, sys, "cannot read the memory of process %d",
			       (int)proc->pid);
	lv->batch_vm = lv->use_vm && !process_shares_pages(proc);
	/* Who exec'd between the opening of the two is no longer our man. */
	if (!process_same(proc, err)) {
		live_close(lv);
		return false;
	}
	return true;
}

void live_close(struct live *lv)
{
	if (lv->mem_fd >= 0)
		close(lv->mem_fd);
	lv->mem_fd = -1;
}

bool live_breaks_sharing(const struct live *lv)
{
	return lv->mem_fd < 0 && process_shares_pages(lv->proc);
}
