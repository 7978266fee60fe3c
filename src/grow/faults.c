/* SPDX-License-Identifier: MIT */
/*
 * The events, and the rings that the kernel writes them into.
 *
 * An event that is inherited must be bound to a processor to have a ring; so
 * there are threads times processors of them, and those of a processor share
 * the ring of the first.
 *
 * A ring is a page of control and a power of two of bytes.  The kernel moves
 * data_head when a record is whole, we move data_tail when it was read: loads
 * that acquire, stores that release.  A record may go on at the beginning.
 *
 * Nobody is woken by a fault, unless the ring fills: who wakes another takes time
 * from who faults, and the processor, if there are too few.
 *
 * With a period of 1 the kernel tells each; with freq it takes the period that
 * gives the rate asked for, and says with each sample what it stands for.  Which
 * of these an event does is settled when it is opened.
 */
#include "grow/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	SPARE = 32,
	RING_MOST = 32 << 20, RING_LEAST = 128 << 10,
	RECORD_MOST = 1 << 16,		/* header.size has 16 bits */
	MAX_CPUS = 4096,
	WAKE_AT = 32 << 10,		/* bytes in a ring */
};

static struct perf_event_attr attr_of(const struct faults *f)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_PAGE_FAULTS,
		.sample_type = faultrec_sample_type,
		.sample_regs_user = faultrec_regs,
		.sample_stack_user = FAULTS_STACK,
		.sample_period = f->some ? FAULTS_A_SECOND : 1,
		.freq = f->some,
		.inherit = 1,
		.exclude_kernel = f->no_kernel,
		.exclude_hv = 1,
		.disabled = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.watermark = 1,
		.wakeup_watermark = WAKE_AT,
	};

#ifdef PERF_ATTR_SIZE_VER7
	attr.inherit_thread = 1;
#endif
	return attr;
}

static int event_open(const struct faults *f, pid_t tid, int cpu)
{
	struct perf_event_attr attr = attr_of(f);
	int fd = (int)syscall(SYS_perf_event_open, &attr, tid, cpu, -1,
			      PERF_FLAG_FD_CLOEXEC);

#ifdef PERF_ATTR_SIZE_VER7
	if (fd >= 0 || (errno != EINVAL && errno != E2BIG))
		return fd;
	attr.inherit_thread = 0;	/* before Linux 5.13 */
	fd = (int)syscall(SYS_perf_event_open, &attr, tid, cpu, -1,
			  PERF_FLAG_FD_CLOEXEC);
#endif
	return fd;
}

/* --- rings --------------------------------------------------------------- */

static struct faults_ring *ring_of(struct faults *f, int cpu)
{
	for (size_t i = 0; i < f->rings.n; i++) {
		if (f->rings.v[i].cpu == cpu)
			return &f->rings.v[i];
	}
	return NULL;
}

/* As large as it may be: who is no root may lock little. */
static bool ring_map(struct faults_ring *ring, size_t most)
{
	size_t size = RING_MOST;

	while (size > most && size > RING_LEAST)
		size /= 2;
	for (; size >= RING_LEAST; size /= 2) {
		void *map = mmap(NULL, ADDR_PAGE + size,
				 PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
				 0);

		if (map != MAP_FAILED) {
			ring->map = map;
			ring->size = size;
			return true;
		}
		if (errno != EPERM && errno != ENOMEM)
			return false;
	}
	return false;
}

static bool ring_add(struct faults *f, int fd, int cpu, size_t most,
		     struct err *err)
{
	struct faults_ring *ring = vec_add(&f->rings, err);

	if (!ring)
		return false;
	*ring = (struct faults_ring){ .fd = fd, .cpu = cpu };
	if (ring_map(ring, most))
		return true;
	f->rings.n--;
	return err_sys(err, errno, "cannot map the ring of page faults");
}

/* --- events -------------------------------------------------------------- */

static bool refused(struct err *err)
{
	if (errno != EPERM && errno != EACCES)
		return err_sys(err, errno, "the kernel tells no page faults");
	return err_sys(err, errno, "page faults may not be watched: it takes "
		       "root, CAP_PERFMON, or kernel.perf_event_paranoid at 2 "
		       "or less, and, in a container, a seccomp profile that "
		       "allows perf_event_open");
}

/* On each processor that is there; ENODEV: that one is not. */
static bool watch_thread(struct faults *f, pid_t tid, int n_cpus,
			 struct err *err)
{
	for (int cpu = 0; cpu < n_cpus; cpu++) {
		struct faults_ring *ring = ring_of(f, cpu);
		int fd = event_open(f, tid, cpu);
		int *slot;

		if (fd < 0 && errno == ENODEV)
			continue;
		if (fd < 0 && errno == ESRCH)
			return true;	/* it ended */
		if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
			f->limited = true;
			return true;
		}
		if (fd < 0)
			return refused(err);
		slot = vec_add(&f->events, err);
		if (!slot) {
			close(fd);
			return false;
		}
		*slot = fd;
		if (!ring && !ring_add(f, fd, cpu, FAULTS_RINGS /
				       (size_t)n_cpus, err))
			return false;
		if (ring && ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, ring->fd) < 0)
			return err_sys(err, errno, "page faults of a thread");
	}
	return true;
}

/* May faults of the kernel's be told, when it fills a buffer, say? */
static bool find_rights(struct faults *f, pid_t tid)
{
	int fd = event_open(f, tid, -1);

	if (fd < 0 && (errno == EACCES || errno == EPERM)) {
		f->no_kernel = true;
		fd = event_open(f, tid, -1);
	}
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void each_event(struct faults *f, unsigned long request)
{
	for (size_t i = 0; i < f->events.n; i++)
		ioctl(f->events.v[i], request, 0);
}

/* Descriptors that events must not take, for who reads stacks and pages needs
 * some, too. */
static void spare_take(int spare[SPARE])
{
	for (int i = 0; i < SPARE; i++)
		spare[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void spare_give(const int spare[SPARE])
{
	for (int i = 0; i < SPARE; i++) {
		if (spare[i] >= 0)
			close(spare[i]);
	}
}

static bool watch_all(struct faults *f, const struct threads *threads,
		      struct err *err)
{
	int spare[SPARE];
	bool ok = true;
	long n_cpus = sysconf(_SC_NPROCESSORS_CONF);

	if (n_cpus < 1 || n_cpus > MAX_CPUS)
		n_cpus = MAX_CPUS;
	spare_take(spare);
	for (size_t i = 0; ok && i < threads->v.n; i++) {
		if (f->events.n + (size_t)n_cpus > FAULTS_EVENTS) {
			f->limited = true;
			break;
		}
		ok = watch_thread(f, threads->v.v[i].tid, (int)n_cpus, err);
	}
	spare_give(spare);
	if (!ok)
		return false;
	if (!f->events.n && f->limited)
		return err_set(err, ERR_OS, "too few descriptors are left to "
			       "watch page faults (ulimit -n)");
	if (!f->events.n)
		return err_set(err, ERR_GONE, "process %d has no threads",
			       (int)f->pid);
	each_event(f, PERF_EVENT_IOC_ENABLE);
	return true;
}

bool faults_open(struct faults *f, pid_t pid, const struct threads *threads,
		 struct err *err)
{
	*f = (struct faults){ .pid = pid, .tokens = FAULTS_AT_ONCE,
			      .paced_ns = clock_now_ns() };
	if (!faultrec_regs)
		return err_set(err, ERR_USAGE, "page faults are not understood "
			       "on this processor");
	f->record = malloc(RECORD_MOST);
	if (!f->record)
		return err_nomem(err);
	return find_rights(f, pid) ? watch_all(f, threads, err) :
				     refused(err);
}

void faults_wait(struct faults *f, int ms, int fd)
{
	struct pollfd one[MAX_CPUS + 1];
	nfds_t n = 0;

	for (size_t i = 0; i < f->rings.n && n < MAX_CPUS; i++)
		one[n++] = (struct pollfd){ f->rings.v[i].fd, POLLIN, 0 };
	if (fd >= 0)
		one[n++] = (struct pollfd){ fd, POLLIN, 0 };
	poll(one, n, ms);
}

/* --- records ------------------------------------------------------------- */

/* @len bytes at @at of the endless sequence whose end the ring holds. */
static void ring_copy(const struct faults_ring *ring, uint64_t at, void *to,
		      size_t len)
{
	const uint8_t *bytes = ring->map + ADDR_PAGE;
	size_t off = at & (ring->size - 1);
	size_t first = ring->size - off < len ? ring->size - off : len;

	memcpy(to, bytes + off, first);
	memcpy((uint8_t *)to + first, bytes, len - first);
}

static bool take_record(struct faults *f, const struct faultrec *rec,
			fault_fn *fn, void *arg, struct err *err)
{
	if (rec->kind == FAULTREC_LOST)
		f->lost += rec->lost;
	f->throttled += rec->kind == FAULTREC_THROTTLED;
	if (rec->kind != FAULTREC_FAULT || rec->fault.pid != f->pid)
		return true;
	f->samples++;
	f->told += rec->fault.weight;
	return fn(arg, &rec->fault, err);
}

static bool drain_ring(struct faults *f, const struct faults_ring *ring,
		       fault_fn *fn, void *arg, struct err *err)
{
	struct perf_event_mmap_page *control = (void *)ring->map;
	uint64_t head = __atomic_load_n(&control->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = control->data_tail;
	bool ok = true;

	while (ok && tail < head) {
		struct perf_event_header h;
		struct faultrec rec;
		size_t len = head - tail < RECORD_MOST ? head - tail :
							 RECORD_MOST;

		ring_copy(ring, tail, &h, len < sizeof(h) ? len : sizeof(h));
		if (len >= sizeof(h) && h.size < len)
			len = h.size;
		ring_copy(ring, tail, f->record, len);
		len = faultrec_parse(f->record, len, &rec);
		if (!len) {
			f->lost++;
			tail = head;
			break;
		}
		ok = take_record(f, &rec, fn, arg, err);
		tail += len;
		__atomic_store_n(&control->data_tail, tail, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&control->data_tail, tail, __ATOMIC_RELEASE);
	return ok;
}

bool faults_drain(struct faults *f, fault_fn *fn, void *arg, struct err *err)
{
	for (size_t i = 0; i < f->rings.n; i++) {
		if (!drain_ring(f, &f->rings.v[i], fn, arg, err))
			return false;
	}
	return true;
}

bool faults_are_many(struct faults *f)
{
	uint64_t now = clock_now_ns();

	f->tokens += (double)(now - f->paced_ns) / 1e9 * FAULTS_A_SECOND -
		     (double)(f->samples - f->paced_samples);
	if (f->tokens > FAULTS_AT_ONCE)
		f->tokens = FAULTS_AT_ONCE;
	f->paced_ns = now;
	f->paced_samples = f->samples;
	return f->some ? f->tokens > FAULTS_AT_ONCE / 2 : f->tokens < 0;
}

void faults_stop(struct faults *f)
{
	each_event(f, PERF_EVENT_IOC_DISABLE);
	for (size_t i = 0; i < f->events.n; i++) {
		uint64_t count;

		if (read(f->events.v[i], &count, sizeof(count)) ==
		    (ssize_t)sizeof(count))
			f->seen += count;
	}
}

static void close_events(struct faults *f)
{
	for (size_t i = 0; i < f->rings.n; i++)
		munmap(f->rings.v[i].map, ADDR_PAGE + f->rings.v[i].size);
	for (size_t i = 0; i < f->events.n; i++)
		close(f->events.v[i]);
	f->rings.n = f->events.n = 0;
}

bool faults_change(struct faults *f, const struct threads *threads,
		   struct err *err)
{
	close_events(f);
	f->some = !f->some;
	return watch_all(f, threads, err);
}

void faults_close(struct faults *f)
{
	close_events(f);
	vec_free(&f->rings);
	vec_free(&f->events);
	free(f->record);
	f->record = NULL;
}
