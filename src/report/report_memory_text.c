/* SPDX-License-Identifier: MIT */
/*
 * The account to read.  Each row is a part of the tree of leaves; what stands
 * behind it says what can be done, or how many there are.
 */
#include "report/report_memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/strset.h"
#include "base/units.h"
#include "report/report_memory_arenas.h"
#include "report/report_title.h"
#include "result/account_rows.h"

enum {
	NAMES = 3,		/* of files, of sizes */
	NAME_COLUMNS = 60,
	OWNERS = 5,
	LEAST = (1 << 20) / 20,	/* what is less would be 0.0 MiB */
};

struct text {
	struct out *out;
	const struct dump *dump;
	const struct account *acc;
	bool color;
};

/* In MiB all, so that they add up to the eye. */
static void put_size(const struct text *t, const char *name, int64_t bytes)
{
	double mib = (double)bytes / (1 << 20);

	out_printf(t->out, "  %-38s %10.1f MiB %5.1f %%", name, mib,
		   t->acc->rss ? 100. * (double)bytes / (double)t->acc->rss :
				 0.);
}

/* -- What stands behind the rows ------------------------------------------ */

static void note_objects(const struct text *t)
{
	char count[UNITS_TEXT];

	out_printf(t->out, "  %s objects",
		   units_count(count, t->dump->objects));
}

static void note_free_malloc(const struct text *t)
{
	const struct account_allocator *a = account_allocator(t->acc, "malloc");
	char size[UNITS_TEXT];

	if (!a)
		return;
	out_printf(t->out, "  %lld arena%s", (long long)a->arenas,
		   a->arenas == 1 ? "" : "s");
	if (a->trimmable != DUMP_UNKNOWN)
		out_printf(t->out, "; malloc_trim(0) would return %s",
			   units_bytes(size, a->trimmable));
}

static void note_free_pools(const struct text *t)
{
	const struct account_allocator *a = account_allocator(t->acc, "pymalloc");

	if (a)
		out_printf(t->out, "  %lld arena%s", (long long)a->arenas,
			   a->arenas == 1 ? "" : "s");
}

/* How many names there are under @part. */
static void note_number(const struct text *t, const char *part,
			const char *of_what)
{
	struct strset names = { 0 };
	struct err ignored;

	for (size_t i = 0; i < t->acc->leaves.n; i++) {
		const struct account_leaf *leaf = &t->acc->leaves.v[i];

		/* Without memory there are fewer, and out has failed, too. */
		if (strcmp(leaf->path[0], part) == 0 && leaf->path[1] &&
		    strset_add(&names, leaf->path[1], &ignored) == STRSET_NONE)
			break;
	}
	if (names.all.n)
		out_printf(t->out, "  %zu %s%s", names.all.n, of_what,
			   names.all.n == 1 ? "" : "s");
	strset_fini(&names);
}

static void note_files(const struct text *t)
{
	int64_t shared = 0;
	char size[UNITS_TEXT];

	for (size_t i = 0; i < t->acc->leaves.n; i++) {
		if (strcmp(t->acc->leaves.v[i].path[0], "files") == 0)
			shared += t->acc->leaves.v[i].shared;
	}
	note_number(t, "files", "file");
	out_printf(t->out, ", %s shared with others",
		   units_bytes(size, shared));
}

static bool is_under(const struct account_leaf *leaf, const char *part,
		     const char *kind)
{
	return strcmp(leaf->path[0], part) == 0 && leaf->path[1] &&
	       (!kind || strcmp(leaf->path[1], kind) == 0) && leaf->path[2];
}

/* What all leaves of @part, @kind have whose next name is that of @leaf. */
static int64_t sum_of_name(const struct text *t, const char *part,
			   const char *kind, const char *name)
{
	int64_t sum = 0;

	for (size_t i = 0; i < t->acc->leaves.n; i++) {
		const struct account_leaf *leaf = &t->acc->leaves.v[i];

		if (is_under(leaf, part, kind) &&
		    strcmp(leaf->path[2], name) == 0)
			sum += leaf->bytes;
	}
	return sum;
}

/* Of a library the path matters less. */
static const char *base_name(const char *name)
{
	return *name == '/' ? strrchr(name, '/') + 1 : name;
}

/* The largest of @part, @kind, by the name that comes next, in MiB. */
static void note_names(const struct text *t, const char *part,
		       const char *kind)
{
	const char *said[NAMES];
	unsigned n = 0;

	for (size_t i = 0; i < t->acc->leaves.n && n < NAMES; i++) {
		const struct account_leaf *leaf = &t->acc->leaves.v[i];
		bool is_new = is_under(leaf, part, kind);

		for (unsigned k = 0; is_new && k < n; k++)
			is_new = strcmp(said[k], leaf->path[2]) != 0;
		if (!is_new)
			continue;
		if (leaf->bytes < LEAST)
			break;
		said[n] = leaf->path[2];
		out_str(t->out, n++ ? ", " : "  ");
		out_visible(t->out, base_name(leaf->path[2]), NAME_COLUMNS);
		out_printf(t->out, " %.1f",
			   (double)sum_of_name(t, part, kind, leaf->path[2]) /
			   (1 << 20));
	}
}

static void note_stacks(const struct text *t)
{
	note_number(t, "stacks", "thread");
	note_names(t, "stacks", NULL);
}

static void note_pools(const struct text *t)
{
	note_names(t, "python", "pools");
}

static void note_large(const struct text *t)
{
	note_names(t, "python", "malloc");
}

static void note_large_other(const struct text *t)
{
	note_names(t, "python", t->acc->other);
}

static void note_native_other(const struct text *t)
{
	const struct account_allocator *a =
		account_allocator(t->acc, t->acc->other);

	out_printf(t->out, "  %lld mapping%s", (long long)a->arenas,
		   a->arenas == 1 ? "" : "s");
}

static void note_native_pools(const struct text *t)
{
	note_names(t, "native", "pools");
}

static void note_native(const struct text *t)
{
	note_names(t, "native", "malloc");
}

static void note_data(const struct text *t)
{
	note_names(t, "data", NULL);
}

/* The largest of "mappings", @kind. */
static void note_largest(const struct text *t, const char *kind, bool is_size)
{
	const char *before = "  ";
	unsigned n = 0;

	for (size_t i = 0; i < t->acc->leaves.n && n < NAMES; i++) {
		const struct account_leaf *leaf = &t->acc->leaves.v[i];
		char size[UNITS_TEXT];

		if (strcmp(leaf->path[0], "mappings") != 0 ||
		    strcmp(leaf->path[1], kind) != 0 || !leaf->path[2])
			continue;
		out_str(t->out, before);
		if (is_size)
			out_printf(t->out, "%lld of %s%s",
				   (long long)leaf->count,
				   units_bytes(size, atoll(leaf->path[2])),
				   leaf->path[3] ? " of " : "");
		else
			out_visible(t->out, leaf->path[2], NAME_COLUMNS);
		if (is_size && leaf->path[3])
			out_visible(t->out, base_name(leaf->path[3]),
				    NAME_COLUMNS);
		before = ", ";
		n++;
	}
}

static void note_mapped_files(const struct text *t)
{
	note_largest(t, "files", false);
}

static void note_anonymous(const struct text *t)
{
	note_largest(t, "anonymous", true);
}

static void note_shared(const struct text *t)
{
	note_largest(t, "shared", true);
}

/* -- Rows ----------------------------------------------------------------- */

static void (*const notes[ACCOUNT_ROWS])(const struct text *t) = {
	[ROW_PYTHON] = note_objects,
	[ROW_PYTHON_POOLS] = note_pools,
	[ROW_PYTHON_MALLOC] = note_large,
	[ROW_PYTHON_OTHER] = note_large_other,
	[ROW_DATA] = note_data,
	[ROW_NATIVE_POOLS] = note_native_pools,
	[ROW_NATIVE_MALLOC] = note_native,
	[ROW_NATIVE_OTHER] = note_native_other,
	[ROW_FREE_MALLOC] = note_free_malloc,
	[ROW_FREE_POOLS] = note_free_pools,
	[ROW_STACKS] = note_stacks,
	[ROW_FILES] = note_files,
	[ROW_MAPPED_FILES] = note_mapped_files,
	[ROW_SHARED] = note_shared,
	[ROW_ANONYMOUS] = note_anonymous,
};

static void put_row(const struct text *t, enum account_row_id id)
{
	int64_t bytes = account_row_bytes(t->acc, id);
	char name[ACCOUNT_ROW_TEXT];

	if (!account_row_is_shown(t->acc, id, bytes))
		return;
	put_size(t, account_row_name(t->acc, id, name), bytes);
	if (notes[id])
		notes[id](t);
	out_char(t->out, '\n');
}

/* What the core has not got. */
static void put_left_out(const struct text *t)
{
	char files[UNITS_TEXT], memory[UNITS_TEXT];

	out_printf(t->out, "  beside it: %s of files and %s of memory that it "
		   "left out, resident or not\n",
		   units_bytes(files, t->acc->left_out.files),
		   units_bytes(memory, t->acc->left_out.memory));
}

/* What is not resident memory of the process. */
static void put_beside(const struct text *t)
{
	char tables[UNITS_TEXT], swap[UNITS_TEXT];
	int64_t swapped = 0;

	for (size_t i = 0; i < t->acc->leaves.n; i++)
		swapped += t->acc->leaves.v[i].swapped;
	if (t->dump->memory.page_tables == DUMP_UNKNOWN && !swapped)
		return;
	out_str(t->out, "  beside it: ");
	if (swapped)
		out_printf(t->out, "%s swapped out; ",
			   units_bytes(swap, swapped));
	out_printf(t->out, "%s of page tables, in the kernel",
		   units_bytes(tables, t->dump->memory.page_tables));
	out_char(t->out, '\n');
}

static void put_owners(const struct text *t)
{
	char size[UNITS_TEXT], count[UNITS_TEXT];

	if (!t->acc->owners.n)
		return;
	out_printf(t->out, "\n%s object%s a page of data or more:\n",
		   units_count(count, t->acc->owners_all),
		   t->acc->owners_all == 1 ? " has" : "s have");
	for (size_t i = 0; i < t->acc->owners.n && i < OWNERS; i++) {
		const struct account_owner *o = &t->acc->owners.v[i];

		out_printf(t->out, "  %10s  0x%llx ",
			   units_bytes(size, o->bytes),
			   (unsigned long long)o->address);
		out_visible(t->out, o->type, NAME_COLUMNS);
		out_str(t->out, o->inferred ? " (inferred)\n" : "\n");
	}
}

static void put_cgroup(struct out *out, const struct account_cgroup *cg)
{
	char usage[UNITS_TEXT];

	if (!cg->version)
		return;
	out_printf(out, "  %-38s %10.1f MiB = limit of its cgroup",
		   "", (double)cg->limit / (1 << 20));
	if (cg->usage >= 0)
		out_printf(out, ", of which %s are used",
			   units_bytes(usage, cg->usage));
	if (cg->oom_kills > 0)
		out_printf(out, "; %lld killed for it",
			   (long long)cg->oom_kills);
	out_char(out, '\n');
}

void report_memory_text(struct out *out, const struct dump *dump,
			const struct account *account, bool color)
{
	const struct text t = { out, dump, account, color };

	report_title(out, dump, color);
	out_char(out, '\n');
	for (enum account_row_id id = 0; id < ACCOUNT_ROWS; id++)
		put_row(&t, id);
	out_printf(out, "  %-38s %s%10.1f MiB%s = %s\n", "",
		   color ? BOLD : "", (double)account->rss / (1 << 20),
		   color ? PLAIN : "", account->of_core ?
		   "what the core holds, resident or not" : "RSS");
	put_cgroup(out, &account->cgroup);
	if (account->of_core)
		put_left_out(&t);
	else
		put_beside(&t);
	put_owners(&t);
	report_memory_arenas(out, account);
	report_memory_advice(out, account);
	if (dump->warnings.n)
		out_char(out, '\n');
	report_warnings(out, dump, color);
}
