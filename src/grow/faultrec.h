/* SPDX-License-Identifier: MIT */
#ifndef GROW_FAULTREC_H
#define GROW_FAULTREC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "attach/regs.h"
#include "base/addr.h"

/**
 * One record of a ring of perf events, as bytes: nothing in it is believed.
 *
 * Facts: perf_event_open(2), Linux include/uapi/linux/perf_event.h; registers
 *        arch/x86/include/uapi/asm/perf_regs.h.
 */
enum faultrec_kind {
	FAULTREC_FAULT,
	FAULTREC_LOST,		/* records for which there was no room */
	FAULTREC_THROTTLED,	/* the kernel left some out for a while */
	FAULTREC_OTHER,
	FAULTREC_BROKEN,	/* it contradicts itself: skip the ring */
};

/** A page fault, at the instant it happened. */
struct fault {
	pid_t pid, tid;
	uint64_t time_ns;	/* monotonic */
	raddr addr;
	uint64_t weight;	/* so many faults does it stand for */
	bool has_regs;
	struct regs regs;	/* of the user, also of a fault of the kernel's */
	/** The stack from its pointer on: borrowed from the record. */
	const uint8_t *stack;
	uint64_t stack_len;
};

struct faultrec {
	enum faultrec_kind kind;
	uint64_t lost;
	struct fault fault;
};

/** What an event must be asked to tell: attr.sample_type and
 *  attr.sample_regs_user; 0: not for this processor. */
extern const uint64_t faultrec_sample_type, faultrec_regs;

/** The record that the @len bytes at @p begin with, and its size; 0: there is
 *  none (FAULTREC_BROKEN). */
size_t faultrec_parse(const uint8_t *p, size_t len, struct faultrec *ret);

#endif
