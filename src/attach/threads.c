/* SPDX-License-Identifier: MIT */
#include "attach/threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attach/process.h"
#include "attach/regs.h"
#include "attach/target.h"
#include "base/bounds.h"

static const struct {
	char state;
	const char *word;
} words[] = {
	{ 'R', "running" },
	{ 'S', "sleeping" },
	{ 'D', "uninterruptible" },
	{ 'T', "stopped" },
	{ 't', "traced" },
	{ 'Z', "zombie" },
	{ 'X', "dead" },
	{ 'x', "dead" },
	{ 'I', "idle" },
	{ 'P', "parked" },
};

const char *thread_state_word(char state)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (words[i].state == state)
			return words[i].word;
	}
	return "unknown";
}

static int64_t ticks_to_ms(int64_t ticks)
{
	const int64_t hz = sysconf(_SC_CLK_TCK);

	return hz > 0 && ticks >= 0 ? ticks * 1000 / hz : -1;
}

/* "NSpid: 4711 12 1": here, in the namespace below, and in its own. */
static pid_t inner_number(const char *status)
{
	const char *at = procfs_field(status, "NSpid");
	long number = 0;
	char *end;

	while (at && *at != '\n') {
		long next = strtol(at, &end, 10);

		if (end == at)
			break;
		number = next;
		at = end;
	}
	return (pid_t)number;
}

static pid_t inner_of(const struct process *proc, pid_t tid)
{
	char name[40], status[MAX_PROC_FILE];
	struct err ignored;
	pid_t inner = 0;

	snprintf(name, sizeof(name), "task/%d/status", (int)tid);
	if (procfs_read(proc->proc_fd, name, status, sizeof(status), &ignored))
		inner = inner_number(status);
	return inner > 0 ? inner : tid;
}

/* A wait that was interrupted, by us say, goes on under another number, with
 * the same arguments. */
static bool may_be_futex(long number)
{
	return number == SYS_futex || number == SYS_restart_syscall;
}

/* Where the vdso cannot tell it, which is asked on the way to a wait. */
static bool asks_for_time(long number)
{
	return number == SYS_clock_gettime || number == SYS_gettimeofday;
}

/* "202 0x7f12... 0x80 ...": number and arguments, "running" else. */
static void read_futex(const struct process *proc, struct thread_info *thread)
{
	char name[40], text[256], *end;
	struct err ignored;
	long number;

	snprintf(name, sizeof(name), "task/%d/syscall", (int)thread->tid);
	if (!procfs_read(proc->proc_fd, name, text, sizeof(text), &ignored))
		return;
	number = strtol(text, &end, 10);
	/* "running": it may be on its way to or from such a call. */
	thread->has_futex = end != text;
	if (end != text && may_be_futex(number))
		thread->futex = strtoull(end, NULL, 16);
}

static bool add(const struct process *proc, struct threads *ret, pid_t tid,
		struct err *err)
{
	struct procfs_stat stat;
	struct thread_info *thread;
	struct err ignored;
	char name[40];

	snprintf(name, sizeof(name), "task/%d/stat", (int)tid);
	if (!procfs_stat(proc->proc_fd, name, &stat, &ignored))
		return true;
	thread = vec_add(&ret->v, err);
	if (!thread)
		return false;
	thread->tid = thread->inner_tid = tid;
	memcpy(thread->comm, stat.comm, sizeof(thread->comm));
	thread->state = stat.state;
	thread->cpu_ms = ticks_to_ms(stat.utime + stat.stime);
	return true;
}

static int by_tid(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The main thread, whose number is that of the process, comes first. */
static void put_main_first(struct threads *threads, pid_t pid)
{
	for (size_t i = 1; i < threads->v.n; i++) {
		struct thread_info main = threads->v.v[i];

		if (main.tid != pid)
			continue;
		memmove(threads->v.v + 1, threads->v.v,
			i * sizeof(*threads->v.v));
		threads->v.v[0] = main;
	}
}

bool threads_read(const struct process *proc, bool with_futex,
		  struct threads *ret, struct err *err)
{
	bool nested = inner_of(proc, proc->tid) != proc->tid;
	struct pid_list tids = { 0 };
	bool ok = process_threads(proc, &tids, err);

	if (ok && tids.n)
		qsort(tids.v, tids.n, sizeof(*tids.v), by_tid);
	for (size_t i = 0; ok && i < tids.n; i++)
		ok = add(proc, ret, tids.v[i], err);
	vec_free(&tids);
	for (size_t i = 0; ok && i < ret->v.n; i++) {
		struct thread_info *thread = &ret->v.v[i];

		if (nested)
			thread->inner_tid = inner_of(proc, thread->tid);
		if (with_futex)
			read_futex(proc, thread);
	}
	put_main_first(ret, proc->pid);
	return ok;
}

void threads_fini(struct threads *threads)
{
	vec_free(&threads->v);
}

bool thread_registers(struct target *target, pid_t tid,
		      struct thread_registers *ret)
{
	struct err ignored;
	struct regs regs;

	if (!target_registers(target, tid, &regs, &ignored))
		return false;
	ret->thread_pointer = regs.thread_pointer;
	ret->stack_pointer = regs.v[regs_sp];
	ret->pc = regs.v[regs_pc];
	ret->in_call = regs.call >= 0 && !asks_for_time((long)regs.call);
	ret->futex = may_be_futex((long)regs.call) ? regs.call_argument : 0;
	return true;
}
