/* SPDX-License-Identifier: MIT */
#include "attach/permission.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <bsd/string.h>

#include "attach/process.h"
#include "base/bounds.h"

/* -- Looking -------------------------------------------------------------- */

static int yama_scope(void)
{
	char text[16];
	struct err err;

	if (!procfs_read(AT_FDCWD, "/proc/sys/kernel/yama/ptrace_scope", text,
			 sizeof(text), &err))
		return -1;
	return (int)strtol(text, NULL, 10);
}

static uint64_t capabilities(const char *status, const char *set)
{
	const char *field = procfs_field(status, set);

	return field ? strtoull(field, NULL, 16) : 0;
}

static void look_at_us(struct permission *ret)
{
	char status[MAX_PROC_FILE];
	struct err err;

	ret->our_uid = geteuid();
	ret->yama = yama_scope();
	if (!procfs_read(AT_FDCWD, "/proc/self/status", status,
			 sizeof(status), &err))
		return;
	ret->have_cap = capabilities(status, "CapEff") >> CAP_SYS_PTRACE & 1;
	ret->cap_in_reach = capabilities(status, "CapBnd") >>
			    CAP_SYS_PTRACE & 1;
}

/* Are the first three numbers of "Uid:" or "Gid:" all @id? */
static bool all_three(const char *field, unsigned long id)
{
	char *end;

	for (int i = 0; i < 3; i++) {
		if (!field || strtoul(field, &end, 10) != id || end == field)
			return false;
		field = end;
	}
	return true;
}

static void look_at_status(const struct process *proc, struct permission *ret)
{
	char theirs[MAX_PROC_FILE], ours[MAX_PROC_FILE];
	struct err err;

	if (!procfs_read(proc->proc_fd, "status", theirs, sizeof(theirs),
			 &err) ||
	    !procfs_read(AT_FDCWD, "/proc/self/status", ours, sizeof(ours),
			 &err))
		return;
	ret->same_ids = all_three(procfs_field(theirs, "Uid"), geteuid()) &&
			all_three(procfs_field(theirs, "Gid"), getegid());
	ret->more_caps = (capabilities(theirs, "CapPrm") &
			  ~capabilities(ours, "CapEff")) != 0;
}

/* What is not dumpable has root's files below /proc/PID. */
static bool is_protected(const struct process *proc, uid_t uid)
{
	struct stat st;

	return uid != 0 && fstatat(proc->proc_fd, "maps", &st, 0) == 0 &&
	       st.st_uid != uid;
}

/* The maps of user ids are readable for everyone, unlike the namespaces. */
static bool is_other_userns(const struct process *proc)
{
	char ours[1024], theirs[1024];
	struct err err;

	return procfs_read(AT_FDCWD, "/proc/self/uid_map", ours, sizeof(ours),
			   &err) &&
	       procfs_read(proc->proc_fd, "uid_map", theirs, sizeof(theirs),
			   &err) &&
	       strcmp(ours, theirs) != 0;
}

static void look_at_tracer(struct permission *ret)
{
	char name[32];
	struct err err;

	if (ret->tracer <= 0)
		return;
	snprintf(name, sizeof(name), "/proc/%d/comm", (int)ret->tracer);
	if (!procfs_read(AT_FDCWD, name, ret->tracer_comm,
			 sizeof(ret->tracer_comm), &err))
		strlcpy(ret->tracer_comm, "?", sizeof(ret->tracer_comm));
	*strchrnul(ret->tracer_comm, '\n') = '\0';
}

/*
 * The kernel's own answer: reading at address 0 fails with EFAULT for those
 * who may read, with EPERM for the others.
 */
static bool may_read(const struct process *proc)
{
	char byte;
	struct iovec here = {.iov_base = &byte, .iov_len = 1};
	struct iovec there = {.iov_base = NULL, .iov_len = 1};
	auto_close int fd = -1;

	if (process_vm_readv(proc->tid, &here, 1, &there, 1, 0) >= 0 ||
	    errno == EFAULT)
		return true;
	if (errno == ENOSYS)
		fd = openat(proc->mm_fd, "mem", O_RDONLY | O_CLOEXEC);
	return fd >= 0;
}

/* Who ends loses memory and permissions before it is a zombie. */
static bool is_ending(const struct process *proc)
{
	struct procfs_stat stat;
	struct err err;

	return !procfs_stat(proc->mm_fd, "stat", &stat, &err) ||
	       procfs_is_dead(stat.state) || stat.flags & PROCFS_PF_EXITING;
}

static void look_at_them(const struct process *proc, struct permission *ret)
{
	struct process_info info;
	struct err err;

	ret->exists = !is_ending(proc);
	ret->may_read = may_read(proc);
	look_at_status(proc, ret);
	ret->other_userns = is_other_userns(proc);
	if (!process_info(proc, &info, &err))
		return;
	ret->uid = info.uid;
	strlcpy(ret->user, info.user, sizeof(ret->user));
	ret->tracer = info.tracer;
	ret->not_dumpable = is_protected(proc, info.uid);
	process_info_fini(&info);
	look_at_tracer(ret);
}

void permission_look(pid_t pid, struct permission *ret)
{
	struct process proc;
	struct err err;

	*ret = (struct permission){.pid = pid, .yama = -1};
	look_at_us(ret);
	if (process_open(&proc, pid, &err)) {
		look_at_them(&proc, ret);
		process_close(&proc);
	} else {
		ret->hidden = err.code == ERR_PERM;
	}
}

/* -- Advising ------------------------------------------------------------- */

/* How one who lacks CAP_SYS_PTRACE here gets it. */
static const char *how_to_get_cap(const struct permission *p)
{
	if (!p->cap_in_reach)
		return "CAP_SYS_PTRACE is out of reach: start the container "
		       "with --cap-add SYS_PTRACE, or run on the host";
	if (p->our_uid == 0)
		return "root lacks CAP_SYS_PTRACE here: run with it";
	return "run as root (sudo)";
}

/* Yama lets nobody but parents in, or nobody at all. */
static void advise_yama(const struct permission *p, char *buf, size_t size)
{
	if (p->yama >= 3)
		snprintf(buf, size, "kernel.yama.ptrace_scope is %d: nobody "
			 "may attach before the next reboot", p->yama);
	else if (!p->cap_in_reach)
		snprintf(buf, size, "kernel.yama.ptrace_scope is %d; %s",
			 p->yama, how_to_get_cap(p));
	else if (p->yama == 2)
		snprintf(buf, size, "kernel.yama.ptrace_scope is 2: %s",
			 how_to_get_cap(p));
	else
		snprintf(buf, size, "kernel.yama.ptrace_scope is 1: %s, or "
			 "allow it with sysctl kernel.yama.ptrace_scope=0",
			 how_to_get_cap(p));
}

static void advise_other_user(const struct permission *p, char *buf,
			      size_t size)
{
	int len = snprintf(buf, size, "process %d belongs to user %s: %s",
			   (int)p->pid, p->user, how_to_get_cap(p));

	/* Under Yama not even that user may. */
	if (p->yama < 1 && len > 0 && (size_t)len < size)
		snprintf(buf + len, size - (size_t)len, ", or as user %s",
			 p->user);
}

/* Nothing that we know of forbids it. */
static void advise_rest(const struct permission *p, char *buf, size_t size)
{
	if (p->may_read) {
		snprintf(buf, size, "by now process %d may be read: it was "
			 "ending or starting a program (try again), or a "
			 "seccomp filter forbids ptrace(2)", (int)p->pid);
		return;
	}
	snprintf(buf, size, "a security module or seccomp filter forbids it "
		 "(SELinux deny_ptrace, AppArmor, a container's profile)");
}

static void advise_without_cap(const struct permission *p, char *buf,
			       size_t size)
{
	const char *cap = how_to_get_cap(p);
	int pid = (int)p->pid;

	if (p->uid != p->our_uid)
		advise_other_user(p, buf, size);
	else if (!p->same_ids)
		snprintf(buf, size, "process %d has other user or group ids "
			 "beside ours: %s", pid, cap);
	else if (p->not_dumpable)
		snprintf(buf, size, "process %d protects its memory (setuid, "
			 "file capabilities or PR_SET_DUMPABLE): %s", pid,
			 cap);
	else if (p->more_caps)
		snprintf(buf, size, "process %d has capabilities that "
			 "pyheapspy lacks: %s", pid, cap);
	else if (p->other_userns)
		snprintf(buf, size, "process %d lives in another user "
			 "namespace: run inside it, or as root on the host",
			 pid);
	else if (p->yama >= 1)
		advise_yama(p, buf, size);
	else
		advise_rest(p, buf, size);
}

static void advise_with_cap(const struct permission *p, char *buf, size_t size)
{
	if (p->yama >= 3)
		advise_yama(p, buf, size);
	else if (p->other_userns)
		snprintf(buf, size, "process %d lives in a user namespace "
			 "outside of ours: run on the host", (int)p->pid);
	else
		advise_rest(p, buf, size);
}

void permission_advise(const struct permission *p, char *buf, size_t size)
{
	buf[0] = '\0';
	if (p->hidden)
		snprintf(buf, size, "/proc hides other users' processes "
			 "(hidepid): run as root, or as the user of process "
			 "%d", (int)p->pid);
	else if (!p->exists)
		snprintf(buf, size, "process %d has ended meanwhile",
			 (int)p->pid);
	else if (p->tracer > 0)
		snprintf(buf, size, "process %d is being traced by process %d "
			 "(%s): end that first, or look without a pause "
			 "(--no-stop, or a plain attach)", (int)p->pid,
			 (int)p->tracer, p->tracer_comm);
	else if (p->have_cap)
		advise_with_cap(p, buf, size);
	else
		advise_without_cap(p, buf, size);
}

void permission_explain(pid_t pid, const struct err *err, char *buf,
			size_t size)
{
	struct permission p;

	buf[0] = '\0';
	if (err->code != ERR_PERM)
		return;
	permission_look(pid, &p);
	permission_advise(&p, buf, size);
}

/* -- Asking beforehand ---------------------------------------------------- */

static void say_why(const struct permission *p, char *why, size_t size)
{
	if (p->tracer > 0)
		snprintf(why, size, "traced by %d (%s)", (int)p->tracer,
			 p->tracer_comm);
	else if (!p->have_cap && p->uid != p->our_uid)
		snprintf(why, size, "other user (%s)", p->user);
	else if (!p->have_cap && !p->same_ids)
		snprintf(why, size, "other user or group ids");
	else if (!p->have_cap && p->not_dumpable)
		snprintf(why, size, "protected (not dumpable)");
	else if (!p->have_cap && p->more_caps)
		snprintf(why, size, "has more capabilities");
	else if (p->other_userns)
		snprintf(why, size, "other user namespace");
	else if (p->yama >= 1)
		snprintf(why, size, "ptrace_scope is %d", p->yama);
	else
		snprintf(why, size, "not permitted");
}

bool permission_can_attach(pid_t pid, char *why, size_t size)
{
	struct permission p = {.pid = pid};
	struct process proc;
	struct err err;
	bool may;

	why[0] = '\0';
	if (!process_open(&proc, pid, &err)) {
		strlcpy(why, err.text, size);
		return false;
	}
	look_at_us(&p);
	look_at_them(&proc, &p);
	may = may_read(&proc);
	process_close(&proc);
	if (!may || p.tracer > 0)
		say_why(&p, why, size);
	return may;
}
