/* SPDX-License-Identifier: MIT */
#include "report/report_memory_arenas.h"

#include <string.h>

#include "base/units.h"
#include "result/fullness.h"

enum {
	NAMES = 3,		/* of types */
	NAME_COLUMNS = 60,
};

static void put_survivors(struct out *out, const struct account *acc)
{
	const char *before = ": ";
	char count[UNITS_TEXT];

	for (size_t i = 0; i < acc->sparse.kept_by.n && i < NAMES; i++) {
		const struct account_kept *kept = &acc->sparse.kept_by.v[i];

		out_printf(out, "%s%s ", before,
			   units_count(count, kept->count + kept->buffers));
		out_visible(out, kept->type, NAME_COLUMNS);
		if (kept->interned)
			out_const(out, " (interned)");
		before = ", ";
	}
	if (acc->sparse.nameless)
		out_printf(out, "%s%s of no object", before,
			   units_count(count, acc->sparse.nameless));
	out_char(out, '\n');
}

static void put_sparse(struct out *out, const struct account *acc)
{
	char count[UNITS_TEXT], size[UNITS_TEXT];

	if (!acc->sparse.arenas)
		return;
	out_printf(out, "\n%s arena%s of Python's pools, %s resident, %s at "
		   "most a quarter in use, and held\nopen by ",
		   units_count(count, acc->sparse.arenas),
		   acc->sparse.arenas == 1 ? "" : "s",
		   units_bytes(size, acc->sparse.resident),
		   acc->sparse.arenas == 1 ? "is" : "are");
	out_printf(out, "%s block%s", units_count(count, acc->sparse.blocks),
		   acc->sparse.blocks == 1 ? "" : "s");
	put_survivors(out, acc);
	if (acc->sparse.releasable)
		out_printf(out, "Without these objects %s would go back to the "
			   "system\n",
			   units_bytes(size, acc->sparse.releasable));
}

static void put_picture(struct out *out, const char *name,
			const struct account_arena *arenas, size_t n)
{
	char picture[FULLNESS_MOST + 1];
	size_t each = fullness_draw(arenas, n, picture);
	char count[UNITS_TEXT];

	for (const char *p = picture; *p;) {
		size_t len = strlen(p);

		if (len > FULLNESS_COLUMNS)
			len = FULLNESS_COLUMNS;
		out_printf(out, "  %-10s %.*s\n", p == picture ? name : "",
			   (int)len, p);
		p += len;
	}
	if (each > 1)
		out_printf(out, "  %-10s (%s arenas a character)\n", "",
			   units_count(count, (int64_t)each));
}

static void put_pictures(struct out *out, const struct account *acc)
{
	if (!acc->pools.n)
		return;
	out_str(out, "\nArenas, by address: 1 to 9 at most so many tenths in "
		  "use, # more, . nothing,\n+ still being filled\n");
	put_picture(out, "pools", acc->pools.v, acc->pools.n);
}

void report_memory_arenas(struct out *out, const struct account *account)
{
	put_pictures(out, account);
	put_sparse(out, account);
}
