/* SPDX-License-Identifier: MIT */
#include "cli/watching.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <bsd/stdlib.h>

#include "base/clock.h"

enum { COUNT_MAX = 1000000000, WATCH_MAX = 86400 };

bool watching_seconds(const struct command *command, const char *text,
		      double *ret, struct err *err)
{
	char *end;

	*ret = strtod(text, &end);
	if (end != text && !*end && *ret > 0 && *ret <= WATCH_MAX)
		return true;
	return option_usage(command, err, "--watch must be a number of "
			    "seconds, not '%s'", text);
}

bool watching_count(const struct command *command, const char *text,
		    long long *ret, struct err *err)
{
	const char *why = NULL;

	*ret = strtonum(text, 1, COUNT_MAX, &why);
	return !why || option_usage(command, err, "--count must be a "
				    "number from 1 on, not '%s'", text);
}

void watching_begin(struct watching *w)
{
	sigemptyset(&w->ends);
	sigaddset(&w->ends, SIGINT);
	sigaddset(&w->ends, SIGTERM);
	sigaddset(&w->ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &w->ends, &w->before);
}

void watching_end(const struct watching *w)
{
	sigprocmask(SIG_SETMASK, &w->before, NULL);
}

bool watching_wait(const struct watching *w, const struct timespec *begin)
{
	double left = w->seconds - clock_ms_since(begin) / 1e3;

	do {
		double whole = floor(left > 0 ? left : 0);
		struct timespec ts = {
			.tv_sec = (time_t)whole,
			.tv_nsec = (long)((left > 0 ? left - whole : 0) * 1e9),
		};

		if (sigtimedwait(&w->ends, NULL, &ts) >= 0)
			return false;
		left = w->seconds - clock_ms_since(begin) / 1e3;
	} while (errno == EINTR && left > 0);
	return true;
}

bool watching_run(struct watching *w, struct cli *cli, watching_look *look,
		  void *arg, struct err *err)
{
	struct timespec begin;
	long long looks = 0;
	bool ok;

	if (!w->seconds)
		return look(arg, &begin, err);
	watching_begin(w);
	do {
		ok = look(arg, &begin, err);
		looks += ok;
	} while (ok && (!w->count || looks < w->count) &&
		 watching_wait(w, &begin));
	watching_end(w);
	if (ok || err->code != ERR_GONE || !looks)
		return ok;
	cli->warn("the process has ended, or started another program");
	return true;
}
