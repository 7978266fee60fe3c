/* SPDX-License-Identifier: MIT */
/* Core files by path, and in the folder where systemd-coredump keeps them. */
#include "cli/corefind.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach/unpack.h"

enum { COMM = 15 };

bool corefind_is_core(const char *path)
{
	auto_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY |
				 O_CLOEXEC);
	Elf64_Ehdr eh;		/* of 32 bits it has the same beginning */
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	if (unpack_is_packed(fd))
		return true;
	return pread(fd, &eh, sizeof(eh), 0) == sizeof(eh) &&
	       memcmp(eh.e_ident, ELFMAG, SELFMAG) == 0 &&
	       (eh.e_type == ET_CORE || eh.e_type == ET_CORE << 8);
}

/* --- systemd's folder ---------------------------------------------------- */

struct core_name {
	char comm[COMM + 1];
	const char *pid, *when;		/* a dot behind each */
};

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Up to the next dot; where that is, or NULL. */
static const char *unescape(const char *from, char *to)
{
	size_t n = 0;

	for (; *from && *from != '.'; from++) {
		char c = *from;

		if (c == '\\' && from[1] == 'x' && hex_digit(from[2]) >= 0 &&
		    hex_digit(from[3]) >= 0) {
			c = (char)(hex_digit(from[2]) << 4 |
				   hex_digit(from[3]));
			from += 3;
		}
		if (n < COMM)
			to[n++] = c;
	}
	to[n] = '\0';
	return *from == '.' ? from : NULL;
}

/* "core.python3.1000.<boot>.4711.1700000000000000.zst" */
static bool parse_name(const char *name, struct core_name *ret)
{
	const char *part[4];
	const char *at;

	if (strncmp(name, "core.", 5) != 0)
		return false;
	at = unescape(name + 5, ret->comm);
	for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
		if (!at)
			return false;
		part[i] = at + 1;
		at = strchr(at + 1, '.');
	}
	ret->pid = part[2];
	ret->when = part[3];
	return true;
}

static bool is_asked_for(const struct core_name *name, const char *what)
{
	size_t len = strlen(what);

	if (what[strspn(what, "0123456789")] != '\0')
		return strncmp(name->comm, what, COMM) == 0;
	return strncmp(name->pid, what, len) == 0 && name->pid[len] == '.';
}

bool corefind_newest(const char *folder, const char *what, char *ret,
		     size_t size, struct err *err)
{
	DIR *dir = opendir(folder);
	unsigned long long newest = 0;
	const struct dirent *entry;

	if (!dir && errno != ENOENT)
		return err_sys(err, errno, "cannot read %s", folder);
	*ret = '\0';
	while (dir && (entry = readdir(dir))) {
		struct core_name name;
		unsigned long long when;

		if (!parse_name(entry->d_name, &name) ||
		    !is_asked_for(&name, what))
			continue;
		when = strtoull(name.when, NULL, 10);
		if (*ret && when <= newest)
			continue;
		newest = when;
		snprintf(ret, size, "%s/%s", folder, entry->d_name);
	}
	if (dir)
		closedir(dir);
	return *ret || err_set(err, ERR_USAGE, "no core file of '%.80s' in %s",
			       what, folder);
}
