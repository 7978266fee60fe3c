/* SPDX-License-Identifier: MIT */
#ifndef RESULT_ACCOUNT_GROWTH_H
#define RESULT_ACCOUNT_GROWTH_H

#include "result/account.h"

/** A leaf that is not as large as it was. */
struct account_change {
	const struct account_leaf *leaf;	/* of one of the two accounts */
	int64_t before, now;	/* bytes; 0: there was none, or is none */
};

/** What changed from one account of a process to the next.  It points into
 *  both, and is to be freed before them. */
struct account_growth {
	double seconds;		/* in between */
	int64_t rss_before;
	VEC(struct account_change) leaves;	/* what changed most first */
};

/** To be freed also after a failure. */
MUST_CHECK bool account_growth_find(struct account_growth *ret,
				    const struct account *before,
				    const struct account *now, double seconds,
				    struct err *err);
void account_growth_fini(struct account_growth *growth);

#endif
