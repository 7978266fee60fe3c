/* SPDX-License-Identifier: MIT */
/*
 * sqlite3.
 *
 * Facts: CPython 3.6 to 3.15, Modules/_sqlite/.
 */
#include "pyabi/types/rows.h"

const struct layout sqlite_rows[] = {
	{ .name = "sqlite3.Connection|sqlite3.Cursor|sqlite3.Row"
		  "|sqlite3.Statement|sqlite3.Blob|sqlite3.PrepareProtocol"
		  "|sqlite3.Cache|sqlite3.Node|sqlite3Node",
	  .opaque = true },
	{ 0 }
};
