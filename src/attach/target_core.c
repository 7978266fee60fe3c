/* SPDX-License-Identifier: MIT */
/*
 * A core file as a target: what the core holds, and what it left out from the
 * files that were mapped.
 *
 * By default a core has all memory that the process wrote to and of each file
 * the first page, for its build id; what only lies in the file is to be found
 * there.  So each mapping of a program or library that is not whole is looked
 * up, once, when the core is opened: then who reads needs to know nothing of
 * it.  What a writable mapping of a file lacks was never written to, or the
 * core would have it, as long as cores have private memory at all: those that
 * have none (coredump_filter without bit 0) are refused, as there is no heap.
 *
 * Not believed: the path in the core.  The file there may be another by now,
 * so its build id or first page must be those that the core holds.
 */
#include "attach/target_core.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bsd/string.h>

#include "attach/corefile.h"
#include "attach/elffile.h"
#include "attach/foreignfile.h"
#include "attach/maps.h"
#include "attach/module.h"
#include "attach/pagetable.h"
#include "attach/process.h"
#include "attach/procmem.h"
#include "attach/shrinking.h"
#include "attach/threads.h"
#include "attach/unpack.h"
#include "base/bounds.h"
#include "base/container.h"
#include "base/path.h"

enum {
	ID_MAX = 64,		/* bytes of a build id */
	FIRST = 1024,		/* bytes of a file that must be the same */
	TOLD_MAX = 8,		/* files that are named */
	PATH_TOLD = 100,	/* bytes of a path */
};

struct target_core {
	struct target target;
	struct corefile core;
	char *sysroot;		/* or NULL */
	/** Of the core as it is: their files stay open, and supply. */
	struct maps maps;
	struct modules *mods;
	/** By module, once it was asked: has it written to that? */
	enum written { WRITTEN_UNASKED, WRITTEN_NOT, WRITTEN } *written;
	struct told {
		enum target_lack lack;
		char text[250];
	} told[TOLD_MAX];
	size_t n_told;		/* above TOLD_MAX they are but counted */
	const char *unproved;	/* the first file taken without a proof */
	size_t n_unproved;
};

static struct target_core *core_of(struct target *t)
{
	return container_of(t, struct target_core, target);
}

static void PRINTF_LIKE(3, 4) core_note(struct target_core *tc,
					enum target_lack lack,
					const char *fmt, ...)
{
	struct told *told = &tc->told[tc->n_told];
	va_list ap;

	if (tc->n_told++ >= TOLD_MAX)
		return;
	told->lack = lack;
	va_start(ap, fmt);
	vsnprintf(told->text, sizeof(told->text), fmt, ap);
	va_end(ap);
}

/* --- files --------------------------------------------------------------- */

/* What a file must have to be the one that was mapped. */
struct proof {
	uint8_t id[ID_MAX];
	size_t n_id;		/* 0: the core holds none */
	uint8_t first[FIRST];
	bool has_first;
	bool or_nothing;	/* the user says that it is the file */
	bool unchecked;		/* it was taken for it without a proof */
};

static void proof_of(struct target_core *tc, const struct module *mod,
		     struct proof *ret)
{
	const struct map *map = &mod->all->maps->v[mod->first_map];
	struct elffile elf;
	struct err ignored;
	enum core_from from;

	*ret = (struct proof){ .or_nothing = tc->sysroot != NULL };
	/* What was supplied proves nothing. */
	if (map->offset != 0 ||
	    corefile_run(&tc->core, map->start, FIRST, &from) < FIRST ||
	    from != CORE_ITSELF ||
	    !mem_read(&tc->core.mem, map->start, ret->first, FIRST, &ignored))
		return;
	ret->has_first = true;
	if (elffile_open_memory(&elf, &tc->core.mem, map->start, &ignored)) {
		ret->n_id = elffile_build_id(&elf, ret->id, ID_MAX);
		elffile_close(&elf);
	}
}

/* Takes over @fd. */
static bool has_build_id(int fd, const struct proof *proof)
{
	uint8_t id[ID_MAX];
	struct elffile elf;
	struct err ignored;
	bool same;

	if (fd < 0)
		return false;
	if (!elffile_open(&elf, fd, &ignored))
		return false;
	same = elffile_build_id(&elf, id, ID_MAX) == proof->n_id &&
	       memcmp(id, proof->id, proof->n_id) == 0;
	elffile_close(&elf);
	return same;
}

static bool is_proved(const void *arg, int fd, const struct stat *st)
{
	struct proof *proof = (struct proof *)arg;
	uint8_t first[FIRST];

	(void)st;
	if (proof->n_id)
		return has_build_id(fcntl(fd, F_DUPFD_CLOEXEC, 0), proof);
	if (proof->has_first)
		return corefile_pread(fd, 0, first, FIRST) &&
		       memcmp(first, proof->first, FIRST) == 0;
	proof->unchecked = true;
	return proof->or_nothing;
}

/* @path below the sysroot, or below our root. */
static int core_open_path(struct target *t, const struct foreignfile *want,
			  const char *path)
{
	struct target_core *tc = core_of(t);
	struct foreignfile ours = *want;

	ours.proc = NULL;
	return tc->sysroot ? foreignfile_open_below(&ours, tc->sysroot, path) :
			     foreignfile_open_in_root(&ours, path);
}

/* Where distributions link each program by its build id. */
static int open_by_id(struct target *t, const struct foreignfile *want,
		      const struct proof *proof)
{
	char path[64 + 2 * ID_MAX] = "/usr/lib/debug/.build-id/";
	char *at = path + strlen(path);

	for (size_t i = 0; i < proof->n_id; i++)
		at += sprintf(at, i ? "%02x" : "%02x/", proof->id[i]);
	return proof->n_id > 1 ? core_open_path(t, want, path) : -1;
}

static int core_open_module(struct target *t, const struct module *mod)
{
	struct target_core *tc = core_of(t);
	struct proof proof;
	const struct foreignfile want = {
		.most = MAX_MODULE_FILE, .is_it = is_proved, .arg = &proof,
	};
	int fd = -1, sys = ENOENT;

	proof_of(tc, mod, &proof);
	if (mod->path[0] == '/') {
		fd = core_open_path(t, &want, mod->path);
		sys = errno;
	}
	if (fd < 0)
		fd = open_by_id(t, &want, &proof);
	errno = sys;
	if (fd >= 0 && proof.unchecked && mod->all == tc->mods &&
	    !tc->n_unproved++)
		tc->unproved = mod->path;
	return fd;
}

/* --- what was left out --------------------------------------------------- */

/* How many bytes of @map come from nowhere. */
static uint64_t lacks(const struct corefile *core, const struct map *map)
{
	uint64_t len, sum = 0;
	enum core_from from;

	for (raddr at = map->start; at < map->end; at += len) {
		len = corefile_run(core, at, map->end - at, &from);
		sum += from == CORE_NOWHERE ? len : 0;
	}
	return sum;
}

/* Why @mod is not open, in words. */
static const char *why_not(struct target_core *tc, const struct module *mod)
{
	const struct foreignfile any = { .most = MAX_MODULE_FILE };
	struct proof proof;
	int fd;

	fd = core_open_path(&tc->target, &any, mod->path);
	if (fd < 0)
		return "no file that is there supplies it";
	close(fd);
	proof_of(tc, mod, &proof);
	return proof.has_first ? "the file that is there is another" :
				 "nothing proves that the file that is there "
				 "is the same: --sysroot=/ takes it for that";
}

static void note_missing(struct target_core *tc, enum target_lack lack,
			 uint64_t bytes, const char *of, const char *why)
{
	const char *end = path_end(of, PATH_TOLD);

	core_note(tc, lack, "the core left out %" PRIu64 " KiB of %s%s, and %s",
		  (bytes + 1023) / 1024, end > of ? "..." : "", end, why);
}

static void note_unproved(struct target_core *tc)
{
	const char *end;
	char others[40] = "";

	if (!tc->n_unproved)
		return;
	end = path_end(tc->unproved, PATH_TOLD);
	if (tc->n_unproved > 1)
		snprintf(others, sizeof(others), ", and %zu other file%s,",
			 tc->n_unproved - 1, tc->n_unproved > 2 ? "s" : "");
	core_note(tc, LACKS_NOTHING, "nothing in the core proves that %s%s below "
		  "the sysroot%s %s of it",
		  end > tc->unproved ? "..." : "", end, others,
		  tc->n_unproved > 1 ? "are" : "is");
}

/* Has it written to what it mapped of a file that we do not have?  To that of a
 * library it has. */
static enum written look_written(struct target_core *tc,
				 const struct module *mod, size_t number)
{
	for (size_t i = mod->first_map; !mod->elf && i <= mod->last_map; i++) {
		int said = corefile_flags(&tc->core, tc->maps.v[i].start);

		if (tc->maps.v[i].inode && tc->mods->of_map[i] == number &&
		    said > 0 && said & PF_W)
			return WRITTEN;
	}
	return WRITTEN_NOT;
}

static bool is_written(struct target_core *tc, const struct module *mod)
{
	size_t number = (size_t)(mod - tc->mods->v);

	if (tc->written[number] == WRITTEN_UNASKED)
		tc->written[number] = look_written(tc, mod, number);
	return tc->written[number] == WRITTEN;
}

/* A piece of a program or library that the core does not have, or not all of;
 * *@missing grows by what it lacks. */
static bool supply_map(struct target_core *tc, struct module *mod,
		       const struct map *map, uint64_t *missing,
		       struct err *err)
{
	int said = corefile_flags(&tc->core, map->start);
	struct core_supply supply = {
		.start = map->start, .end = map->end, .offset = map->offset,
	};
	bool loaded = module_segment(mod, map, &supply.flags);

	supply.fd = loaded ? module_file(mod) : -1;
	if (supply.fd >= 0)
		return corefile_supply(&tc->core, &supply, err);
	/* Data that is mapped to be read is not what we are after. */
	if (loaded || (said > 0 && said & PF_X) || is_written(tc, mod))
		*missing += lacks(&tc->core, map);
	return true;
}

/*
 * A segment without a byte is memory that nobody wrote to, and reads as zeros,
 * since what was written the kernel leaves out only if told so: by bit 0, which
 * was set, or with MADV_DONTDUMP, which nobody does to a heap.
 */
static bool supply_zeros(struct target_core *tc, const struct map *map,
			 uint64_t *missing, struct err *err)
{
	struct core_supply supply = { .fd = CORE_ZEROS };
	const struct core_segment *s;

	if (!map->read || !map->write)
		return true;
	for (raddr at = map->start;
	     at < map->end && (s = corefile_segment(&tc->core, at));
	     at = s->end) {
		supply.start = s->start;
		supply.end = s->end;
		supply.flags = s->flags;
		if (!s->empty)
			*missing += s->end - s->start - s->held;
		else if (!corefile_supply(&tc->core, &supply, err))
			return false;
	}
	return true;
}

/* Each mapping that is not whole; what is @missing, by module, memory last. */
static bool supply_maps(struct target_core *tc, uint64_t *missing,
			struct err *err)
{
	for (size_t i = 0; i < tc->maps.n; i++) {
		const struct map *map = &tc->maps.v[i];
		size_t number = map->inode ? tc->mods->of_map[i] : tc->mods->n;

		if (!lacks(&tc->core, map))
			continue;
		if (!map->inode && !supply_zeros(tc, map, &missing[number],
						 err))
			return false;
		if (map->inode && !supply_map(tc, &tc->mods->v[number], map,
				     &missing[number], err))
			return false;
	}
	return true;
}

static bool supply_all(struct target_core *tc, struct err *err)
{
	auto_free uint64_t *missing = NULL;

	if (!corefile_maps(&tc->core, &tc->maps, err))
		return false;
	tc->mods = modules_new(&tc->maps, &tc->target, tc->target.mem, err);
	if (!tc->mods)
		return false;
	missing = calloc(tc->mods->n + 1, sizeof(*missing));
	tc->written = calloc(tc->mods->n + 1, sizeof(*tc->written));
	if (!missing || !tc->written)
		return err_nomem(err);
	if (!supply_maps(tc, missing, err))
		return false;
	for (size_t i = 0; i < tc->mods->n; i++) {
		if (missing[i])
			note_missing(tc, LACKS_FILE, missing[i],
				     tc->mods->v[i].path,
				     why_not(tc, &tc->mods->v[i]));
	}
	/* Of a core that is cut short this is said already. */
	if (missing[tc->mods->n] && !tc->core.truncated)
		note_missing(tc, LACKS_MEMORY, missing[tc->mods->n],
			     "memory", "nobody has it");
	note_unproved(tc);
	return true;
}

/* --- the operations ------------------------------------------------------ */

static bool core_maps(struct target *t, struct maps *ret, struct err *err)
{
	return corefile_maps(&core_of(t)->core, ret, err);
}

/* Which of its pages were resident only the kernel knew. */
static bool core_pages(struct target *t, const struct maps *maps,
		       struct pagetable *ret, struct err *err)
{
	const struct corefile *core = &core_of(t)->core;
	enum core_from from;
	uint64_t len;

	ret->held = true;
	for (size_t i = 0; i < maps->n; i++) {
		const struct map *map = &maps->v[i];

		for (raddr at = map->start; at < map->end; at += len) {
			len = corefile_run(core, at, map->end - at, &from);
			if (from == CORE_ITSELF &&
			    !pagetable_add(ret, at, at + len, PAGE_RESIDENT,
					   err))
				return false;
		}
	}
	return true;
}

/* A wait that was interrupted goes on under another number. */
static raddr futex_of(const struct regs *regs)
{
	return regs->call == SYS_futex || regs->call == SYS_restart_syscall ?
	       regs->call_argument : 0;
}

static bool core_threads(struct target *t, bool with_futex,
			 struct threads *ret, struct err *err)
{
	struct corefile *core = &core_of(t)->core;

	for (size_t i = 0; i < core->threads.n; i++) {
		const struct core_thread *from = &core->threads.v[i];
		struct thread_info *to = vec_add(&ret->v, err);

		if (!to)
			return false;
		to->tid = to->inner_tid = from->tid;
		to->cpu_ms = -1;
		to->has_futex = with_futex;
		if (with_futex)
			to->futex = futex_of(&from->regs);
		if (from->tid == core->pid)
			strlcpy(to->comm, core->comm, sizeof(to->comm));
	}
	return true;
}

static bool core_registers(struct target *t, pid_t tid, struct regs *ret,
			   struct err *err)
{
	const struct core_thread *thread = corefile_thread(&core_of(t)->core,
							   tid);

	if (!thread)
		return err_set(err, ERR_BADDATA, "thread %d is not in the core",
			       (int)tid);
	*ret = thread->regs;
	return true;
}

static bool core_hold(struct target *t, struct stop *stop, stop_work *work,
		      void *arg, struct err *err)
{
	struct corefile *core = &core_of(t)->core;
	auto_free pid_t *tids = calloc(core->threads.n, sizeof(*tids));

	if (!tids)
		return err_nomem(err);
	for (size_t i = 0; i < core->threads.n; i++)
		tids[i] = core->threads.v[i].tid;
	return stop_standing(tids, core->threads.n, stop, work, arg, err);
}

static const char *program_of(struct target_core *tc)
{
	raddr entry = corefile_auxv(&tc->core, AT_ENTRY);
	const struct map *map = maps_find(&tc->maps, entry);

	return map && map->inode ? map->path : NULL;
}

static bool core_info(struct target *t, struct process_info *ret,
		      struct err *err)
{
	struct target_core *tc = core_of(t);
	const struct corefile *core = &tc->core;
	const char *program = program_of(tc);
	size_t len = 0;
	char *text = corefile_command(&tc->core, &len);

	*ret = (struct process_info){
		.uid = core->has_info ? core->uid : UINT32_MAX,
		.gid = core->has_info ? core->gid : UINT32_MAX,
		.ppid = core->ppid, .inner_pid = core->pid, .started = -1,
		.n_threads = (int64_t)core->threads.n,
	};
	strlcpy(ret->comm, core->comm, sizeof(ret->comm));
	process_info_user(ret);
	if (!text)
		text = strdup("");
	if (text && process_info_args(ret, text, len, err)) {
		ret->exe = program ? strdup(program) : NULL;
		if (ret->exe || !program)
			return true;
	}
	process_info_fini(ret);
	return err_nomem(err);
}

/* What the kernel counted is not in the core; how much it mapped is. */
static bool core_memory(struct target *t, bool with_pss,
			struct process_memory *ret, struct err *err)
{
	struct target_core *tc = core_of(t);

	(void)with_pss;
	(void)err;
	memset(ret, 0xff, sizeof(*ret));	/* -1 */
	ret->user_s = ret->system_s = -1;
	ret->child_user_s = ret->child_system_s = -1;
	ret->n_threads = (int64_t)tc->core.threads.n;
	ret->vms = 0;
	for (size_t i = 0; i < tc->maps.n; i++)
		ret->vms += (int64_t)(tc->maps.v[i].end - tc->maps.v[i].start);
	return true;
}

static void core_tell(struct target *t, target_told *told, void *arg)
{
	struct target_core *tc = core_of(t);
	char text[80];
	struct stat st;

	if (fstat(tc->core.fd, &st) != 0 ||
	    (uint64_t)st.st_size < tc->core.size)
		told(arg, LACKS_MEMORY, "the core file became shorter while "
		     "it was read: what was beyond its end is zeros");
	for (size_t i = 0; i < tc->n_told && i < TOLD_MAX; i++)
		told(arg, tc->told[i].lack, tc->told[i].text);
	if (tc->n_told <= TOLD_MAX)
		return;
	snprintf(text, sizeof(text), "... and %zu more files that the core "
		 "left out", tc->n_told - TOLD_MAX);
	told(arg, LACKS_FILE, text);
}

static void core_close(struct target *t)
{
	struct target_core *tc = core_of(t);

	free(tc->written);
	modules_free(tc->mods);
	maps_free(&tc->maps);
	corefile_close(&tc->core);
	free(tc->sysroot);
	free(tc);
}

static const struct target_ops core_target_ops = {
	.source = "core",
	.maps = core_maps,
	.pages = core_pages,
	.open_module = core_open_module,
	.open_path = core_open_path,
	.threads = core_threads,
	.registers = core_registers,
	.hold = core_hold,
	.info = core_info,
	.memory = core_memory,
	.tell = core_tell,
	.close = core_close,
};

/* --- opening ------------------------------------------------------------- */

/* No device, FIFO or socket is waited for. */
static int open_regular(const char *path, struct timespec *ret_when,
			struct err *err)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		err_sys(err, errno, "cannot open it");
	} else if (!S_ISREG(st.st_mode)) {
		err_set(err, ERR_BADDATA, "not a regular file");
	} else {
		*ret_when = st.st_mtim;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The stack of the main thread is the most private memory of all. */
static bool has_private(const struct corefile *core)
{
	enum core_from from;

	corefile_run(core, core->threads.v[0].regs.v[regs_sp], 1, &from);
	return from == CORE_ITSELF || core->truncated;
}

static bool open_file(struct target_core *tc, const struct target_spec *spec,
		      struct err *err)
{
	int fd = open_regular(spec->core, &tc->target.when, err);
	enum unpack_end end;

	if (fd < 0 ||
	    !unpack(fd, spec->unpacking, spec->arg, &fd, &end, err) ||
	    !corefile_open(&tc->core, fd, err))
		return false;
	if (!shrinking_survive(err))
		return false;
	tc->core.may_map = true;
	if (!has_private(&tc->core))
		return err_set(err, ERR_BADDATA, "it holds no private memory, "
			       "and so no heap: coredump_filter of the process "
			       "lacked bit 0");
	if (tc->core.truncated || end == UNPACK_CUT)
		core_note(tc, LACKS_MEMORY, "the core file is cut short%s: "
			  "memory of the process is missing",
			  end == UNPACK_CUT ? ", as the packed file is" : "");
	if (end == UNPACK_GARBAGE)
		core_note(tc, LACKS_NOTHING, "behind the end of the packed "
			  "core there is something else, which was not looked "
			  "at");
	return true;
}

static bool take_sysroot(struct target_core *tc, const char *sysroot,
			 struct err *err)
{
	auto_close int dir = -1;

	if (!sysroot)
		return true;
	dir = open(sysroot, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(err, errno, "cannot look below the sysroot "
			       "'%s'", path_end(sysroot, PATH_TOLD));
	tc->sysroot = strdup(sysroot);
	return tc->sysroot || err_nomem(err);
}

struct target *target_core_open(const struct target_spec *spec,
				struct err *err)
{
	struct target_core *tc = calloc(1, sizeof(*tc));

	if (!tc) {
		err_nomem(err);
		return NULL;
	}
	tc->core.fd = -1;
	tc->target = (struct target){
		.ops = &core_target_ops, .mem = &tc->core.mem,
	};
	snprintf(tc->target.name, sizeof(tc->target.name), "core file %s",
		 path_end(spec->core, PATH_TOLD));
	if (take_sysroot(tc, spec->sysroot, err) && open_file(tc, spec, err) &&
	    supply_all(tc, err)) {
		tc->target.pid = tc->core.pid;
		return &tc->target;
	}
	target_failed(&tc->target, err);
	core_close(&tc->target);
	return NULL;
}
