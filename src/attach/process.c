/* SPDX-License-Identifier: MIT */
#include "attach/process.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bsd/string.h>

#include "attach/foreignfile.h"
#include "base/bounds.h"
#include "base/vec.h"

static int open_proc(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool no_process(pid_t pid, struct err *err)
{
	if (errno != ENOENT && errno != ESRCH)
		return err_sys(err, errno, "cannot open /proc/%d", (int)pid);
	if (access("/proc/self", F_OK) < 0)
		return err_set(err, ERR_OS, "/proc is not mounted here "
			       "(mount -t proc proc /proc)");
	if (pid > 0 && (kill(pid, 0) == 0 || errno == EPERM))
		return err_set(err, ERR_PERM,
			       "process %d is hidden from this user (/proc is "
			       "mounted with hidepid)", (int)pid);
	return err_set(err, ERR_GONE, "no process %d", (int)pid);
}

bool process_failed(const struct process *proc, struct err *err)
{
	char name[32];

	if (err->code == ERR_GONE)
		return err_set(err, ERR_GONE, "process %d has exited",
			       (int)proc->pid);
	snprintf(name, sizeof(name), "process %d ", (int)proc->pid);
	if (strncmp(err->text, name, strlen(name)) == 0)
		return false;	/* said already */
	return err_context(err, "process %d", (int)proc->pid);
}

/* /proc/TID exists too, and would lead to the process: no silent luck. */
static bool check_leader(const struct process *proc, struct err *err)
{
	char status[MAX_PROC_FILE];
	int64_t tgid;

	if (!procfs_read(proc->proc_fd, "status", status, sizeof(status), err))
		return process_failed(proc, err);
	tgid = procfs_number(status, "Tgid");
	if (tgid > 0 && tgid != proc->pid)
		return err_set(err, ERR_USAGE,
			       "%d is a thread of process %" PRId64,
			       (int)proc->pid, tgid);
	return true;
}

/* Does /proc/TID, opened as @dir, show a living thread of our process? */
static bool is_ours(const struct process *proc, int dir)
{
	struct procfs_stat stat;
	char status[MAX_PROC_FILE];
	struct err err;

	return procfs_stat(dir, "stat", &stat, &err) &&
	       !procfs_is_dead(stat.state) &&
	       procfs_read(dir, "status", status, sizeof(status), &err) &&
	       procfs_number(status, "Tgid") == proc->pid;
}

/*
 * A main thread that called pthread_exit() is a zombie while the others run;
 * asked for its memory, it has none.  Any other thread has it.
 */
static bool open_through_thread(struct process *proc, struct err *err)
{
	struct pid_list tids = {0};

	if (!process_threads(proc, &tids, err))
		tids.n = 0;
	for (size_t i = 0; i < tids.n && proc->mm_fd < 0; i++) {
		int dir = open_proc(tids.v[i]);

		if (dir >= 0 && is_ours(proc, dir)) {
			proc->mm_fd = dir;
			proc->tid = tids.v[i];
		} else if (dir >= 0) {
			close(dir);
		}
	}
	vec_free(&tids);
	return proc->mm_fd >= 0 ||
	       err_set(err, ERR_GONE, "process %d has exited (it is a zombie)",
		       (int)proc->pid);
}

static bool open_mm(struct process *proc, char state, struct err *err)
{
	if (procfs_is_dead(state))
		return open_through_thread(proc, err);
	proc->mm_fd = fcntl(proc->proc_fd, F_DUPFD_CLOEXEC, 0);
	return proc->mm_fd >= 0 || err_sys(err, errno, "cannot duplicate");
}

static bool check_class(const struct process *proc, struct err *err)
{
	const struct foreignfile want = {
		.proc = proc, .most = MAX_MODULE_FILE,
	};
	auto_close int fd = foreignfile_open_link(&want, "exe");
	unsigned char ident[EI_NIDENT];

	/* Not permitted to look: attaching will say so, better than we. */
	if (fd < 0 || pread(fd, ident, sizeof(ident), 0) != sizeof(ident))
		return true;
	if (memcmp(ident, ELFMAG, SELFMAG) == 0 &&
	    ident[EI_CLASS] != ELFCLASS64)
		return err_set(err, ERR_BADDATA,
			       "process %d is a 32-bit program; only 64-bit "
			       "ones are supported", (int)proc->pid);
	return true;
}

static bool look_inside(struct process *proc, struct err *err)
{
	struct procfs_stat stat;

	if (!check_leader(proc, err))
		return false;
	if (!procfs_stat(proc->proc_fd, "stat", &stat, err))
		return process_failed(proc, err);
	proc->start_ticks = stat.start_ticks;
	if (stat.flags & PROCFS_PF_KTHREAD)
		return err_set(err, ERR_BADDATA,
			       "process %d (%s) is a thread of the kernel",
			       (int)proc->pid, stat.comm);
	if (!open_mm(proc, stat.state, err))
		return false;
	proc->maps_fd = openat(proc->mm_fd, "maps", O_RDONLY | O_CLOEXEC);
	return check_class(proc, err);
}

bool process_open(struct process *proc, pid_t pid, struct err *err)
{
	*proc = (struct process){
		.pid = pid, .tid = pid,
		.proc_fd = -1, .mm_fd = -1, .maps_fd = -1,
	};
	if (pid <= 0)
		return err_set(err, ERR_GONE, "no process %d", (int)pid);
	proc->proc_fd = open_proc(pid);
	if (proc->proc_fd < 0)
		return no_process(pid, err);
	if (!look_inside(proc, err)) {
		process_close(proc);
		return false;
	}
	return true;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void process_close(struct process *proc)
{
	close_one(&proc->maps_fd);
	close_one(&proc->mm_fd);
	close_one(&proc->proc_fd);
}

bool process_same(const struct process *proc, struct err *err)
{
	struct procfs_stat stat;
	char byte;

	if (!procfs_stat(proc->proc_fd, "stat", &stat, err))
		return process_failed(proc, err);
	if (stat.start_ticks != proc->start_ticks ||
	    (proc->tid == proc->pid && (procfs_is_dead(stat.state) ||
					stat.flags & PROCFS_PF_EXITING)))
		return err_set(err, ERR_GONE, "process %d has exited",
			       (int)proc->pid);
	/* The old address space has no mappings once it is abandoned. */
	if (proc->maps_fd >= 0 && pread(proc->maps_fd, &byte, 1, 0) != 1)
		return err_set(err, ERR_GONE, "process %d has exited or "
			       "started another program", (int)proc->pid);
	return true;
}

double process_age(const struct process *proc)
{
	const long hz = sysconf(_SC_CLK_TCK);
	struct timespec now;

	if (hz <= 0 || clock_gettime(CLOCK_BOOTTIME, &now) != 0)
		return -1;
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9 -
	       (double)proc->start_ticks / (double)hz;
}

bool process_explain(const struct process *proc, struct err *err)
{
	struct err gone;

	if (err->code != ERR_GONE && !process_same(proc, &gone))
		*err = gone;
	return false;
}

bool process_threads(const struct process *proc, struct pid_list *ret,
		     struct err *err)
{
	return procfs_list(proc->proc_fd, "task", ret, err) ||
	       process_failed(proc, err);
}

static bool is_fork(int dir, const char *name)
{
	struct procfs_stat stat;
	struct err err;

	return procfs_stat(dir, name, &stat, &err) &&
	       stat.flags & PROCFS_PF_FORKNOEXEC;
}

static bool has_fork_in(const char *children)
{
	char name[32], *end;

	for (;; children = end) {
		long child = strtol(children, &end, 10);
		auto_close int dir = -1;

		if (end == children)
			return false;
		snprintf(name, sizeof(name), "/proc/%ld", child);
		dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir >= 0 && is_fork(dir, "stat"))
			return true;
	}
}

bool process_shares_pages(const struct process *proc)
{
	struct pid_list tids = {0};
	bool shares = is_fork(proc->proc_fd, "stat");
	struct err err;

	/* Many threads: asking each for its children is not worth the time. */
	if (!shares && (!process_threads(proc, &tids, &err) || tids.n > 64))
		shares = true;
	for (size_t i = 0; i < tids.n && !shares; i++) {
		char name[64], children[4096];

		snprintf(name, sizeof(name), "task/%d/children",
			 (int)tids.v[i]);
		/* No such file: a kernel without CONFIG_PROC_CHILDREN. */
		shares = !procfs_read(proc->proc_fd, name, children,
				      sizeof(children), &err) ||
			 strlen(children) == sizeof(children) - 1 ||
			 has_fork_in(children);
	}
	vec_free(&tids);
	return shares;
}

bool process_info_args(struct process_info *info, char *text, size_t len,
		       struct err *err)
{
	size_t n = 0;

	info->args = text;
	for (size_t i = 0; i < len; i++)
		n += info->args[i] == '\0' || i + 1 == len;
	info->argv = calloc(n + 1, sizeof(*info->argv));
	if (!info->argv)
		return err_nomem(err);
	for (size_t i = 0; i < len; i += strlen(info->args + i) + 1)
		info->argv[info->argc++] = info->args + i;
	return true;
}

static bool fill_args(const struct process *proc, struct process_info *info,
		      struct err *err)
{
	size_t len;
	char *text = procfs_slurp(proc->mm_fd, "cmdline", MAX_CMDLINE, &len,
				  err);

	if (!text)
		return false;
	info->argv_cut = len == MAX_CMDLINE;
	return process_info_args(info, text, len, err);
}

static bool fill_exe(const struct process *proc, struct process_info *info,
		     struct err *err)
{
	static const char deleted[] = " (deleted)";
	const size_t suffix = sizeof(deleted) - 1;
	char path[PATH_MAX + sizeof(deleted)];
	ssize_t len = readlinkat(proc->mm_fd, "exe", path, sizeof(path) - 1);

	if (len < 0)
		return true;
	path[len] = '\0';
	if ((size_t)len > suffix && !strcmp(path + len - suffix, deleted)) {
		path[(size_t)len - suffix] = '\0';
		info->exe_deleted = true;
	}
	info->exe = strdup(path);
	return info->exe || err_nomem(err);
}

/*
 * By the file, not by getpwuid(): that asks whoever /etc/nsswitch.conf names,
 * over a network for as long as it likes, and without memory it aborts (glibc
 * 2.36).  Whoever is not in the file is a number.
 */
void process_info_user(struct process_info *info)
{
	struct passwd pw, *found = NULL;
	FILE *f = fopen("/etc/passwd", "re");
	char buf[4096];

	snprintf(info->user, sizeof(info->user), "%u",
		 (unsigned int)info->uid);
	if (!f)
		return;
	while (fgetpwent_r(f, &pw, buf, sizeof(buf), &found) == 0) {
		if (found->pw_uid == info->uid) {
			strlcpy(info->user, found->pw_name,
				sizeof(info->user));
			break;
		}
	}
	fclose(f);
}

/* "Uid: real effective saved filesystem" */
static uint32_t second_number(const char *field)
{
	char *end;

	if (!field)
		return UINT32_MAX;
	strtoul(field, &end, 10);
	return (uint32_t)strtoul(end, NULL, 10);
}

static pid_t last_number(const char *field)
{
	long number = 0;
	char *end;

	while (field && *field != '\n') {
		long next = strtol(field, &end, 10);

		if (end == field)
			break;
		number = next;
		field = end;
	}
	return (pid_t)number;
}

static bool fill_status(const struct process *proc, struct process_info *info,
			struct err *err)
{
	char status[MAX_PROC_FILE];

	if (!procfs_read(proc->proc_fd, "status", status, sizeof(status), err))
		return false;
	info->uid = second_number(procfs_field(status, "Uid"));
	info->gid = second_number(procfs_field(status, "Gid"));
	info->tracer = (pid_t)procfs_number(status, "TracerPid");
	info->inner_pid = last_number(procfs_field(status, "NSpid"));
	if (info->inner_pid <= 0)
		info->inner_pid = proc->pid;	/* before Linux 4.1 */
	process_info_user(info);
	return true;
}

/* Seconds since 1970 when the machine started, or -1. */
static int64_t boot_time(void)
{
	struct err err;
	size_t len;
	char *text = procfs_slurp(AT_FDCWD, "/proc/stat", MAX_CMDLINE, &len,
				  &err);
	const char *line = text ? strstr(text, "\nbtime ") : NULL;
	int64_t seconds = line ? strtoll(line + 7, NULL, 10) : -1;

	free(text);
	return seconds;
}

static bool fill_stat(const struct process *proc, struct process_info *info,
		      struct err *err)
{
	const int64_t hz = sysconf(_SC_CLK_TCK);
	int64_t boot = boot_time();
	struct procfs_stat stat;

	if (!procfs_stat(proc->proc_fd, "stat", &stat, err))
		return false;
	strlcpy(info->comm, stat.comm, sizeof(info->comm));
	info->state = stat.state;
	info->ppid = stat.ppid;
	info->forked = stat.flags & PROCFS_PF_FORKNOEXEC;
	info->n_threads = stat.num_threads;
	info->started = -1;
	if (boot >= 0 && hz > 0)
		info->started = boot + (int64_t)(stat.start_ticks /
						 (uint64_t)hz);
	return true;
}

bool process_info(const struct process *proc, struct process_info *ret,
		  struct err *err)
{
	*ret = (struct process_info){0};
	if (fill_stat(proc, ret, err) && fill_status(proc, ret, err) &&
	    fill_args(proc, ret, err) && fill_exe(proc, ret, err))
		return true;
	process_info_fini(ret);
	return process_failed(proc, err);
}

void process_info_fini(struct process_info *info)
{
	free(info->argv);
	free(info->args);
	free(info->exe);
	*info = (struct process_info){0};
}
