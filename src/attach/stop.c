/* SPDX-License-Identifier: MIT */
/*
 * Stop and release all threads of a process.
 *
 * Nothing of theirs may be lost, and nobody stay behind, whenever we die and
 * however long we live on:
 *
 *  - We may be killed between any two system calls.  The kernel then detaches
 *    all threads that we hold, wherever they are, and each goes on with what it
 *    reported: so a report is only looked at (WNOWAIT).  Who takes it, as
 *    waitpid() does, clears it, and a signal it told of is never delivered.
 *  - The report also tells, on release, what a thread stopped for; we remember
 *    nothing that could be out of date, as when another thread took the number
 *    by exec.  PTRACE_DETACH with that very signal leaves its siginfo as it is.
 *  - PTRACE_DETACH fails with ESRCH for a thread that is not stopped, in state
 *    D say; it would stop for us when it wakes, and for ever.  The end of the
 *    thread that seized it is the only way to let it go: so there is a thread
 *    for each stop.
 *  - Never PTRACE_O_EXITKILL: if we die, the tracee lives.
 *  - Were we stopped by ^Z while we hold it, so were the tracee: signals of job
 *    control wait.
 *
 * How it is done:
 *
 *  - Seize all, interrupt all, then wait for each: one by one takes seven
 *    times as long for 2000 threads.  Threads born meanwhile show up in the
 *    next listing; stopped threads bear none, so it ends.
 *  - A group-stopped thread (state T) reports its stop on being seized; the
 *    interrupt then reports nothing more.  So one report per thread is enough,
 *    whichever it is.
 *  - A signal may win the race against the interrupt: the thread then reports
 *    the signal, which is lost unless passed back on release.
 *  - Who is killed, or is ended by the exec of another thread, is not stopped
 *    any more: no request of ptrace reaches it.  As long as one does, all that
 *    was read is of one living process.
 *  - No report comes from a thread in state D (the parent in a vfork, above
 *    all) before it wakes, and none from a dead main thread while others live.
 *    Nothing here ever waits without a limit.
 *
 * Facts: ptrace(2); Linux 6.18, kernel/ptrace.c (__ptrace_unlink, exit_ptrace,
 *        ptrace_freeze_traced), kernel/signal.c (ptrace_signal), kernel/exit.c
 *        (wait_task_stopped).
 */
#include "attach/stop.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach/process.h"
#include "base/addrmap.h"
#include "base/bounds.h"
#include "base/clock.h"
#include "base/vec.h"

enum thread_state {
	SEIZED,			/* and not stopped yet */
	STOPPED,
	DYING,			/* its end will be reported some time */
	DONE,			/* exited or released */
};

struct stop_thread {
	pid_t tid;
	enum thread_state state;
};

/* -- Waiting for a report ------------------------------------------------- */

/*
 * The kernel sends SIGCHLD with a report.  While it is blocked here, it can be
 * waited for, with a limit, which waitid() does not have.  Another thread of
 * ours may take it; then the limit ends the wait.
 *
 * Not sched_yield(): on a busy host that gives away a time slice, 4 ms.
 */
static sigset_t set_of_sigchld(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	return set;
}

static void block_signals(sigset_t *before)
{
	sigset_t set = set_of_sigchld();

	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGTTIN);
	sigaddset(&set, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &set, before);
}

static void unblock_signals(const sigset_t *before)
{
	const sigset_t set = set_of_sigchld();

	if (!sigismember(before, SIGCHLD))
		sigtimedwait(&set, NULL, &(struct timespec){0});
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

static void wait_for_report(unsigned int round)
{
	const sigset_t set = set_of_sigchld();
	long us = round < 50 ? 100 : 500;

	sigtimedwait(&set, NULL, &(struct timespec){.tv_nsec = us * 1000});
}

/* -- Seizing -------------------------------------------------------------- */

static char state_of(const struct process *proc, pid_t tid)
{
	struct procfs_stat stat;
	char name[40];
	struct err err;

	snprintf(name, sizeof(name), "task/%d/stat", (int)tid);
	return procfs_stat(proc->proc_fd, name, &stat, &err) ? stat.state
							     : 'X';
}

/* Who traces the thread already?  0: nobody. */
static pid_t tracer_of(const struct process *proc, pid_t tid)
{
	char name[40], status[MAX_PROC_FILE];
	struct err err;

	snprintf(name, sizeof(name), "task/%d/status", (int)tid);
	if (!procfs_read(proc->proc_fd, name, status, sizeof(status), &err))
		return 0;
	return (pid_t)procfs_number(status, "TracerPid");
}

static bool traced_already(const struct process *proc, pid_t tracer,
			   struct err *err)
{
	char name[32], comm[64] = "?";
	struct err ignored;

	snprintf(name, sizeof(name), "/proc/%d/comm", (int)tracer);
	if (procfs_read(-1, name, comm, sizeof(comm), &ignored))
		*strchrnul(comm, '\n') = '\0';
	return err_set(err, ERR_PERM,
		       "process %d is already traced by process %d (%s)",
		       (int)proc->pid, (int)tracer, comm);
}

/* The kernel refused to let us seize @tid: for good, or is it exiting? */
static bool refused(const struct process *proc, pid_t tid, int sys,
		    struct err *err)
{
	pid_t tracer;

	if (sys == ESRCH || procfs_is_dead(state_of(proc, tid)))
		return true;
	tracer = tracer_of(proc, tid);
	if (tracer > 0)
		return traced_already(proc, tracer, err);
	return err_sys(err, sys, "cannot stop thread %d of process %d",
		       (int)tid, (int)proc->pid);
}

static bool seize(const struct process *proc, struct stop *stop, pid_t tid,
		  struct err *err)
{
	struct stop_thread *thread = vec_add(stop, err);

	if (!thread)
		return false;
	*thread = (struct stop_thread){.tid = tid, .state = SEIZED};
	if (ptrace(PTRACE_SEIZE, tid, 0L, 0L) == 0)
		return true;
	stop->n--;
	return refused(proc, tid, errno, err);
}

/* Seize the threads that are not in @known yet. */
static bool seize_new(const struct process *proc, struct stop *stop,
		      struct addrmap *known, struct err *err)
{
	struct pid_list tids = {0};
	bool fine = process_threads(proc, &tids, err);

	for (size_t i = 0; i < tids.n && fine; i++) {
		raddr key = (raddr)tids.v[i];

		if (addrmap_get(known, key) != ADDRMAP_NONE)
			continue;
		fine = addrmap_put(known, key, 0, err) &&
		       seize(proc, stop, tids.v[i], err);
	}
	vec_free(&tids);
	return fine;
}

/* -- Waiting -------------------------------------------------------------- */

/*
 * What @tid reports now, left where it is; 0: nothing yet.  CLD_TRAPPED with
 * @ret_status for a stop, else how it ended; -1: it is not ours any more.
 */
static int report_of(pid_t tid, int *ret_status)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PID, (id_t)tid, &info,
		   WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL) != 0)
		return errno == EINTR ? 0 : -1;
	*ret_status = info.si_status;
	return info.si_pid ? info.si_code : 0;
}

/* Its parent may have its death now: we take no more than that. */
static void give_up_dead(pid_t tid)
{
	siginfo_t info;

	(void)waitid(P_PID, (id_t)tid, &info, WEXITED | WNOHANG | __WALL);
}

/* Its one report, if it has come. */
static void collect(struct stop_thread *thread)
{
	int status, what = report_of(thread->tid, &status);

	if (what == 0)
		return;
	if (what == CLD_TRAPPED) {
		thread->state = STOPPED;
		return;
	}
	if (what > 0)
		give_up_dead(thread->tid);
	thread->state = DONE;	/* exited, or became another by exec */
}

static size_t collect_all(struct stop *stop, size_t from)
{
	size_t missing = 0;

	for (size_t i = from; i < stop->n; i++) {
		struct stop_thread *thread = &stop->v[i];

		if (thread->state == SEIZED)
			collect(thread);
		missing += thread->state == SEIZED;
	}
	return missing;
}

/* A dead main thread does not report.  Are all the others in state D? */
static bool only_sleepers_left(const struct process *proc, struct stop *stop,
			       size_t from)
{
	bool only = true;

	for (size_t i = from; i < stop->n; i++) {
		struct stop_thread *thread = &stop->v[i];
		char state;

		if (thread->state != SEIZED)
			continue;
		state = state_of(proc, thread->tid);
		if (procfs_is_dead(state))
			thread->state = DYING;
		else if (state != 'D')
			only = false;
	}
	return only;
}

/* Wait for the threads from number @from on, or until it is no use. */
static void wait_all(const struct process *proc, struct stop *stop,
		     size_t from)
{
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (unsigned int round = 0; collect_all(stop, from) > 0; round++) {
		wait_for_report(round);
		if (clock_ms_since(&begin) < 5)
			continue;
		if (clock_ms_since(&stop->begin) > STOP_LIMIT_MS)
			return;
		if (only_sleepers_left(proc, stop, from) &&
		    clock_ms_since(&begin) > STOP_GRACE_MS)
			return;
	}
}

static void interrupt_all(struct stop *stop, size_t from)
{
	for (size_t i = from; i < stop->n; i++)
		ptrace(PTRACE_INTERRUPT, stop->v[i].tid, 0L, 0L);
}

static void explain(const struct process *proc, struct stop *stop, pid_t tid)
{
	char state = state_of(proc, tid);

	stop->unstopped_tid = tid;
	if (state == 'D')
		snprintf(stop->reason, sizeof(stop->reason),
			 "thread %d is in uninterruptible sleep (state D), as "
			 "in vfork or waiting for a device", (int)tid);
	else
		snprintf(stop->reason, sizeof(stop->reason),
			 "thread %d does not stop (state %c)", (int)tid,
			 state);
}

static void take_stock(const struct process *proc, struct stop *stop)
{
	stop->n_stopped = stop->n_unstopped = 0;
	for (size_t i = 0; i < stop->n; i++) {
		const struct stop_thread *thread = &stop->v[i];

		stop->n_stopped += thread->state == STOPPED;
		if (thread->state == SEIZED && stop->n_unstopped++ == 0)
			explain(proc, stop, thread->tid);
	}
	stop->stop_ms = clock_ms_since(&stop->begin);
}

/* Until a listing shows no thread that we do not hold. */
static bool stop_until_stable(const struct process *proc, struct stop *stop,
			      struct err *err)
{
	struct addrmap known = {0};
	bool fine;

	for (;;) {
		size_t before = stop->n;

		fine = seize_new(proc, stop, &known, err);
		stop->passes++;
		if (!fine || stop->n == before)
			break;
		interrupt_all(stop, before);
		wait_all(proc, stop, before);
		/* Threads that run on may bear others without end. */
		if (clock_ms_since(&stop->begin) > STOP_LIMIT_MS)
			break;
	}
	addrmap_fini(&known);
	return fine;
}

static bool stop_all(const struct process *proc, struct stop *stop,
		     struct err *err)
{
	bool fine;

	clock_gettime(CLOCK_MONOTONIC, &stop->begin);
	fine = stop_until_stable(proc, stop, err);
	take_stock(proc, stop);
	if (fine && stop->n_stopped + stop->n_unstopped == 0)
		fine = err_set(err, ERR_GONE, "process %d has exited",
			       (int)proc->pid);
	return fine && process_same(proc, err);
}

pid_t stop_tid(const struct stop *stop, size_t i)
{
	return stop->v[i].state == STOPPED ? stop->v[i].tid : 0;
}

/* -- Releasing ------------------------------------------------------------ */

/* The signal that @tid stopped for, to be delivered; 0: there is none. */
static int signal_of(pid_t tid)
{
	int status = 0;

	/* Other stops have their event in the second byte. */
	return report_of(tid, &status) == CLD_TRAPPED && status >> 8 == 0 ?
	       status : 0;
}

static void let_go(struct stop_thread *thread)
{
	const long signal = signal_of(thread->tid);

	if (ptrace(PTRACE_DETACH, thread->tid, 0L, signal) == 0)
		thread->state = DONE;
	else
		thread->state = DYING;	/* it was killed */
}

/*
 * The first threads let go take the CPU from us while the last still stand
 * (16 ms with four busy threads on two CPUs): so go first, where we may.
 */
static void release_all(struct stop *stop)
{
	const struct sched_param first = {.sched_priority = 1};
	const struct sched_param usual = {.sched_priority = 0};
	int policy = sched_getscheduler(0);
	bool changed = policy == SCHED_OTHER &&
		       sched_setscheduler(0, SCHED_FIFO, &first) == 0;

	for (size_t i = 0; i < stop->n; i++) {
		if (stop->v[i].state == STOPPED)
			let_go(&stop->v[i]);
	}
	stop->pause_ms = clock_ms_since(&stop->begin);
	if (changed)
		sched_setscheduler(0, policy, &usual);
}

/* -- The thread for it ---------------------------------------------------- */

struct keeper {
	const struct process *proc;
	struct stop *stop;
	stop_work *work;
	void *arg;
	struct err *err;
	pid_t tid;
	bool fine;
};

/* Has nobody been killed since?  Of those that stand one is as good as all. */
static bool all_still_stand(const struct process *proc,
			    const struct stop *stop, struct err *err)
{
	unsigned long ignored;

	for (size_t i = 0; i < stop->n; i++) {
		if (stop->v[i].state != STOPPED)
			continue;
		return ptrace(PTRACE_GETEVENTMSG, stop->v[i].tid, 0L,
			      &ignored) == 0 ||
		       err_set(err, ERR_GONE, "process %d has exited",
			       (int)proc->pid);
	}
	return process_same(proc, err);
}

static void *keeper_run(void *arg)
{
	struct keeper *k = arg;
	struct err gone;

	k->tid = (pid_t)syscall(SYS_gettid);
	if (stop_all(k->proc, k->stop, k->err)) {
		k->fine = k->work(k->arg, k->stop, k->err);
		if (!all_still_stand(k->proc, k->stop, &gone)) {
			k->fine = false;
			*k->err = gone;
		}
	}
	release_all(k->stop);
	return NULL;
}

/*
 * A thread can be joined a moment before the kernel lets its tracees go.  Then
 * it is there no more.
 */
static void await_end_of(pid_t tid)
{
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	while (syscall(SYS_tgkill, getpid(), tid, 0) == 0 &&
	       clock_ms_since(&begin) < STOP_LIMIT_MS)
		nanosleep(&(struct timespec){.tv_nsec = 20 * 1000}, NULL);
}

bool stop_while(const struct process *proc, struct stop *stop,
		stop_work *work, void *arg, struct err *err)
{
	struct keeper k = {
		.proc = proc, .stop = stop, .work = work, .arg = arg,
		.err = err,
	};
	pthread_t thread;
	sigset_t mask;
	int sys;

	*stop = (struct stop){.pid = proc->pid};
	block_signals(&mask);
	sys = pthread_create(&thread, NULL, keeper_run, &k);
	if (!sys) {
		pthread_join(thread, NULL);
		await_end_of(k.tid);
	}
	unblock_signals(&mask);
	vec_free(stop);
	return sys ? err_sys(err, sys, "cannot start a thread") : k.fine;
}

bool stop_standing(const pid_t *tids, size_t n, struct stop *stop,
		   stop_work *work, void *arg, struct err *err)
{
	bool fine = true;

	*stop = (struct stop){.pid = n ? tids[0] : 0};
	for (size_t i = 0; i < n && fine; i++) {
		struct stop_thread *thread = vec_add(stop, err);

		fine = thread != NULL;
		if (fine)
			*thread = (struct stop_thread){
				.tid = tids[i], .state = STOPPED,
			};
	}
	stop->n_stopped = stop->n;
	fine = fine && work(arg, stop, err);
	vec_free(stop);
	return fine;
}
