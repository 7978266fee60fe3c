/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_MEMORY_H
#define REPORT_REPORT_MEMORY_H

#include "report/out.h"
#include "result/account_growth.h"
#include "result/dump.h"
#include "result/family.h"

/** The account as JSON: pyheapspy.memory-1.schema.json.  @family: it is that of
 *  its first, and there is a row for each; or NULL. */
void report_memory_json(struct out *out, const struct dump *dump,
			const struct account *account,
			const struct family *family);

/** To read: a table of all, what each has written of what it shared, and what
 *  @account advises of that. */
void report_family_text(struct out *out, const struct dump *dump,
			const struct account *account,
			const struct family *family, bool color);

/** The same to read: a line for each part, and their sum. */
void report_memory_text(struct out *out, const struct dump *dump,
			const struct account *account, bool color);

/** As JSON in one line, with what changed since the last; NULL: the first. */
void report_memory_line(struct out *out, const struct dump *dump,
			const struct account *account,
			const struct account_growth *growth);

/** To read: what changed, the leaves that changed most first. */
void report_memory_growth(struct out *out, const struct dump *dump,
			  const struct account *account,
			  const struct account_growth *growth, bool color);

#endif
