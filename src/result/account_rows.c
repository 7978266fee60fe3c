/* SPDX-License-Identifier: MIT */
#include "result/account_rows.h"

#include <stdio.h>
#include <string.h>

const struct account_row account_rows[ACCOUNT_ROWS] = {
	[ROW_PYTHON] = { "Python objects", { "python" }, SHOW_ALWAYS },
	[ROW_PYTHON_POOLS] = { "  small (pools)", { "python", "pools" },
			       SHOW_ALWAYS },
	[ROW_PYTHON_MALLOC] = { "  large, and buffers, in malloc",
				{ "python", "malloc" }, SHOW_MALLOC },
	[ROW_PYTHON_OTHER] = { "  large, and buffers, in ", { "python" },
			       SHOW_OTHER },
	[ROW_DATA] = { "data of Python objects", { "data" }, SHOW_SOME },
	[ROW_NATIVE_POOLS] = { "held by C code, in Python's pools",
			       { "native", "pools" }, SHOW_SOME },
	[ROW_NATIVE_MALLOC] = { "held by C code, in malloc",
				{ "native", "malloc" }, SHOW_MALLOC },
	[ROW_NATIVE_OTHER] = { "held by C code or free, in ", { "native" },
			       SHOW_OTHER },
	[ROW_FREE_MALLOC] = { "FREE, kept by malloc", { "free", "malloc" },
			      SHOW_MALLOC },
	[ROW_FREE_POOLS] = { "FREE, kept by Python's pools",
			     { "free", "pymalloc" }, SHOW_ALWAYS },
	[ROW_OVERHEAD] = { "headers of both", { "overhead" }, SHOW_ALWAYS },
	[ROW_STACKS] = { "thread stacks", { "stacks" }, SHOW_ALWAYS },
	[ROW_TLS] = { "variables of threads' own", { "tls" }, SHOW_SOME },
	[ROW_FILES] = { "files: code and data", { "files" }, SHOW_ALWAYS },
	[ROW_MAPPED_FILES] = { "files, mapped by the program",
			       { "mappings", "files" }, SHOW_SOME },
	[ROW_SHARED] = { "shared memory", { "mappings", "shared" },
			 SHOW_SOME },
	[ROW_ANONYMOUS] = { "anonymous mappings", { "mappings", "anonymous" },
			    SHOW_SOME },
	[ROW_UNKNOWN] = { "unknown", { "unknown" }, SHOW_ALWAYS },
};

int64_t account_row_bytes(const struct account *acc, enum account_row_id id)
{
	const struct account_row *row = &account_rows[id];
	const bool of_other = row->show == SHOW_OTHER;

	if (of_other && !acc->other)
		return 0;
	return account_sum(acc, row->path[0],
			   of_other ? acc->other : row->path[1], NULL);
}

const char *account_row_name(const struct account *acc, enum account_row_id id,
			     char buf[ACCOUNT_ROW_TEXT])
{
	const struct account_row *row = &account_rows[id];

	if (row->show != SHOW_OTHER || !acc->other)
		return row->name;
	snprintf(buf, ACCOUNT_ROW_TEXT, "%s%s", row->name, acc->other);
	return buf;
}

bool account_row_is_shown(const struct account *acc, enum account_row_id id,
			  int64_t bytes)
{
	enum account_show show = account_rows[id].show;

	return bytes || show == SHOW_ALWAYS ||
	       (show == SHOW_OTHER && acc->other) ||
	       (show == SHOW_MALLOC && account_allocator(acc, "malloc"));
}

const struct account_allocator *account_allocator(const struct account *acc,
						  const char *name)
{
	for (size_t i = 0; i < acc->allocators.n; i++) {
		if (strcmp(acc->allocators.v[i].name, name) == 0)
			return &acc->allocators.v[i];
	}
	return NULL;
}
