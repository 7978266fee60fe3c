/* SPDX-License-Identifier: MIT */
/*
 * Parse /proc/PID/maps.
 *
 *	7f12c000-7f12d000 r-xp 00001000 fe:01 4711      /lib/libm.so (deleted)
 *
 * Nothing in it is believed: every number is checked for its width, each
 * mapping must lie behind the one before.
 *
 * Facts: Linux fs/proc/task_mmu.c, show_map_vma().
 */
#include "attach/maps.h"

#include <stdlib.h>
#include <string.h>

#include "attach/process.h"
#include "base/bounds.h"
#include "base/ranges.h"
#include "base/vec.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* A number in @base that ends with @after; NULL if that is not there. */
static const char *number(const char *at, unsigned int base, char after,
			  uint64_t *ret)
{
	uint64_t value = 0;
	const char *first = at;

	for (int d; (d = digit(*at)) >= 0 && d < (int)base; at++) {
		if (value > (UINT64_MAX - (unsigned int)d) / base)
			return NULL;
		value = value * base + (unsigned int)d;
	}
	*ret = value;
	return at > first && *at == after ? at + 1 : NULL;
}

/* "rwxp" and a blank */
static const char *flags(const char *at, struct map *map)
{
	static const char letter[] = "rwx";
	bool *const flag[] = {&map->read, &map->write, &map->exec};

	for (size_t i = 0; i < ARRAY_SIZE(flag); i++) {
		if (at[i] != letter[i] && at[i] != '-')
			return NULL;
		*flag[i] = at[i] == letter[i];
	}
	if ((at[3] != 'p' && at[3] != 's') || at[4] != ' ')
		return NULL;
	map->shared = at[3] == 's';
	return at + 5;
}

static const char *device(const char *at, struct map *map)
{
	uint64_t major, minor;

	at = number(at, 16, ':', &major);
	at = at ? number(at, 16, ' ', &minor) : NULL;
	if (!at || major > UINT32_MAX || minor > UINT32_MAX)
		return NULL;
	map->dev_major = (uint32_t)major;
	map->dev_minor = (uint32_t)minor;
	return at;
}

/* "\012" is a newline; nothing else is escaped. */
static void unescape(char *path)
{
	char *to = path;

	for (const char *from = path; *from; to++) {
		bool newline = strncmp(from, "\\012", 4) == 0;

		*to = newline ? '\n' : *from;
		from += newline ? 4 : 1;
	}
	*to = '\0';
}

static void set_path(struct map *map, char *path)
{
	static const char deleted[] = " (deleted)";
	const size_t suffix = sizeof(deleted) - 1;
	size_t len = strlen(path);

	if (len > suffix && strcmp(path + len - suffix, deleted) == 0) {
		path[len - suffix] = '\0';
		map->deleted = true;
	}
	unescape(path);
	map->path = path;
}

/* @line is NUL-terminated and writable: the path stays in it. */
static bool parse_line(char *line, struct map *map)
{
	const char *at = number(line, 16, '-', &map->start);

	at = at ? number(at, 16, ' ', &map->end) : NULL;
	at = at ? flags(at, map) : NULL;
	at = at ? number(at, 16, ' ', &map->offset) : NULL;
	at = at ? device(at, map) : NULL;
	if (!at || map->end <= map->start)
		return false;
	/* An anonymous mapping ends with its inode, newer kernels' with a
	 * blank behind it. */
	if (!number(at, 10, ' ', &map->inode) &&
	    !number(at, 10, '\0', &map->inode))
		return false;
	at += strspn(at, "0123456789");
	at += strspn(at, " ");
	set_path(map, line + (at - line));
	return true;
}

static bool bad_line(size_t n, struct err *err)
{
	return err_set(err, ERR_BADDATA, "line %zu of maps makes no sense", n);
}

/*
 * Is this more of the memory before it?  A heap that grows after a fork gets a
 * second mapping, for what was there before may still be shared with the
 * parent; malloc() does not know, and puts objects across the border.
 */
static bool continues(const struct map *map, const struct map *before)
{
	return map->start == before->end && !map->inode && !before->inode &&
	       map->read == before->read && map->write == before->write &&
	       map->exec == before->exec && map->shared == before->shared &&
	       strcmp(map->path, before->path) == 0;
}

/*
 * From Linux 6.17 on the list is written mapping by mapping, not under one lock:
 * one that grew or was joined to its neighbour meanwhile begins before the line
 * above it ends.  What is new of it is behind that; false: nothing is.
 */
static bool cut_overlap(struct map *map, const struct map *before)
{
	if (map->start >= before->end)
		return true;
	if (map->end <= before->end)
		return false;
	map->offset += map->inode ? before->end - map->start : 0;
	map->start = before->end;
	return true;
}

static bool add_line(struct maps *maps, size_t number, char *line,
		     struct err *err)
{
	struct map *last = maps->n ? &maps->v[maps->n - 1] : NULL;
	struct map map = {0};
	struct map *slot;

	if (!parse_line(line, &map))
		return bad_line(number, err);
	if (last && !cut_overlap(&map, last))
		return true;
	if (last && continues(&map, last)) {
		last->end = map.end;
		return true;
	}
	if (maps->n >= MAX_MAPS)
		return err_set(err, ERR_LIMIT, "more than %d mappings",
			       MAX_MAPS);
	slot = vec_add(maps, err);
	if (!slot)
		return false;
	*slot = map;
	return true;
}

/* Takes over maps->text, @len bytes and a NUL. */
static bool parse_text(struct maps *maps, size_t len, struct err *err)
{
	char *line = maps->text, *end;
	size_t number = 0;

	if (memchr(line, '\0', len))
		return bad_line(0, err);
	for (; *line; line = end) {
		end = strchrnul(line, '\n');
		if (*end)
			*end++ = '\0';
		if (!add_line(maps, ++number, line, err))
			return false;
	}
	return true;
}

static bool parse_or_free(struct maps *maps, size_t len, struct err *err)
{
	if (parse_text(maps, len, err))
		return true;
	maps_free(maps);
	return false;
}

bool maps_parse(struct maps *ret, const char *text, size_t len,
		struct err *err)
{
	*ret = (struct maps){.text = malloc(len + 1)};
	if (!ret->text)
		return err_nomem(err);
	memcpy(ret->text, text, len);
	ret->text[len] = '\0';
	return parse_or_free(ret, len, err);
}

bool maps_read(struct maps *ret, const struct process *proc, struct err *err)
{
	size_t len;

	*ret = (struct maps){0};
	ret->text = procfs_slurp(proc->mm_fd, "maps", MAX_MAPS_TEXT, &len,
				 err);
	if (!ret->text)
		return process_failed(proc, err);
	if (len == 0) {
		maps_free(ret);
		return err_set(err, ERR_GONE, "process %d has exited",
			       (int)proc->pid);
	}
	if (!parse_or_free(ret, len, err))
		return process_failed(proc, err);
	return true;
}

void maps_free(struct maps *maps)
{
	vec_free(maps);
	free(maps->text);
	maps->text = NULL;
}

size_t maps_from(const struct maps *maps, raddr at)
{
	return ranges_from(maps, at);
}

const struct map *maps_find(const struct maps *maps, raddr at)
{
	size_t i = maps_from(maps, at);

	return i < maps->n && maps->v[i].start <= at ? &maps->v[i] : NULL;
}
