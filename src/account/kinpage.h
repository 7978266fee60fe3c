/* SPDX-License-Identifier: MIT */
#ifndef ACCOUNT_KINPAGE_H
#define ACCOUNT_KINPAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "result/family.h"

/**
 * A page of a process beside the page of its parent at the same address: was
 * that one page when fork() was called, and what was written since?
 *
 * The kernel does not remember.  So they are compared word by word.  Words that
 * change while what they belong to stays what it is say nothing of whether it
 * was one page: reference counts, and the links of the collector.  Of the
 * others, half must be the same.  What both filled after the fork with alike
 * objects at the same places passes for shared; what was written anew does not.
 *
 * Who wrote is told by which words differ.  If only links do, or none does,
 * it was the collector, if that ran over all there is and has an object there:
 * it counts references in the links of each, and puts back what stood there
 * (CPython Modules/gcmodule.c, Python/gc.c, update_refs()).  gc.freeze() would
 * have kept such a page and no other: what else is written, is written anyway.
 * That it was written by references, too, that came and went, leaves no trace.
 */
enum { KIN_WORDS = ADDR_PAGE / 8 };

enum kin_word {
	KIN_REST,
	KIN_COUNT,	/* a reference count */
	KIN_LINK,	/* of a GC head */
};

struct kin_page {
	const uint64_t *mine, *theirs;		/* KIN_WORDS each */
	uint8_t sort[KIN_WORDS];		/* enum kin_word */
	uint32_t owner[KIN_WORDS];		/* whose word it is */
	bool tracked;	/* the collector has an object whose head is here */
};

enum kin_verdict {
	KIN_STRANGE,	/* they were never one */
	KIN_WRITTEN,
	KIN_COLLECTED,	/* by the collector alone */
	KIN_UNCHANGED,	/* and put back */
};

struct kin_share {
	enum kin_verdict verdict;
	bool laid[KIN_WORDS];	/* to these words' owners, in equal parts */
	unsigned n;		/* that many; 0: KIN_STRANGE */
};

/** @collected: the collector ran over all since the fork. */
void kin_judge(const struct kin_page *page, bool collected,
	       struct kin_share *ret);

/** Of a word that the page is laid to. */
enum family_cause kin_cause(const struct kin_page *page,
			    const struct kin_share *share, unsigned word);

#endif
