/* SPDX-License-Identifier: MIT */
#include "attach/code.h"

#include <stdlib.h>
#include <string.h>

#include "attach/elffile.h"

enum { PAGE = ADDR_PAGE };

/* -- Bytes ---------------------------------------------------------------- */

/* From the file that has something mapped at @at. */
static int64_t read_file(struct code *code, raddr at, void *buf, size_t len,
			 struct err *err)
{
	struct code_file *file = code_find(code, at);

	if (!file || !file->elf)
		return 0;
	return mem_read_some(&file->elf->image, at - file->bias, buf, len,
			     err);
}

static struct code_page *page_of(struct code *code, raddr at,
				 struct err *err)
{
	raddr page = addr_down(at, PAGE);
	size_t i = (page / PAGE ^ page >> 20) % CODE_PAGES;
	struct code_page *slot = &code->page[i];
	int64_t got;

	if (slot->len && slot->at == page)
		return slot;
	slot->len = 0;
	got = read_file(code, page, code->pages + i * PAGE, PAGE, err);
	if (got <= 0)
		return NULL;
	slot->at = page;
	slot->len = (uint32_t)got;
	return slot;
}

static int64_t code_read(struct mem *mem, raddr at, void *buf, size_t len,
			 struct err *err)
{
	struct code *code = (struct code *)mem;
	size_t off = at % PAGE;
	struct code_page *slot;

	err->code = ERR_NONE;
	slot = len <= PAGE - off ? page_of(code, at, err) : NULL;
	if (err->code == ERR_GONE)
		return -1;
	if (!slot || len > slot->len || off > slot->len - len)
		return read_file(code, at, buf, len, err);
	memcpy(buf, code->pages + (size_t)(slot - code->page) * PAGE + off,
	       len);
	return (int64_t)len;
}

static const struct mem_ops code_ops = { .read = code_read };

bool code_init(struct code *code, struct target *target,
	       struct mem *live, struct err *err)
{
	*code = (struct code){
		.mem.ops = &code_ops, .target = target, .live = live,
	};
	code->pages = malloc((size_t)CODE_PAGES * PAGE);
	return code->pages ? true : err_nomem(err);
}

static void forget(struct code *code)
{
	for (size_t i = 0; i < code->files.n; i++) {
		struct code_file *file = &code->files.v[i];

		if (!file->mod && file->elf) {
			elffile_close(file->elf);
			free(file->elf);
		}
	}
	code->files.n = 0;
	modules_free(code->mods);
	code->mods = NULL;
	maps_free(&code->maps);
	maps_free(&code->now);
	memset(code->page, 0, sizeof(code->page));
}

void code_fini(struct code *code)
{
	forget(code);
	vec_free(&code->files);
	free(code->pages);
	code->pages = NULL;
}

/* -- Files ---------------------------------------------------------------- */

/* What is translated at run time comes and goes, and has no file. */
static bool has_code(const struct map *map)
{
	return map->exec && (map->inode || map->path[0] == '[');
}

static size_t next_code(const struct maps *maps, size_t i)
{
	while (i < maps->n && !has_code(&maps->v[i]))
		i++;
	return i;
}

static bool same_map(const struct map *a, const struct map *b)
{
	return a->start == b->start && a->end == b->end &&
	       a->offset == b->offset && a->inode == b->inode &&
	       a->dev_major == b->dev_major && a->dev_minor == b->dev_minor;
}

/* Mappings without code come and go all the time. */
static bool same_code(const struct maps *a, const struct maps *b)
{
	size_t i = next_code(a, 0), j = next_code(b, 0);

	while (i < a->n && j < b->n && same_map(&a->v[i], &b->v[j])) {
		i = next_code(a, i + 1);
		j = next_code(b, j + 1);
	}
	return i >= a->n && j >= b->n;
}

static bool add_vdso(struct code *code, const struct map *map,
		     struct err *err)
{
	struct code_file *file = vec_add(&code->files, err);
	struct err one;

	if (!file)
		return false;
	*file = (struct code_file){
		.path = map->path, .start = map->start, .end = map->end,
		.tried = true, .elf = calloc(1, sizeof(*file->elf)),
	};
	if (!file->elf)
		return err_nomem(err);
	if (elffile_open_memory(file->elf, code->live, map->start, &one)) {
		file->bias = file->elf->bias;
		return true;
	}
	free(file->elf);
	file->elf = NULL;
	return true;
}

static bool list_files(struct code *code, struct err *err)
{
	for (size_t i = 0; i < code->mods->n; i++) {
		struct module *mod = &code->mods->v[i];
		struct code_file *file = vec_add(&code->files, err);

		if (!file)
			return false;
		*file = (struct code_file){
			.path = mod->path, .start = mod->start,
			.end = mod->end, .mod = mod,
		};
	}
	for (size_t i = 0; i < code->maps.n; i++) {
		const struct map *map = &code->maps.v[i];

		if (!map->inode && strcmp(map->path, "[vdso]") == 0)
			return add_vdso(code, map, err);
	}
	return true;
}

bool code_update(struct code *code, struct maps *maps, struct err *err)
{
	if (code->mods && same_code(&code->maps, maps)) {
		maps_free(&code->now);
		code->now = *maps;
		memset(maps, 0, sizeof(*maps));
		return true;
	}
	forget(code);
	code->maps = *maps;
	memset(maps, 0, sizeof(*maps));
	code->generation++;
	code->mods = modules_new(&code->maps, code->target, code->live, err);
	return code->mods && list_files(code, err);
}

static void open_file(struct code_file *file)
{
	struct err one;

	if (file->tried)
		return;
	file->tried = true;
	if (!file->mod->has_exec || !module_open(file->mod, &one))
		return;
	file->elf = file->mod->elf;
	file->bias = file->mod->bias;
}

struct code_file *code_find(struct code *code, raddr at)
{
	struct module *mod;
	struct code_file *file;

	if (!code->mods)
		return NULL;
	mod = modules_find(code->mods, at);
	if (!mod) {
		file = code->files.n ? &code->files.v[code->files.n - 1] : NULL;
		return file && !file->mod && at >= file->start &&
		       at < file->end ? file : NULL;
	}
	file = &code->files.v[mod - code->mods->v];
	open_file(file);
	return file;
}

const struct maps *code_maps(const struct code *code)
{
	return code->now.n ? &code->now : &code->maps;
}

bool code_is_exec(const struct code *code, raddr at)
{
	const struct map *map = maps_find(code_maps(code), at);

	return map && map->exec;
}

/* -- .eh_frame_hdr -------------------------------------------------------- */

enum {	/* how pointers are written: LSB 5.0, 10.5.1 */
	PE_UDATA4 = 0x03,
	PE_SDATA4_DATAREL = 0x3b,
	PE_SDATA4_PCREL = 0x1b,
	PE_OMIT = 0xff,
};

struct eh_header {
	uint8_t version, frame_enc, count_enc, table_enc;
	int32_t frame;
	uint32_t count;
};

static const Elf64_Phdr *eh_segment(const struct elffile *elf)
{
	for (size_t i = 0; i < elf->n_phdr; i++) {
		if (elf->phdr[i].p_type == PT_GNU_EH_FRAME)
			return &elf->phdr[i];
	}
	return NULL;
}

/* All linkers write it like this; others are legal and not to be met. */
static bool is_usual(const struct eh_header *h, uint64_t room)
{
	return h->version == 1 && h->frame_enc == PE_SDATA4_PCREL &&
	       h->count_enc == PE_UDATA4 &&
	       h->table_enc == PE_SDATA4_DATAREL && h->count > 0 &&
	       h->count <= (room - sizeof(*h)) / 8;
}

bool code_table(struct code *code, struct code_file *file)
{
	const Elf64_Phdr *ph;
	struct eh_header h;
	struct err err;

	if (file->tried_table || !file->elf)
		return file->n_table > 0;
	file->tried_table = true;
	ph = eh_segment(file->elf);
	if (!ph || ph->p_memsz < sizeof(h) ||
	    !mem_read(&code->mem, file->bias + ph->p_vaddr, &h, sizeof(h),
		      &err) || !is_usual(&h, ph->p_memsz))
		return false;
	file->hdr = file->bias + ph->p_vaddr;
	file->table = file->hdr + sizeof(h);
	file->n_table = h.count;
	return true;
}
