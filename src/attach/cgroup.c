/* SPDX-License-Identifier: MIT */
#include "attach/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach/headroom.h"
#include "attach/procfs.h"

enum {
	MAX_TEXT = 16384,
	MAX_PATH = 4096,
};

#define NO_LIMIT (1ll << 60)	/* v1 has a very large number for none */

/** Where a hierarchy says what: a file, and in it the line that begins so; ""
 *  for a file that is a number. */
struct figure {
	const char *file, *line;
};

static const struct hierarchy {
	int version;
	const char *controller, *root;
	struct figure limit, usage, high, anon, file, kernel, oom_kills, met,
		shmem;
} hierarchies[] = {
	{ 1, "memory", "/sys/fs/cgroup/memory",
	  { "memory.limit_in_bytes", "" }, { "memory.usage_in_bytes", "" },
	  { NULL, NULL }, { "memory.stat", "total_rss " },
	  { "memory.stat", "total_cache " },
	  { "memory.kmem.usage_in_bytes", "" },
	  { "memory.oom_control", "oom_kill " }, { "memory.failcnt", "" },
	  { "memory.stat", "total_shmem " } },
	{ 2, "", "/sys/fs/cgroup",
	  { "memory.max", "" }, { "memory.current", "" },
	  { "memory.high", "" }, { "memory.stat", "anon " },
	  { "memory.stat", "file " }, { "memory.stat", "kernel " },
	  { "memory.events", "oom_kill " }, { "memory.events", "max " },
	  { "memory.stat", "shmem " } },
};

static int64_t figure_value(const char *text)
{
	long long n;
	char *end;

	errno = 0;
	n = strtoll(text, &end, 10);
	return end == text || errno || n < 0 ? -1 : n;
}

static int64_t figure_read(int dir, const struct figure *f)
{
	char buf[MAX_TEXT];
	const char *at = buf;
	struct err ignored;

	if (!f->file || !procfs_read(dir, f->file, buf, sizeof(buf), &ignored))
		return -1;
	while (at && strncmp(at, f->line, strlen(f->line)) != 0) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	return at ? figure_value(at + strlen(f->line)) : -1;
}

static void cgroup_read(struct cgroup_memory *ret, const struct hierarchy *h,
			int dir)
{
	int64_t limit = figure_read(dir, &h->limit);

	if (limit < 0 || limit >= NO_LIMIT ||
	    (ret->limit >= 0 && ret->limit <= limit))
		return;
	*ret = (struct cgroup_memory){
		.version = h->version, .limit = limit,
		.usage = figure_read(dir, &h->usage),
		.high = figure_read(dir, &h->high),
		.anon = figure_read(dir, &h->anon),
		.file = figure_read(dir, &h->file),
		.kernel = figure_read(dir, &h->kernel),
		.oom_kills = figure_read(dir, &h->oom_kills),
		.met = figure_read(dir, &h->met),
		.shmem = figure_read(dir, &h->shmem),
	};
}

/* Of a group outside our own namespace the path begins with such. */
static bool has_parent(const char *path)
{
	for (const char *at = path; (at = strstr(at, "/..")); at += 3) {
		if (at[3] == '/' || !at[3])
			return true;
	}
	return false;
}

/* The group and those above: each may have a limit. */
static void cgroup_in_hierarchy(struct cgroup_memory *ret,
				const struct hierarchy *h, const char *root,
				const char *text)
{
	char path[MAX_PATH], own[MAX_PATH / 2];
	size_t least;
	char *slash;

	if (!headroom_cgroup_path(text, h->controller, own, sizeof(own)) ||
	    has_parent(own) || own[0] != '/' ||
	    snprintf(path, sizeof(path), "%s%s%s", root, h->root, own) >=
		    MAX_PATH)
		return;
	least = strlen(root) + strlen(h->root);
	do {
		int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (dir >= 0) {
			cgroup_read(ret, h, dir);
			close(dir);
		}
		slash = strrchr(path, '/');
		*slash = '\0';
	} while ((size_t)(slash - path) >= least);
}

bool cgroup_memory_read(struct cgroup_memory *ret, const char *root,
			const char *text)
{
	*ret = (struct cgroup_memory){ .limit = -1 };
	for (size_t i = 0; i < ARRAY_SIZE(hierarchies); i++)
		cgroup_in_hierarchy(ret, &hierarchies[i], root, text);
	return ret->limit >= 0;
}
