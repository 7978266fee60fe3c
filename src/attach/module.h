/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_MODULE_H
#define ATTACH_MODULE_H

#include <stddef.h>

#include "attach/maps.h"
#include "base/addr.h"
#include "base/err.h"

struct elffile;
struct mem;
struct process;
struct target;

/**
 * The files a tracee has mapped: its program, its libraries.
 *
 * Mappings of the same device and inode are one module; a file loaded twice is
 * two, told apart by falling file offsets.  Files that are no ELF (archives of
 * locales, say) are modules too, and fail to open.
 *
 * Files are opened when first asked for something, by the target; those it
 * does not have are known by their headers in its memory, which have dynamic
 * symbols only.
 *
 * Threads: one at a time.
 * Owner:   modules_free(); the maps (and target, mem) must live as long.
 */
struct modules {
	struct module *v;
	size_t n, room;
	uint32_t *of_map;	/* whose each mapping is, if a file's */
	const struct maps *maps;
	struct target *target;
	struct mem *mem;
};

struct module {
	const char *path;	/* foreign: escape it */
	uint64_t inode;
	uint32_t dev_major, dev_minor;
	bool deleted;
	bool has_exec;		/* some of it is mapped executable */
	raddr start, end;	/* lowest and highest byte of its mappings */
	size_t first_map, last_map;	/* numbers in modules->maps */

	/* Known once module_open() has succeeded. */
	raddr bias;		/* what to add to an address in the file */
	uint16_t machine;	/* EM_X86_64... */
	bool in_memory;		/* no file: neither sections nor .symtab */

	const struct modules *all;
	struct elffile *elf;	/* NULL: not open */
	bool tried;
};

/**
 * Find the modules of @maps.  @target may be NULL where there is none (then
 * paths are ours), @mem too (then files differing in their device cannot be
 * proved right, as on overlayfs, and headers not read from memory).
 *
 * NULL: out of memory.
 */
MUST_CHECK struct modules *modules_new(const struct maps *maps,
				       struct target *target,
				       struct mem *mem, struct err *err);
void modules_free(struct modules *ms);

/** The module @at lies in, or NULL.  A .bss behind its file is not seen. */
struct module *modules_find(struct modules *ms, raddr at);

/**
 * Open the file and find the load bias; the functions below do it themselves
 * but do not say why they failed.
 *
 * ERR_BADDATA: it is no ELF file or not what is mapped.  ERR_OS, ERR_PERM: it
 * cannot be opened.
 */
MUST_CHECK bool module_open(struct module *mod, struct err *err);

/** Where @name lies in the tracee and its size; false: not there.  Looks in
 *  .dynsym (microseconds), then in .symtab (read whole, and kept). */
MUST_CHECK bool module_symbol(struct module *mod, const char *name,
			      raddr *ret, uint64_t *ret_size);

/** As module_symbol(), without the costly .symtab. */
MUST_CHECK bool module_dynsym(struct module *mod, const char *name,
			      raddr *ret, uint64_t *ret_size);

/** Where section @name lies in the tracee; false: not there, not loaded. */
MUST_CHECK bool module_section(struct module *mod, const char *name,
			       raddr *ret, uint64_t *ret_size);

/** The hull of its writable segments with .bss, as far as mapped.  What was
 *  made read-only after relocation is in it; there may be holes. */
MUST_CHECK bool module_writable(struct module *mod, raddr *ret_start,
				raddr *ret_end);

/** Is @map, one of its mappings, a segment of it where a loader puts it?  Then
 *  the file says what may be done with it: PF_R, PF_W, PF_X. */
bool module_segment(struct module *mod, const struct map *map,
		    uint32_t *ret_flags);

/** The same of a program or library: what maps its file to read it is none. */
bool module_loads(struct module *mod, const struct map *map);

/**
 * For a target that is a process: the file of @mod by the first way that leads
 * to it, in the order that survives containers, chroot and upgrades: map_files,
 * exe, root + path (see foreignfile.h), each checked by device and inode.
 * @proc NULL: our root + path.  -1 with errno: why the last way was refused.
 */
int module_open_file(const struct module *mod, const struct process *proc);

/** A descriptor of the file, which stays the module's; -1: out of reach. */
int module_file(struct module *mod);

#endif
