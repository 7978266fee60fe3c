/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_DWARFIMAGE_H
#define ATTACH_DWARFIMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct elffile;

/**
 * The sections with DWARF of a file, and nothing else of it, as an ELF file of
 * our own in memory.
 *
 * libdw is given this instead of the file: it can be made no larger by the file
 * being written to meanwhile, what it unpacks to is known before it is, and
 * there is no .gnu_debugaltlink in it to be followed, nor a descriptor or a
 * folder.
 *
 * Owner: dwarfimage_fini().
 * Facts: elf(5), "Compressed sections"; .zdebug_ as GNU binutils write it.
 */
struct dwarfimage {
	uint8_t *bytes;
	size_t len;
	uint64_t unpacked;	/* bytes of its sections when unpacked */
};

/** ERR_LIMIT: unpacked, it takes more than @most bytes.  ERR_NOMEM,
 *  ERR_BADDATA. */
MUST_CHECK bool dwarfimage_make(struct elffile *elf, uint64_t most,
				struct dwarfimage *ret, struct err *err);
void dwarfimage_fini(struct dwarfimage *image);

#endif
