/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_CODE_H
#define ATTACH_CODE_H

#include "attach/maps.h"
#include "attach/mem.h"
#include "attach/module.h"
#include "base/vec.h"

struct target;

/**
 * The code of a tracee and the tables that come with it, read from its files:
 * what unwinding and naming need, and what does not change while it runs.
 *
 * The vdso, which has no file, is read from the tracee's memory; so are
 * modules whose file is out of reach.
 *
 * Threads: one at a time.
 * Owner:   code_fini().
 * Facts:   LSB 5.0, 10.6.2, "The .eh_frame_hdr section".
 */
struct code_file {
	const char *path;	/* "[vdso]"; foreign: escape it */
	raddr start, end;	/* of its mappings */
	struct elffile *elf;	/* NULL: not open, or not to be had */
	raddr bias;		/* what to add to an address in the file */
	struct module *mod;	/* NULL: the vdso */

	/* The sorted table of .eh_frame_hdr; n is 0 if there is none. */
	raddr hdr, table;
	uint64_t n_table;
	bool tried, tried_table;
};

enum { CODE_PAGES = 256 };

struct code {
	struct mem mem;		/* by address in the tracee, from the files */
	struct target *target;
	struct mem *live;
	struct maps maps;	/* when the files were last other ones */
	struct maps now;	/* since; none if that was the last time */
	struct modules *mods;
	VEC(struct code_file) files;	/* as mods->v, then the vdso */
	/** Changes when the files do: whoever keeps what he learned of them
	 *  must forget it. */
	unsigned generation;
	struct code_page {
		raddr at;
		uint32_t len;	/* 0: none */
	} page[CODE_PAGES];
	uint8_t *pages;
};

MUST_CHECK bool code_init(struct code *code, struct target *target,
			  struct mem *live, struct err *err);
void code_fini(struct code *code);

/** The tracee has mapped what @maps says, which are taken over. */
MUST_CHECK bool code_update(struct code *code, struct maps *maps,
			    struct err *err);

/** The file whose code lies at @at, opened if it can be; NULL: none has. */
struct code_file *code_find(struct code *code, raddr at);

/** The mappings of the last code_update(). */
const struct maps *code_maps(const struct code *code);

/** May what lies at @at be executed? */
bool code_is_exec(const struct code *code, raddr at);

/** Find the table of .eh_frame_hdr; false: it has none that we know to read. */
bool code_table(struct code *code, struct code_file *file);

#endif
