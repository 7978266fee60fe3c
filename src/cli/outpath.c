/* SPDX-License-Identifier: MIT */
/*
 * The walk along a path that we are about to write to.
 *
 * A link's text goes in front of what is left of the path.  /proc's links to
 * descriptors are no such text ("pipe:[4711]"): one of our own is taken for
 * the descriptor that it is, another's is refused.
 *
 * Facts: path_resolution(7), proc(5); sysctl/fs.rst (protected_symlinks).
 */
#include "cli/outpath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bsd/string.h>

enum { MAX_LINKS = 40 };	/* as in Linux */

struct walk {
	struct outpath *to;
	char rest[PATH_MAX];
	unsigned n_links;
};

bool outpath_trusts(uid_t owner)
{
	return owner == geteuid() || owner == 0;
}

static bool enter(struct walk *w, const char *folder, int flags,
		  struct err *err)
{
	int from = w->to->dir < 0 ? AT_FDCWD : w->to->dir;
	int fd = openat(from, *folder ? folder : ".",
			O_PATH | O_DIRECTORY | O_CLOEXEC | flags);

	if (fd < 0)
		return err_sys(err, errno, "'%s'", folder);
	if (w->to->dir >= 0)
		close(w->to->dir);
	w->to->dir = fd;
	return true;
}

/* Take the first name off the rest; "" if there is none. */
static bool next_name(struct walk *w, char *name, struct err *err)
{
	const char *at = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(at, "/");

	if (len > NAME_MAX)
		return err_sys(err, ENAMETOOLONG, "'%.60s...'", at);
	memcpy(name, at, len);
	name[len] = '\0';
	memmove(w->rest, at + len, strlen(at + len) + 1);
	return true;
}

static bool is_proc(int dir)
{
	struct statfs fs;

	return fstatfs(dir, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* /proc/PID/fd/@name: is that a descriptor of ours? */
static bool take_descriptor(struct walk *w, const char *name, struct err *err)
{
	struct stat theirs, ours;
	char *end;
	long fd = strtol(name, &end, 10);

	if (!*end && fd >= 0 && fd <= INT_MAX &&
	    fstatat(w->to->dir, name, &theirs, 0) == 0 &&
	    fstat((int)fd, &ours) == 0 && theirs.st_dev == ours.st_dev &&
	    theirs.st_ino == ours.st_ino) {
		w->to->own_fd = (int)fd;
		return true;
	}
	return err_set(err, ERR_OS, "'%s' is a link of /proc that leads "
		       "to none of our descriptors", name);
}

/* @link is open as what it is: what we asked of it is what we read. */
static bool follow(struct walk *w, const char *name, int link, uid_t owner,
		   struct err *err)
{
	char text[PATH_MAX], rest[PATH_MAX];
	ssize_t len;

	if (!outpath_trusts(owner))
		return err_set(err, ERR_OS, "'%s' is a symbolic link of user "
			       "%u", name, (unsigned int)owner);
	if (++w->n_links > MAX_LINKS)
		return err_sys(err, ELOOP, "'%s'", name);
	len = readlinkat(link, "", text, sizeof(text) - 1);
	if (len < 0)
		return err_sys(err, errno, "'%s'", name);
	text[len] = '\0';
	strlcpy(rest, w->rest, sizeof(rest));
	if ((size_t)snprintf(w->rest, sizeof(w->rest), "%s%s", text, rest) >=
	    sizeof(w->rest))
		return err_sys(err, ENAMETOOLONG, "'%s'", name);
	return *text != '/' || enter(w, "/", O_NOFOLLOW, err);
}

/* The last name: no link, if it exists. */
static bool arrive(struct walk *w, const char *name, struct err *err)
{
	/* "folder/", "..", "" */
	if (!*name || *w->rest || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return err_sys(err, EISDIR, "'%s'", name);
	strlcpy(w->to->name, name, sizeof(w->to->name));
	return true;
}

/* One name further; *ret_there: it was the last. */
static bool step(struct walk *w, bool *ret_there, struct err *err)
{
	char name[NAME_MAX + 1];
	auto_close int at = -1;
	struct stat st;
	bool last, proc;

	if (!next_name(w, name, err))
		return false;
	last = !w->rest[strspn(w->rest, "/")];
	proc = is_proc(w->to->dir);
	at = openat(w->to->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (at >= 0 && fstat(at, &st) == 0 && S_ISLNK(st.st_mode) &&
	    !(proc && !last)) {
		*ret_there = proc;
		return proc ? take_descriptor(w, name, err) :
			      follow(w, name, at, st.st_uid, err);
	}
	*ret_there = last;
	if (last)
		return arrive(w, name, err);
	/* /proc/PID/root and the like are the kernel's own. */
	return enter(w, name, proc ? 0 : O_NOFOLLOW, err);
}

bool outpath_walk(const char *path, struct outpath *ret, struct err *err)
{
	struct walk w = { .to = ret };
	bool there = false, ok;

	*ret = (struct outpath){ .dir = -1, .own_fd = -1 };
	if (strlcpy(w.rest, path, sizeof(w.rest)) >= sizeof(w.rest))
		return err_sys(err, ENAMETOOLONG, "path");
	ok = enter(&w, *path == '/' ? "/" : ".", O_NOFOLLOW, err);
	while (ok && !there)
		ok = step(&w, &there, err);
	if (!ok && ret->dir >= 0)
		close(ret->dir);
	return ok;
}
