/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_COREFILE_H
#define ATTACH_COREFILE_H

#include <elf.h>
#include <stddef.h>
#include <sys/types.h>

#include "attach/maps.h"
#include "attach/mem.h"
#include "attach/regs.h"
#include "base/addr.h"
#include "base/err.h"
#include "base/vec.h"

/** A mapping of the process, and what the core has of it. */
struct core_segment {
	raddr start, end;
	uint64_t offset;	/* in the core */
	uint64_t held;		/* bytes from start on that it holds */
	uint32_t flags;		/* PF_R, PF_W, PF_X */
	bool empty;		/* it was written without any */
};

/** A mapped file, by NT_FILE. */
struct core_file {
	raddr start, end;
	uint64_t offset;	/* in the file */
	const char *path;	/* foreign: escape it */
};

/** Bytes that come from elsewhere. */
enum { CORE_ZEROS = -2 };
struct core_supply {
	raddr start, end;
	uint64_t offset;	/* in @fd */
	int fd;			/* or CORE_ZEROS: nobody wrote to them yet */
	uint32_t flags;		/* as of a segment */
};

struct core_thread {
	pid_t tid;
	struct regs regs;
};

/**
 * A 64-bit ELF core file: memory, threads and mappings of a process that was,
 * as the kernel writes it, gdb and its gcore, and whoever does as they do.
 *
 * A core need not hold all memory.  The kernel leaves out what
 * /proc/PID/coredump_filter says, as a rule the pages of files that nobody
 * changed; gdb leaves out the mapping altogether.  What is left out can be
 * supplied from elsewhere: corefile_supply().
 *
 * Only what is asked for is read, or mapped where nobody minds that a file may
 * become shorter (attach/shrinking.h).  Nothing in it is believed.
 *
 * Threads: any number may read at once, after the last corefile_supply().
 * Owner:   corefile_close(), also after a failed corefile_open().
 * Facts:   core(5), elf(5); Linux fs/binfmt_elf.c, elf_core_dump(),
 *          fill_files_note(), and gdb's linux-tdep.c.
 */
struct corefile {
	struct mem mem;		/* first: what the core holds, and supplies */
	int fd;
	uint64_t size;		/* of the file */
	bool truncated;		/* its segments are longer than it is */
	bool may_map;		/* by mem.ops->map; else all is read */

	/* Each sorted, without overlaps. */
	VEC(struct core_segment) segments;
	VEC(struct core_file) files;
	VEC(struct core_supply) supplies;
	char *file_names;

	VEC(struct core_thread) threads;	/* the main thread first */
	VEC(Elf64_auxv_t) auxv;
	uint64_t n_notes;	/* that were looked at */

	/* Of NT_PRPSINFO: what a process calls itself is cut to 15 bytes, its
	 * arguments to 79.  Foreign: escape it.  has_info: it was there. */
	bool has_info;
	pid_t pid, ppid;
	uid_t uid;
	gid_t gid;
	char comm[17];
	char args[81];
};

/**
 * Read headers and notes.  Takes over @fd, also if it fails.
 *
 * ERR_BADDATA: no core file, or of a kind that we cannot read (the text says),
 * or one that contradicts itself.  ERR_LIMIT, ERR_NOMEM, ERR_OS.
 */
MUST_CHECK bool corefile_open(struct corefile *core, int fd, struct err *err);
void corefile_close(struct corefile *core);

/**
 * The mappings: as /proc/PID/maps had them, but for what a core does not say.
 * All are private; files have the number of their path for inode; what may be
 * done with files that are in no segment, their supply says, or nobody: then
 * they are executable.
 */
MUST_CHECK bool corefile_maps(const struct corefile *core, struct maps *ret,
			      struct err *err);

/** What may be done with the byte at @at: PF_R, PF_W and PF_X; -1: it is in no
 *  segment, nor supplied. */
int corefile_flags(const struct corefile *core, raddr at);

/** From @at on, how many of @len bytes come from one place: @ret_from. */
enum core_from { CORE_NOWHERE, CORE_UNWRITTEN, CORE_OTHER, CORE_ITSELF };
uint64_t corefile_run(const struct corefile *core, raddr at, uint64_t len,
		      enum core_from *ret_from);

/** The segment that @at lies in, or NULL. */
const struct core_segment *corefile_segment(const struct corefile *core,
					    raddr at);

/**
 * What the core does not hold of @supply comes from there.  The descriptor
 * remains the caller's, and must stay open.  To be called by ascending address;
 * ERR_BADDATA: it was not.
 */
MUST_CHECK bool corefile_supply(struct corefile *core,
				const struct core_supply *supply,
				struct err *err);

/**
 * The command line as /proc/PID/cmdline had it, strings each with a NUL: from
 * the stack, where the kernel put it, or as NT_PRPSINFO has it, cut.  To be
 * freed; NULL: neither is there, or no memory is.
 */
char *corefile_command(struct corefile *core, size_t *ret_len);

/** NULL: there is none with that number. */
const struct core_thread *corefile_thread(const struct corefile *core,
					  pid_t tid);

/** The entry @type (AT_ENTRY...) of the auxiliary vector; 0: not there. */
uint64_t corefile_auxv(const struct corefile *core, uint64_t type);

/* --- for corefile.c alone ------------------------------------------------ */

/** Exactly @len bytes at @offset of the file; false: it has not so many. */
bool corefile_pread(int fd, uint64_t offset, void *buf, size_t len);

/** Take the notes in the @len bytes at @offset (attach/corenotes.c). */
MUST_CHECK bool corenotes_take(struct corefile *core, uint64_t offset,
			       uint64_t len, struct err *err);

#endif
