/* SPDX-License-Identifier: MIT */
#include "attach/headroom.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "attach/procfs.h"

enum {
	MAX_TEXT = 16384,	/* of any file; a memory.stat has 4 KiB */
	MAX_PATH = 4096,
};

/* Where a cgroup says what; v1 has a hierarchy for memory alone. */
static const struct hierarchy {
	const char *controller, *root, *max[2], *usage, *inactive;
} hierarchies[] = {
	{ "", "/sys/fs/cgroup", { "memory.max", "memory.high" },
	  "memory.current", "inactive_file " },
	{ "memory", "/sys/fs/cgroup/memory", { "memory.limit_in_bytes" },
	  "memory.usage_in_bytes", "total_inactive_file " },
};

/* The number at the start of @text; "max" and what is none is no limit. */
static uint64_t number(const char *text)
{
	unsigned long long n;
	char *end;

	if (!text)
		return HEADROOM_UNLIMITED;
	errno = 0;
	n = strtoull(text, &end, 10);
	return end == text || errno ? HEADROOM_UNLIMITED : n;
}

uint64_t headroom_of_host(const char *meminfo)
{
	int64_t bytes = procfs_bytes(meminfo, "MemAvailable");

	return bytes < 0 ? HEADROOM_UNLIMITED : (uint64_t)bytes;
}

/* The number behind @name, which begins a line of @text. */
static uint64_t line(const char *text, const char *name)
{
	while (text) {
		if (strncmp(text, name, strlen(name)) == 0)
			return number(text + strlen(name));
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return 0;
}

uint64_t headroom_of_cgroup(const char *max, const char *usage,
			    const char *stat, const char *inactive)
{
	uint64_t limit = number(max), used = usage ? number(usage) : 0;
	uint64_t files = line(stat, inactive);

	if (limit == HEADROOM_UNLIMITED)
		return HEADROOM_UNLIMITED;
	used -= files < used ? files : used;
	return used < limit ? limit - used : 0;
}

/* "4:cpu,memory:/a/b" or, of v2, "0::/a/b". */
bool headroom_cgroup_path(const char *text, const char *controller, char *buf,
			  size_t size)
{
	size_t want = strlen(controller);

	while (text && *text) {
		const char *end = strchrnul(text, '\n');
		const char *name = strchr(text, ':');
		const char *path = name ? strchr(name + 1, ':') : NULL;

		if (!path || path > end)
			return false;
		for (name++; name <= path; name += strcspn(name, ",:") + 1) {
			if (strcspn(name, ",:") != want ||
			    strncmp(name, controller, want) != 0)
				continue;
			snprintf(buf, size, "%.*s", (int)(end - path - 1),
				 path + 1);
			return true;
		}
		text = *end ? end + 1 : end;
	}
	return false;
}

static const char *read_text(const char *dir, const char *name, char *buf)
{
	char path[MAX_PATH];
	struct err ignored;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= MAX_PATH ||
	    !procfs_read(AT_FDCWD, path, buf, MAX_TEXT, &ignored))
		return NULL;
	return buf;
}

/* Of the cgroup at @path. */
static uint64_t left_in_cgroup(const struct hierarchy *h, const char *path)
{
	char max[MAX_TEXT], usage[MAX_TEXT], stat[MAX_TEXT];
	const char *used = read_text(path, h->usage, usage);
	const char *files = read_text(path, "memory.stat", stat);
	uint64_t least = HEADROOM_UNLIMITED;

	for (size_t i = 0; i < ARRAY_SIZE(h->max) && h->max[i]; i++) {
		uint64_t left = headroom_of_cgroup(
			read_text(path, h->max[i], max), used, files,
			h->inactive);

		least = left < least ? left : least;
	}
	return least;
}

/* Our cgroup and those above: each may have a limit.  In a container the path
 * need not exist, but what is mounted at the root is ours. */
static uint64_t in_hierarchy(const struct hierarchy *h, const char *cgroups)
{
	char path[MAX_PATH], own[MAX_PATH / 2];
	uint64_t least = HEADROOM_UNLIMITED;
	char *slash;

	if (!headroom_cgroup_path(cgroups, h->controller, own, sizeof(own)))
		return least;
	snprintf(path, sizeof(path), "%s%s", h->root, own);
	do {
		uint64_t left = left_in_cgroup(h, path);

		least = left < least ? left : least;
		slash = strrchr(path, '/');
		*slash = '\0';
	} while ((size_t)(slash - path) >= strlen(h->root));
	return least;
}

static uint64_t address_space(void)
{
	char buf[MAX_TEXT];
	struct rlimit limit;
	const char *text = read_text("/proc/self", "statm", buf);
	uint64_t used = text ? number(text) * (uint64_t)getpagesize() : 0;

	if (getrlimit(RLIMIT_AS, &limit) != 0 ||
	    limit.rlim_cur == RLIM_INFINITY)
		return HEADROOM_UNLIMITED;
	return used < limit.rlim_cur ? limit.rlim_cur - used : 0;
}

static void reduce(struct headroom *room, uint64_t left, const char *limit)
{
	if (left == HEADROOM_UNLIMITED || left / 3 * 2 >= room->memory)
		return;
	room->memory = left / 3 * 2;
	room->limit = limit;
}

void headroom_read(struct headroom *ret)
{
	char buf[MAX_TEXT];
	const char *text = read_text("/proc", "meminfo", buf);

	*ret = (struct headroom){ .memory = HEADROOM_UNLIMITED };
	if (text)
		reduce(ret, headroom_of_host(text), "this host");
	text = read_text("/proc/self", "cgroup", buf);
	for (size_t i = 0; text && i < ARRAY_SIZE(hierarchies); i++)
		reduce(ret, in_hierarchy(&hierarchies[i], text), "our cgroup");
	reduce(ret, address_space(), "our address space (ulimit -v)");
}

bool headroom_check(const struct headroom *room, uint64_t need,
		    const char *what, struct err *err)
{
	if (need <= room->memory)
		return true;
	return err_set(err, ERR_NOMEM, "%s takes %llu MiB; without harm no "
		       "more than %llu MiB can be taken, two thirds of what "
		       "is left of %s", what, (unsigned long long)need >> 20,
		       (unsigned long long)room->memory >> 20, room->limit);
}

bool headroom_ask(uint64_t need, const char *what, struct err *err)
{
	struct headroom room;

	headroom_read(&room);
	return headroom_check(&room, need, what, err);
}

void headroom_offer_ourselves(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	ssize_t ignored;

	if (fd < 0)
		return;
	ignored = write(fd, "1000", 4);
	(void)ignored;
	close(fd);
}
