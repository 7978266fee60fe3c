/* SPDX-License-Identifier: MIT */
#ifndef HEAP_CAPTURE_H
#define HEAP_CAPTURE_H

#include "attach/headroom.h"
#include "attach/mirror.h"
#include "attach/stop.h"
#include "attach/window.h"
#include "base/clock.h"
#include "heap/scan.h"
#include "pyabi/arenas.h"
#include "pyabi/block.h"
#include "pyabi/chunkmap.h"
#include "pyabi/pytype.h"
#include "pyabi/tracee.h"
#include "result/dump.h"

struct onlooker;

/**
 * A tracee we look into, and the copy of its heap.
 *
 * capture_open() finds everything that can be found while it runs.
 * capture_copy() copies it twice: the arenas and the data segments in a few
 * threads, then what they refer to outside (large objects and buffers, and what
 * those refer to).  The first time the tracee runs, which tells what will be
 * needed; the second time it stands, that comes at once, and only where it is
 * not the same is anything looked for.  If nobody ran from before the first time
 * until it stands, there is no second (attach/rest.h).  After max_pause_ms it
 * runs again, and the rest is as the first copy has it: all later work is on
 * the copy.  capture_watch() copies nothing: what is asked for is read from the
 * tracee as it runs.
 *
 * Where malloc gave the objects, its heaps are taken for arenas, and where its
 * blocks begin is found out in the copy (pyabi/chunkmap.h).
 *
 * To know what to copy, each word of the arenas is looked at once while it is
 * still warm in the cache; only blocks with a word that points outside are
 * understood at that time.
 *
 * Threads: one at a time.
 * Owner:   capture_close(), also after a failed capture_open().
 */
struct capture {
	struct tracee tr;
	/** The address space when the tracee was stopped, if that differs from
	 *  when the runtime was found; `now` is the one to go by. */
	struct maps maps_later;
	struct modules *mods_later;
	struct {
		const struct maps *maps;
		struct modules *mods;
	} now;
	struct arenas arenas;	/* or malloc's heaps */
	struct places places;	/* kinds: heap/regions.h */
	struct blocksource source;	/* of those that are REGION_ARENA */
	struct glibc_malloc gm;	/* if that is malloc's: its chunks, */
	struct chunkmap chunks;	/* ... and where they are */
	struct mirror mirror;
	struct pytypes types;
	struct pyctx ctx;
	/** What the words of arenas and data segments point at outside. */
	struct scanner outside;
	/** What is in use of the states of interpreters and threads. */
	VEC(struct record {
		raddr at;
		uint64_t len;
	}) records;
	/** More references than this cannot be in the tracee's memory; larger
	 *  than its address space no object can be. */
	uint64_t most_words, most_bytes;
	int64_t swap;		/* bytes of it in swap before the look; or -1 */
	/** Objects claimed more than that: not all were asked. */
	bool overstated;
	bool debug_hooks;	/* PYTHONMALLOC=debug */
	struct window watch;	/* of capture_watch() */
	struct headroom room;	/* of capture_copy() */
	bool mirrored, typed;
	/** Set by another thread, atomically: what is long gives up soon, with
	 *  ERR_LIMIT.  NULL: nobody will. */
	const bool *cancel;
	/** About as long the tracee may stand; 0: as long as it takes.  What is
	 *  not copied by then stays as it was, and @cut_short is set. */
	int64_t max_pause_ms;
	bool cut_short;			/* atomic while it stands */
	uint64_t bytes_known;	/* to be needed, before it was copied */
	uint64_t pause_end_ns;		/* monotonic; 0: nobody waits */
	double pause_ms;
	size_t n_unstopped;
	char unstopped[100];
	struct timespec when;	/* CLOCK_REALTIME */
	/** Set before capture_copy(): the tracee is not held.  What is copied
	 *  is of no one moment then. */
	bool runs_on;
	/** Called by capture_copy() while the tracee stands, or, if it runs on,
	 *  before its heap is copied, with a stop of no threads, as
	 *  capture_watch() does, last; or NULL. */
	stop_work *at_stop;
	void *at_stop_arg;
	/** Who sees what a sweep finds, see heap/onlooker.h; or NULL. */
	struct onlooker *onlooker;
	/** Reads from cap->mirror.mem what else is to be copied of the same
	 *  moment, once the heap is; or NULL.  Called for each copy that is
	 *  made. */
	bool (*beyond)(void *arg, struct err *err);
	void *beyond_arg;
};

MUST_CHECK bool capture_open(struct capture *cap,
			     const struct target_spec *spec,
			     const char *offsets_path, struct err *err);

/** The same of a target that is open already: it is @cap's now, also after a
 *  failure. */
MUST_CHECK bool capture_of(struct capture *cap, struct target *target,
			   struct err *err);

/** Free what was copied or watched; the process stays open. */
void capture_forget(struct capture *cap);

/**
 * Forget, and look again for what changes while a tracee runs: interpreters,
 * maps, arenas.  To be called before each look but the first.  ERR_GONE: it
 * exited, or started another program.
 */
MUST_CHECK bool capture_again(struct capture *cap, struct err *err);

MUST_CHECK bool capture_copy(struct capture *cap, struct err *err);

/** Instead: leave the tracee alone and copy nothing.  Only the places are
 *  known then. */
MUST_CHECK bool capture_watch(struct capture *cap, struct err *err);

void capture_close(struct capture *cap);

static inline bool capture_is_of_malloc(const struct capture *cap)
{
	return cap->arenas.source == ARENAS_OF_MALLOC;
}

/** pymalloc's arenas: none, where malloc gave all. */
static inline const struct arenas *capture_pools(const struct capture *cap)
{
	static const struct arenas none;

	return capture_is_of_malloc(cap) ? &none : &cap->arenas;
}

/** So many of malloc's arenas could not be read to their end, if that is the
 *  source. */
uint64_t capture_doubts(const struct capture *cap);

/** PYTHONMALLOC, as it calls that. */
const char *capture_allocator(const struct capture *cap);

/** Has somebody called this off?  Then @err is set and false returned. */
static inline bool capture_goes_on(const struct capture *cap, struct err *err)
{
	return !cap->cancel ||
	       !__atomic_load_n(cap->cancel, __ATOMIC_RELAXED) ||
	       err_set(err, ERR_LIMIT, "called off");
}

/** Under the stop: may it last longer?  If not, cut_short is set. */
static inline bool capture_has_time(struct capture *cap)
{
	if (!cap->pause_end_ns || clock_now_ns() < cap->pause_end_ns)
		return true;
	__atomic_store_n(&cap->cut_short, true, __ATOMIC_RELAXED);
	return false;
}

/**
 * May an object be asked for its references still?  No, and cap->overstated is
 * set, once @ctx has looked at more than there can be: then lengths lie, and
 * following them could take hours.
 */
bool capture_may_ask(struct capture *cap, const struct pyctx *ctx);

/** For struct blockreader: words that point into data segments or memory from
 *  malloc, where types are.  @arg is the struct capture. */
bool capture_may_be_type(void *cap, raddr word);

#endif
