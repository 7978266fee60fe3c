/* SPDX-License-Identifier: MIT */
#include "attach/textfile.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach/foreignfile.h"
#include "attach/target.h"
#include "base/nomem.h"

static size_t read_all(int fd, char *text, size_t len)
{
	size_t n = 0;

	while (n < len) {
		ssize_t got = read(fd, text + n, len - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	return n;
}

char *textfile_read(struct target *target, const char *path, size_t most)
{
	const struct foreignfile want = { .most = most };
	auto_close int fd = -1;
	struct stat st;
	char *text;

	if (!target->ops->open_path || !*path)
		return NULL;
	fd = target->ops->open_path(target, &want, path);
	if (fd < 0 || fstat(fd, &st) < 0 || (size_t)st.st_size > most)
		return NULL;
	text = malloc((size_t)st.st_size + 1);
	if (!text) {
		nomem_note();
		return NULL;
	}
	text[read_all(fd, text, (size_t)st.st_size)] = '\0';
	return text;
}
