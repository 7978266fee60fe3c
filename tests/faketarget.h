/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAKETARGET_H
#define TESTS_FAKETARGET_H

#include "attach/facts.h"
#include "attach/pagetable.h"
#include "attach/regs.h"
#include "attach/target.h"
#include "fakemem.h"

/**
 * A target made of a test's bytes: behind the door of attach/target.h it cannot
 * be told from a process.
 *
 *	struct faketarget ft;
 *
 *	faketarget_init(&ft);
 *	faketarget_map(&ft, 0x7f0000000000, 1 << 20, "rw-p", "");
 *	faketarget_map_file(&ft, 0x400000, 4096, "r-xp", 0, "/bin/x", 7);
 *	faketarget_thread(&ft, 4711, &regs);
 *	fake_u64(&ft.fm, 0x7f0000000000, 42);
 *	... target_maps(&ft.target, ...) ...
 *	faketarget_fini(&ft);
 *
 * target_close() leaves it as it is.
 */
enum { FAKETARGET_THREADS = 8, FAKETARGET_FILES = 4 };

struct faketarget {
	struct target target;
	struct fakemem fm;
	char maps[8192];		/* as /proc/PID/maps has them */
	struct {
		uint64_t inode;
		int fd;			/* borrowed; -1: out of reach */
	} file[FAKETARGET_FILES];
	size_t n_files;
	pid_t tid[FAKETARGET_THREADS];
	struct regs regs[FAKETARGET_THREADS];
	size_t n_threads;
	/** Its page table; NULL: it has none. */
	const struct page_run *runs;
	size_t n_runs;
	struct process_memory memory;	/* all unknown, until a test says so */
	/** Called each time, once all threads are held; or NULL. */
	void (*at_hold)(void *arg);
	void *at_hold_arg;
	bool is_held;
	unsigned n_holds;
	/** It says who ran: all are asleep, and were taken off a CPU so often.
	 *  To be held is once more. */
	bool is_asleep;
	int64_t switches;
	bool is_gone;			/* it is not the same any more */
	const char *tells;		/* what is partial; or NULL */
};

void faketarget_init(struct faketarget *ft);
void faketarget_fini(struct faketarget *ft);

/** Zeros that are mapped at @start; to be called in ascending order.  @path is
 *  "", "[heap]"... */
void faketarget_map(struct faketarget *ft, raddr start, uint64_t len,
		    const char *modes, const char *path);

/** The same of file @inode, from @offset on. */
void faketarget_map_file(struct faketarget *ft, raddr start, uint64_t len,
			 const char *modes, uint64_t offset, const char *path,
			 uint64_t inode);

/** What is opened as file @inode: @fd stays the test's. */
void faketarget_file(struct faketarget *ft, uint64_t inode, int fd);

void faketarget_thread(struct faketarget *ft, pid_t tid,
		       const struct regs *regs);

#endif
