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
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "attach/process.h"

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

/* The bytes of its last page behind a file's end are zeros. */
static ssize_t segment_read(const struct untouched_run *run, void *buf)
{
	ssize_t got = pread(run->fd, buf, run->len, (off_t)run->offset);
	uint64_t end;

	if (got <= 0 || (uint64_t)got == run->len)
		return got < 0 ? 0 : got;
	end = addr_up(run->offset + (uint64_t)got, ADDR_PAGE) - run->offset;
	if (end > run->len)
		end = run->len;
	memset((char *)buf + got, 0, end - (uint64_t)got);
	return (ssize_t)end;
}

static bool is_zeros(const char *p, size_t len)
{
	return len == 0 || (*p == 0 && memcmp(p, p + 1, len - 1) == 0);
}

/* Memory of ours that was never written to is zeros, and costs nothing as long
 * as it is only read. */
static ssize_t zeros_read(void *buf, size_t len)
{
	if (!is_zeros(buf, len))
		memset(buf, 0, len);
	return (ssize_t)len;
}

static ssize_t read_run(struct live *lv, raddr at, void *buf, size_t len)
{
	struct untouched_run run = untouched_run(&lv->untouched, at, len);

	switch (run.from) {
	case FROM_TRACEE:
		if (lv->mem_fd >= 0)
			return file_read(lv, at, buf, run.len);
		return vm_read(lv, at, buf, run.len);
	case FROM_NOWHERE:
		return zeros_read(buf, run.len);
	case FROM_FILE:
		return segment_read(&run, buf);
	case FROM_OURSELVES:
		memcpy(buf, run.ours, run.len);
		return (ssize_t)run.len;
	case FROM_NOBODY:
		break;
	}
	return 0;
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

static bool read_piece(struct live *lv, struct mem_piece *piece,
		       struct err *err)
{
	int64_t got = live_read(&lv->mem, piece->at, piece->buf, piece->len,
				err);

	piece->ok = got == (int64_t)piece->len;
	return got >= 0;
}

static bool read_each(struct live *lv, struct mem_piece *piece, size_t n,
		      struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (!read_piece(lv, &piece[i], err))
			return false;
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

/* One call, for @n > 0; 0 or errno, and how many pieces are settled, good or
 * bad. */
static int vm_batch(struct live *lv, struct mem_piece *piece, size_t n,
		    size_t *ret_settled)
{
	struct iovec here[BATCH], there[BATCH];
	ssize_t got;
	size_t i = 0;

	do {
		here[i].iov_base = piece[i].buf;
		there[i].iov_base = (void *)(uintptr_t)piece[i].at;
		here[i].iov_len = there[i].iov_len = piece[i].len;
		piece[i].ok = false;
	} while (++i < n);
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

/* How many of the first pieces, as many as one call takes, are there? */
static size_t there_in_batch(struct live *lv, const struct mem_piece *piece,
			     size_t n)
{
	size_t some = 0;

	while (some < n && some < BATCH &&
	       untouched_none(&lv->untouched, piece[some].at, piece[some].len))
		some++;
	return some;
}

static bool live_batch(struct mem *mem, struct mem_piece *piece, size_t n,
		       struct err *err)
{
	struct live *lv = live_of(mem);
	bool use_vm = lv->use_vm && (lv->batch_vm || lv->mem_fd < 0);

	if (!use_vm || n <= FEW)
		return read_each(lv, piece, n, err);
	while (n > 0) {
		size_t some = there_in_batch(lv, piece, n);

		if (some == 0) {
			if (!read_piece(lv, piece, err))
				return false;
			some = 1;
		} else if (vm_batch(lv, piece, some, &some) != 0) {
			/* Refused, or its thread is gone. */
			return read_each(lv, piece, n, err);
		}
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
	untouched_init(&lv->untouched, proc);
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
	untouched_fini(&lv->untouched);
}

void live_know(struct live *lv, struct modules *mods)
{
	untouched_know(&lv->untouched, mods);
}

void live_look(struct live *lv)
{
	untouched_know(&lv->untouched, lv->untouched.mods);
}

bool live_breaks_sharing(const struct live *lv)
{
	return lv->mem_fd < 0 && process_shares_pages(lv->proc);
}
