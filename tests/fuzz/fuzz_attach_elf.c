/* SPDX-License-Identifier: MIT */
/* The input is an ELF file; then the same bytes are its image in memory. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attach/budget.h"
#include "attach/elffile.h"
#include "attach/symtable.h"
#include "fakemem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Any address may be any function's. */
static void ask_whose(struct elffile *elf)
{
	struct symtable_want wants[] = {
		{ .at = 0 }, { .at = 0x1000 }, { .at = 0x1040 },
		{ .at = UINT64_MAX },
	};
	struct budget budget;

	budget_begin(&budget);
	symtable_find(elf, wants, ARRAY_SIZE(wants), &budget);
	for (size_t i = 0; i < ARRAY_SIZE(wants); i++) {
		assert(!wants[i].name || wants[i].sym.st_size > 0);
		free(wants[i].name);
	}
}

static void ask(struct elffile *elf)
{
	static const char *const names[] = {
		"_PyRuntime", "interp_head", "Py_Version", "",
	};
	Elf64_Sym sym;
	Elf64_Shdr sh;
	uint8_t id[64];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		elffile_dynsym(elf, names[i], &sym);
		elffile_symtab(elf, names[i], &sym);
	}
	elffile_section(elf, ".PyRuntime", &sh);
	assert(elffile_build_id(elf, id, sizeof(id)) <= sizeof(id));
	assert(elffile_section_bytes(elf, ".gnu_debuglink", id, sizeof(id)) <=
	       sizeof(id));
	ask_whose(elf);
	elffile_close(elf);
}

static void as_file(const uint8_t *data, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct elffile elf;
	struct err err;

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		return;
	if (elffile_open(&elf, fd, &err))
		ask(&elf);
	else
		assert(err.code == ERR_BADDATA);
}

static void as_memory(const uint8_t *data, size_t len)
{
	struct elffile elf;
	struct fakemem fm;
	struct err err;

	fake_init_bytes(&fm, 0x7f0000000000, data, len);
	if (elffile_open_memory(&elf, &fm.mem, 0x7f0000000000, &err))
		ask(&elf);
	else
		assert(err.code == ERR_BADDATA || err.code == ERR_FAULT);
	fake_fini(&fm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	as_file(data, len);
	as_memory(data, len);
	return 0;
}
