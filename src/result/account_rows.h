/* SPDX-License-Identifier: MIT */
#ifndef RESULT_ACCOUNT_ROWS_H
#define RESULT_ACCOUNT_ROWS_H

#include "result/account.h"

/** An account in a few rows, each a part of the tree of leaves.  Rows whose
 *  name begins with spaces are parts of the one before; all others together
 *  are all of it. */
enum account_row_id {
	ROW_PYTHON, ROW_PYTHON_POOLS, ROW_PYTHON_MALLOC,
	ROW_PYTHON_OTHER, ROW_DATA, ROW_NATIVE_POOLS, ROW_NATIVE_MALLOC,
	ROW_NATIVE_OTHER, ROW_FREE_MALLOC, ROW_FREE_POOLS, ROW_OVERHEAD,
	ROW_STACKS, ROW_TLS, ROW_FILES, ROW_MAPPED_FILES, ROW_SHARED, ROW_ANONYMOUS,
	ROW_UNKNOWN,
	ACCOUNT_ROWS
};

extern const struct account_row {
	const char *name;
	const char *path[2];
	enum account_show {
		SHOW_SOME,	/* if there is any */
		SHOW_ALWAYS,
		SHOW_MALLOC,	/* if there is any, or malloc was read */
		SHOW_OTHER,	/* if acc->other serves, whose name path[1] is
				   and account_row_name() has behind it */
	} show;
} account_rows[ACCOUNT_ROWS];

enum { ACCOUNT_ROW_TEXT = 64 };

/** As account_rows has it, or in @buf. */
const char *account_row_name(const struct account *acc, enum account_row_id id,
			     char buf[ACCOUNT_ROW_TEXT]);
int64_t account_row_bytes(const struct account *acc, enum account_row_id id);
bool account_row_is_shown(const struct account *acc, enum account_row_id id,
			  int64_t bytes);

/** NULL: it was not read. */
const struct account_allocator *account_allocator(const struct account *acc,
						  const char *name);

#endif
