/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_PROCMEM_H
#define ATTACH_PROCMEM_H

#include "attach/facts.h"
#include "base/err.h"

struct process;

/**
 * What the kernel knows of a process's memory and time, without attaching: fill
 * @ret.  @with_pss asks for what costs milliseconds (42 ms at 4 GB) and
 * holds the tracee's mmap lock meanwhile.
 *
 * What cannot be read is -1; false only if the process is gone.
 */
MUST_CHECK bool process_memory(const struct process *proc, bool with_pss,
			       struct process_memory *ret, struct err *err);

#endif
