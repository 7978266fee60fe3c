/* SPDX-License-Identifier: MIT */
#ifndef CLI_LINKED_H
#define CLI_LINKED_H

#include "report/out.h"

/** For --version: the libraries, in one line; of a static program with the size
 *  of the file, which is all there is. */
void linked_write(struct out *out);

#endif
