/* SPDX-License-Identifier: MIT */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

#include "report/out.h"

/** Where the next text goes; what was written before is forgotten. */
struct out *golden_out(void);

/** What went there is the file of this name in tests/golden, byte by byte; with
 *  UPDATE_GOLDEN in the environment the file is rewritten. */
void golden_check(struct out *out, const char *name);

#endif
