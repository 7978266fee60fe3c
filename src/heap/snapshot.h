/* SPDX-License-Identifier: MIT */
#ifndef HEAP_SNAPSHOT_H
#define HEAP_SNAPSHOT_H

#include "heap/details.h"
#include "result/dump.h"

struct beside;
struct target_spec;

enum { SNAPSHOT_MAX_PAUSE_MS = 1000 };	/* unless the user says */

/**
 * One look at a process: everything a dump can say.
 *
 * With @stop the tracee is paused while its heap is copied, and the numbers are
 * exact; without, it runs on, the heap is read in a few megabytes of memory of
 * our own, and dump->complete is 0.
 */
struct snapshot_options {
	bool stop;
	bool gentle;		/* without @stop: one thread reads, the other
				   CPUs are left to the tracee */
	/** With @stop: about as long it may last; 0: as long as it takes.  What
	 *  had not been copied by then is missing, and the dump says so. */
	int64_t max_pause_ms;
	bool want_objects;	/* @object is called; needs @stop */
	enum dump_refs want_refs;	/* ... with its references */
	bool want_pss;		/* pss, uss, swap: the kernel needs a while */
	bool want_containers;	/* dump->containers */
	/** What else is to be copied in the same pause, or NULL. */
	const struct beside *beside;
	const char *offsets_path;	/* a layout file, or NULL */
	dump_object_fn *object;
	void *arg;
	/** Called with all objects and dump->types, or NULL; needs @stop. */
	bool (*analyse)(struct dump *dump, struct heap *heap, struct err *err);
	/** Filled by details_find(), or NULL; needs @stop. */
	struct details *details;
	/** Called now and then; total 0: not known. */
	void (*progress)(void *arg, const char *phase, uint64_t done,
			 uint64_t total);
	void *progress_arg;
};

/**
 * Fill @dump, which was initialised by dump_init() and is to be released by
 * dump_fini() whatever happens.
 *
 * ERR_GONE, ERR_PERM, ERR_VERSION (no CPython that we know), ERR_NOMEM...
 */
MUST_CHECK bool snapshot_take(const struct target_spec *spec,
			      const struct snapshot_options *opt,
			      struct dump *dump, struct err *err);

struct capture;

/**
 * The same look at a process that is open already: capture_open(), and between
 * looks capture_again().  What is copied stays until then or capture_close().
 */
MUST_CHECK bool snapshot_look(struct capture *cap,
			      const struct snapshot_options *opt,
			      struct dump *dump, struct err *err);

#endif
