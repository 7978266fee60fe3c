/* SPDX-License-Identifier: MIT */
/*
 * A child at work, and how long it may sleep.
 *
 * Whether it makes progress is what the kernel counts: someone who waits for a
 * file system that does not answer never gives up the CPU again.
 */
#include "attach/errand.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach/procfs.h"
#include "base/bounds.h"

enum {
	TICK = 100,		/* ms between looks at the child */
	MAX_STUCK = 4,		/* after so many, */
	IMPATIENCE = 500,	/* ... patience is that, in ms */
};

static void errand_work(int fd, size_t from, size_t end,
			void (*fn)(void *arg, size_t i, int fd), void *arg)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (size_t i = from; i < end; i++)
		fn(arg, i, fd);
	_exit(0);
}

bool errand_start(struct errand *e, size_t from, size_t end,
		  void (*fn)(void *arg, size_t i, int fd), void *arg,
		  struct err *err)
{
	int fds[2];

	*e = (struct errand){ .fd = -1, .patience = ERRAND_PATIENCE };
	if (pipe2(fds, O_CLOEXEC) != 0)
		return err_sys(err, errno, "cannot make a pipe");
	e->pid = fork();
	if (e->pid == 0)
		errand_work(fds[1], from, end, fn, arg);
	close(fds[1]);
	e->fd = fds[0];
	if (e->pid > 0)
		return true;
	err_sys(err, errno, "cannot start a process");
	errand_end(e);
	return false;
}

/* How often it has gone to sleep; -1 while it does not sleep. */
static int64_t sleeps_of(const struct errand *e)
{
	char name[40], text[MAX_PROC_FILE];
	const char *state;
	struct err ignored;

	snprintf(name, sizeof(name), "/proc/%d/status", (int)e->pid);
	if (!procfs_read(AT_FDCWD, name, text, sizeof(text), &ignored))
		return -1;
	state = procfs_field(text, "State");
	if (!state || (*state != 'S' && *state != 'D'))
		return -1;
	return procfs_number(text, "voluntary_ctxt_switches");
}

static bool comes(const struct errand *e)
{
	struct pollfd pfd = { .fd = e->fd, .events = POLLIN };
	int64_t before = -1, now;

	for (int slept = 0; slept < e->patience; slept += TICK) {
		if (poll(&pfd, 1, TICK) > 0)
			return true;
		now = sleeps_of(e);
		if (now < 0 || now != before)
			slept = 0;
		before = now;
	}
	return false;
}

enum errand_read errand_read(struct errand *e, void *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t got;

		e->stuck = !comes(e);
		if (e->stuck)
			return ERRAND_STUCK;
		got = read(e->fd, (char *)buf + done, len - done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ERRAND_ENDED;
		done += (size_t)got;
	}
	return ERRAND_CAME;
}

/* One that is stuck may not even be killed: it is not waited for.  Others close
 * their end when they end. */
void errand_end(struct errand *e)
{
	if (e->pid > 0) {
		kill(e->pid, SIGKILL);
		waitpid(e->pid, NULL, e->stuck || !comes(e) ? WNOHANG : 0);
	}
	if (e->fd >= 0)
		close(e->fd);
	*e = (struct errand){ .fd = -1 };
}

void errand_write(int fd, const void *buf, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t put = write(fd, (const char *)buf + done, len - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			_exit(1);
		done += (size_t)put;
	}
}

bool errands_run(const struct errands *errands, size_t n, void *arg,
		 struct err *err)
{
	size_t i = 0, stuck = 0;
	bool ok = true;

	while (ok && i < n) {
		enum errand_read how = ERRAND_CAME;
		struct errand e;

		if (!errand_start(&e, i, n, errands->fn, arg, err))
			return false;
		if (errands->patience)
			e.patience = errands->patience;
		if (stuck >= MAX_STUCK)
			e.patience = IMPATIENCE;
		while (i < n && errands->take(arg, i, &e, &how, err))
			i++;
		errand_end(&e);
		if (i == n || how == ERRAND_CAME)
			return i == n;
		stuck += how == ERRAND_STUCK;
		ok = errands->lost(arg, i++, err);
	}
	return ok;
}
