/* SPDX-License-Identifier: MIT */
#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include "account/glance.h"
#include "account/ledger.h"
#include "account/libraries.h"
#include "account/typeleaves.h"
#include "attach/pagetable.h"
#include "heap/heap.h"
#include "pyabi/malloc_threads.h"
#include "result/account.h"
#include "result/dump.h"
#include "result/family.h"

/**
 * Where a process's resident memory is, to the last byte.
 *
 * While it stands its page table is read, every chunk of malloc is looked at
 * (pyabi/malloc_glibc.h), and its heap is copied as for a census; of one that
 * runs on, the heap passes by in a window.  Either way the one sweep of the census
 * notes whose each block is, and which chunks hold objects of Python and their
 * buffers (ledger.h).  Then one sweep over the address space (sweep.h) gives each
 * resident byte to whoever has it: blocks of pools, chunks, stacks, files, and
 * what is left of each mapping.
 */
struct account_options {
	bool no_stop;		/* the process is not paused */
	int64_t max_pause_ms;	/* as snapshot_options have it */
	/** Fill @member with what it shares and shared with @parent, see
	 *  account/kin.h; or NULL. */
	struct target *parent;
	struct family_member *member;
	void (*progress)(void *arg, const char *phase, uint64_t done,
			 uint64_t total);
	void *progress_arg;
};

/**
 * Fill @account and @dump, whose types, gc and heap stay empty but for sums, of
 * a process that is open: capture_open(), and between looks capture_again().
 * What is copied stays until then or capture_close().  Both are to be released
 * whatever happens.
 *
 * ERR_GONE, ERR_PERM, ERR_VERSION, ERR_NOMEM...; ERR_USAGE: the target has no
 * page table.
 */
MUST_CHECK bool account_of(struct capture *cap,
			   const struct account_options *opt,
			   struct dump *dump, struct account *account,
			   struct err *err);

/** The stack of a thread, as its C library set it aside. */
struct account_stack {
	pid_t tid;
	raddr start, end;
	/** Of that, what it has beside its stack begins here.  The main thread's
	 *  stack is a mapping of its own: here is no more than that. */
	raddr tls;
	char name[64];		/* foreign; "": not known */
};

/** Something on malloc's heap that is a thread's own variables, or its table
 *  of where they are. */
struct account_tls {
	pid_t tid;
	raddr at;
};

/** Is a mapping that of an allocator other than glibc's? */
enum account_others {
	OTHERS_NOT,
	OTHERS_KNOWN,
	OTHERS_INFERRED,	/* what lies in others of its own leads there */
};

/** A part of a mapping that an object owns. */
struct account_claim {
	raddr start, end;
	uint32_t leaf;
	const struct pytype *type;
	uint8_t kind;			/* enum typeleaf */
};

/** What data an object has. */
struct account_holding {
	raddr owner;
	const struct pytype *type;
	uint64_t bytes, size;
	bool inferred;
};

/** What was read while the process stood, and what was made of it. */
struct account_look {
	struct capture *cap;
	struct dump *dump;
	struct maps maps;
	struct pagetable pages;
	struct glibc_malloc gm;
	bool late;			/* pages: not while it stood */
	bool has_malloc;		/* gm was read */
	struct err no_malloc;		/* else why not */
	/** Of a process that runs, after its heap was read: a bit a chunk that
	 *  nobody was found to have, and that is not as it was. */
	uint64_t *changed;
	struct glance glance;		/* ... what gm's chunks showed then */
	VEC(struct account_stack) stacks;
	VEC(struct account_tls) tls;
	char main_name[64];		/* of the main thread, by the kernel */
	struct glibc_threads threads;	/* of malloc */
	struct libraries libs;		/* as of before that */
	struct ledger ledger;		/* what the sweep found */
	struct heap heap;		/* of a copy: with its census taken */
	struct typeleaves typed;
	/** By mapping: the library whose data points there, as libraries_of()
	 *  has it. */
	uint16_t *pointed;
	/** By chunk, + 1; 0: no object's, or after account_fill(): it is not in
	 *  use. */
	uint32_t *chunk_leaf;
	/** Parts of mappings that objects own, none of them twice. */
	VEC(struct account_claim) claims;
	/** Blocks of objects in the memory of an allocator that is not glibc's
	 *  malloc; and by mapping, is it that allocator's? */
	VEC(struct account_claim) blocks;
	uint8_t *is_others;		/* enum account_others */
};

/** Find the stacks of @stop's threads; if it runs on, of Python's. */
MUST_CHECK bool account_stacks(struct account_look *look,
			       const struct stop *stop, struct err *err);

/** Where the variables of a thread's own begin, up to @thread and its struct
 *  pthread @tcb there; 0: it is none.  What else it has is noted. */
MUST_CHECK bool account_tls_find(struct account_look *look, pid_t tid,
				 raddr thread, const uint64_t *tcb,
				 raddr *ret_start, struct err *err);

/** What of chunks is theirs and nobody else's, before account_fill(). */
MUST_CHECK bool account_tls_claim(struct account_look *look,
				  struct account *acc, struct err *err);

/** @where: "stacks", "malloc", "mappings".  -1: out of memory. */
int64_t account_tls_leaf(struct account_look *look, struct account *acc,
			 const char *where, pid_t tid, struct err *err);

/** Name them. */
MUST_CHECK bool account_stack_names(struct account_look *look,
				    struct err *err);

/** Who of the objects owns what, by the ledger. */
MUST_CHECK bool account_claims(struct account_look *look, struct account *acc,
			       struct err *err);

/** Count what is in sparse arenas, after account_claims(). */
MUST_CHECK bool account_sparse(struct account_look *look, struct account *acc,
			       struct err *err);

/** Tell of malloc's arenas. */
MUST_CHECK bool account_malloc_arenas(struct account_look *look,
				      struct account *acc, struct err *err);

/** Of leaves that are filled, what each allocator has. */
MUST_CHECK bool account_sums(const struct account_look *look,
			     struct account *acc, struct err *err);

/** Of leaves that are filled, who keeps pages of malloc's that are nearly
 *  empty. */
MUST_CHECK bool account_sparse_malloc(struct account_look *look,
				      struct account *acc, struct err *err);

/** Then give each byte to its leaf. */
MUST_CHECK bool account_fill(struct account_look *look, struct account *acc,
			     struct err *err);

#endif
