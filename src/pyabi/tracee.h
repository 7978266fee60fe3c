/* SPDX-License-Identifier: MIT */
#ifndef PYABI_TRACEE_H
#define PYABI_TRACEE_H

#include "attach/maps.h"
#include "attach/module.h"
#include "attach/target.h"
#include "pyabi/runtime.h"

struct native;

/**
 * A target with the CPython in it, found and understood, not yet looked into:
 * what a census and a look at its stacks begin with.
 *
 * It may be kept for many looks; what changes while the target runs (maps,
 * interpreters) is as it was when it was opened.
 *
 * Threads: one at a time.
 * Owner:   tracee_close(), also after a failed tracee_open().
 */
struct tracee {
	struct target *target;	/* NULL: not open */
	struct maps maps;
	struct modules *mods;
	struct runtime rt;
	struct native *native;	/* NULL: nobody asked for frames of C yet */
	void (*native_free)(struct native *nat);
};

/** One that makes no sense as long as it begins or ends is looked at again, for
 *  two seconds at most.
 *
 *  @offsets_path: a layout file to go by instead of ours, or NULL.  ERR_GONE,
 *  ERR_PERM, ERR_VERSION: no CPython that we know. */
MUST_CHECK bool tracee_open(struct tracee *tr, const struct target_spec *spec,
			    const char *offsets_path, struct err *err);

/** The same of a target that is open already, at once.  It is @tr's now, also
 *  after a failure.  @given: a layout, or NULL. */
MUST_CHECK bool tracee_understand(struct tracee *tr, struct target *target,
				  const struct abi *given, struct err *err);

/**
 * Whatever failed in a look: if the target is gone, that is why, and @err says
 * so.  An interpreter that is none any more may be the beginning of that: then
 * it takes a moment to know.  Returns false.
 */
bool tracee_explain(const struct tracee *tr, struct err *err);

void tracee_close(struct tracee *tr);

struct dump;

/**
 * A look that shares the pause of another one: made ready before, then copied
 * while the tracee stands, then told.  Of a tracee that runs it is a look of
 * its own.
 */
struct beside {
	/** NULL: failed. */
	void *(*prepare)(struct tracee *tr, struct err *err);
	stop_work *copy;		/* gets what @prepare returned */
	bool (*fill)(void *look, struct dump *dump, struct err *err);
	void (*end)(void *look);
	bool (*running)(struct tracee *tr, struct dump *dump,
			struct err *err);
};

#endif
