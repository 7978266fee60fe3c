/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_HEADROOM_H
#define ATTACH_HEADROOM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/**
 * Is there memory for a copy of the tracee's heap?
 *
 * The tracee outranks us: if the host or the cgroup we may share with it runs
 * out of memory, the kernel kills someone.  So we ask first, take two thirds of
 * what is left at most, and offer ourselves to the OOM killer.
 *
 * Facts: proc(5), Linux Documentation/admin-guide/cgroup-v1/memory.rst and
 *        cgroup-v2.rst.  Of what a cgroup uses, inactive files are given back
 *        on demand.
 */
#define HEADROOM_UNLIMITED UINT64_MAX

struct headroom {
	uint64_t memory;	/* bytes we may take */
	const char *limit;	/* what limits them, for messages */
};

/** What is left for us now. */
void headroom_read(struct headroom *ret);

/** ERR_NOMEM unless @need bytes may be taken; the text says how much is needed
 *  and what there is. */
MUST_CHECK bool headroom_check(const struct headroom *room, uint64_t need,
			       struct err *err);

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
