/* SPDX-License-Identifier: MIT */
#include "attach/mounts.h"

#include <stdio.h>
#include <string.h>

#include "base/vec.h"

/* How the names of filesystems begin: fuse.sshfs, fuseblk, nfs4. */
static const struct {
	const char *type;
	enum mount_server server;
} served[] = {
	{ "autofs", MOUNT_PROCESS },
	{ "fuse", MOUNT_PROCESS },
	{ "9p", MOUNT_NETWORK },
	{ "afs", MOUNT_NETWORK },
	{ "ceph", MOUNT_NETWORK },
	{ "cifs", MOUNT_NETWORK },
	{ "coda", MOUNT_NETWORK },
	{ "gfs", MOUNT_NETWORK },
	{ "gpfs", MOUNT_NETWORK },
	{ "lustre", MOUNT_NETWORK },
	{ "nfs", MOUNT_NETWORK },
	{ "ocfs", MOUNT_NETWORK },
	{ "orangefs", MOUNT_NETWORK },
	{ "smb", MOUNT_NETWORK },
	{ "virtiofs", MOUNT_NETWORK },
};

static enum mount_server server_of(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(served); i++) {
		if (strncmp(type, served[i].type, strlen(served[i].type)) == 0)
			return served[i].server;
	}
	return MOUNT_KERNEL;
}

/* "36 35 98:0 /root /mnt rw,noatime master:1 - ext3 /dev/root rw" */
struct mount {
	int id;
	unsigned int major, minor;
};

static enum mount_server find(const char *mountinfo,
			      bool (*is_it)(const struct mount *mount,
					    const struct mount *wanted),
			      const struct mount *wanted)
{
	const char *line = mountinfo;

	while (line && *line) {
		const char *end = strchrnul(line, '\n');
		const char *type = strstr(line, " - ");
		struct mount mount;

		if (type && type < end &&
		    sscanf(line, "%d %*d %u:%u ", &mount.id, &mount.major,
			   &mount.minor) == 3 && is_it(&mount, wanted))
			return server_of(type + strlen(" - "));
		line = *end ? end + 1 : end;
	}
	return MOUNT_UNLISTED;
}

static bool has_id(const struct mount *mount, const struct mount *wanted)
{
	return mount->id == wanted->id;
}

static bool has_device(const struct mount *mount, const struct mount *wanted)
{
	return mount->major == wanted->major && mount->minor == wanted->minor;
}

enum mount_server mounts_server(const char *mountinfo, int id)
{
	return find(mountinfo, has_id, &(struct mount){ .id = id });
}

bool mounts_may_wait(const char *mountinfo, uint32_t major, uint32_t minor)
{
	enum mount_server server = find(mountinfo, has_device,
					&(struct mount){ .major = major,
							 .minor = minor });

	return server == MOUNT_UNLISTED ? major == 0 : server != MOUNT_KERNEL;
}
