/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_TARGET_H
#define ATTACH_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "attach/mem.h"
#include "attach/stop.h"

struct cgroup_memory;
struct foreignfile;
struct maps;
struct module;
struct modules;
struct pagetable;
struct process_info;
struct process_memory;
struct regs;
struct rest;
struct threads;

/**
 * What is looked into: a running process, a core file, a test's array.  Nobody
 * above this header can tell which.
 *
 *	t = target_open(&spec, &err);
 *	target_maps(t, &maps, &err);
 *	mods = modules_new(&maps, t, t->mem, &err);
 *	target_know(t, mods);
 *	... mem_read(t->mem, ...), target_hold(t, ...) ...
 *	target_know(t, NULL);
 *	modules_free(mods);
 *	target_close(t);
 *
 * A new kind is a file with a const struct target_ops, a function that makes
 * one, and a line in target_open().  Operations marked optional may be NULL.
 *
 * Threads: its memory may be read by any number at once; all else by one at a
 *          time, what is asked beside that by another (memory()) apart.
 * Owner:   target_close().
 * Errors:  ERR_GONE: it is not what it was when it was opened, and nothing is
 *          left to do but to close it.  What only this target cannot do or
 *          does not know is no error: unknown (see process_info,
 *          process_memory), false, or a thing told by @tell.
 */
struct target {
	const struct target_ops *ops;
	struct mem *mem;	/* its bytes */
	pid_t pid;		/* of its main thread; 0: not known */
	bool runs;		/* two looks may see two things */
	struct timespec when;	/* it was so; 0: it is now */
	/** How messages call it: "process 4711", "core file x.core". */
	char name[160];
};

/** What is missing, for what is told; files are what the user may have. */
enum target_lack { LACKS_NOTHING, LACKS_MEMORY, LACKS_FILE };

/** Told by @tell. */
typedef void target_told(void *arg, enum target_lack lack, const char *text);

struct target_ops {
	/** Where results say that they are from: "live", "core". */
	const char *source;

	/** What is mapped where.  Files have an inode that is not 0, the same
	 *  for all mappings of a file. */
	bool (*maps)(struct target *t, struct maps *ret, struct err *err);

	/** Optional: a look begins, and nobody reads yet.  The mappings are
	 *  those of @mods, which live until others are given, or NULL: then
	 *  only what needs none can be read. */
	void (*know)(struct target *t, struct modules *mods);

	/** Optional: a look begins with the mappings that are known. */
	void (*look)(struct target *t);

	/** Optional: which pages are resident, or, of a core, in it; see
	 *  attach/pagetable.h. */
	bool (*pages)(struct target *t, const struct maps *maps,
		      struct pagetable *ret, struct err *err);

	/** A descriptor of the file that is mapped as @mod, certain that it is
	 *  that file; or -1 with errno.  The caller's. */
	int (*open_module)(struct target *t, const struct module *mod);

	/** The same of a file by its path there: debug information, say.
	 *  @want->proc is not looked at. */
	int (*open_path)(struct target *t, const struct foreignfile *want,
			 const char *path);

	/** The main thread first.  @with_futex: what each waits for, too. */
	bool (*threads)(struct target *t, bool with_futex,
			struct threads *ret, struct err *err);

	/** Of a thread that @hold holds, asked in its work. */
	bool (*registers)(struct target *t, pid_t tid, struct regs *ret,
			  struct err *err);

	/** As target_hold().  Who stands anyway: stop_standing(). */
	bool (*hold)(struct target *t, struct stop *stop, stop_work *work,
		     void *arg, struct err *err);

	/** Command, executable, user, times; see attach/facts.h. */
	bool (*info)(struct target *t, struct process_info *ret,
		     struct err *err);

	/** See attach/facts.h.  May be asked by
	 *  another thread while the memory is read. */
	bool (*memory)(struct target *t, bool with_pss,
		       struct process_memory *ret, struct err *err);

	/** Optional: still the same program?  Else ERR_GONE. */
	bool (*same)(struct target *t, struct err *err);

	/** Optional: see rest_read(). */
	bool (*rest)(struct target *t, bool held, struct rest *ret);

	/** Optional: what makes no sense now, may it soon?  Takes a nap. */
	bool (*moves)(struct target *t);

	/** Optional: the limit of its memory; false: it has none. */
	bool (*cgroup)(struct target *t, struct cgroup_memory *ret);

	/** Optional: seconds since it began; -1: not known. */
	double (*age)(struct target *t);

	/** Optional: R, S, D, T...: see proc(5); 0: gone. */
	char (*state)(struct target *t);

	/** Optional: what who reads a result should know of how it came about,
	 *  at the end of a look. */
	void (*tell)(struct target *t, target_told *told, void *arg);

	void (*close)(struct target *t);
};

/** Whom to open: what the user named. */
struct target_spec {
	pid_t pid;		/* a process; 0: none */
	const char *core;	/* else this file; or NULL */
	const char *sysroot;	/* ... with its programs below there; or NULL */
	/** Called while a packed core is unpacked; or NULL.  False: no more. */
	bool (*unpacking)(void *arg, uint64_t done, uint64_t total);
	void *arg;
};

/** NULL: ERR_GONE, ERR_PERM, ERR_BADDATA, ERR_USAGE: see process_open(). */
struct target *target_open(const struct target_spec *spec, struct err *err);
void target_close(struct target *t);

/** The operations, by name; those that are optional do nothing, or say what
 *  is true of something that stands still. */
MUST_CHECK bool target_maps(struct target *t, struct maps *ret,
			    struct err *err);
void target_know(struct target *t, struct modules *mods);
void target_look(struct target *t);
/** ERR_USAGE: this target has no page table. */
MUST_CHECK bool target_pages(struct target *t, const struct maps *maps,
			     struct pagetable *ret, struct err *err);
MUST_CHECK bool target_threads(struct target *t, bool with_futex,
			       struct threads *ret, struct err *err);
MUST_CHECK bool target_registers(struct target *t, pid_t tid,
				 struct regs *ret, struct err *err);
MUST_CHECK bool target_info(struct target *t, struct process_info *ret,
			    struct err *err);
MUST_CHECK bool target_memory(struct target *t, bool with_pss,
			      struct process_memory *ret, struct err *err);
MUST_CHECK bool target_same(struct target *t, struct err *err);
bool target_rest(struct target *t, bool held, struct rest *ret);
bool target_moves(struct target *t);
bool target_cgroup(struct target *t, struct cgroup_memory *ret);
double target_age(struct target *t);
char target_state(struct target *t);
void target_tell(struct target *t, target_told *told, void *arg);

/**
 * Hold every thread, do @work, and let all go: see stop_while(), whose rules
 * hold.  Of a target that does not run, nothing is held, and stop->pause_ms is
 * 0.
 */
MUST_CHECK bool target_hold(struct target *t, struct stop *stop,
			    stop_work *work, void *arg, struct err *err);

/** ERR_GONE: say so of the target; others: put its name in front.  False. */
bool target_failed(struct target *t, struct err *err);

/** Whatever failed: if the target is gone, that is why, and @err says so.
 *  Returns false. */
bool target_explain(struct target *t, struct err *err);

#endif
