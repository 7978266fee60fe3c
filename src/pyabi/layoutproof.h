/* SPDX-License-Identifier: MIT */
#ifndef PYABI_LAYOUTPROOF_H
#define PYABI_LAYOUTPROOF_H

#include "attach/module.h"
#include "pyabi/runtime.h"

/**
 * Does rt->abi describe what is in this process?  For releases that nobody has
 * compared with it, and for layouts that a user gave.
 *
 * True is no proof of every field, but of those that most numbers rest on:
 * types whose size is known have it, what should be an object is one, lists
 * close, pools add up, counts fit.
 *
 * ERR_VERSION names the field that is wrong, with what was found.  The process
 * may be running: what fails is looked at again before that is said.
 */
MUST_CHECK bool layoutproof(const struct runtime *rt,
			    const struct modules *mods, struct mem *mem,
			    struct err *err);

#endif
