/* SPDX-License-Identifier: MIT */
#ifndef PYABI_DEBUGOFFSETS_H
#define PYABI_DEBUGOFFSETS_H

#include <stddef.h>

#include "attach/mem.h"
#include "base/addr.h"
#include "pyabi/abi.h"

/**
 * What CPython says about its own layout: _Py_DebugOffsets, the first member of
 * _PyRuntime from 3.13 on.  It covers some ninety of our fields and wins over
 * the file where both speak.
 *
 * The size of the runtime, of an interpreter and of a thread state vary from
 * one point release to the next.  Where they are not those of @abi, the fields
 * of that struct are taken from another built-in layout of the minor version
 * that has it in this size.  If there is none, the last fields of the runtime
 * become ABI_ABSENT; those of an interpreter stay, to be checked before they
 * are believed: its size is then in @disagreement.
 *
 * So is every other difference: "tstate.thread_id 160 not 152, ...", cut to
 * @size bytes; "" if there is none.
 *
 * ERR_VERSION: @runtime has no debug offsets, or those of another CPython than
 * @abi is for: of another minor version, another build, or with another
 * collector (gc.size tells 3.14.0 to 3.14.4 from their successors, whatever
 * the version says).  Then the next candidate is to be tried.  @abi is changed
 * only on success.
 *
 * Facts: Include/internal/pycore_debug_offsets.h of 3.13.0, 3.14.3, 3.15.2;
 *        pycore_runtime.h of 3.13.0.
 */
MUST_CHECK bool debugoffsets_apply(struct abi *abi, struct mem *mem,
				   raddr runtime, char *disagreement,
				   size_t size, struct err *err);

#endif
