/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_MOUNTS_H
#define ATTACH_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Who serves a file: the kernel, or somebody who may never answer?
 *
 * By the text of /proc/PID/mountinfo, which asks nobody: statfs() asks the
 * very server.
 *
 * Facts: proc(5); devices of the major number 0 are no disks.
 */

/** May who opens a file of that device have to wait for a network or a
 *  process?  Yes, too, if it is no disk and not in @mountinfo. */
bool mounts_may_wait(const char *mountinfo, uint32_t major, uint32_t minor);

#endif
