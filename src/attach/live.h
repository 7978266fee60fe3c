/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_LIVE_H
#define ATTACH_LIVE_H

#include <sys/types.h>

#include "attach/mem.h"
#include "attach/untouched.h"
#include "base/err.h"

struct process;

/**
 * The bytes of a running or stopped process.
 *
 * Bulk goes through /proc/PID/mem; process_vm_readv() takes the batches, and
 * either stands in where the other is refused.  process_vm_readv() pins pages,
 * and pinning a page shared copy-on-write copies it: for a process that may
 * share pages with a relative, batches use /proc/PID/mem too.
 *
 * Bytes of PROT_NONE mappings may or may not be readable: go by the maps.
 * Nothing is read that is not there, and so nothing changes there: see
 * attach/untouched.h.
 *
 * Threads: any number at once, into buffers of their own; `bytes_read` counts
 *          them all.
 * Owner:   live_close().  The process must stay open, and where it is.
 * Errors:  ERR_GONE once the process has exited or started another program;
 *          never a byte of that other program.
 */
struct live {
	struct mem mem;		/* first: &lv->mem is what the others take */
	const struct process *proc;
	int mem_fd;		/* -1: refused; then all goes the other way */
	bool use_vm;		/* process_vm_readv() works, as far as known */
	bool batch_vm;		/* ... and it disturbs no page sharing */
	struct untouched untouched;
};

/** ERR_PERM if neither way is open to us. */
MUST_CHECK bool live_open(struct live *lv, const struct process *proc,
			  struct err *err);
void live_close(struct live *lv);

/** A look begins, and nobody reads yet.  The mappings are those of @mods, which
 *  must live until others are given, or NULL. */
void live_know(struct live *lv, struct modules *mods);

/** The same with the mappings that it had. */
void live_look(struct live *lv);

/** Would reading copy pages that the tracee shares with relatives? */
bool live_breaks_sharing(const struct live *lv);

#endif
