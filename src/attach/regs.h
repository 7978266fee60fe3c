/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_REGS_H
#define ATTACH_REGS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/addr.h"
#include "base/err.h"

/**
 * The registers of a stopped thread, and all else that we know of a processor:
 * a new one is a few rows in regs.c.
 *
 * Numbers are DWARF's, which are libunwind's too: System V ABI, AMD64
 * supplement, figure 3.36; DWARF for the Arm 64-bit Architecture, 4.1.  Where
 * an ABI gives the program counter none, it comes last, as libunwind has it.
 */
enum { REGS_MAX = 40 };

struct regs {
	uint64_t v[REGS_MAX];
	uint64_t thread_pointer;	/* 0: not known here */
	/** The system call it is in, or was interrupted in, and its first
	 *  argument; -1: none, or not known here. */
	int64_t call;
	uint64_t call_argument;
};

extern const unsigned regs_n;		/* how many of v[] there are */
extern const unsigned regs_pc, regs_sp, regs_fp;
/** How many bytes below the stack pointer belong to the stack. */
extern const unsigned regs_red_zone;

/** Of thread @tid, which the calling thread has stopped.  ERR_GONE, ERR_OS. */
MUST_CHECK bool regs_read(pid_t tid, struct regs *ret, struct err *err);

/** The same of the @len bytes of a set of general registers as the kernel
 *  writes it, also into core files; false: it is not of this processor. */
bool regs_take(struct regs *ret, const void *bytes, size_t len);

/** May the @len bytes that end at @end be, or end with, an instruction that
 *  calls?  Else nothing returns there. */
enum { REGS_CALL_MAX = 7 };
bool regs_ends_with_call(const uint8_t *end, size_t len);

#endif
