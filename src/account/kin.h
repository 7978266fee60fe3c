/* SPDX-License-Identifier: MIT */
#ifndef ACCOUNT_KIN_H
#define ACCOUNT_KIN_H

#include "account/account.h"

/**
 * What a process shares with its parent, and what it has written of the memory
 * that they shared when it was forked, page by page; after account_claims().
 * That is told of @look's pages that are its own and that its parent has, too;
 * see kinpage.h.  The parent is read as it runs.
 *
 * Did the collector run over all objects since the fork?  Yes, if it has
 * counted more such runs than the parent's; no, if as many, or if an old object
 * is in a page that is shared still, for it writes to each.  Else it may have.
 * (Where the process has forked, too, pages are shared with its children.)
 *
 * ERR_GONE: it, or its parent, has exited; ERR_PERM; ERR_NOMEM.
 */
MUST_CHECK bool account_kin(struct account_look *look,
			    const struct account *acc, struct target *parent,
			    struct family_member *member, struct err *err);

#endif
