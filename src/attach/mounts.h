/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_MOUNTS_H
#define ATTACH_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Who serves a file: the kernel, a network, or a process that may never answer?
 *
 * By the text of /proc/PID/mountinfo, which asks nobody: statfs() asks the
 * very server.
 *
 * Facts: proc(5); devices of the major number 0 are no disks.
 */
enum mount_server {
	MOUNT_UNLISTED,		/* no line says; taken away, or a memfd's */
	MOUNT_KERNEL,
	MOUNT_NETWORK,		/* who waits for it can be killed */
	MOUNT_PROCESS,		/* who waits for it cannot */
};

/** By the number of the mount, as fdinfo has it. */
enum mount_server mounts_server(const char *mountinfo, int id);

/** May who opens a file of that device have to wait for a network or a
 *  process?  Yes, too, if it is no disk and not in @mountinfo. */
bool mounts_may_wait(const char *mountinfo, uint32_t major, uint32_t minor);

#endif
