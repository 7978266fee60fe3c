/* SPDX-License-Identifier: MIT */
/*
 * A child of ours has the rights of the target and no more when it opens what
 * the target names: we may be root, and what is in the file is printed.
 */
#include "attach/textfile.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach/errand.h"
#include "attach/foreignfile.h"
#include "attach/rights.h"
#include "attach/target.h"
#include "base/nomem.h"

struct wish {
	struct target *target;
	const char *path;
	uint64_t most;
	struct rights rights;
};

/* In the child: how long it is, and what is in it; or nothing. */
static void fetch(void *arg, size_t i, int to)
{
	const struct wish *wish = arg;
	const struct foreignfile want = { .most = wish->most };
	char buf[4096];
	struct stat st;
	uint64_t left;
	int fd;

	(void)i;
	if (!rights_take(&wish->rights))
		return;
	fd = wish->target->ops->open_path(wish->target, &want, wish->path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	left = (uint64_t)st.st_size;
	errand_write(to, &left, sizeof(left));
	while (left) {
		ssize_t got = read(fd, buf, left < sizeof(buf) ? left :
							       sizeof(buf));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return;
		errand_write(to, buf, (size_t)got);
		left -= (uint64_t)got;
	}
}

static char *receive(struct errand *e, uint64_t most)
{
	uint64_t len;
	char *text;

	if (errand_read(e, &len, sizeof(len)) != ERRAND_CAME || len > most)
		return NULL;
	text = malloc(len + 1);
	if (!text) {
		nomem_note();
		return NULL;
	}
	if (errand_read(e, text, len) != ERRAND_CAME) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	return text;
}

char *textfile_read(struct target *target, const char *path, size_t most)
{
	struct wish wish = { target, path, most, { 0 } };
	struct errand errand;
	struct err ignored;
	char *text;

	if (!target->ops->open_path || !*path ||
	    !rights_of(target->pid, &wish.rights, &ignored) ||
	    !errand_start(&errand, 0, 1, fetch, &wish, &ignored))
		return NULL;
	text = receive(&errand, most);
	errand_end(&errand);
	return text;
}
