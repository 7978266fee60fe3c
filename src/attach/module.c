/* SPDX-License-Identifier: MIT */
#include "attach/module.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "attach/elffile.h"
#include "attach/foreignfile.h"
#include "attach/mem.h"
#include "attach/target.h"
#include "base/addrmap.h"
#include "base/bounds.h"
#include "base/vec.h"

/* -- Which mappings belong together --------------------------------------- */

static bool same_file(const struct module *mod, const struct map *map)
{
	return mod->inode == map->inode && mod->dev_major == map->dev_major &&
	       mod->dev_minor == map->dev_minor;
}

/*
 * Segments of one load ascend in address and offset.  Two of them may share a
 * page of the file, and then lie side by side, but for the gap between them.
 */
static bool continues(const struct modules *ms, const struct module *mod,
		      const struct map *map)
{
	const struct map *last = &ms->maps->v[mod->last_map];

	return same_file(mod, map) &&
	       (map->offset > last->offset ||
		(map->offset == last->offset && map->start == mod->end));
}

static struct module *start_module(struct modules *ms, const struct map *map,
				   size_t number, struct err *err)
{
	struct module *mod = vec_add(ms, err);

	if (mod)
		*mod = (struct module){
			.path = map->path,
			.inode = map->inode,
			.dev_major = map->dev_major,
			.dev_minor = map->dev_minor,
			.start = map->start,
			.first_map = number,
			.all = ms,
		};
	return mod;
}

static raddr file_key(const struct map *map)
{
	uint64_t dev = (uint64_t)map->dev_major << 32 | map->dev_minor;

	return (map->inode ^ dev << 24) << 3 | 1;
}

/* The latest module of the file, which @latest finds unless keys collide. */
static struct module *module_of(struct modules *ms, const struct map *map,
				const struct addrmap *latest)
{
	uint32_t i = addrmap_get(latest, file_key(map));

	if (i >= ms->n)		/* ADDRMAP_NONE, that is */
		return NULL;
	if (same_file(&ms->v[i], map))
		return &ms->v[i];
	for (size_t j = ms->n; j > 0; j--) {
		if (same_file(&ms->v[j - 1], map))
			return &ms->v[j - 1];
	}
	return NULL;
}

/* Linkers that align segments to 2 MB leave a gap between them, which ld.so
 * makes inaccessible: a piece of the file that means nothing. */
static bool is_gap(const struct map *map)
{
	return !map->read && !map->write && !map->exec;
}

static bool take_map(struct modules *ms, size_t number,
		     struct addrmap *latest, struct err *err)
{
	const struct map *map = &ms->maps->v[number];
	struct module *mod = module_of(ms, map, latest);

	if (!mod || (!is_gap(map) && !continues(ms, mod, map))) {
		mod = start_module(ms, map, number, err);
		if (!mod || !addrmap_put(latest, file_key(map),
					 (uint32_t)(ms->n - 1), err))
			return false;
	}
	ms->of_map[number] = (uint32_t)(mod - ms->v);
	mod->end = map->end;
	if (!is_gap(map))
		mod->last_map = number;
	mod->has_exec |= map->exec;
	mod->deleted |= map->deleted;
	return true;
}

static bool take_maps(struct modules *ms, struct err *err)
{
	struct addrmap latest = {0};
	bool fine = true;

	ms->of_map = calloc(ms->maps->n + 1, sizeof(*ms->of_map));
	if (!ms->of_map)
		return err_nomem(err);
	for (size_t i = 0; i < ms->maps->n && fine; i++) {
		if (ms->maps->v[i].inode)
			fine = take_map(ms, i, &latest, err);
	}
	addrmap_fini(&latest);
	return fine;
}

struct modules *modules_new(const struct maps *maps,
			    struct target *target, struct mem *mem,
			    struct err *err)
{
	struct modules *ms = malloc(sizeof(*ms));

	if (!ms) {
		err_nomem(err);
		return NULL;
	}
	*ms = (struct modules){
		.maps = maps, .target = target, .mem = mem,
	};
	if (take_maps(ms, err))
		return ms;
	modules_free(ms);
	return NULL;
}

void modules_free(struct modules *ms)
{
	if (!ms)
		return;
	for (size_t i = 0; i < ms->n; i++) {
		if (ms->v[i].elf)
			elffile_close(ms->v[i].elf);
		free(ms->v[i].elf);
	}
	vec_free(ms);
	free(ms->of_map);
	free(ms);
}

struct module *modules_find(struct modules *ms, raddr at)
{
	const struct map *map = maps_find(ms->maps, at);

	if (!map || !map->inode)
		return NULL;
	return &ms->v[ms->of_map[map - ms->maps->v]];
}

/* -- Where the file lies -------------------------------------------------- */

/* The next mapping of the module from number @i on, or NULL. */
static const struct map *next_map(const struct module *mod, size_t *i)
{
	for (; *i <= mod->last_map; ++*i) {
		const struct map *map = &mod->all->maps->v[*i];

		if (same_file(mod, map) && !is_gap(map))
			return &mod->all->maps->v[(*i)++];
	}
	return NULL;
}

/* Filesystems whose files' device differs between maps and stat. */
static bool hides_device(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 &&
	       (fs.f_type == OVERLAYFS_SUPER_MAGIC ||
		fs.f_type == BTRFS_SUPER_MAGIC);
}

enum {
	PROBE = 1024,	/* header, segments, and in most files the build id */
	PROBES = 256,	/* pages that may not be there */
};

/* Is the first page of the file that is in memory, of those that nobody
 * writes to, the same in both? */
static bool looks_alike(const struct module *mod, int fd)
{
	size_t i = mod->first_map, tries = 0;
	char there[PROBE], here[PROBE];
	const struct map *map;
	struct err err;

	while (mod->all->mem && (map = next_map(mod, &i))) {
		for (raddr at = map->start;
		     !map->write && at < map->end && tries < PROBES;
		     at += ADDR_PAGE, tries++) {
			off_t offset = (off_t)(map->offset + (at - map->start));

			if (mem_read(mod->all->mem, at, there, PROBE, &err))
				return pread(fd, here, PROBE, offset) ==
					       PROBE &&
				       memcmp(here, there, PROBE) == 0;
		}
	}
	return false;
}

static bool is_the_file(const void *arg, int fd, const struct stat *st)
{
	const struct module *mod = arg;

	if (st->st_ino != mod->inode)
		return false;
	if (major(st->st_dev) == mod->dev_major &&
	    minor(st->st_dev) == mod->dev_minor)
		return true;
	return hides_device(fd) && looks_alike(mod, fd);
}

/* The links in map_files are the mapped files themselves: nothing to check. */
static int open_map_file(const struct module *mod, const struct process *proc)
{
	const struct map *map = &mod->all->maps->v[mod->first_map];
	const struct foreignfile want = {
		.proc = proc, .most = MAX_MODULE_FILE,
	};
	char name[64];

	snprintf(name, sizeof(name), "map_files/%" PRIx64 "-%" PRIx64,
		 map->start, map->end);
	return foreignfile_open_link(&want, name);
}

int module_open_file(const struct module *mod, const struct process *proc)
{
	const struct foreignfile want = {
		.proc = proc, .most = MAX_MODULE_FILE,
		.is_it = is_the_file, .arg = mod,
	};
	int fd = -1;

	if (proc)
		fd = open_map_file(mod, proc);
	if (fd < 0 && proc)
		fd = foreignfile_open_link(&want, "exe");
	if (mod->path[0] != '/')
		return fd;
	if (fd < 0)
		fd = foreignfile_open_in_root(&want, mod->path);
	return fd;
}

static int open_file(const struct module *mod)
{
	struct target *t = mod->all->target;

	return t ? t->ops->open_module(t, mod) : module_open_file(mod, NULL);
}

/* -- The load bias -------------------------------------------------------- */

/*
 * The bias if @map shows a part of segment @ph.  mprotect() splits segments
 * into several mappings, so the offset may lie anywhere in it.
 */
static bool bias_if(const struct map *map, const Elf64_Phdr *ph, raddr *ret)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t from = addr_down(ph->p_offset, page);
	uint64_t end = ph->p_offset + ph->p_filesz;

	if (ph->p_type != PT_LOAD || map->offset < from || map->offset >= end)
		return false;
	*ret = map->start - addr_down(ph->p_vaddr, page) -
	       (map->offset - from);
	return true;
}

/* How many of the module's mappings does @bias explain? */
static size_t votes(const struct module *mod, const struct elffile *elf,
		    raddr bias)
{
	const struct map *map;
	size_t n = 0, i = mod->first_map;

	for (int limit = 0; limit < MAX_MODULE_MAPS &&
	     (map = next_map(mod, &i)); limit++) {
		for (size_t j = 0; j < elf->n_phdr; j++) {
			raddr other;

			if (bias_if(map, &elf->phdr[j], &other) &&
			    other == bias) {
				n++;
				break;
			}
		}
	}
	return n;
}

/*
 * A page of the file may belong to two segments, so one mapping can suggest
 * two biases: the one that explains most mappings wins.
 */
static bool find_bias(struct module *mod, const struct elffile *elf)
{
	const struct map *map;
	size_t best = 0, i = mod->first_map;

	for (int limit = 0; limit < MAX_MODULE_MAPS &&
	     (map = next_map(mod, &i)); limit++) {
		for (size_t j = 0; j < elf->n_phdr; j++) {
			raddr bias;
			size_t n;

			if (!bias_if(map, &elf->phdr[j], &bias) ||
			    (best > 0 && bias == mod->bias))
				continue;
			n = votes(mod, elf, bias);
			if (n > best) {
				mod->bias = bias;
				best = n;
			}
		}
	}
	return best > 0;
}

/* -- Opening -------------------------------------------------------------- */

static bool open_elf(struct module *mod, struct elffile *elf, int *ret_sys,
		     struct err *err)
{
	const struct map *first = &mod->all->maps->v[mod->first_map];
	int fd = open_file(mod);

	*ret_sys = fd < 0 ? errno : 0;
	if (fd >= 0)
		return elffile_open(elf, fd, err);
	mod->in_memory = true;
	if (mod->all->mem && first->offset == 0 && first->read)
		return elffile_open_memory(elf, mod->all->mem, first->start,
					   err);
	return err_sys(err, *ret_sys, "cannot open it");
}

/* To open it may take a read of the tracee, and that asks for its modules: so
 * it is not open before all is done. */
static bool try_open(struct module *mod, struct err *err)
{
	struct elffile *elf = calloc(1, sizeof(*elf));
	int sys;

	mod->tried = true;
	mod->in_memory = false;
	if (!elf)
		return err_nomem(err);
	if (open_elf(mod, elf, &sys, err)) {
		if (find_bias(mod, elf)) {
			mod->machine = elf->machine;
			mod->elf = elf;
			return true;
		}
		elffile_close(elf);
		err_set(err, ERR_BADDATA,
			"none of its segments is where it is mapped");
	}
	free(elf);
	/* Memory was the last resort: the file's own trouble says more. */
	if (sys && err->code == ERR_FAULT)
		err_sys(err, sys, "cannot open it");
	return false;
}

bool module_open(struct module *mod, struct err *err)
{
	return mod->elf || try_open(mod, err) ||
	       err_context(err, "%s", mod->path);
}

static bool is_open(struct module *mod)
{
	struct err err;

	if (!mod->elf && !mod->tried && !try_open(mod, &err))
		return false;
	return mod->elf != NULL;
}

/* -- Questions ------------------------------------------------------------ */

static void locate(const struct module *mod, const Elf64_Sym *sym, raddr *ret,
		   uint64_t *ret_size)
{
	*ret = mod->bias + sym->st_value;
	*ret_size = sym->st_size;
}

bool module_dynsym(struct module *mod, const char *name, raddr *ret,
		   uint64_t *ret_size)
{
	Elf64_Sym sym;

	if (!is_open(mod) || !elffile_dynsym(mod->elf, name, &sym))
		return false;
	locate(mod, &sym, ret, ret_size);
	return true;
}

bool module_symbol(struct module *mod, const char *name, raddr *ret,
		   uint64_t *ret_size)
{
	Elf64_Sym sym;

	if (module_dynsym(mod, name, ret, ret_size))
		return true;
	if (!mod->elf || !elffile_symtab(mod->elf, name, &sym))
		return false;
	locate(mod, &sym, ret, ret_size);
	return true;
}

bool module_section(struct module *mod, const char *name, raddr *ret,
		    uint64_t *ret_size)
{
	Elf64_Shdr sh;

	if (!is_open(mod) || !elffile_section(mod->elf, name, &sh) ||
	    !(sh.sh_flags & SHF_ALLOC))
		return false;
	*ret = mod->bias + sh.sh_addr;
	*ret_size = sh.sh_size;
	return true;
}

/* How far from @start, at most to @end, is there no gap in the mappings? */
static raddr mapped_until(const struct maps *maps, raddr start, raddr end)
{
	raddr at = start;

	for (size_t i = maps_from(maps, start);
	     i < maps->n && maps->v[i].start <= at && at < end; i++)
		at = maps->v[i].end;
	return at < end ? at : end;
}

bool module_writable(struct module *mod, raddr *ret_start, raddr *ret_end)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	raddr low = UINT64_MAX, high = 0;

	if (!is_open(mod))
		return false;
	for (size_t i = 0; i < mod->elf->n_phdr; i++) {
		const Elf64_Phdr *ph = &mod->elf->phdr[i];
		raddr start = addr_down(mod->bias + ph->p_vaddr, page);
		raddr end = mod->bias + ph->p_vaddr + ph->p_memsz;

		if (ph->p_type != PT_LOAD || !(ph->p_flags & PF_W) ||
		    start < mod->start || start >= mod->end || end < start)
			continue;
		low = start < low ? start : low;
		high = end > high ? end : high;
	}
	if (low >= high)
		return false;
	*ret_start = low;
	*ret_end = mapped_until(mod->all->maps, low, addr_up(high, page));
	return *ret_end > low;
}

bool module_segment(struct module *mod, const struct map *map,
		    uint32_t *ret_flags)
{
	raddr bias;

	if (!is_open(mod))
		return false;
	for (size_t i = 0; i < mod->elf->n_phdr; i++) {
		if (bias_if(map, &mod->elf->phdr[i], &bias) &&
		    bias == mod->bias) {
			*ret_flags = mod->elf->phdr[i].p_flags;
			return true;
		}
	}
	return false;
}

bool module_loads(struct module *mod, const struct map *map)
{
	uint32_t flags;

	return mod->has_exec && module_segment(mod, map, &flags);
}

int module_file(struct module *mod)
{
	return is_open(mod) ? mod->elf->fd : -1;
}
