/* SPDX-License-Identifier: MIT */
/*
 * Is a process a Python, which one, and may we look into it?
 *
 * To look closely at every process of a host would take too long.  A process
 * is worth it if it maps a libpython, runs a program called python, or one
 * that exports PyType_Type, as those do that have CPython built in.  Of a
 * process that we may not look into, only the name of its program is known,
 * if that; then there is no heap, and the version is that of the name.
 */
#include "cli/ps_probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach/live.h"
#include "attach/maps.h"
#include "attach/module.h"
#include "attach/permission.h"
#include "attach/process.h"
#include "attach/procmem.h"
#include "heap/dump.h"
#include "pyabi/arenas.h"
#include "pyabi/runtime.h"
#include "report/command_line.h"

/* "3.12" of "python3.12", "libpython3.12.so.1.0", "python3-dbg". */
static bool version_in_name(const char *name, char *buf, size_t size)
{
	size_t len;

	if (strncmp(name, "lib", 3) == 0)
		name += 3;
	if (strncmp(name, "python", 6) != 0)
		return false;
	name += 6;
	len = strspn(name, "0123456789.");
	while (len > 0 && name[len - 1] == '.')
		len--;
	/* pythonista is not the interpreter. */
	if (name[len] && !strchr(".tdm-", name[len]))
		return false;
	snprintf(buf, size, "%.*s", (int)len, name);
	return true;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* By the files it maps; the most exact name wins. */
static bool by_maps(const struct maps *maps, char *buf, size_t size)
{
	bool found = false;

	for (size_t i = 0; i < maps->n; i++) {
		char version[32];

		if (!maps->v[i].exec ||
		    !version_in_name(base_name(maps->v[i].path), version,
				     sizeof(version)))
			continue;
		if (!found || strlen(version) > strlen(buf))
			snprintf(buf, size, "%s", version);
		found = true;
	}
	return found;
}

static bool by_name(const struct process_info *info, char *buf, size_t size)
{
	if (info->exe)
		return version_in_name(base_name(info->exe), buf, size);
	return info->argc > 0 &&
	       version_in_name(base_name(info->argv[0]), buf, size);
}

/* Not the libraries: there are many, and a libpython has a name. */
static bool by_symbol(struct modules *modules)
{
	uint64_t size;
	raddr at;

	for (size_t i = 0; i < modules->n; i++) {
		if (modules->v[i].has_exec && !modules->v[i].deleted)
			return module_dynsym(&modules->v[i], "PyType_Type",
					     &at, &size);
	}
	return false;
}

/* What pymalloc has set aside; unknown where there is no pymalloc. */
static int64_t arena_bytes(const struct runtime *rt, const struct maps *maps,
			 struct mem *mem)
{
	struct arenas arenas = { 0 };
	int64_t sum;
	struct err err;

	if (!arenas_find(&arenas, rt, maps, mem, &err))
		return DUMP_UNKNOWN;
	sum = arenas_bytes(&arenas, &rt->abi);
	arenas_fini(&arenas);
	return sum;
}

/* Ask the interpreter itself. */
static void ask(struct ps_row *row, struct modules *modules,
		const struct maps *maps, struct mem *mem)
{
	struct runtime rt;
	struct err err;

	if (!runtime_find(&rt, modules, mem, NULL, &err)) {
		row->can_attach = false;
		snprintf(row->why_not, sizeof(row->why_not), "%s", err.text);
		return;
	}
	snprintf(row->version, sizeof(row->version), "%.31s", rt.version_text);
	row->arenas = arena_bytes(&rt, maps, mem);
	runtime_fini(&rt);
}

/* False: it is no Python, as far as anyone can tell. */
static bool look_inside(const struct process *proc, const struct maps *maps,
			struct ps_row *row)
{
	bool known = by_maps(maps, row->version, sizeof(row->version));
	struct modules *modules;
	struct live live;
	struct err err;

	if (!live_open(&live, proc, &err)) {
		snprintf(row->why_not, sizeof(row->why_not), "%s", err.text);
		row->can_attach = false;
		return known;
	}
	modules = modules_new(maps, proc, &live.mem, &err);
	known = modules && (known || by_symbol(modules));
	if (known)
		ask(row, modules, maps, &live.mem);
	modules_free(modules);
	live_close(&live);
	return known;
}

static bool is_python(const struct process *proc,
		      const struct process_info *info, struct ps_row *row)
{
	struct maps maps = { 0 };
	struct err err;
	bool ok;

	row->can_attach = permission_can_attach(proc->pid, row->why_not,
						sizeof(row->why_not));
	if (!row->can_attach || !maps_read(&maps, proc, &err))
		return by_name(info, row->version, sizeof(row->version));
	ok = look_inside(proc, &maps, row);
	maps_free(&maps);
	return ok;
}

static bool take_command(struct ps_row *row, const struct process_info *info)
{
	row->argv = calloc(info->argc + 1, sizeof(*row->argv));
	if (!row->argv)
		return false;
	for (size_t i = 0; i < info->argc; i++) {
		row->argv[i] = strdup(info->argv[i]);
		if (!row->argv[i])
			return false;
	}
	if (info->argc > 0)
		row->command = command_line(info->argv, info->argc);
	else if (asprintf(&row->command, "[%s]", info->comm) < 0)
		row->command = NULL;
	return row->command;
}

static bool fill(const struct process *proc, const struct process_info *info,
		 struct ps_row *row)
{
	struct process_memory memory;
	struct err err;

	if (!is_python(proc, info, row))
		return false;
	row->uid = info->uid;
	snprintf(row->user, sizeof(row->user), "%s", info->user);
	if (process_memory(proc, false, &memory, &err))
		row->rss = memory.rss;
	return take_command(row, info);
}

bool ps_probe(pid_t pid, struct ps_row *ret)
{
	struct process proc;
	struct process_info info;
	struct err err;
	bool ok = false;

	*ret = (struct ps_row){
		.pid = pid, .rss = DUMP_UNKNOWN, .arenas = DUMP_UNKNOWN,
	};
	if (!process_open(&proc, pid, &err))
		return false;
	if (process_info(&proc, &info, &err)) {
		ok = fill(&proc, &info, ret);
		process_info_fini(&info);
	}
	process_close(&proc);
	if (!ok)
		ps_row_fini(ret);
	return ok;
}

void ps_row_fini(struct ps_row *row)
{
	for (size_t i = 0; row->argv && row->argv[i]; i++)
		free(row->argv[i]);
	free(row->argv);
	free(row->command);
	*row = (struct ps_row){ 0 };
}
