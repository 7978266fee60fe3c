/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_SHRINKING_H
#define ATTACH_SHRINKING_H

#include "base/err.h"

/**
 * Mapped files that may become shorter under us.
 *
 * Whoever reads what of a mapping lies beyond the end of its file is killed
 * with SIGBUS.  From the first call on, such a page is replaced by one of zeros
 * instead: whoever mapped the file asks for its size afterwards.
 *
 * Threads: any.  For the rest of the program: there is no way back.
 */
MUST_CHECK bool shrinking_survive(struct err *err);

#endif
