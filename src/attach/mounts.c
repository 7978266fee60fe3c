/* SPDX-License-Identifier: MIT */
#include "attach/mounts.h"

#include <stdio.h>
#include <string.h>

#include "base/vec.h"

/* How their names begin: fuse.sshfs, fuseblk, nfs4. */
static const char *const served[] = {
	"fuse", "nfs", "cifs", "smb", "9p", "ceph", "afs", "lustre", "gpfs",
	"virtiofs", "ocfs", "gfs", "orangefs", "coda",
};

static bool is_served(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(served); i++) {
		if (strncmp(type, served[i], strlen(served[i])) == 0)
			return true;
	}
	return false;
}

/* "36 35 98:0 /root /mnt rw,noatime master:1 - ext3 /dev/root rw" */
bool mounts_may_wait(const char *mountinfo, uint32_t major, uint32_t minor)
{
	const char *line = mountinfo;

	while (line && *line) {
		const char *end = strchrnul(line, '\n');
		const char *type = strstr(line, " - ");
		unsigned int dev[2];

		if (type && type < end &&
		    sscanf(line, "%*d %*d %u:%u ", &dev[0], &dev[1]) == 2 &&
		    dev[0] == major && dev[1] == minor)
			return is_served(type + 3);
		line = *end ? end + 1 : end;
	}
	return major == 0;
}
