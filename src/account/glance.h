/* SPDX-License-Identifier: MIT */
#ifndef ACCOUNT_GLANCE_H
#define ACCOUNT_GLANCE_H

#include "heap/capture.h"
#include "pyabi/block.h"

/**
 * Of which type is the object in a chunk of malloc's, by the chunk's own first
 * bytes, read with its head?
 *
 * Of a process that runs, who had a chunk when chunks were read may be gone when
 * its heap is: then this is all there is to tell whose the chunk was.  Only
 * types in data segments are known here, which are few: a C structure whose
 * first words are a small number and a pointer may not make us read what is
 * there, for each of millions.
 *
 * Owner:   glance_fini(), also of what is zeroed.
 */
struct glance {
	struct capture *cap;
	struct pytypes types;
	struct pyctx ctx;
	struct blockreader br;
	bool ready;
};

/** @cap, borrowed, knows its places. */
MUST_CHECK bool glance_init(struct glance *g, struct capture *cap,
			    struct err *err);
void glance_fini(struct glance *g);

/** A number for its type; 0: none is seen.  See glibc_read_options. */
unsigned glance_type(void *glance, const uint8_t *p, uint64_t len,
		     uint64_t room);

/** The address of the type of that number. */
raddr glance_address(const struct glance *g, unsigned number);

#endif
