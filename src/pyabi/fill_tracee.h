/* SPDX-License-Identifier: MIT */
#ifndef PYABI_FILL_TRACEE_H
#define PYABI_FILL_TRACEE_H

#include "pyabi/tracee.h"
#include "result/dump.h"

/**
 * The parts of a struct dump that tell of the tracee, whatever was looked at.
 */
MUST_CHECK bool fill_target(struct dump *dump, struct target *target,
			    struct err *err);
/** What the target has to say of the look, as warnings: once it is over. */
void fill_told(struct dump *dump, struct target *target);
/** @allocator is a word of ours; NULL: not known. */
MUST_CHECK bool fill_python(struct dump *dump, const struct runtime *rt,
			    const char *allocator, struct err *err);
MUST_CHECK bool fill_memory(struct dump *dump, struct target *target,
			    bool with_pss, struct err *err);

#endif
