/* SPDX-License-Identifier: MIT */
#include "attach/procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

#include "base/bounds.h"
#include "base/vec.h"

static bool failed(const char *what, const char *name, struct err *err)
{
	int sys = errno;

	/* ENOENT: a thread's directory vanished; the files themselves stay. */
	if (sys == ENOENT || sys == ESRCH)
		return err_set(err, ERR_GONE, "%s is gone", name);
	return err_sys(err, sys, "cannot %s %s", what, name);
}

static int open_file(int dir, const char *name, struct err *err)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		failed("open", name, err);
	return fd;
}

/* Up to @size bytes; a file of /proc comes in pieces of a page or so. */
static ssize_t read_all(int fd, char *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t got = read(fd, buf + len, size - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		len += (size_t)got;
	}
	return (ssize_t)len;
}

bool procfs_read(int dir, const char *name, char *buf, size_t size,
		 struct err *err)
{
	auto_close int fd = open_file(dir, name, err);
	ssize_t len;

	if (fd < 0)
		return false;
	len = read_all(fd, buf, size - 1);
	if (len < 0)
		return failed("read", name, err);
	buf[len] = '\0';
	return true;
}

char *procfs_slurp(int dir, const char *name, size_t max, size_t *ret_len,
		   struct err *err)
{
	auto_close int fd = open_file(dir, name, err);
	size_t len = 0, room = 0;
	char *text = NULL;

	while (fd >= 0) {
		size_t more = room ? room * 2 : 1 << 14;
		size_t limit = more < max ? more : max;
		char *grown = realloc(text, limit + 1);
		ssize_t got;

		if (!grown) {
			err_nomem(err);
			break;
		}
		text = grown;
		room = limit;
		got = read_all(fd, text + len, room - len);
		if (got < 0) {
			failed("read", name, err);
			break;
		}
		len += (size_t)got;
		if (len < room || room == max) {
			text[len] = '\0';
			*ret_len = len;
			return text;
		}
	}
	free(text);
	return NULL;
}

const char *procfs_field(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " \t");
	}
	return NULL;
}

int64_t procfs_number(const char *text, const char *key)
{
	const char *value = procfs_field(text, key);

	if (!value || *value < '0' || *value > '9')
		return -1;
	return strtoll(value, NULL, 10);
}

int64_t procfs_bytes(const char *text, const char *key)
{
	int64_t kb = procfs_number(text, key);

	return kb < 0 || kb > INT64_MAX / 1024 ? -1 : kb * 1024;
}

/* The numbers in stat, counted as proc(5) does: "state" is the third. */
enum {
	STAT_PPID = 4, STAT_FLAGS = 9,
	STAT_MINFLT = 10, STAT_CMINFLT, STAT_MAJFLT, STAT_CMAJFLT,
	STAT_UTIME, STAT_STIME, STAT_CUTIME, STAT_CSTIME,
	STAT_THREADS = 20, STAT_START = 22,
	STAT_N
};

static void name_fields(const int64_t *f, struct procfs_stat *ret)
{
	ret->ppid = (pid_t)f[STAT_PPID];
	ret->flags = (uint32_t)f[STAT_FLAGS];
	ret->minflt = f[STAT_MINFLT];
	ret->cminflt = f[STAT_CMINFLT];
	ret->majflt = f[STAT_MAJFLT];
	ret->cmajflt = f[STAT_CMAJFLT];
	ret->utime = f[STAT_UTIME];
	ret->stime = f[STAT_STIME];
	ret->cutime = f[STAT_CUTIME];
	ret->cstime = f[STAT_CSTIME];
	ret->num_threads = f[STAT_THREADS];
	ret->start_ticks = (uint64_t)f[STAT_START];
}

/* A comm may hold blanks and brackets: it ends at the last ')'. */
bool procfs_stat_parse(const char *text, struct procfs_stat *ret,
		       struct err *err)
{
	const char *open = strchr(text, '(');
	const char *close = strrchr(text, ')');
	int64_t f[STAT_N] = {0};
	const char *at;
	size_t len;

	if (!open || !close || close < open || close[1] != ' ' || !close[2])
		return err_set(err, ERR_BADDATA, "no stat line: %.40s", text);
	len = (size_t)(close - open - 1);
	if (len >= sizeof(ret->comm))
		len = sizeof(ret->comm) - 1;
	*ret = (struct procfs_stat){.state = close[2]};
	memcpy(ret->comm, open + 1, len);

	at = close + 3;
	for (int i = STAT_PPID; i < STAT_N; i++) {
		char *end;

		f[i] = strtoll(at, &end, 10);
		if (end == at)
			return err_set(err, ERR_BADDATA,
				       "stat line ends before field %d", i);
		at = end;
	}
	name_fields(f, ret);
	return true;
}

bool procfs_stat(int dir, const char *name, struct procfs_stat *ret,
		 struct err *err)
{
	char text[1024];

	return procfs_read(dir, name, text, sizeof(text), err) &&
	       procfs_stat_parse(text, ret, err);
}

static bool list_add(struct pid_list *ret, const char *name, struct err *err)
{
	long number = strtol(name, NULL, 10);
	pid_t *slot;

	if (number <= 0)
		return true;
	if (ret->n >= MAX_THREADS)
		return err_set(err, ERR_LIMIT, "more than %d threads",
			       MAX_THREADS);
	slot = vec_add(ret, err);
	if (!slot)
		return false;
	*slot = (pid_t)number;
	return true;
}

bool procfs_list(int dir, const char *name, struct pid_list *ret,
		 struct err *err)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool fine = true;

	if (!entries) {
		failed("list", name, err);
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (fine && (errno = 0, entry = readdir(entries)))
		fine = list_add(ret, entry->d_name, err);
	if (fine && errno)
		fine = failed("list", name, err);
	closedir(entries);
	return fine;
}
