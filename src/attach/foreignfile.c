/* SPDX-License-Identifier: MIT */
/*
 * Opening files that a tracee can name.
 *
 * A path is walked name by name, with descriptors that cannot be read
 * (O_PATH), so that nothing is opened before it is known what it is.  openat2()
 * keeps a path below a root as well, where the kernel has it, but asks whoever
 * serves a directory on the way: a process that serves one by FUSE answers when
 * it likes, and who waits for it cannot even be killed.  So each step into
 * another filesystem is looked at before the next: which it is says mountinfo,
 * by the number of the mount, and nobody is asked.  ".." goes back to the
 * descriptor we came from; that is never above the root, whatever is moved
 * meanwhile.
 *
 * Filesystems of the network are read: their servers are the host's choice, and
 * who waits for one can be killed.  An overlay over FUSE is not seen through.
 *
 * Facts: Linux 6.1, fs/fuse/dev.c (request_wait_answer), fs/fuse/dir.c
 *        (fuse_update_get_attr: AT_STATX_DONT_SYNC asks nobody); a lease makes
 *        open() wait for its holder unless O_NONBLOCK (fcntl(2)).
 */
#include "attach/foreignfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "attach/mounts.h"
#include "attach/process.h"
#include "attach/procfs.h"
#include "base/bounds.h"
#include "base/compiler.h"

/* -- Which filesystem ------------------------------------------------------ */

/* What is known of a file without asking its filesystem. */
struct seen {
	uint16_t mode;
	unsigned dev_major, dev_minor;
};

static bool seen_read(int fd, struct seen *ret)
{
	struct statx sx;
	struct stat st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		  STATX_TYPE, &sx) == 0) {
		*ret = (struct seen){ sx.stx_mode, sx.stx_dev_major,
				      sx.stx_dev_minor };
		return true;
	}
	/* Linux before 4.11, or a filter of system calls older than that. */
	if ((errno != ENOSYS && errno != EPERM) || fstat(fd, &st) != 0)
		return false;
	*ret = (struct seen){ (uint16_t)st.st_mode, major(st.st_dev),
			      minor(st.st_dev) };
	return true;
}

static int mount_of(int fd)
{
	char name[64], text[256];
	struct err err;

	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	if (!procfs_read(AT_FDCWD, name, text, sizeof(text), &err))
		return -1;
	return (int)procfs_number(text, "mnt_id");
}

/* Files of memfd_create() are on a mount that nobody lists, all on one. */
static bool is_memfd(const struct seen *seen)
{
	auto_close int ours = memfd_create("pyheapspy", MFD_CLOEXEC);
	struct seen of_ours;

	return ours >= 0 && seen_read(ours, &of_ours) &&
	       of_ours.dev_major == seen->dev_major &&
	       of_ours.dev_minor == seen->dev_minor;
}

/* A mount that was taken away is not listed, either, and may be anything. */
static bool may_hang(const struct process *proc, int fd,
		     const struct seen *seen)
{
	const int dirs[] = { proc ? proc->mm_fd : -1, AT_FDCWD };
	static const char *const names[] = { "mountinfo",
					     "/proc/self/mountinfo" };
	int id = mount_of(fd);

	for (size_t i = proc ? 0 : 1; id >= 0 && i < ARRAY_SIZE(dirs); i++) {
		struct err err;
		size_t len;
		auto_free char *text = procfs_slurp(dirs[i], names[i],
						    MAX_MOUNTS_TEXT, &len,
						    &err);
		enum mount_server server = text ? mounts_server(text, id) :
						  MOUNT_UNLISTED;

		if (server != MOUNT_UNLISTED)
			return server == MOUNT_PROCESS;
	}
	return !is_memfd(seen);
}

/* A filesystem on a disk (or of one, as FUSE is not) has a device number. */
static bool is_safe(const struct process *proc, int fd, const struct seen *now,
		    const struct seen *before)
{
	if (now->dev_major != 0 ||
	    (before && before->dev_major == now->dev_major &&
	     before->dev_minor == now->dev_minor) ||
	    !may_hang(proc, fd, now))
		return true;
	errno = ENOTSUP;
	return false;
}

/* -- The end of the way ---------------------------------------------------- */

/* Open what @path_fd, which is safe to ask, stands for. */
static int open_found(const struct foreignfile *want, int path_fd)
{
	struct stat st;
	char self[40];
	int fd;

	if (fstat(path_fd, &st) != 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	if ((uint64_t)st.st_size > want->most) {
		errno = EFBIG;
		return -1;
	}
	snprintf(self, sizeof(self), "/proc/self/fd/%d", path_fd);
	fd = open(self, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && want->is_it && !want->is_it(want->arg, fd, &st)) {
		close(fd);
		errno = ESTALE;
		return -1;
	}
	return fd;
}

int foreignfile_open_link(const struct foreignfile *want, const char *name)
{
	auto_close int fd = openat(want->proc->mm_fd, name,
				   O_PATH | O_CLOEXEC);
	struct seen seen;

	if (fd < 0 || !seen_read(fd, &seen) ||
	    !is_safe(want->proc, fd, &seen, NULL))
		return -1;
	return open_found(want, fd);
}

/* -- The way --------------------------------------------------------------- */

enum { MOST_FOLDERS = 64, MOST_LINKS = 40 };

/* The folders from the root to where we are. */
struct walk {
	const struct foreignfile *want;
	int folder[MOST_FOLDERS];
	struct seen seen[MOST_FOLDERS];
	size_t depth;
	int links;
	char left[PATH_MAX];	/* still to be walked */
	int found;		/* the file at its end, or -1 */
};

static void walk_leave(struct walk *walk, size_t depth)
{
	while (walk->depth > depth)
		close(walk->folder[--walk->depth]);
}

static bool walk_failed(int fd, int sys)
{
	close(fd);
	errno = sys;
	return false;
}

/* @fd becomes part of the walk, or is closed. */
static bool walk_enter(struct walk *walk, int fd, const struct seen *seen)
{
	if (walk->depth == MOST_FOLDERS)
		return walk_failed(fd, ENAMETOOLONG);
	walk->folder[walk->depth] = fd;
	walk->seen[walk->depth++] = *seen;
	return true;
}

/* What the link @fd says comes before what is left. */
static bool walk_follow(struct walk *walk, int fd)
{
	char both[PATH_MAX];
	ssize_t len = readlinkat(fd, "", both, sizeof(both));
	size_t rest = strlen(walk->left);

	if (len < 0)
		return walk_failed(fd, errno);
	if (++walk->links > MOST_LINKS)
		return walk_failed(fd, ELOOP);
	if ((size_t)len + rest + 2 > sizeof(both))
		return walk_failed(fd, ENAMETOOLONG);
	if (both[0] == '/')
		walk_leave(walk, 1);
	both[len] = '/';
	memcpy(both + len + 1, walk->left, rest + 1);
	memcpy(walk->left, both, (size_t)len + rest + 2);
	close(fd);
	return true;
}

/* Go to @name in the folder we are in. */
static bool walk_step(struct walk *walk, const char *name)
{
	int fd = openat(walk->folder[walk->depth - 1], name,
			O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct seen seen;

	if (fd < 0)
		return false;
	if (!seen_read(fd, &seen) ||
	    !is_safe(walk->want->proc, fd, &seen,
		     &walk->seen[walk->depth - 1]))
		return walk_failed(fd, errno);
	if (S_ISDIR(seen.mode))
		return walk_enter(walk, fd, &seen);
	if (S_ISLNK(seen.mode))
		return walk_follow(walk, fd);
	if (walk->left[0])
		return walk_failed(fd, ENOTDIR);
	walk->found = fd;
	return true;
}

/* Cut the first name off what is left; false: there is none. */
static bool walk_next(struct walk *walk, char *name)
{
	size_t skip = strspn(walk->left, "/");
	size_t len = strcspn(walk->left + skip, "/");
	size_t end = skip + len + strspn(walk->left + skip + len, "/");

	memcpy(name, walk->left + skip, len);
	name[len] = '\0';
	memmove(walk->left, walk->left + end, strlen(walk->left + end) + 1);
	return len > 0;
}

/* Walk what is left, to a file. */
static bool walk_all(struct walk *walk)
{
	char name[PATH_MAX];

	while (walk->found < 0 && walk_next(walk, name)) {
		if (strcmp(name, "..") == 0)
			walk_leave(walk, walk->depth > 1 ? walk->depth - 1
							 : 1);
		else if (strcmp(name, ".") != 0 && !walk_step(walk, name))
			return false;
	}
	errno = EISDIR;
	return walk->found >= 0;
}

/* @root becomes the walk's. */
static int walk_from(const struct foreignfile *want, int root,
		     const char *path)
{
	struct walk walk = { .want = want, .found = -1 };
	auto_close int found = -1;
	struct seen seen;
	int sys;

	if (root < 0)
		return -1;
	if (strlen(path) >= sizeof(walk.left)) {
		walk_failed(root, ENAMETOOLONG);
		return -1;
	}
	memcpy(walk.left, path, strlen(path) + 1);
	if (!seen_read(root, &seen) ||
	    !is_safe(want->proc, root, &seen, NULL)) {
		walk_failed(root, errno);
		return -1;
	}
	walk_enter(&walk, root, &seen);
	walk_all(&walk);
	sys = errno;
	found = walk.found;
	walk_leave(&walk, 0);
	errno = sys;
	return found < 0 ? -1 : open_found(want, found);
}

/* The kernel writes paths of mapped files as seen from our root, where it can:
 * with that of a process that changed its root in front. */
static const char *inside_root(const struct process *proc, const char *path)
{
	char root[PATH_MAX];
	ssize_t len = readlinkat(proc->mm_fd, "root", root, sizeof(root));

	if (len > 1 && strncmp(path, root, (size_t)len) == 0 &&
	    path[len] == '/')
		return path + len;
	return path;
}

/* As the process would: what is not absolute, from its folder. */
static const char *from_folder(const struct process *proc, const char *path,
			       char buf[2 * PATH_MAX])
{
	ssize_t len;

	if (*path == '/')
		return path;
	len = readlinkat(proc->mm_fd, "cwd", buf, PATH_MAX);
	if (len <= 0 || strlen(path) >= PATH_MAX - 1)
		return path;
	buf[len] = '/';
	strcpy(buf + len + 1, path);
	return buf;
}

int foreignfile_open_in_root(const struct foreignfile *want, const char *path)
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	const struct process *proc = want->proc;
	char whole[2 * PATH_MAX];

	if (!proc)
		return walk_from(want, open("/", flags), path);
	path = from_folder(proc, path, whole);
	return walk_from(want, openat(proc->mm_fd, "root", flags),
			 inside_root(proc, path));
}

int foreignfile_open_below(const struct foreignfile *want, const char *root,
			   const char *path)
{
	return walk_from(want, open(root, O_PATH | O_DIRECTORY | O_CLOEXEC),
			 path);
}
