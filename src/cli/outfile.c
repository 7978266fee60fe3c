/* SPDX-License-Identifier: MIT */
/*
 * A result's way into a file.
 *
 * All goes by the folder's descriptor and the last name in it: rename(2) and
 * linkat(2) follow no link there, and nobody can exchange the folder under us.
 */
#include "cli/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/stdlib.h>

#include "cli/outpath.h"

/* Writing is not a question of who may look at a tracee: never ERR_PERM. */
static bool failed(struct err *err, const char *verb, const char *path)
{
	err_sys(err, errno, "cannot %s '%s'", verb, path);
	err->code = ERR_OS;
	return false;
}

static bool refused(struct err *err, const char *path, const char *why)
{
	return err_set(err, ERR_OS, "cannot write '%s': %s", path, why);
}

/* What is long loses its end: the folder is the same. */
static void choose_temp(struct outfile *of)
{
	snprintf(of->temp, sizeof(of->temp), ".%.200s.%08x", of->name,
		 arc4random());
}

static bool open_named(struct outfile *of, struct err *err)
{
	choose_temp(of);
	of->fd = openat(of->dir, of->temp,
			O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (of->fd >= 0)
		return true;
	failed(err, "create", of->path);
	*of->temp = '\0';
	return false;
}

/*
 * A file without a name, if the file system can: however we die, nothing is
 * left behind.  Else a file with a name.
 */
static bool open_new(struct outfile *of, struct err *err)
{
	of->in_place = false;
	of->fd = openat(of->dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	return of->fd >= 0 || open_named(of, err);
}

/* What is no file is not made anew.  A pipe waits for its reader. */
static bool open_in_place(struct outfile *of, const struct stat *was,
			  struct err *err)
{
	struct stat st;

	if (S_ISBLK(was->st_mode))
		return refused(err, of->path, "it is a disk");
	if (!outpath_trusts(was->st_uid))
		return refused(err, of->path, "it is another user's");
	of->fd = openat(of->dir, of->name,
			O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
	if (of->fd < 0 || fstat(of->fd, &st) != 0)
		return failed(err, "write", of->path);
	return (st.st_dev == was->st_dev && st.st_ino == was->st_ino) ||
	       refused(err, of->path, "it was replaced meanwhile");
}

static bool open_there(struct outfile *of, struct err *err)
{
	struct stat st;

	if (fstatat(of->dir, of->name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    S_ISREG(st.st_mode))
		return open_new(of, err);
	return open_in_place(of, &st, err);
}

static bool open_own(struct outfile *of, int fd, struct err *err)
{
	of->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return of->fd >= 0 || failed(err, "write", of->path);
}

bool outfile_open(struct outfile *of, const char *path, struct err *err)
{
	struct outpath to;

	*of = (struct outfile){
		.fd = STDOUT_FILENO, .dir = -1, .in_place = true,
	};
	if (!path || strcmp(path, "-") == 0)
		return true;
	of->path = path;
	of->fd = -1;
	if (!outpath_walk(path, &to, err)) {
		err->code = ERR_OS;
		return err_context(err, "cannot write '%s'", path);
	}
	of->dir = to.dir;
	memcpy(of->name, to.name, sizeof(of->name));
	if (to.own_fd >= 0 ? open_own(of, to.own_fd, err) :
			     open_there(of, err))
		return true;
	outfile_close(of);
	return false;
}

static bool give_name(struct outfile *of, struct err *err)
{
	char self[64];

	choose_temp(of);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", of->fd);
	if (linkat(AT_FDCWD, self, of->dir, of->temp, AT_SYMLINK_FOLLOW) == 0)
		return true;
	failed(err, "create", of->path);
	*of->temp = '\0';
	return false;
}

bool outfile_commit(struct outfile *of, struct err *err)
{
	int fd = of->fd;

	if (!of->path)
		return true;
	if (!of->in_place && !*of->temp && !give_name(of, err))
		return false;
	/* Some file systems say only now that they are full. */
	of->fd = -1;
	if (close(fd) != 0)
		return failed(err, "write", of->path);
	if (of->in_place)
		return true;
	if (renameat(of->dir, of->temp, of->dir, of->name) != 0)
		return failed(err, "create", of->path);
	*of->temp = '\0';
	return true;
}

void outfile_close(struct outfile *of)
{
	if (of->path && of->fd >= 0)
		close(of->fd);
	if (*of->temp)
		unlinkat(of->dir, of->temp, 0);
	if (of->dir >= 0)
		close(of->dir);
	*of = (struct outfile){ .fd = -1, .dir = -1 };
}
