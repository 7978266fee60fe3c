/* SPDX-License-Identifier: MIT */
#ifndef ACCOUNT_ADVICE_H
#define ACCOUNT_ADVICE_H

#include "result/account.h"
#include "result/family.h"

/**
 * What would give memory back, in words: each rule speaks only where the
 * account's own numbers prove it, and of a part of RSS that is worth it.  What
 * matters most comes first.  After account_sort().
 */
MUST_CHECK bool advice_give(struct account *acc, struct err *err);

/** The same for all of @family, last in @acc, as FAMILY_FREEZE. */
MUST_CHECK bool advice_to_family(struct account *acc,
				 const struct family *family, struct err *err);

#endif
