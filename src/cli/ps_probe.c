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

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach/maps.h"
#include "attach/module.h"
#include "attach/mounts.h"
#include "attach/permission.h"
#include "attach/process.h"
#include "attach/procfs.h"
#include "attach/procmem.h"
#include "attach/target.h"
#include "base/bounds.h"
#include "base/path.h"
#include "heap/snapshot.h"
#include "pyabi/arenas.h"
#include "pyabi/dictobj.h"
#include "pyabi/otherpython.h"
#include "pyabi/pytype.h"
#include "pyabi/runtime.h"
#include "pyabi/strobj.h"
#include "report/command_line.h"
#include "result/dump.h"

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
	/* pythonista is not the interpreter; rpm, at work, adds ";5f2e". */
	if (name[len] && !strchr(".tdm-;", name[len]))
		return false;
	snprintf(buf, size, "%.*s", (int)len, name);
	return true;
}

/* What a file called so makes of the process that runs it: a better name than
 * the one before has more of the version. */
static bool take_name(struct ps_row *row, const char *path)
{
	const char *base = path_base(path), *other;
	char version[sizeof(row->version)];

	other = otherpython_by_name(base, version, sizeof(version));
	if (!other && !version_in_name(base, version, sizeof(version)))
		return false;
	if (other)
		row->implementation = other;
	if (strlen(version) > strlen(row->version))
		snprintf(row->version, sizeof(row->version), "%s", version);
	return true;
}

static bool by_maps(struct ps_row *row, const struct maps *maps)
{
	bool found = false;

	for (size_t i = 0; i < maps->n; i++)
		found |= maps->v[i].exec && take_name(row, maps->v[i].path);
	return found;
}

static bool by_name(struct ps_row *row, const struct process_info *info)
{
	if (info->exe)
		return take_name(row, info->exe);
	return info->argc > 0 && take_name(row, info->argv[0]);
}

/* Not the libraries: there are many, and a libpython has a name. */
static bool by_symbol(struct ps_row *row, struct modules *modules)
{
	const char *other;
	uint64_t size;
	raddr at;

	for (size_t i = 0; i < modules->n; i++) {
		if (!modules->v[i].has_exec)
			continue;
		if (module_dynsym(&modules->v[i], "PyType_Type", &at, &size))
			return true;
		break;
	}
	other = otherpython_find(modules);
	if (other)
		row->implementation = other;
	return other;
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

static char *first_of_argv(struct pyctx *ctx, raddr interp)
{
	const struct abi *abi = ctx->abi;
	raddr sys = ctx_u64(ctx, interp + abi->interp_sysdict);
	raddr list = sys ? dictobj_get(ctx, sys, "argv") : 0;
	char text[4096];

	if (!list || (int64_t)ctx_u64(ctx, list + abi->var_ob_size) < 1 ||
	    !strobj_text(ctx, ctx_u64(ctx, ctx_u64(ctx, list +
						   abi->list_ob_item)),
			 text, sizeof(text)) || ctx->faults)
		return NULL;
	return *text ? strdup(text) : NULL;
}

/* What it runs: sys.argv[0], which no title is written over. */
static char *script_of(const struct runtime *rt, struct mem *mem)
{
	struct pytypes types;
	struct pyctx ctx = { .abi = &rt->abi, .mem = mem, .types = &types };
	char *script = NULL;
	struct err err;

	if (pytypes_init(&types, &ctx, rt->type_type, &err)) {
		script = first_of_argv(&ctx, runtime_main_interp(rt));
		pytypes_fini(&types);
	}
	return script;
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
		if (*rt.version_text)
			snprintf(row->version, sizeof(row->version), "%.31s",
				 rt.version_text);
		return;
	}
	snprintf(row->version, sizeof(row->version), "%.31s", rt.version_text);
	row->arenas = arena_bytes(&rt, maps, mem);
	row->script = script_of(&rt, mem);
	runtime_fini(&rt);
}

/* False: it is no Python, as far as anyone can tell. */
static bool look_inside(const struct maps *maps, struct ps_row *row)
{
	bool known = by_maps(row, maps);
	struct modules *modules;
	struct target *target;
	struct err err;

	target = target_open(&(struct target_spec){ .pid = row->pid }, &err);
	if (!target) {
		snprintf(row->why_not, sizeof(row->why_not), "%s", err.text);
		row->can_attach = false;
		return known;
	}
	modules = modules_new(maps, target, target->mem, &err);
	target_know(target, modules);
	known = modules && (known || by_symbol(row, modules));
	if (known)
		ask(row, modules, maps, target->mem);
	target_close(target);
	modules_free(modules);
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
		return by_name(row, info);
	ok = look_inside(&maps, row);
	maps_free(&maps);
	return ok;
}

static bool take_exe(struct ps_row *row, const struct process_info *info)
{
	row->exe = info->exe ? strdup(info->exe) : NULL;
	return row->exe || !info->exe;
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
	row->ppid = info->ppid;
	row->forked = info->forked;
	row->tracer = info->tracer;
	row->uid = info->uid;
	snprintf(row->comm, sizeof(row->comm), "%s", info->comm);
	snprintf(row->user, sizeof(row->user), "%s", info->user);
	if (process_memory(proc, false, &memory, &err))
		row->rss = memory.rss;
	return take_command(row, info) && take_exe(row, info);
}

static const struct ps_row unknown = {
	.implementation = "CPython",
	.rss = DUMP_UNKNOWN, .arenas = DUMP_UNKNOWN, .uss = DUMP_UNKNOWN,
	.shared = DUMP_UNKNOWN, .pss = DUMP_UNKNOWN, .objects = DUMP_UNKNOWN,
};

bool ps_probe_by_name(pid_t pid, struct ps_row *ret)
{
	static const char why[] = "it does not answer: who looks at it waits "
				  "for a file system or a userfaultfd";
	char name[32], exe[PATH_MAX];
	struct procfs_stat stat;
	struct err err;
	ssize_t len;

	*ret = unknown;
	ret->pid = pid;
	snprintf(name, sizeof(name), "/proc/%d/stat", (int)pid);
	if (!procfs_stat(AT_FDCWD, name, &stat, &err))
		return false;
	snprintf(name, sizeof(name), "/proc/%d/exe", (int)pid);
	len = readlink(name, exe, sizeof(exe) - 1);
	exe[len > 0 ? len : 0] = '\0';
	if (!take_name(ret, exe) && !take_name(ret, stat.comm))
		return false;
	ret->ppid = stat.ppid;
	ret->forked = stat.flags & PROCFS_PF_FORKNOEXEC;
	snprintf(ret->comm, sizeof(ret->comm), "%s", stat.comm);
	snprintf(ret->why_not, sizeof(ret->why_not), "%s", why);
	ret->argv = calloc(1, sizeof(*ret->argv));
	ret->exe = *exe ? strdup(exe) : NULL;
	if (asprintf(&ret->command, "[%s]", stat.comm) < 0)
		ret->command = NULL;
	if (ret->argv && ret->command)
		return true;
	ps_row_fini(ret);
	return false;
}

bool ps_probe(pid_t pid, struct ps_row *ret)
{
	struct process proc;
	struct process_info info;
	struct err err;
	bool ok = false;

	*ret = unknown;
	ret->pid = pid;
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
	free(row->exe);
	free(row->script);
	*row = (struct ps_row){ 0 };
}

/* Files that may let us wait are opened by the first who looks, which is a
 * child: see attach/errand.h. */
static void open_served(const struct process *proc, struct modules *modules)
{
	struct err ignored;
	size_t len;
	char *mounts = procfs_slurp(proc->mm_fd, "mountinfo", MAX_MAPS_TEXT,
				    &len, &ignored);

	for (size_t i = 0; mounts && i < modules->n; i++) {
		struct module *mod = &modules->v[i];

		if (mod->has_exec && mounts_may_wait(mounts, mod->dev_major,
						     mod->dev_minor))
			(void)!module_open(mod, &ignored);
	}
	free(mounts);
}

static bool holds_no_python(const struct process *proc)
{
	struct ps_row scratch = { .implementation = "CPython" };
	struct modules *modules = NULL;
	struct maps maps = { 0 };
	struct target *target;
	struct err err;
	bool none = false;

	if (!maps_read(&maps, proc, &err))
		return false;
	target = target_open(&(struct target_spec){ .pid = proc->pid }, &err);
	if (target) {
		modules = modules_new(&maps, target, target->mem, &err);
		target_know(target, modules);
		if (modules)
			open_served(proc, modules);
		none = modules && !by_maps(&scratch, &maps) &&
		       !runtime_is_there(modules, target->mem) &&
		       !otherpython_find(modules);
		target_close(target);
		modules_free(modules);
	}
	maps_free(&maps);
	return none;
}

bool ps_is_no_python(pid_t pid, char *comm, size_t size)
{
	struct process proc;
	struct process_info info;
	struct err err;
	bool none;

	if (!process_open(&proc, pid, &err))
		return false;
	none = process_info(&proc, &info, &err);
	if (none) {
		snprintf(comm, size, "%s", info.comm);
		process_info_fini(&info);
		none = holds_no_python(&proc);
	}
	process_close(&proc);
	return none;
}

void ps_row_weigh(struct ps_row *row)
{
	struct process_memory memory;
	struct process proc;
	struct err err;

	if (!process_open(&proc, row->pid, &err))
		return;
	if (process_memory(&proc, true, &memory, &err)) {
		row->rss = memory.rss;
		row->uss = memory.uss;
		row->shared = memory.shared;
		row->pss = memory.pss;
	}
	process_close(&proc);
}

void ps_row_count(struct ps_row *row)
{
	struct target_spec spec = { .pid = row->pid };
	struct snapshot_options opt = { .gentle = true };
	struct dump dump;
	struct err err;

	if (!row->can_attach)
		return;
	dump_init(&dump);
	if (snapshot_take(&spec, &opt, &dump, &err))
		row->objects = dump.objects;
	dump_fini(&dump);
}
