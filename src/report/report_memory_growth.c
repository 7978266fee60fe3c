/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <time.h>

#include "base/units.h"
#include "report/report_memory.h"
#include "report/report_title.h"

enum {
	ROWS = 10,
	NAME_COLUMNS = 60,
	CLOCK_TEXT = 16,
};

static void put_more(struct out *out, int64_t more, double seconds)
{
	char size[UNITS_TEXT], rate[UNITS_TEXT];
	char sign = more < 0 ? '-' : '+';

	out_printf(out, "%c%s, %c%s/s", sign, units_bytes(size, llabs(more)),
		   sign, units_bytes(rate, (int64_t)((double)llabs(more) /
						     seconds)));
}

static void put_change(struct out *out, const struct account_change *c,
		       double seconds)
{
	out_const(out, "  ");
	for (int i = 0; i < ACCOUNT_DEPTH && c->leaf->path[i]; i++) {
		out_visible(out, c->leaf->path[i], NAME_COLUMNS);
		if (i + 1 < ACCOUNT_DEPTH && c->leaf->path[i + 1])
			out_const(out, ", ");
	}
	out_const(out, "  ");
	put_more(out, c->now - c->before, seconds);
	out_char(out, '\n');
}

void report_memory_growth(struct out *out, const struct dump *dump,
			  const struct account *account,
			  const struct account_growth *growth, bool color)
{
	char clock[CLOCK_TEXT], size[UNITS_TEXT], limit[ACCOUNT_LIMIT_TEXT];
	struct tm tm;

	localtime_r(&dump->time.tv_sec, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	out_printf(out, "\n%s%s%s  %s resident, ", color ? BOLD : "", clock,
		   color ? PLAIN : "", units_bytes(size, account->rss));
	put_more(out, account->rss - growth->rss_before, growth->seconds);
	out_char(out, '\n');
	if (account->cgroup.version)
		out_printf(out, "  %s\n",
			   account_cgroup_limit(limit, &account->cgroup));
	for (size_t i = 0; i < growth->leaves.n && i < ROWS; i++)
		put_change(out, &growth->leaves.v[i], growth->seconds);
	if (growth->leaves.n > ROWS)
		out_printf(out, "  and %zu leaves that changed less\n",
			   growth->leaves.n - ROWS);
	report_warnings(out, dump, color);
}
