/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAKEHEAP_H
#define TESTS_FAKEHEAP_H

#include "fakechunks.h"
#include "faketarget.h"
#include "pyabi/abi.h"

/**
 * A target with a CPython 3.12 in it, so far as a look at its heap needs one:
 * program file, runtime, an interpreter without threads, its collector, an
 * arena of pymalloc, and memory from malloc.
 *
 *	struct fakeheap fh;
 *
 *	fakeheap_init(&fh);
 *	list = fakeheap_type(&fh, "list", fh.abi.list_sizeof, 0,
 *			     TPF_HAVE_GC | TPF_LIST_SUBCLASS);
 *	at = fakeheap_new(&fh, list, fh.abi.list_sizeof);
 *	fake_u64(&fh.ft.fm, at + fh.abi.list_allocated, 10);
 *	fake_u64(&fh.ft.fm, at + fh.abi.list_ob_item, fakeheap_alloc(&fh, 80));
 *	... capture_of(&cap, &fh.ft.target, &err) ...
 *	fakeheap_fini(&fh);
 *
 * `type`, `dict`, and sys.modules, an empty dict, are there from the start.
 * Blocks are handed out as pymalloc does it, from the first pool of their size
 * that has room, one after the other; larger ones come from malloc.  Or malloc
 * gives all, as where PYTHONMALLOC=malloc: fakeheap_init_of_malloc().
 */
enum {
	FAKEHEAP_PROGRAM = 0x400000,
	FAKEHEAP_DATA = 0x600000,	/* _PyRuntime, then types */
	FAKEHEAP_MALLOC = 0x10000000,
	FAKEHEAP_CLASSES = 64,
	FAKEHEAP_CHUNKS = 64,
	FAKEHEAP_STATE = 0x678000,	/* malloc's, behind _PyRuntime */
	FAKEHEAP_PAR = FAKEHEAP_STATE + 0x1000,
};

#define FAKEHEAP_ARENA 0x7f0000000000

struct fakeheap {
	struct faketarget ft;
	struct abi abi;
	int file;			/* the program, as an ELF file */
	raddr runtime, interp;
	raddr type_type, dict_type;
	raddr next_type, next_pool, next_malloc;
	raddr pool[FAKEHEAP_CLASSES];	/* that has room; 0: none */
	int64_t n_blocks;		/* that sys.getallocatedblocks() tells: in
					   use, those from malloc too; 0 if all
					   are */
	size_t n_pools;
	/** Any number below @n; NULL: as above.  Else each block comes from any
	 *  pool that has room, or from what malloc got back, with the bytes
	 *  that were left in it, and objects are in any generation. */
	uint64_t (*choose)(void *arg, uint64_t n);
	void *choose_arg;
	struct {
		raddr at;
		uint64_t size;
	} chunk[FAKEHEAP_CHUNKS];	/* what malloc got back */
	size_t n_chunks;
	bool of_malloc;			/* all of it: */
	struct fakechunks chunks;
};

void fakeheap_init(struct fakeheap *fh);
void fakeheap_init_of_malloc(struct fakeheap *fh);
void fakeheap_fini(struct fakeheap *fh);

/** A static type, as fakeobj_type() has it. */
raddr fakeheap_type(struct fakeheap *fh, const char *tp_name,
		    uint64_t basicsize, uint64_t itemsize, uint64_t flags);

/** @size bytes, zeros. */
raddr fakeheap_alloc(struct fakeheap *fh, uint64_t size);

/** What the block takes that fakeheap_alloc() gave for @size bytes. */
uint64_t fakeheap_takes(const struct fakeheap *fh, raddr at, uint64_t size);

/** The same from malloc, whatever its size, and counted by nobody. */
raddr fakeheap_raw(struct fakeheap *fh, uint64_t size);

/** It is on the chain of free blocks of its pool then; bytes stay. */
void fakeheap_free(struct fakeheap *fh, raddr at, uint64_t size);

/** An object of @size bytes, with a reference count of 1; if the collector
 *  knows such, behind a head, in its youngest generation. */
raddr fakeheap_new(struct fakeheap *fh, raddr type, uint64_t size);

/** It dies: its block is on the chain of free ones, its bytes but for the first
 *  word stay. */
void fakeheap_delete(struct fakeheap *fh, raddr at, uint64_t size);

/** The collector forgets it. */
void fakeheap_untrack(struct fakeheap *fh, raddr at);

/** Where the ring of a generation is anchored. */
raddr fakeheap_generation(const struct fakeheap *fh, int generation);

#endif
