/* SPDX-License-Identifier: MIT */
#ifndef HEAP_TRAIL_H
#define HEAP_TRAIL_H

#include "attach/window.h"
#include "heap/looker.h"
#include "heap/seen.h"

/**
 * What is outside the pools: where a word or a reference leads there, an object
 * is tried, once, and who is one leads to others.
 *
 * Of a process that runs the memory is read through a window: addresses are
 * gathered and followed in waves, each in address order, so that neighbours
 * come with one read; what one wave finds makes the next.  Its data segments
 * are not of interest.  A copy is at hand, those too.
 *
 * Cost:    16 bytes for each address that is waiting, and see heap/seen.h.
 * Threads: a trail each; what they have seen they share.
 */
enum { TRAIL_RECENT = 1024 };

/** To be looked at: the object that may be at @at, a TRAIL_* in its lowest bits,
 *  or @len bytes of words. */
struct trail_step {
	raddr at;
	uint64_t len;
};

struct trail {
	struct seen_shared *seen;
	struct looker *lk;
	struct window *win;	/* lk's memory; moved by trail_follow().  NULL:
				   it is a copy */
	unsigned kinds;		/* of places that are of interest */
	VEC(struct trail_step) wave[2];
	unsigned next;		/* which of them is filled */
	raddr recent[TRAIL_RECENT];
	/** Where the words that are looked at lie: what points into itself (a
	 *  type does, ten times) leads to no other. */
	struct trail_step own;
	uint8_t *store;		/* an object that is not in the window */
	size_t room;
	/** Who is asked for references is an object beyond doubt; what it says
	 *  of them it knows. */
	bool certain, knows;
};

/** All three are borrowed; @win may be NULL. */
void trail_init(struct trail *t, struct seen_shared *seen, struct looker *lk,
		struct window *win);
void trail_fini(struct trail *t);

/** How it is said that something is there. */
enum {
	TRAIL_WORD = 1,		/* a word is all that says so */
	TRAIL_LINK = 2,		/* what may be the GC head in front of it */
	TRAIL_SURE = 4,		/* a list, or a reference that is known */
};

/** Try @addr, wherever that is. */
MUST_CHECK bool trail_try(struct trail *t, raddr addr, unsigned tags);

/** Somebody refers to @addr: mark it if it is in a pool, else try it. */
MUST_CHECK bool trail_note(struct trail *t, raddr addr, unsigned tag);

/** Note the words @p: who in a pool is referred to, and where they lead
 *  outside. */
MUST_CHECK bool trail_words(struct trail *t, const uint8_t *p, uint64_t len);

/** The same of @o, measured just now, in the block @p: if all of what it refers to
 *  is at hand only that, not each word of it. */
MUST_CHECK bool trail_object(struct trail *t, const struct pyobj *o,
			     const uint8_t *p, uint64_t len);

/** Note what @o refers to; of what is inferred, each word of it. */
MUST_CHECK bool trail_refs(struct trail *t, const struct pyobj *o);

/** Note the words of the buffers in lk->bufs, if in malloc's memory: those in
 *  pools are blocks of their own. */
MUST_CHECK bool trail_buffers(struct trail *t);

/** What was asked for begins at @at, in a block in use of @size bytes, of which
 *  some may be beyond the window: count the object in it, if it fills it. */
MUST_CHECK bool trail_block(struct trail *t, raddr at, uint32_t size);

/** Read the @len bytes at @at, as much as there is, and note the words. */
MUST_CHECK bool trail_read(struct trail *t, raddr at, uint64_t len);

/** Read those tables that lead to many now, lest what they lead to make a wave of
 *  its own. */
MUST_CHECK bool trail_tables(struct trail *t);

/** Try all that was noted, and what that leads to. */
MUST_CHECK bool trail_follow(struct trail *t);

/** What the @n trails @t have noted is dealt out to the first @among of them, a
 *  range of addresses each: no page is read twice then. */
MUST_CHECK bool trails_deal(struct trail *const *t, size_t n, size_t among);

enum { TRAIL_LONG = 1 << 16 };

/** So many are waiting that it is time to. */
static inline bool trail_is_long(const struct trail *t)
{
	return t->wave[t->next].n >= TRAIL_LONG;
}

#endif
