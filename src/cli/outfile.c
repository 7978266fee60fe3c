/* SPDX-License-Identifier: MIT */
#include "cli/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/stdlib.h>

/* Writing is not a question of who may look at a tracee: never ERR_PERM. */
static bool failed(struct err *err, const char *verb, const char *path)
{
	err_sys(err, errno, "cannot %s '%s'", verb, path);
	err->code = ERR_OS;
	return false;
}

static int folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (int)(slash - path) + 1 : 0;
}

/* In the folder of @path, where rename(2) can reach it from. */
static char *temp_name(const char *path)
{
	char *name = NULL;
	int len = folder_len(path);

	if (asprintf(&name, "%.*s.%s.%08x", len, path, path + len,
		     arc4random()) < 0)
		return NULL;
	return name;
}

static bool open_named(struct outfile *of, struct err *err)
{
	of->temp = temp_name(of->path);
	if (!of->temp)
		return err_nomem(err);
	of->fd = open(of->temp, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (of->fd >= 0)
		return true;
	failed(err, "create", of->path);
	free(of->temp);
	of->temp = NULL;
	return false;
}

/*
 * A file without a name, if the file system can: however we die, nothing is
 * left behind.  Else a file with a name.
 */
static bool open_new(struct outfile *of, struct err *err)
{
	auto_free char *folder = NULL;

	if (asprintf(&folder, "%.*s.", folder_len(of->path), of->path) < 0) {
		folder = NULL;
		return err_nomem(err);
	}
	of->fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	return of->fd >= 0 || open_named(of, err);
}

bool outfile_open(struct outfile *of, const char *path, struct err *err)
{
	struct stat st;

	*of = (struct outfile){ .fd = STDOUT_FILENO, .in_place = true };
	if (!path || strcmp(path, "-") == 0)
		return true;
	of->path = path;
	if (lstat(path, &st) != 0 || S_ISREG(st.st_mode)) {
		of->in_place = false;
		return open_new(of, err);
	}
	of->fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
	return of->fd >= 0 || failed(err, "write", path);
}

static bool give_name(struct outfile *of, struct err *err)
{
	char self[64];
	char *name = temp_name(of->path);

	if (!name)
		return err_nomem(err);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", of->fd);
	if (linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) != 0) {
		failed(err, "create", of->path);
		free(name);
		return false;
	}
	of->temp = name;
	return true;
}

bool outfile_commit(struct outfile *of, struct err *err)
{
	int fd = of->fd;

	if (!of->path)
		return true;
	if (!of->in_place && !of->temp && !give_name(of, err))
		return false;
	/* Some file systems say only now that they are full. */
	of->fd = -1;
	if (close(fd) != 0)
		return failed(err, "write", of->path);
	if (of->in_place)
		return true;
	if (rename(of->temp, of->path) != 0)
		return failed(err, "create", of->path);
	free(of->temp);
	of->temp = NULL;
	return true;
}

void outfile_close(struct outfile *of)
{
	if (of->path && of->fd >= 0)
		close(of->fd);
	if (of->temp)
		unlink(of->temp);
	free(of->temp);
	*of = (struct outfile){ .fd = -1 };
}
