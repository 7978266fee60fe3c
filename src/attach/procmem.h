/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_PROCMEM_H
#define ATTACH_PROCMEM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct process;

/**
 * What the kernel knows of a process's memory and time, without attaching.
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

/**
 * Fill @ret.  @with_pss asks for what costs milliseconds (42 ms at 4 GB) and
 * holds the tracee's mmap lock meanwhile.
 *
 * What cannot be read is -1; false only if the process is gone.
 */
MUST_CHECK bool process_memory(const struct process *proc, bool with_pss,
			       struct process_memory *ret, struct err *err);

#endif
