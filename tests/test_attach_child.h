/* SPDX-License-Identifier: MIT */
#ifndef TESTS_TEST_ATTACH_CHILD_H
#define TESTS_TEST_ATTACH_CHILD_H

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/**
 * Real children as tracees.  Nothing here sleeps for luck: one waits for a
 * byte the child writes, or for a state the kernel shows, at most a minute.
 */
enum { CHILD_NAPS = 300000 };

/** Seen by parent and child alike. */
struct shared {
	volatile uint64_t counter;
	volatile uint64_t stop;
	volatile pid_t tid;
	int pipe[2];		/* the child may wait at its reading end */
};

__attribute__((unused))
static struct shared *shared_new(void)
{
	struct shared *sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (sh == MAP_FAILED || pipe(sh->pipe) != 0)
		abort();
	return sh;
}

__attribute__((unused))
static void shared_free(struct shared *sh)
{
	close(sh->pipe[0]);
	close(sh->pipe[1]);
	munmap(sh, sizeof(*sh));
}

/** The child says that it is ready by this. */
struct child_ready {
	int fd;
};

__attribute__((unused))
static void child_is_ready(struct child_ready ready)
{
	if (write(ready.fd, "r", 1) != 1)
		_exit(1);
}

/** Run @body in a child; returns once it said it is ready. */
__attribute__((unused))
static pid_t child_start(void (*body)(struct child_ready, struct shared *),
			 struct shared *sh)
{
	int fds[2];
	char byte;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		abort();
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		body((struct child_ready){fds[1]}, sh);
		_exit(0);
	}
	close(fds[1]);
	if (pid < 0 || read(fds[0], &byte, 1) != 1)
		abort();
	close(fds[0]);
	return pid;
}

__attribute__((unused))
static void child_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, __WALL);
}

__attribute__((unused))
static void brief_nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 200 * 1000}, NULL);
}

/** The state of a thread as /proc shows it; 'X' if there is none. */
__attribute__((unused))
static char child_state(pid_t pid, pid_t tid)
{
	char name[64], text[512];
	FILE *f;
	size_t len;
	char *close_bracket;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/stat", (int)pid,
		 (int)tid);
	f = fopen(name, "re");
	if (!f)
		return 'X';
	len = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[len] = '\0';
	close_bracket = strrchr(text, ')');
	return close_bracket ? close_bracket[2] : 'X';
}

/** Wait until the state is one of @states. */
__attribute__((unused))
static bool child_reaches(pid_t pid, pid_t tid, const char *states)
{
	for (int i = 0; i < CHILD_NAPS; i++) {
		if (strchr(states, child_state(pid, tid)))
			return true;
		brief_nap();
	}
	return false;
}

/** Wait until @value differs from @old. */
__attribute__((unused))
static bool changes(const volatile uint64_t *value, uint64_t old)
{
	for (int i = 0; i < CHILD_NAPS; i++) {
		if (*value != old)
			return true;
		brief_nap();
	}
	return false;
}

/** The TracerPid of a thread; -1 if it is gone. */
__attribute__((unused))
static int child_tracer(pid_t pid, pid_t tid)
{
	char name[64], line[256];
	int tracer = -1;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/status", (int)pid,
		 (int)tid);
	f = fopen(name, "re");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "TracerPid: %d", &tracer);
	if (f)
		fclose(f);
	return tracer;
}

/** A body: ready, then nothing. */
__attribute__((unused))
static void just_wait(struct child_ready ready, struct shared *sh)
{
	(void)sh;
	child_is_ready(ready);
	for (;;)
		pause();
}

/** A body: ready, then counting. */
__attribute__((unused))
static void just_count(struct child_ready ready, struct shared *sh)
{
	child_is_ready(ready);
	for (;;)
		sh->counter++;
}

#endif
