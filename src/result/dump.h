/* SPDX-License-Identifier: MIT */
#ifndef RESULT_DUMP_H
#define RESULT_DUMP_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/vec.h"
#include "result/containers.h"
#include "result/stacks.h"

/**
 * What one look at a tracee found, as plain data: all that the output formats
 * and the screen need, and no way back to the tracee.
 *
 * Units:   bytes, unless a name says otherwise.  DUMP_UNKNOWN (-1) stands for
 *          a number that could not be had: null in JSON, "-" in tables.
 * Text:    names come from the tracee, as generalised UTF-8 (see
 *          pyabi/strobj.h), and with bytes that are none; escape control
 *          characters before a terminal sees them.
 * Owner:   whoever called dump_init(); dump_fini() frees it all.
 */
#define DUMP_UNKNOWN (-1)

enum dump_mode { DUMP_STOP, DUMP_LIVE, DUMP_NONE };
enum dump_abi_source { DUMP_ABI_SELF, DUMP_ABI_FILE, DUMP_ABI_DWARF,
		       DUMP_ABI_GIVEN };

/** One row of "types": every live object on the heap is in exactly one.  All
 *  types of one name are in one row. */
struct dump_type {
	char *type;		/* name for builtins, else module.name */
	char *module, *name;
	int64_t count, bytes, allocated, static_count;
	/** Of count: whose size is a bound, and what they refer to inferred,
	 *  for want of a layout. */
	int64_t bounds, inferred;
	int64_t foreign;	/* ... of an extension, not described */
	int64_t classes;	/* that are called so, and have objects */
	/** If dump->has_retained: what goes with them, and whose objects, by
	 *  type, dominate most of it (NULL: nobody alone). */
	int64_t retained;
	char *dominated_by;
};

/** One row of "kinds": as types, but dicts are split by their owner. */
struct dump_kind {
	char *kind;
	int64_t count, bytes, allocated;
	int64_t classes;	/* whose objects these, or their dicts, are */
};

struct dump_generation {
	int generation;
	int64_t threshold, count, objects;
	int64_t collections, collected, uncollectable;
};

struct dump_gc {
	int enabled, collecting;		/* 0, 1, DUMP_UNKNOWN */
	int64_t garbage, frozen;
	VEC(struct dump_generation) generations;
};

/** One interpreter of a process.  Up to 3.8 all share one collector. */
struct dump_interp {
	int64_t id;
	struct dump_gc gc;
	int64_t tracked;	/* objects in its collector's lists, frozen
				   ones too */
};

struct dump_memory {
	/* rss = uss + shared, where these are known. */
	int64_t rss, peak_rss, vms, pss, uss, shared;
	int64_t file;		/* resident and of files, what statm calls
				   shared */
	int64_t swap;
	int64_t page_tables;	/* of the kernel's, beside rss */
	int64_t minor_faults, major_faults;
	int64_t voluntary_switches, involuntary_switches;
	int64_t user_ms, system_ms;
};

/** Blocks of the tracee's allocators, in use and by what they hold. */
struct dump_blocks {
	int64_t in_use;		/* equals sys.getallocatedblocks() */
	int64_t in_pools;	/* of these, in pymalloc's pools */
	int64_t in_use_bytes;	/* of those in pools, whole size classes */
	int64_t objects, buffers, unowned;
	int64_t refused;	/* look like an object, and are none */
	int64_t claimed_twice;	/* buffers of two objects, counted for one */
	int64_t arenas, arena_bytes, pools;
	/** Pool blocks in use by size class; index 0 is the smallest. */
	struct dump_class {
		uint32_t size;
		int64_t in_use, pools, free;
	} classes[64];
	size_t n_classes;
};

struct dump {
	/* target */
	int pid;
	VEC(char *) command;
	char *executable;
	time_t started;			/* UTC */
	const char *source;		/* "live" */

	/* python */
	char *version;			/* "3.12.1" */
	char *abi;			/* "cpython-3.12" */
	enum dump_abi_source abi_source;
	int free_threaded, debug;
	const char *allocator;		/* "pymalloc", "malloc", ... */
	int interpreters;

	/* capture */
	enum dump_mode mode;
	struct timespec time;		/* UTC, when the tracee was read */
	double pause_ms, duration_ms;
	int64_t bytes_read, bytes_copied, unreadable, skipped;
	int complete;
	VEC(char *) warnings;

	/* heap */
	int64_t objects, bytes, allocated, static_objects, static_bytes;
	struct dump_blocks blocks;
	bool has_retained;
	VEC(struct dump_type) types;	/* by bytes, largest first */
	VEC(struct dump_kind) kinds;	/* empty: not known */
	struct containers containers;	/* not known unless asked for */

	struct dump_gc gc;		/* of all interpreters together */
	VEC(struct dump_interp) interps;	/* the main one first */
	struct dump_memory memory;
	struct stacks stacks;
};

/** What is wanted of an object's references. */
enum dump_refs { DUMP_REFS_NOT, DUMP_REFS, DUMP_REFS_NAMED };

/** By what an object refers to another: @how, "attribute", "item"..., and which:
 *  its name, its index, or the address of its key.  NULL, DUMP_UNKNOWN and 0:
 *  there is none, or it cannot be read. */
struct dump_ref_name {
	const char *how;
	const char *text;
	int64_t index;
	raddr key;
};

/** One row of --objects.  @refs is NULL unless asked for; @inferred if they
 *  are what looks like a reference, for want of a layout.  @bound is NULL,
 *  "lower" or "unknown". */
struct dump_object {
	raddr address;
	const char *type;
	int64_t size, allocated;
	const char *bound;
	int is_static, tracked;
	int generation;			/* DUMP_UNKNOWN: none or unknown */
	const raddr *refs;
	size_t n_refs;
	bool inferred;
	const struct dump_ref_name *names;	/* of refs, or NULL */
};

/** Receives the objects in address order; false ends the run, @err set. */
typedef bool dump_object_fn(void *arg, const struct dump_object *obj,
			    struct err *err);

void dump_init(struct dump *dump);
void dump_fini(struct dump *dump);

/** Add a warning, formatted; when memory is short it is lost. */
void dump_warn(struct dump *dump, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** What is to be doubted of @from is to be doubted of @dump, too; once. */
void dump_warn_too(struct dump *dump, const struct dump *from);

/** Collections of all generations; DUMP_UNKNOWN: of none is it known. */
int64_t dump_collections(const struct dump_gc *gc);

/**
 * What a dump knows of where the resident memory is: pools_used, as far as it
 * is known, files and rest add up to it.  All DUMP_UNKNOWN: nothing is known.
 */
struct dump_resident {
	int64_t pools_used;	/* blocks in use, of pymalloc */
	int64_t files;		/* and shared memory */
	int64_t rest;		/* objects and all else outside pools; and: */
	int64_t pools_free;	/* ... at most: not all may be resident */
	/** Of what objects take (dump->allocated), at least so much is not
	 *  resident: it was never touched, or is in swap. */
	int64_t absent;
};
struct dump_resident dump_resident(const struct dump *dump);

/** The row of "types" or "kinds" order: bytes descending, then names. */
void dump_sort(struct dump *dump);

#endif
