/* SPDX-License-Identifier: MIT */
#ifndef HEAP_FILL_H
#define HEAP_FILL_H

#include "heap/stream.h"
#include "pyabi/blocksource.h"
#include "pyabi/fill_tracee.h"
#include "result/dump.h"

/**
 * The parts of a struct dump that tell of the heap, each from where it comes.
 */
MUST_CHECK bool fill_types(struct dump *dump, struct pytypes *types,
			   const struct census *census, struct err *err);

/** Warn of objects that nobody described, and name their types: who holds
 *  memory that nobody can see is among them.  After fill_types(). */
MUST_CHECK bool fill_foreign(struct dump *dump, struct err *err);

/** What sys.getallocatedblocks() says, if so many blocks of pools are in use;
 *  DUMP_UNKNOWN: part of it is hidden. */
int64_t fill_in_use(const struct arenas *arenas, int64_t in_pools);
void fill_blocks(struct dump *dump, const struct census *census);

/** A pool in use, by size class: pools, blocks in use and free, and bytes. */
void fill_pool(struct dump_blocks *blocks, const struct abi *abi,
	       const struct span *span);
/** Which sizes there are. */
void fill_class_sizes(struct dump_blocks *blocks, const struct abi *abi);
/** Add what another thread counted with fill_pool(). */
void fill_add_pools(struct dump_blocks *to, const struct dump_blocks *from);

/** The collectors, of each interpreter and together: from the walk of their
 *  lists, or, of a running tracee, without counts of objects. */
MUST_CHECK bool fill_gc(struct dump *dump, struct heap *heap,
			struct err *err);
MUST_CHECK bool fill_gc_live(struct dump *dump, struct capture *cap,
			     struct err *err);

/** How and when @cap was copied, and how long the tracee stood for that. */
void fill_copied(struct dump *dump, const struct capture *cap);

/** What any look may lack, as @cap and @census know.  Sets what is skipped and
 *  unreadable, warns, and says that it is not complete. */
void fill_lacks(struct dump *dump, const struct capture *cap,
		const struct census *census);

/** Whether many of what was counted nobody was found to refer to. */
void fill_alone(struct dump *dump, const struct census *census);

/** What a capture that stopped the tracee may lack, in words. */
void fill_verdict(struct dump *dump, const struct capture *cap,
		  const struct census *census);

/** What @seen, which read the tracee while it ran, may lack. */
void fill_running_lacks(struct dump *dump, const struct capture *cap,
			const struct stream *seen);

/** All that it tells of its heap. */
MUST_CHECK bool fill_running(struct dump *dump, struct capture *cap,
			     struct stream *seen, struct err *err);

#endif
