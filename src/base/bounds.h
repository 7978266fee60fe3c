/* SPDX-License-Identifier: MIT */
#ifndef BASE_BOUNDS_H
#define BASE_BOUNDS_H

/**
 * Bounds on what a tracee can make us do: how many there may be of something,
 * and how long it may be.  Reaching one is ERR_LIMIT or a warning, never an
 * abort.
 *
 * Those that concern one file only stand at its top.  What a whole look may
 * take is in attach/budget.h (files), attach/decoder.h (DWARF, demangling),
 * attach/headroom.h (memory) and stacks/pystacks.h (time).
 */
enum {
	MAX_MAPS = 1 << 20,		/* lines of /proc/PID/maps */
	MAX_THREADS = 1 << 16,
	MAX_FAMILY = 1 << 9,		/* processes of one memory --tree */
	MAX_THREAD_STATES = 1 << 14,	/* of Python, in all interpreters */
	MAX_PROC_FILE = 1 << 16,	/* bytes of a status */
	MAX_CMDLINE = 1 << 20,		/* bytes of all arguments */
	MAX_MAPS_TEXT = 1 << 28,	/* bytes of /proc/PID/maps */
	MAX_MOUNTS_TEXT = 1 << 24,	/* bytes of /proc/PID/mountinfo */
	MAX_ELF_SEGMENTS = 128,		/* program headers of a file */
	MAX_ELF_TABLE = 1 << 26,	/* bytes of a symbol or string table */
	MAX_SECTION_NAMES = 1 << 20,	/* bytes of all of them */
	MAX_ELF_NOTES = 1 << 10,
	MAX_ELF_DYNAMIC = 1 << 10,	/* entries of PT_DYNAMIC */
	MAX_HASH_CHAIN = 1 << 12,	/* symbols of one hash bucket */
	MAX_MODULE_MAPS = 64,		/* mappings asked where a file lies */
	MAX_INTERPRETERS = 4096,
	MAX_TYPES = 1 << 20,
	MAX_TYPE_NAME = 1024,		/* bytes of a type's or module's name */
	MAX_TYPE_DEPTH = 256,		/* steps along tp_base */
	MAX_ARENAS = 1 << 24,
	MAX_SYMBOLS = 1 << 22,
	MAX_ELF_SECTIONS = 1 << 12,
	MAX_SYMBOL_NAME = 1 << 12,	/* bytes of a name in an ELF file */
	MAX_DEBUG_FILE = 1 << 28,	/* bytes of a file with DWARF */
	MAX_KNOWN_SYMBOLS = 1 << 16,	/* addresses whose names are kept */
	MAX_DIES = 1 << 20,		/* of DWARF, looked at for an address */
	MAX_DIE_ORIGINS = 16,		/* steps from an instance to a name */
	MAX_REFS = 1 << 28,		/* references of one object */
	MAX_CHAIN = 1 << 20,		/* blocks of a deque, nodes of a list */
	MAX_OFFSETS_FILE = 1 << 20,	/* bytes of an --offsets file */
	MAX_FRAMES = 1 << 16,		/* Python frames of one thread */
	MAX_SLOTS_SHOWN = 1 << 16,	/* variables of one frame */
	MAX_CODE_NAME = 4096,		/* bytes of a file's or function's */
	MAX_CODE_TABLE = 1 << 22,	/* bytes of a table of positions */
	MAX_CODES = 1 << 18,		/* code objects of one look */
	MAX_TASKS = 1 << 18,		/* of asyncio, in all loops */
	MAX_TRACES = 1 << 28,		/* blocks that tracemalloc knows */
	MAX_TRACE_FRAMES = 1 << 26,	/* of all its tracebacks, each once */
	MAX_COPIED_PAGES = 5 << 13,	/* of a look at stacks: 160 MiB */
	MAX_LOOK_FRAMES = 1 << 17,	/* of Python, of threads and tasks */
	MAX_LOOK_TEXT = 1 << 26,	/* bytes of what they are called */
	MAX_CODE_BYTES = 1 << 26,	/* of all code objects of a look */
};

/** Bytes of a program or library: only pieces of it are read. */
#define MAX_MODULE_FILE (1ull << 36)

#endif
