/* SPDX-License-Identifier: MIT */
#ifndef CLI_WATCHING_H
#define CLI_WATCHING_H

#include <signal.h>
#include <stdbool.h>
#include <time.h>

#include "cli/command.h"

/**
 * --watch=SECONDS and --count=N: look again and again.
 *
 * Between watching_begin() and watching_end() SIGINT, SIGTERM and SIGHUP wait
 * until a look is over, so that each is printed whole; watching_wait() tells of
 * them.
 */
struct watching {
	double seconds;		/* from start to start; 0: one look */
	long long count;	/* looks; 0: no end */
	sigset_t ends, before;	/* signals that end it; the mask we found */
};

/** The values of the options; false: ERR_USAGE. */
MUST_CHECK bool watching_seconds(const struct command *command,
				 const char *text, double *ret,
				 struct err *err);
MUST_CHECK bool watching_count(const struct command *command,
			       const char *text, long long *ret,
			       struct err *err);

void watching_begin(struct watching *w);
void watching_end(const struct watching *w);

/** The last look began at @begin.  True: time for the next one.  False: a
 *  signal says that it was enough. */
bool watching_wait(const struct watching *w, const struct timespec *begin);

/** Look once, print, and say when that began. */
typedef bool watching_look(void *arg, struct timespec *ret_begin,
			   struct err *err);

/** All of that: call @look, again and again if @w says so.  Of a process that is
 *  gone after the first look, the user is told, and it is no error. */
MUST_CHECK bool watching_run(struct watching *w, struct cli *cli,
			     watching_look *look, void *arg, struct err *err);

#endif
