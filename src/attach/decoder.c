/* SPDX-License-Identifier: MIT */
/*
 * The process that decodes, and the talk with it.
 *
 * It is forked, not executed: the files are open already, and what it needs to
 * know of them it has.  It reads requests from a socket and writes records, for
 * each request some and one that ends it, so that whatever was decoded before
 * it died has arrived.  What it writes is believed as little as what it reads:
 * it may have been taken over.
 *
 * Time is that of its CPU, which a busy machine does not use up.
 *
 * Facts: Linux, Documentation/userspace-api/seccomp_filter.rst.
 */
#include "attach/decoder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach/budget.h"
#include "attach/demangle.h"
#include "attach/lines.h"
#include "attach/procfs.h"
#include "base/bounds.h"
#include "base/vec.h"

enum {
	TICK_MS = 20,		/* between two looks at its clock */
	RESTARTS = 8,		/* of one question */
	END_NAP_NS = 5000000,	/* between two looks whether it has ended, */
	END_NAPS = 200,		/* ... at most */
	NO_FILE = UINT32_MAX,
	NO_TEXT = UINT32_MAX,
};

/* Sanitizers have a shadow larger than any limit, and open files. */
#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED true
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED false
#endif

struct decoder {
	pid_t pid;		/* 0: it does not run */
	int fd;
	clockid_t cpu;		/* its clock */
	VEC(bool) known;	/* the files it was forked with */
	struct demangler demangler;

	/* Of the question that is being asked. */
	struct budget *budget;
	uint64_t cpu_before;
	struct timespec begin;
	uint8_t buf[1 << 16];	/* what it wrote, from @at to @len */
	size_t at, len;
};

/* Followed by the name.  All sizes are in bytes. */
struct request {
	uint32_t file, name_len;
	uint64_t at;
};

enum record_kind { RECORD_NAME, RECORD_LINE, RECORD_END };

/* Followed by two texts. */
struct record {
	uint32_t kind;
	uint32_t name_len, file_len;
	uint32_t is_inlined;
	int64_t line, column;	/* of RECORD_END: line is the fault */
};

/* -- In the other process: what it may ------------------------------------ */

#ifdef __x86_64__

/* What malloc(), stdio and abort() do; no file can be opened. */
static const int allowed[] = {
	SYS_read, SYS_write, SYS_pread64, SYS_close, SYS_fstat,
	SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_brk, SYS_madvise,
	SYS_futex, SYS_sched_yield, SYS_getrandom, SYS_clock_gettime,
	SYS_sysinfo, SYS_getpid, SYS_gettid, SYS_tgkill, SYS_rt_sigaction,
	SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_exit, SYS_exit_group,
};

enum { N_ALLOWED = ARRAY_SIZE(allowed) };

/* What is not allowed fails.  A kernel without filters has the rest. */
static void filter_calls(void)
{
	struct sock_filter filter[N_ALLOWED + 5];
	struct sock_fprog program = { ARRAY_SIZE(filter), filter };
	size_t n = 0;

	filter[n++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	filter[n++] = (struct sock_filter)BPF_JUMP(
		BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0,
		N_ALLOWED + 1);
	filter[n++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < N_ALLOWED; i++)
		filter[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)allowed[i],
			(uint8_t)(N_ALLOWED - i), 0);
	filter[n++] = (struct sock_filter)BPF_STMT(
		BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	filter[n] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						 SECCOMP_RET_ALLOW);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#else

static void filter_calls(void)
{
}

#endif

static void limit_memory(void)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct rlimit limit;
	char statm[128];
	struct err err;

	if (!procfs_read(AT_FDCWD, "/proc/self/statm", statm, sizeof(statm),
			 &err))
		_exit(1);
	limit.rlim_cur = strtoull(statm, NULL, 10) * page + DECODER_MEMORY;
	limit.rlim_max = limit.rlim_cur;
	/* Fails only where there is a lower limit already. */
	(void)setrlimit(RLIMIT_AS, &limit);
}

/* @parent: dies with it. */
static void confine(pid_t parent)
{
	const struct rlimit none = {0};
	sigset_t all;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* ^C is for who talks with us. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setrlimit(RLIMIT_CORE, &none);
	if (IS_SANITIZED)
		return;
	limit_memory();
	filter_calls();
}

/* -- In the other process: what it does ------------------------------------ */

struct work {
	const struct decoder_file *file;
	struct work_file {
		bool tried;
		struct lines *lines;
		enum decoder_fault fault;
	} *known;
	size_t n;
	uint64_t dwarf_left;
	struct demangler *demangler;
	int fd;
	FILE *to;
};

static uint32_t text_len(const char *text)
{
	return text ? (uint32_t)strnlen(text, MAX_SYMBOL_NAME - 1) : NO_TEXT;
}

static void write_text(struct work *work, const char *text, uint32_t len)
{
	if (len != NO_TEXT)
		fwrite(text, 1, len, work->to);
}

static void write_record(struct work *work, struct record *rec,
			 const char *name, const char *file)
{
	rec->name_len = text_len(name);
	rec->file_len = text_len(file);
	fwrite(rec, sizeof(*rec), 1, work->to);
	write_text(work, name, rec->name_len);
	write_text(work, file, rec->file_len);
}

static void work_line(void *arg, const struct lines_row *row)
{
	struct work *work = arg;
	struct record rec = {
		.kind = RECORD_LINE, .is_inlined = row->is_inlined,
		.line = row->line, .column = row->column,
	};
	auto_free char *nice = row->linkage ? demangle(work->demangler,
						       row->linkage) : NULL;

	write_record(work, &rec, nice ? nice : row->name, row->file);
}

static void work_open(struct work *work, uint32_t number)
{
	struct work_file *known = &work->known[number];
	struct err err;

	known->tried = true;
	known->lines = lines_open(work->file[number].elf, &work->dwarf_left,
				  &err);
	if (known->lines)
		return;
	if (err.code == ERR_NOMEM)
		_exit(LINES_NO_MEMORY);
	if (err.code == ERR_LIMIT)
		known->fault = DECODER_TOO_LARGE;
}

static void work_answer(struct work *work, const struct request *req,
			const char *name)
{
	auto_free char *nice = name ? demangle(work->demangler, name) : NULL;
	struct record rec = { .kind = RECORD_NAME };

	if (nice)
		write_record(work, &rec, nice, NULL);
	rec = (struct record){ .kind = RECORD_END };
	if (req->file < work->n) {
		struct work_file *known = &work->known[req->file];

		if (!known->tried)
			work_open(work, req->file);
		if (known->lines)
			lines_at(known->lines, req->at, work_line, work);
		rec.line = known->fault;
	}
	write_record(work, &rec, NULL, NULL);
	if (fflush(work->to) != 0)
		_exit(1);
}

/* @len bytes from who asks; ends when there are no more. */
static void read_fully(int fd, void *to, size_t len)
{
	char *at = to;

	while (len > 0) {
		ssize_t got = read(fd, at, len);

		if (got <= 0)
			_exit(0);
		at += got;
		len -= (size_t)got;
	}
}

static void work_question(struct work *work)
{
	uint64_t size;
	char *all;

	read_fully(work->fd, &size, sizeof(size));
	all = malloc(size + 1);
	if (!all)
		_exit(LINES_NO_MEMORY);
	read_fully(work->fd, all, size);
	for (char *at = all; at < all + size;) {
		struct request req;
		char name[MAX_SYMBOL_NAME];

		memcpy(&req, at, sizeof(req));
		at += sizeof(req);
		memcpy(name, at, req.name_len);
		name[req.name_len] = '\0';
		at += req.name_len;
		work_answer(work, &req, req.name_len ? name : NULL);
	}
	free(all);
}

static void __attribute__((noreturn))
work_forever(struct decoder *de, const struct decoder_file *file, size_t n,
	     int fd, pid_t parent)
{
	struct work work = {
		.file = file, .n = n, .fd = fd, .to = fdopen(fd, "w"),
		.dwarf_left = DECODER_DWARF, .demangler = &de->demangler,
		.known = calloc(n + 1, sizeof(*work.known)),
	};

	if (!work.to || !work.known)
		_exit(LINES_NO_MEMORY);
	confine(parent);
	for (;;)
		work_question(&work);
}

/* -- Starting and ending it ------------------------------------------------ */

struct decoder *decoder_new(struct err *err)
{
	struct decoder *de = calloc(1, sizeof(*de));

	if (!de)
		err_nomem(err);
	else
		de->fd = -1;
	return de;
}

/* How it ended.  One that hangs in the kernel is left to init. */
static enum decoder_fault decoder_end(struct decoder *de)
{
	const struct timespec nap = { .tv_nsec = END_NAP_NS };
	int status = 0;
	pid_t got = 0;

	if (!de->pid)
		return DECODER_DIED;
	close(de->fd);
	kill(de->pid, SIGKILL);
	for (int i = 0; i < END_NAPS && got == 0; i++) {
		got = waitpid(de->pid, &status, WNOHANG);
		if (got == 0)
			nanosleep(&nap, NULL);
	}
	de->pid = 0;
	de->fd = -1;
	de->at = de->len = 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == LINES_NO_MEMORY
		       ? DECODER_NO_MEMORY : DECODER_DIED;
}

void decoder_forget(struct decoder *de)
{
	decoder_end(de);
}

void decoder_free(struct decoder *de)
{
	if (!de)
		return;
	decoder_end(de);
	vec_free(&de->known);
	demangler_fini(&de->demangler);
	free(de);
}

static bool decoder_start(struct decoder *de, const struct decoder_file *file,
			  size_t n)
{
	pid_t self = getpid();
	struct err err;
	int fds[2];

	de->known.n = 0;
	for (size_t i = 0; i < n; i++) {
		bool *known = vec_add(&de->known, &err);

		if (!known)
			return false;
		*known = file[i].elf != NULL;
	}
	demangler_prepare(&de->demangler);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return false;
	de->pid = fork();
	if (de->pid == 0) {
		close(fds[0]);
		work_forever(de, file, n, fds[1], self);
	}
	close(fds[1]);
	de->fd = fds[0];
	if (de->pid > 0 && clock_getcpuclockid(de->pid, &de->cpu) == 0)
		return true;
	if (de->pid > 0)
		decoder_end(de);
	else
		close(fds[0]);
	de->pid = 0;
	return false;
}

/* -- The talk -------------------------------------------------------------- */

static uint64_t decoder_spent(const struct decoder *de)
{
	return clock_ns(de->cpu) - de->cpu_before;
}

static bool decoder_is_late(struct decoder *de)
{
	if (decoder_spent(de) < budget_ns(de->budget) &&
	    clock_ms_since(&de->begin) < DECODER_PATIENCE_MS)
		return false;
	de->budget->no_time = true;
	return true;
}

static bool decoder_wait(struct decoder *de, short events)
{
	struct pollfd p = { .fd = de->fd, .events = events };

	do {
		int n = poll(&p, 1, TICK_MS);

		if (n > 0 || (n < 0 && errno != EINTR))
			return n > 0;
	} while (!decoder_is_late(de));
	return false;
}

static bool decoder_send(struct decoder *de, const void *from, size_t len)
{
	const char *at = from;

	while (len > 0) {
		ssize_t sent = send(de->fd, at, len,
				    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent > 0) {
			at += sent;
			len -= (size_t)sent;
		} else if ((errno != EAGAIN && errno != EINTR) ||
			   !decoder_wait(de, POLLOUT)) {
			return false;
		}
	}
	return true;
}

static bool decoder_receive(struct decoder *de, void *to, size_t len)
{
	char *at = to;

	while (len > 0) {
		size_t some = de->len - de->at;
		ssize_t got;

		if (some > 0) {
			some = some < len ? some : len;
			memcpy(at, de->buf + de->at, some);
			de->at += some;
			at += some;
			len -= some;
			continue;
		}
		if (decoder_is_late(de))
			return false;
		got = recv(de->fd, de->buf, sizeof(de->buf), MSG_DONTWAIT);
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			return false;
		if (got < 0 && !decoder_wait(de, POLLIN))
			return false;
		de->at = 0;
		de->len = got > 0 ? (size_t)got : 0;
	}
	return true;
}

/* False: it is no such text. */
static bool decoder_text(struct decoder *de, uint32_t len, char **ret)
{
	*ret = NULL;
	if (len == NO_TEXT)
		return true;
	if (len >= MAX_SYMBOL_NAME || !budget_take(de->budget, len + 1))
		return false;
	*ret = malloc(len + 1);
	if (!*ret || !decoder_receive(de, *ret, len)) {
		free(*ret);
		*ret = NULL;
		return false;
	}
	(*ret)[len] = '\0';
	return true;
}

struct question {
	struct decoder *de;
	struct decoder_file *file;
	size_t n_files;
	struct decoder_want *want;
	size_t n;
	const struct decoder_take *take;
	bool failed;		/* @take said so */
};

static bool is_asked_about(const struct question *q, size_t number)
{
	return number < q->n_files && q->file[number].elf &&
	       q->file[number].fault == DECODER_FINE;
}

static size_t name_len(const struct decoder_want *want)
{
	return want->name ? strnlen(want->name, MAX_SYMBOL_NAME - 1) : 0;
}

/* All from number @from on, as one message. */
static bool question_send(const struct question *q, size_t from)
{
	uint64_t size = 0;
	auto_free char *all = NULL;
	char *at;

	for (size_t i = from; i < q->n; i++)
		size += sizeof(struct request) + name_len(&q->want[i]);
	all = malloc(sizeof(size) + size);
	if (!all)
		return false;
	at = mempcpy(all, &size, sizeof(size));
	for (size_t i = from; i < q->n; i++) {
		const struct decoder_want *want = &q->want[i];
		const struct request req = {
			.file = is_asked_about(q, want->file)
					? (uint32_t)want->file : NO_FILE,
			.name_len = (uint32_t)name_len(want), .at = want->at,
		};

		at = mempcpy(at, &req, sizeof(req));
		if (req.name_len)
			at = mempcpy(at, want->name, req.name_len);
	}
	return decoder_send(q->de, all, sizeof(size) + size);
}

static void question_end(struct question *q, size_t i,
			 const struct record *rec)
{
	q->want[i].is_answered = rec->kind == RECORD_END;
	if (rec->line == DECODER_TOO_LARGE && q->want[i].file < q->n_files)
		q->file[q->want[i].file].fault = DECODER_TOO_LARGE;
}

/* The answer to number @i; false: none came, or @take said so. */
static bool question_answer(struct question *q, size_t i)
{
	for (;;) {
		struct decoder_line line;
		char *name, *file;
		struct record rec;

		if (!decoder_receive(q->de, &rec, sizeof(rec)) ||
		    !decoder_text(q->de, rec.name_len, &name))
			return false;
		if (!decoder_text(q->de, rec.file_len, &file)) {
			free(name);
			return false;
		}
		if (rec.kind == RECORD_LINE) {
			line = (struct decoder_line){
				name, file, rec.line, rec.column,
				rec.is_inlined != 0,
			};
			q->failed = !q->take->line(q->take->arg, i, &line);
			if (q->failed)
				return false;
			continue;
		}
		free(file);
		if (rec.kind == RECORD_NAME && name) {
			q->take->name(q->take->arg, i, name);
			continue;
		}
		free(name);
		question_end(q, i, &rec);
		return rec.kind == RECORD_END;
	}
}

static bool decoder_knows(const struct question *q)
{
	const struct decoder *de = q->de;

	for (size_t i = 0; i < q->n; i++) {
		size_t number = q->want[i].file;

		if (is_asked_about(q, number) &&
		    (number >= de->known.n || !de->known.v[number]))
			return false;
	}
	return de->pid != 0;
}

/* It does not answer number @i: why? */
static void question_fault(struct question *q, size_t i)
{
	const bool spent = budget_is_spent(q->de->budget);
	enum decoder_fault fault = decoder_end(q->de);

	if (spent)
		return;
	q->want[i].is_answered = true;		/* it never will be */
	if (is_asked_about(q, q->want[i].file))
		q->file[q->want[i].file].fault = fault;
}

bool decoder_ask(struct decoder *de, struct decoder_file *file, size_t n_files,
		 struct decoder_want *want, size_t n, struct budget *budget,
		 const struct decoder_take *take)
{
	struct question q = { de, file, n_files, want, n, take, false };
	size_t i = 0;

	de->budget = budget;
	for (int starts = 0; i < n && starts < RESTARTS; starts++) {
		if (budget_is_spent(budget))
			break;
		if (!decoder_knows(&q)) {
			decoder_end(de);
			if (!decoder_start(de, file, n_files))
				break;
		}
		de->cpu_before = clock_ns(de->cpu);
		clock_gettime(CLOCK_MONOTONIC, &de->begin);
		if (question_send(&q, i)) {
			while (i < n && question_answer(&q, i))
				i++;
		}
		budget_charge(budget, decoder_spent(de));
		if (i < n)
			question_fault(&q, i++);
		if (q.failed)
			return false;
	}
	return true;
}
