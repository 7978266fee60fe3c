/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAKEMEM_H
#define TESTS_FAKEMEM_H

#include <stddef.h>

#include "attach/mem.h"

/**
 * A tracee made of a test's bytes.
 *
 *	struct fakemem fm;
 *
 *	fake_init(&fm, 0x1000);			64 KiB of zeros there
 *	fake_segment(&fm, 0x7f0000000000, 4096);	and some more elsewhere
 *	fake_u64(&fm, 0x1010, 0x1030);
 *	fake_fault(&fm, 0x3000, 16);		these will not be read
 *	... mem_u64(&fm.mem, 0x1010, &value, &err) ...
 *	fake_fini(&fm);
 *
 * Writing outside of the segments ends the test: it is wrong, not the code
 * under test.  Segments must not overlap, but may adjoin: then one read spans
 * them.
 */
enum { FAKE_MAX = 64, FAKE_SIZE = 1 << 16 };

struct fakemem {
	struct mem mem;		/* first: hand out &fm->mem */
	struct fake_segment {
		raddr start;
		uint64_t len;
		uint8_t *bytes;
	} segment[FAKE_MAX];
	size_t n_segments;
	struct fake_fault {
		raddr start;
		uint64_t len;
	} fault[FAKE_MAX];
	size_t n_faults;
	/** Reads left before the tracee exits; -1: it stays. */
	int64_t reads_left;
	uint64_t reads;		/* so far, pieces of a batch included */
};

/** FAKE_SIZE zeros at @start. */
void fake_init(struct fakemem *fm, raddr start);

/** A copy of @data at @start: for fuzzers, whose input is the tracee. */
void fake_init_bytes(struct fakemem *fm, raddr start, const void *data,
		     size_t len);
void fake_fini(struct fakemem *fm);

/** @len more zeros at @start. */
void fake_segment(struct fakemem *fm, raddr start, uint64_t len);

/** From now on the @len bytes at @start cannot be read. */
void fake_fault(struct fakemem *fm, raddr start, uint64_t len);

/** From now on mem.ops->peek works too (faults are honoured). */
void fake_allow_peek(struct fakemem *fm);

/** The tracee exits after @reads more reads. */
void fake_exit_after(struct fakemem *fm, int64_t reads);

/** The @len bytes at @at, to be written as one likes. */
void *fake_at(struct fakemem *fm, raddr at, uint64_t len);

void fake_bytes(struct fakemem *fm, raddr at, const void *data, size_t len);
void fake_u64(struct fakemem *fm, raddr at, uint64_t value);
void fake_u32(struct fakemem *fm, raddr at, uint32_t value);
void fake_u16(struct fakemem *fm, raddr at, uint16_t value);
void fake_u8(struct fakemem *fm, raddr at, uint8_t value);

/** With its NUL. */
void fake_str(struct fakemem *fm, raddr at, const char *text);

#endif
