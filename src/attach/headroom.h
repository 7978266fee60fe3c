/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_HEADROOM_H
#define ATTACH_HEADROOM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/**
 * Is there memory for a look at the tracee?
 *
 * The tracee outranks us: if the host or the cgroup we may share with it runs
 * out of memory, the kernel kills someone, and where all are offered to it, as
 * in a pod of the class BestEffort, the largest.  So every command offers
 * itself, asks first, and takes two thirds of what is left at most.
 *
 * Facts: proc(5), Linux Documentation/admin-guide/cgroup-v1/memory.rst and
 *        cgroup-v2.rst.  Of what a cgroup uses, inactive files are given back
 *        on demand.  Above memory.high nobody is killed, but all in the cgroup
 *        are made to wait.
 */
#define HEADROOM_UNLIMITED UINT64_MAX

struct headroom {
	uint64_t memory;	/* bytes we may take */
	const char *limit;	/* what limits them, for messages */
};

/** Bytes that looks take, as measured, and as much again. */
enum {
	HEADROOM_STACKS = 2 << 20,
	HEADROOM_NATIVE = 64 << 20,	/* symbols and DWARF of the libraries */
	HEADROOM_RUNNING = 24 << 20,	/* windows, tables of types */
	HEADROOM_COPY = 16 << 20,	/* beside the copy itself */
	HEADROOM_GO_ON = 6 << 20,	/* until we ask again */
};

/** What is left for us now. */
void headroom_read(struct headroom *ret);

/** ERR_NOMEM unless @need bytes may be taken; the text says what for ("a copy
 *  of its heap"), how much that takes, and what there is. */
MUST_CHECK bool headroom_check(const struct headroom *room, uint64_t need,
			       const char *what, struct err *err);

/** The same by what is left now. */
MUST_CHECK bool headroom_ask(uint64_t need, const char *what, struct err *err);

/** From now on the OOM killer prefers us to anyone else.  Best effort. */
void headroom_offer_ourselves(void);

/* --- the texts, for headroom_read() and its tests ------------------------ */

/** MemAvailable in the text of /proc/meminfo. */
uint64_t headroom_of_host(const char *meminfo);

/** By the texts of a cgroup's limit, usage and memory.stat; each may be NULL.
 *  @inactive is the line of the latter that counts files. */
uint64_t headroom_of_cgroup(const char *max, const char *usage,
			    const char *stat, const char *inactive);

/** Our path in the hierarchy of @controller, "" for that of cgroup v2, in the
 *  text of /proc/self/cgroup. */
MUST_CHECK bool headroom_cgroup_path(const char *text, const char *controller,
				     char *buf, size_t size);

#endif
