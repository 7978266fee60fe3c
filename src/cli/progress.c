/* SPDX-License-Identifier: MIT */
#include "cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { FIRST_MS = 1000, EVERY_MS = 100 };

void progress_init(struct progress *p)
{
	*p = (struct progress){ .wanted = isatty(STDERR_FILENO) };
	p->start_ms = (int64_t)(clock_now_ns() / 1000000);
}

void progress_show(void *arg, const char *phase, uint64_t done, uint64_t total)
{
	struct progress *p = arg;
	int64_t now;

	if (!p->wanted)
		return;
	now = (int64_t)(clock_now_ns() / 1000000);
	if (now - p->start_ms < FIRST_MS || now - p->last_ms < EVERY_MS)
		return;
	p->last_ms = now;
	p->shown = true;
	if (total > 0)
		dprintf(STDERR_FILENO, "\r\033[K%s: %.0f %%", phase,
			(double)done * 100 / (double)total);
	else
		dprintf(STDERR_FILENO, "\r\033[K%s", phase);
}

bool progress_unpacking(void *p, uint64_t done, uint64_t total)
{
	progress_show(p, "unpacking", done, total);
	return true;
}

void progress_end(struct progress *p)
{
	if (p->shown)
		dprintf(STDERR_FILENO, "\r\033[K");
	p->shown = false;
}
