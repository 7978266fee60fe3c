/* SPDX-License-Identifier: MIT */
/*
 * A file system of FUSE with one file, "f", that shows another one.
 *
 *	served DIR FILE
 *
 * As its user may stop it, who asks for what is not cached then waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static int fuse, file;
static char request[1 << 20], data[(1 << 17) + sizeof(struct fuse_out_header)];

static void reply(uint64_t unique, int error, const void *body, size_t len)
{
	struct fuse_out_header head = {
		.len = (uint32_t)(sizeof(head) + len),
		.error = error, .unique = unique,
	};

	memcpy(data, &head, sizeof(head));
	if (len && body != data + sizeof(head))
		memcpy(data + sizeof(head), body, len);
	(void)!write(fuse, data, sizeof(head) + len);
}

/* Nothing is cached but pages: every question comes to us. */
static struct fuse_attr attr_of(uint64_t node)
{
	struct fuse_attr attr = { .ino = node, .nlink = 1, .blksize = 4096 };
	struct stat st;

	attr.mode = node == 1 ? S_IFDIR | 0755 : S_IFREG | 0755;
	if (node != 1 && fstat(file, &st) == 0)
		attr.size = (uint64_t)st.st_size;
	return attr;
}

static void answer(const struct fuse_in_header *in, const void *arg)
{
	struct fuse_init_out init = {
		.major = 7, .minor = 31, .max_write = 4096,
	};
	struct fuse_entry_out entry = { .nodeid = 2, .attr = attr_of(2) };
	struct fuse_attr_out attr = { .attr = attr_of(in->nodeid) };
	struct fuse_open_out opened = {
		.fh = 1, .open_flags = FOPEN_KEEP_CACHE,
	};
	const struct fuse_read_in *read = arg;
	struct fuse_write_out nothing = { 0 };
	ssize_t got;

	switch (in->opcode) {
	case FUSE_INIT:
		reply(in->unique, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		if (strcmp(arg, "f") == 0)
			reply(in->unique, 0, &entry, sizeof(entry));
		else
			reply(in->unique, -ENOENT, NULL, 0);
		break;
	case FUSE_GETATTR:
		reply(in->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		reply(in->unique, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		got = pread(file, data + sizeof(struct fuse_out_header),
			    read->size < 1 << 17 ? read->size : 1 << 17,
			    (off_t)read->offset);
		reply(in->unique, 0, data + sizeof(struct fuse_out_header),
		      got < 0 ? 0 : (size_t)got);
		break;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		reply(in->unique, 0, &nothing, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		reply(in->unique, -ENOSYS, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	char options[100];
	ssize_t got;

	if (argc != 3)
		return 2;
	file = open(argv[2], O_RDONLY);
	fuse = open("/dev/fuse", O_RDWR);
	if (file < 0 || fuse < 0)
		return 1;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,"
		 "group_id=0,allow_other", fuse);
	if (mount("served", argv[1], "fuse", MS_NOSUID | MS_NODEV, options))
		return 1;
	puts("mounted");
	fflush(stdout);
	for (;;) {
		got = read(fuse, request, sizeof(request));
		if (got < 0 && (errno == EINTR || errno == ENOENT))
			continue;
		if (got < (ssize_t)sizeof(struct fuse_in_header))
			return 0;
		answer((const struct fuse_in_header *)request,
		       request + sizeof(struct fuse_in_header));
	}
}
