/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_FACTS_H
#define ATTACH_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What is known of a target besides its memory, as plain data. */

/** Who it is.  All text is foreign: escape it.  What is not known is NULL, -1,
 *  a uid UINT32_MAX. */
struct process_info {
	size_t argc;
	char **argv;		/* NULL at the end; no arguments: argc is 0 */
	bool argv_cut;		/* more than MAX_CMDLINE bytes of them */
	char *exe;		/* NULL: not permitted to see */
	bool exe_deleted;
	char comm[64];
	char state;
	uid_t uid;		/* effective */
	gid_t gid;
	char user[64];		/* the uid in digits if it has no name */
	pid_t tracer;		/* 0: none */
	pid_t ppid;
	bool forked;		/* and started no program since */
	pid_t inner_pid;	/* its number in its own PID namespace */
	int64_t n_threads;
	int64_t started;	/* seconds since 1970, UTC; -1: unknown */
	char *args;		/* the memory behind argv */
};

void process_info_fini(struct process_info *info);

/**
 * What its memory and its time come to.
 *
 * Bytes, counts and seconds; -1 is "unknown", never 0.
 *
 * Facts: proc(5).  rss and vms are psutil's memory_info(), whose `shared` is
 *        our file; pss, uss and swap its memory_full_info(); the faults,
 *        switches, times and peak_rss are getrusage()'s.
 */
struct process_memory {
	int64_t rss, peak_rss, vms;
	int64_t rss_anon, rss_file, rss_shmem;	/* together: rss */
	int64_t file;		/* rss_file and rss_shmem: statm's `shared` */
	int64_t swap;
	int64_t text, lib, data;	/* virtual, as statm has them */
	int64_t stack;
	int64_t page_tables;
	int64_t locked;
	int64_t hugetlb;

	/* Only if asked for: the kernel walks every page for them.  Then rss is
	 * of the same walk, so that rss = uss + shared; no page of hugetlb is
	 * in either. */
	int64_t pss, uss, swap_pss;
	int64_t shared;		/* that others map as well, after a fork too */
	int64_t huge_pages;	/* in transparent huge pages */

	int64_t minor_faults, major_faults;
	int64_t child_minor_faults, child_major_faults;
	/** Of the threads alive: the kernel forgets those of exited ones. */
	int64_t voluntary_switches, involuntary_switches;
	double user_s, system_s;
	double child_user_s, child_system_s;
	int64_t n_threads;
};

#endif
