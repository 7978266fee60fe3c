/* SPDX-License-Identifier: MIT */
#ifndef REPORT_COMMAND_LINE_H
#define REPORT_COMMAND_LINE_H

#include <stddef.h>

/**
 * A command as people know it: the program without its folder, the arguments
 * as they are.  To be freed; NULL: out of memory.  Foreign: escape it.
 */
char *command_line(char *const *argv, size_t argc);

#endif
