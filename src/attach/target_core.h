/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_TARGET_CORE_H
#define ATTACH_TARGET_CORE_H

#include "attach/target.h"

/**
 * A core file as a target: spec->core, packed or not, with the programs and
 * libraries that it was of below spec->sysroot, or here.
 *
 * A file is taken for what was mapped if it has the build id, or where there is
 * none the first page, that the core holds; below a sysroot, also if the core
 * holds neither, which is told.  What the core left out and no file has is told
 * as missing.
 *
 * ERR_BADDATA: no core that we can read.  ERR_OS, ERR_PERM, ERR_LIMIT.
 */
struct target *target_core_open(const struct target_spec *spec,
				struct err *err);

#endif
