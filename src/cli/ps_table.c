/* SPDX-License-Identifier: MIT */
#include "cli/ps_table.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "result/dump.h"

enum { USER_COLUMNS = 12, COMMAND_COLUMNS = 40, MAX_INDENT = 12 };
enum { RELATIVE_COLUMNS = 60 };	/* of a command in a family */

const char *const ps_role_words[ROLE_N] = {
	[ROLE_ALONE] = NULL,
	[ROLE_MASTER] = "master",
	[ROLE_PARENT] = "parent",
	[ROLE_WORKER] = "worker",
	[ROLE_CHILD] = "child",
	[ROLE_HELPER] = "helper",
};

static const char *role_of(const struct ps_row *row)
{
	return ps_role_words[row->role] ? ps_role_words[row->role] : "";
}

static int indent_of(const struct ps_row *row)
{
	int indent = 2 * row->depth;

	return indent < MAX_INDENT ? indent : MAX_INDENT;
}

/* Its command, below that of its parent, in a column @columns wide. */
static void put_command(struct out *out, const struct ps_row *row,
			size_t columns)
{
	size_t used = (size_t)indent_of(row);

	out_printf(out, "%*s", indent_of(row), "");
	used += out_visible(out, row->command, columns - used);
	out_printf(out, "%*s", (int)(columns - used), "");
}

static void put_user(struct out *out, const struct ps_row *row)
{
	size_t used = out_visible(out, row->user, USER_COLUMNS);

	out_printf(out, "%*s", (int)(USER_COLUMNS - used), "");
}

static void put_version(struct out *out, const struct ps_row *row)
{
	bool cpython = strcmp(row->implementation, "CPython") == 0;
	char text[64];

	snprintf(text, sizeof(text), "%s%s%s",
		 cpython ? "" : row->implementation,
		 cpython || !*row->version ? "" : " ", row->version);
	out_printf(out, " %-9s", *text ? text : "-");
}

static void put_attach(struct out *out, const struct ps_row *row)
{
	if (!row->can_attach)
		out_str(out, "  no: ");
	else
		out_str(out, row->tracer ? "  yes, without a pause: " :
					   "  yes");
	out_visible(out, row->why_not, SIZE_MAX);
	out_char(out, '\n');
}

static void put_row(struct out *out, const struct ps_row *row)
{
	char rss[UNITS_TEXT], arenas[UNITS_TEXT];

	out_printf(out, "%7d ", (int)row->pid);
	put_user(out, row);
	put_version(out, row);
	out_printf(out, " %10s %10s  %-6s  ", units_bytes(rss, row->rss),
		   units_bytes(arenas, row->arenas), role_of(row));
	put_command(out, row, COMMAND_COLUMNS);
	put_attach(out, row);
}

bool ps_table_print(struct out *out, struct ps_list *list, bool numbered,
		    struct err *err)
{
	if (!ps_family_order(list->rows.v, list->rows.n, err))
		return false;
	out_printf(out, "%s%7s %-*s %-9s %10s %10s  %-6s  %-*s  %s\n",
		   numbered ? "    " : "", "PID", USER_COLUMNS, "USER",
		   "VERSION", "RSS", "ARENAS", "ROLE", COMMAND_COLUMNS,
		   "COMMAND", "ATTACH");
	for (size_t i = 0; i < list->rows.n; i++) {
		if (numbered)
			out_printf(out, "%3zu ", i + 1);
		put_row(out, &list->rows.v[i]);
	}
	return true;
}

static void put_sizes(struct out *out, int64_t rss, int64_t uss,
		      int64_t shared, int64_t pss)
{
	const int64_t sizes[] = { rss, uss, shared, pss };
	char text[UNITS_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		out_printf(out, " %10s", units_bytes(text, sizes[i]));
}

static void put_relative(struct out *out, const struct ps_row *row,
			 bool counted)
{
	char objects[UNITS_TEXT];

	out_printf(out, "%7d %-6s", (int)row->pid, role_of(row));
	put_sizes(out, row->rss, row->uss, row->shared, row->pss);
	if (counted)
		out_printf(out, " %12s", units_count(objects, row->objects));
	out_printf(out, "  %*s", indent_of(row), "");
	out_visible(out, row->command, RELATIVE_COLUMNS);
	out_char(out, '\n');
}

/* DUMP_UNKNOWN as soon as one of them is. */
static void add(int64_t *sum, int64_t more)
{
	*sum = *sum < 0 || more < 0 ? DUMP_UNKNOWN : *sum + more;
}

/* RSS counts a shared page once for each of them: its sum is nothing. */
static void put_sum(struct out *out, const struct ps_list *list, bool counted)
{
	int64_t uss = 0, pss = 0;

	for (size_t i = 0; i < list->rows.n; i++) {
		add(&uss, list->rows.v[i].uss);
		add(&pss, list->rows.v[i].pss);
	}
	out_printf(out, "%7s %-6s", "", "all");
	put_sizes(out, DUMP_UNKNOWN, uss, DUMP_UNKNOWN, pss);
	if (counted)
		out_printf(out, " %12s", "");
	out_printf(out, "  %zu processes\n", list->rows.n);
}

bool ps_table_print_family(struct out *out, struct ps_list *list, bool counted,
			   struct err *err)
{
	if (!ps_family_order(list->rows.v, list->rows.n, err))
		return false;
	out_printf(out, "%7s %-6s %10s %10s %10s %10s", "PID", "ROLE", "RSS",
		   "USS", "SHARED", "PSS");
	if (counted)
		out_printf(out, " %12s", "OBJECTS");
	out_str(out, "  COMMAND\n");
	for (size_t i = 0; i < list->rows.n; i++)
		put_relative(out, &list->rows.v[i], counted);
	if (list->rows.n > 1)
		put_sum(out, list, counted);
	return true;
}
