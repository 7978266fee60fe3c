/* SPDX-License-Identifier: MIT */
/* Modules, symbols and load bias: ourselves, crafted files, broken files. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cmocka.h>
#include <gnu/libc-version.h>

#include "attach/elffile.h"
#include "attach/target_live.h"
#include "attach/maps.h"
#include "attach/module.h"
#include "attach/process.h"
#include "fakemem.h"
#include "test_attach_child.h"

/* What we look for in ourselves. */
char module_mark[] = "the mark of the module test";
static char in_bss[100000];

static struct err err;

/* -- Ourselves ------------------------------------------------------------ */

static struct target *self;
static struct maps maps;
static struct modules *ms;

static raddr at(const void *p)
{
	return (raddr)(uintptr_t)p;
}

static int open_self(void **state)
{
	(void)state;
	self = target_open(&(struct target_spec){ .pid = getpid() }, &err);
	if (!self || !target_maps(self, &maps, &err))
		return -1;
	ms = modules_new(&maps, self, self->mem, &err);
	return ms ? 0 : -1;
}

static int close_self(void **state)
{
	(void)state;
	modules_free(ms);
	maps_free(&maps);
	target_close(self);
	return 0;
}

static struct module *libc(void)
{
	return modules_find(ms, at((void *)(uintptr_t)gnu_get_libc_version));
}

static void our_own_data_is_where_its_symbol_says(void **state)
{
	struct module *mod = modules_find(ms, at(module_mark));
	uint64_t size;
	raddr found;

	(void)state;
	assert_non_null(mod);
	assert_true(module_open(mod, &err));
	assert_true(module_symbol(mod, "module_mark", &found, &size));
	assert_int_equal(found, at(module_mark));
	assert_int_equal(size, sizeof(module_mark));
	assert_false(module_symbol(mod, "module_mar", &found, &size));
	assert_false(module_symbol(mod, "", &found, &size));
}

static void a_library_function_is_in_its_dynsym(void **state)
{
	uint64_t size;
	raddr found;

	(void)state;
	assert_non_null(libc());
	assert_true(libc()->has_exec);
	assert_true(module_dynsym(libc(), "gnu_get_libc_version", &found,
				  &size));
	assert_int_equal(found, at((void *)(uintptr_t)gnu_get_libc_version));
	assert_false(module_dynsym(libc(), "_PyRuntime", &found, &size));
}

static void sections_lie_where_they_were_loaded(void **state)
{
	struct module *mod = modules_find(ms, at(module_mark));
	uint64_t size;
	raddr start;

	(void)state;
	assert_true(module_section(mod, ".data", &start, &size));
	assert_true(addr_in(at(module_mark), start, size));
	assert_true(module_section(mod, ".bss", &start, &size));
	assert_true(addr_in(at(in_bss), start, size));
	assert_false(module_section(mod, ".comment", &start, &size));
	assert_false(module_section(mod, ".PyRuntime", &start, &size));
}

static void the_writable_part_holds_data_and_bss(void **state)
{
	struct module *mod = modules_find(ms, at(module_mark));
	raddr start, end;

	(void)state;
	in_bss[0] = 1;
	assert_true(module_writable(mod, &start, &end));
	assert_true(addr_in(at(module_mark), start, end - start));
	assert_true(addr_in(at(in_bss), start, end - start));
	assert_true(addr_in(at(in_bss + sizeof(in_bss) - 1), start,
			    end - start));
	assert_false(addr_in(at((void *)(uintptr_t)open_self), start,
			     end - start));
}

static void other_files_are_no_modules_to_open(void **state)
{
	int fd = memfd_create("not an ELF file", MFD_CLOEXEC);
	struct modules *own;
	struct module *mod;
	struct maps now;
	uint64_t size;
	raddr found;
	void *p;

	(void)state;
	assert_int_equal(ftruncate(fd, 8192), 0);
	p = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_true(target_maps(self, &now, &err));
	own = modules_new(&now, self, self->mem, &err);
	mod = modules_find(own, at(p));
	assert_non_null(mod);
	assert_true(mod->deleted && !mod->has_exec);
	assert_false(module_open(mod, &err));
	assert_int_equal(err.code, ERR_BADDATA);
	assert_false(module_symbol(mod, "x", &found, &size));
	modules_free(own);
	maps_free(&now);
	munmap(p, 8192);
	close(fd);
}

/* Paths that lead nowhere, and no process to ask for better ones. */
static void headers_in_memory_stand_in_for_the_file(void **state)
{
	uint8_t id[64], id_in_memory[64];
	struct modules *own;
	struct module *mod;
	uint64_t size;
	raddr found, func = at((void *)(uintptr_t)gnu_get_libc_version);
	size_t id_len;

	(void)state;
	assert_true(module_open(libc(), &err));
	id_len = elffile_build_id(libc()->elf, id, sizeof(id));
	for (size_t i = 0; i < maps.n; i++)
		maps.v[i].path = "/nonexistent/file";
	own = modules_new(&maps, NULL, self->mem, &err);
	mod = modules_find(own, func);
	assert_true(module_open(mod, &err));
	assert_true(mod->in_memory);
	assert_true(module_symbol(mod, "gnu_get_libc_version", &found, &size));
	assert_int_equal(found, func);
	assert_false(module_symbol(mod, "no_such_symbol", &found, &size));
	assert_false(module_section(mod, ".data", &found, &size));
	assert_int_equal(elffile_build_id(mod->elf, id_in_memory, sizeof(id)),
			 id_len);
	assert_memory_equal(id, id_in_memory, id_len);
	modules_free(own);

	own = modules_new(&maps, NULL, NULL, &err);
	mod = modules_find(own, func);
	assert_false(module_open(mod, &err));
	assert_string_equal(err.text, "/nonexistent/file: cannot open it: "
			    "No such file or directory");
	modules_free(own);
}

static void the_wrong_file_at_the_path_is_not_taken(void **state)
{
	struct modules *own;
	raddr func = at((void *)(uintptr_t)gnu_get_libc_version);

	(void)state;
	for (size_t i = 0; i < maps.n; i++)
		maps.v[i].path = "/proc/self/exe";
	own = modules_new(&maps, NULL, NULL, &err);
	assert_false(module_open(modules_find(own, func), &err));
	assert_int_equal(err.sys, ESTALE);
	modules_free(own);
}

/* -- A program that is gone from the disk --------------------------------- */

static void copy_self(const char *path)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	struct stat st;

	assert_int_equal(fstat(from, &st), 0);
	for (off_t done = 0; done < st.st_size;)
		assert_true(sendfile(to, from, &done,
				     (size_t)(st.st_size - done)) > 0);
	close(from);
	close(to);
}

static char copy_path[] = "/tmp/test_attach_module.XXXXXX";

static void run_copy(struct child_ready ready, struct shared *sh)
{
	char fd[16];

	(void)sh;
	snprintf(fd, sizeof(fd), "%d", dup(ready.fd));
	execl(copy_path, copy_path, "--wait", fd, (char *)NULL);
}

/* An upgrade: the path now holds something else. */
static void a_replaced_program_is_still_read(void **state)
{
	char found[sizeof(module_mark)];
	struct modules *own;
	struct target_live *tl;
	struct maps their;
	uint64_t size;
	raddr mark = 0;
	pid_t pid;
	int fd;

	(void)state;
	fd = mkstemp(copy_path);
	assert_true(fd >= 0);
	close(fd);
	unlink(copy_path);
	copy_self(copy_path);
	pid = child_start(run_copy, NULL);
	unlink(copy_path);
	fd = open(copy_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	assert_int_equal(write(fd, "other", 5), 5);
	close(fd);

	tl = target_live_open(pid, &err);
	assert_non_null(tl);
	assert_true(tl->live.batch_vm);
	assert_true(target_maps(&tl->target, &their, &err));
	own = modules_new(&their, &tl->target, tl->target.mem, &err);
	for (size_t i = 0; i < own->n && !mark; i++) {
		if (module_symbol(&own->v[i], "module_mark", &mark, &size))
			assert_true(own->v[i].deleted);
	}
	assert_int_not_equal(mark, 0);
	assert_true(mem_read(tl->target.mem, mark, found, sizeof(found), &err));
	assert_string_equal(found, module_mark);
	modules_free(own);
	maps_free(&their);
	target_close(&tl->target);
	child_end(pid);
	unlink(copy_path);
}

/* -- Crafted files -------------------------------------------------------- */

/*
 * Text of 0x1000 bytes at 0x400000, data at 0x603000 whose first page of the
 * file is the last of the text, as old linkers do it.
 */
enum {
	TEXT_AT = 0x400000, DATA_AT = 0x603f00, DATA_OFFSET = 0x3f00,
	DYNAMIC = 0x1000, HASH = 0x1200, GNU_HASH = 0x1400, SYMTAB = 0x1600,
	STRTAB = 0x1a00, NOTE = 0x1c00, FILE_SIZE = 0x5000,
};

struct crafted {
	uint8_t bytes[FILE_SIZE];
};

static void put(struct crafted *c, size_t offset, const void *data, size_t len)
{
	assert_true(offset + len <= sizeof(c->bytes));
	memcpy(c->bytes + offset, data, len);
}

static void put_u32(struct crafted *c, size_t offset, uint32_t value)
{
	put(c, offset, &value, sizeof(value));
}

static void put_headers(struct crafted *c)
{
	const Elf64_Ehdr eh = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			    ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_DYN, .e_machine = EM_X86_64,
		.e_phoff = sizeof(eh), .e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 4,
	};
	const Elf64_Phdr ph[] = {
		{.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = TEXT_AT,
		 .p_filesz = 0x3f80, .p_memsz = 0x3f80},
		{.p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_vaddr = DATA_AT,
		 .p_offset = DATA_OFFSET, .p_filesz = 0x1000,
		 .p_memsz = 0x9000},
		{.p_type = PT_DYNAMIC, .p_vaddr = TEXT_AT + DYNAMIC,
		 .p_filesz = 0x100},
		{.p_type = PT_NOTE, .p_vaddr = TEXT_AT + NOTE,
		 .p_filesz = 0x40},
	};

	put(c, 0, &eh, sizeof(eh));
	put(c, sizeof(eh), ph, sizeof(ph));
}

static const char strings[] = "\0other\0_PyRuntime\0imported\0tls";

static void put_symbols(struct crafted *c)
{
	const Elf64_Sym sym[] = {
		{0},
		{.st_name = 1, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
		 .st_shndx = 1, .st_value = TEXT_AT + 0x10, .st_size = 4},
		{.st_name = 7, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT),
		 .st_shndx = 2, .st_value = DATA_AT + 0x100, .st_size = 1520},
		{.st_name = 18, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC)},
		{.st_name = 27, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_TLS),
		 .st_shndx = 3, .st_value = 8},
	};

	put(c, SYMTAB, sym, sizeof(sym));
	put(c, STRTAB, strings, sizeof(strings));
}

static void put_dynamic(struct crafted *c, int hash_tag, uint64_t hash_at)
{
	const Elf64_Dyn dyn[] = {
		{DT_SYMTAB, {TEXT_AT + SYMTAB}},
		{DT_STRTAB, {TEXT_AT + STRTAB}},
		{hash_tag, {hash_at}},
		{DT_NULL, {0}},
	};

	put(c, DYNAMIC, dyn, sizeof(dyn));
}

/* One bucket: 4 -> 3 -> 2 -> 1 -> end. */
static void put_sysv_hash(struct crafted *c)
{
	static const uint32_t table[] = {1, 5, 4, 0, 0, 1, 2, 3};

	put(c, HASH, table, sizeof(table));
	put_dynamic(c, DT_HASH, TEXT_AT + HASH);
}

static uint32_t gnu_hash_of(const char *name)
{
	uint32_t h = 5381;

	for (; *name; name++)
		h = h * 33 + (unsigned char)*name;
	return h;
}

/* One bucket, symbols from the first on, a bloom filter that lets all pass. */
static void put_gnu_hash(struct crafted *c)
{
	const uint32_t table[] = {
		1, 1, 1, 6,		/* buckets, first, bloom, shift */
		UINT32_MAX, UINT32_MAX,
		1,
		gnu_hash_of("other") & ~1u, gnu_hash_of("_PyRuntime") & ~1u,
		gnu_hash_of("imported") & ~1u, gnu_hash_of("tls") | 1,
	};

	put(c, GNU_HASH, table, sizeof(table));
	put_dynamic(c, DT_GNU_HASH, TEXT_AT + GNU_HASH);
}

static void put_note(struct crafted *c)
{
	static const uint32_t header[] = {4, 8, NT_GNU_BUILD_ID};

	put(c, NOTE, header, sizeof(header));
	put(c, NOTE + 12, "GNU", 4);
	put(c, NOTE + 16, "\1\2\3\4\5\6\7\10", 8);
}

static void craft(struct crafted *c)
{
	memset(c, 0, sizeof(*c));
	put_headers(c);
	put_symbols(c);
	put_gnu_hash(c);
	put_note(c);
}

static int file_of(const void *bytes, size_t len)
{
	int fd = memfd_create("crafted", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	return fd;
}

static void expect_symbols(struct elffile *elf)
{
	Elf64_Sym sym;

	assert_true(elffile_dynsym(elf, "_PyRuntime", &sym));
	assert_int_equal(sym.st_value, DATA_AT + 0x100);
	assert_int_equal(sym.st_size, 1520);
	assert_true(elffile_dynsym(elf, "other", &sym));
	assert_false(elffile_dynsym(elf, "_PyRuntim", &sym));
	assert_false(elffile_dynsym(elf, "imported", &sym));
	assert_false(elffile_dynsym(elf, "tls", &sym));
	assert_false(elffile_symtab(elf, "_PyRuntime", &sym));
}

static void both_kinds_of_hash_table_find_symbols(void **state)
{
	struct crafted c;
	struct elffile elf;
	uint8_t id[20];

	(void)state;
	craft(&c);
	assert_true(elffile_open(&elf, file_of(&c, sizeof(c)), &err));
	expect_symbols(&elf);
	assert_int_equal(elffile_build_id(&elf, id, sizeof(id)), 8);
	assert_int_equal(id[7], 8);
	assert_int_equal(elffile_build_id(&elf, id, 7), 0);
	elffile_close(&elf);

	put_sysv_hash(&c);
	assert_true(elffile_open(&elf, file_of(&c, sizeof(c)), &err));
	expect_symbols(&elf);
	elffile_close(&elf);
}

static void hash_tables_that_lie_end(void **state)
{
	struct crafted c;
	struct elffile elf;
	Elf64_Sym sym;

	(void)state;
	craft(&c);
	put_sysv_hash(&c);
	put_u32(&c, HASH + 12 + 4 * 4, 4);	/* 4 -> 4 -> 4 ... */
	assert_true(elffile_open(&elf, file_of(&c, sizeof(c)), &err));
	assert_false(elffile_dynsym(&elf, "nowhere", &sym));
	elffile_close(&elf);

	craft(&c);
	put_u32(&c, GNU_HASH, 0);		/* no bucket to divide by */
	assert_true(elffile_open(&elf, file_of(&c, sizeof(c)), &err));
	assert_false(elffile_dynsym(&elf, "_PyRuntime", &sym));
	elffile_close(&elf);

	craft(&c);
	put_u32(&c, GNU_HASH + 8, 0);		/* no word of the filter */
	assert_true(elffile_open(&elf, file_of(&c, sizeof(c)), &err));
	assert_false(elffile_dynsym(&elf, "_PyRuntime", &sym));
	elffile_close(&elf);
}

/* glibc adds the bias to the entries of DYNAMIC in place, musl does not. */
static void the_same_image_in_memory_finds_symbols(void **state)
{
	const raddr bias = 0x7f0000000000;
	struct fakemem fm;
	struct crafted c;
	struct elffile elf;
	uint8_t id[20];

	(void)state;
	craft(&c);
	fake_init_bytes(&fm, TEXT_AT + bias, &c, 0x4000);
	assert_true(elffile_open_memory(&elf, &fm.mem, TEXT_AT + bias, &err));
	assert_int_equal(elf.bias, bias);
	expect_symbols(&elf);
	assert_int_equal(elffile_build_id(&elf, id, sizeof(id)), 8);
	for (int i = 0; i < 3; i++) {
		raddr entry = TEXT_AT + bias + DYNAMIC + (raddr)i * 16 + 8;
		uint64_t value;

		assert_true(mem_u64(&fm.mem, entry, &value, &err));
		fake_u64(&fm, entry, value + bias);
	}
	expect_symbols(&elf);
	elffile_close(&elf);
	fake_fini(&fm);
}

static void what_is_no_elf_file_is_refused(void **state)
{
	struct crafted c;
	struct elffile elf;
	static const struct {
		size_t offset;
		uint8_t value;
	} change[] = {
		{0, 'X'}, {EI_CLASS, ELFCLASS32}, {EI_DATA, ELFDATA2MSB},
		{offsetof(Elf64_Ehdr, e_phnum), 0},
		{offsetof(Elf64_Ehdr, e_phnum) + 1, 0xff},
		{offsetof(Elf64_Ehdr, e_phentsize), 1},
		{offsetof(Elf64_Ehdr, e_phoff) + 7, 0xff},
		{offsetof(Elf64_Ehdr, e_phoff) + 1, 0x50},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(change); i++) {
		craft(&c);
		c.bytes[change[i].offset] = change[i].value;
		assert_false(elffile_open(&elf, file_of(&c, sizeof(c)), &err));
		assert_int_equal(err.code, ERR_BADDATA);
	}
	assert_false(elffile_open(&elf, file_of("", 0), &err));
	assert_int_equal(err.code, ERR_BADDATA);
}

static void ask_everything(const void *bytes, size_t len)
{
	struct elffile elf;
	Elf64_Sym sym;
	Elf64_Shdr sh;
	uint8_t id[64];

	if (!elffile_open(&elf, file_of(bytes, len), &err)) {
		assert_int_equal(err.code, ERR_BADDATA);
		return;
	}
	elffile_dynsym(&elf, "_PyRuntime", &sym);
	elffile_symtab(&elf, "module_mark", &sym);
	elffile_section(&elf, ".data", &sh);
	elffile_build_id(&elf, id, sizeof(id));
	elffile_close(&elf);
}

static uint8_t *load_self(size_t *ret_len)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *bytes;

	assert_int_equal(fstat(fd, &st), 0);
	*ret_len = (size_t)st.st_size;
	bytes = malloc(*ret_len);
	assert_int_equal(read(fd, bytes, *ret_len), *ret_len);
	close(fd);
	return bytes;
}

static void files_cut_anywhere_do_no_harm(void **state)
{
	size_t len;
	uint8_t *bytes = load_self(&len);

	(void)state;
	for (size_t cut = 0; cut < 1200; cut++)
		ask_everything(bytes, cut);
	for (size_t i = 1; i < 300; i++)
		ask_everything(bytes, len - len * i / 300);
	free(bytes);
}

static uint64_t random_number(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void corrupt_files_do_no_harm(void **state)
{
	uint64_t seed = 0x9e3779b97f4a7c15;
	struct crafted c;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		craft(&c);
		if (i % 2)
			put_sysv_hash(&c);
		for (int j = 0; j < 1 + i % 5; j++) {
			uint64_t r = random_number(&seed);
			/* Where something is written. */
			size_t from = r % 3 ? 0 : DYNAMIC;
			size_t size = r % 3 ? 0x120 : 0xd00;

			c.bytes[from + (r >> 8) % size] = (uint8_t)(r >> 40);
		}
		ask_everything(&c, sizeof(c));
	}
}

/* -- Mappings that are made up -------------------------------------------- */

static struct modules *modules_of(const char *text)
{
	assert_true(maps_parse(&maps, text, strlen(text), &err));
	ms = modules_new(&maps, NULL, NULL, &err);
	assert_non_null(ms);
	return ms;
}

static char crafted_path[64];	/* of a file that is mapped, or "" */

static void forget(void)
{
	modules_free(ms);
	maps_free(&maps);
	unlink(crafted_path);
	crafted_path[0] = '\0';
}

static void a_file_loaded_twice_is_two_modules(void **state)
{
	(void)state;
	modules_of("1000-2000 r--p 00000000 00:01 9 /lib/a\n"
		   "2000-5000 r-xp 00001000 00:01 9 /lib/a\n"
		   "5000-6000 r--p 00000000 00:01 8 /lib/b\n"
		   "6000-7000 rw-p 00004000 00:01 9 /lib/a\n"
		   "7000-8000 rw-p 00000000 00:00 0 \n"
		   "9000-a000 r--p 00000000 00:01 9 /lib/a\n"
		   "a000-d000 r-xp 00001000 00:01 9 /lib/a\n"
		   "e000-f000 r--p 00000000 00:02 9 /lib/a\n");
	assert_int_equal(ms->n, 4);
	assert_int_equal(ms->v[0].start, 0x1000);
	assert_int_equal(ms->v[0].end, 0x7000);
	assert_int_equal(ms->v[2].start, 0x9000);
	assert_int_equal(ms->v[2].end, 0xd000);
	assert_ptr_equal(modules_find(ms, 0x6800), &ms->v[0]);
	assert_ptr_equal(modules_find(ms, 0x5000), &ms->v[1]);
	assert_ptr_equal(modules_find(ms, 0xcfff), &ms->v[2]);
	assert_ptr_equal(modules_find(ms, 0xe000), &ms->v[3]);
	assert_null(modules_find(ms, 0x7000));
	assert_null(modules_find(ms, 0x8000));
	assert_true(ms->v[0].has_exec && !ms->v[1].has_exec);
	forget();
}

/* Segments aligned to 2 MB: what lies between them is mapped without access,
 * and from an offset beyond that of the next segment. */
static void a_gap_between_segments_ends_no_module(void **state)
{
	(void)state;
	modules_of("200000-581000 r-xp 00000000 00:01 9 /lib/a\n"
		   "581000-780000 ---p 00381000 00:01 9 /lib/a\n"
		   "780000-786000 r--p 00380000 00:01 9 /lib/a\n"
		   "786000-7c0000 rw-p 00386000 00:01 9 /lib/a\n");
	assert_int_equal(ms->n, 1);
	assert_int_equal(ms->v[0].start, 0x200000);
	assert_int_equal(ms->v[0].end, 0x7c0000);
	assert_ptr_equal(modules_find(ms, 0x581000), &ms->v[0]);
	forget();

	/* One so small that both segments are of its first page. */
	modules_of("200000-201000 r-xp 00000000 00:01 9 /lib/a\n"
		   "201000-400000 ---p 00001000 00:01 9 /lib/a\n"
		   "400000-401000 r--p 00000000 00:01 9 /lib/a\n"
		   "401000-402000 rw-p 00001000 00:01 9 /lib/a\n");
	assert_int_equal(ms->n, 1);
	assert_true(ms->v[0].has_exec);
	assert_ptr_equal(modules_find(ms, 0x401000), &ms->v[0]);
	forget();
}

/* The crafted file mapped as the lines of @text say, "%s" its inode. */
static struct module *crafted_module(const char *text)
{
	char device[64], whole[1024], *to = whole;
	struct crafted c;
	struct stat st;
	int fd;

	strcpy(crafted_path, "/tmp/test_attach_module.XXXXXX");
	fd = mkstemp(crafted_path);
	craft(&c);
	assert_int_equal(write(fd, &c, sizeof(c)), sizeof(c));
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	snprintf(device, sizeof(device), "%02x:%02x %lu", major(st.st_dev),
		 minor(st.st_dev), (unsigned long)st.st_ino);
	for (; *text; text++) {
		if (*text == '@')
			to += sprintf(to, "%s %s", device, crafted_path);
		else
			*to++ = *text;
	}
	*to = '\0';
	modules_of(whole);
	return &ms->v[0];
}

static void the_bias_follows_from_offsets_not_from_addresses(void **state)
{
	struct module *mod = crafted_module(
		"10000000-10004000 r-xp 00000000 @\n"
		"10203000-10205000 rw-p 00003000 @\n"
		"10205000-1020d000 rw-p 00000000 00:00 0 \n");
	raddr found, end;
	uint64_t size;

	(void)state;
	assert_true(module_symbol(mod, "_PyRuntime", &found, &size));
	assert_int_equal(mod->bias, 0x10000000 - TEXT_AT);
	assert_int_equal(found, 0x10204000);
	assert_true(module_writable(mod, &found, &end));
	assert_int_equal(found, 0x10203000);
	assert_int_equal(end, 0x1020d000);
	forget();
}

static void a_program_at_its_own_addresses_has_no_bias(void **state)
{
	struct module *mod = crafted_module(
		"400000-404000 r-xp 00000000 @\n"
		"603000-605000 rw-p 00003000 @\n"
		"605000-60d000 rw-p 00000000 00:00 0 \n");

	(void)state;
	assert_true(module_open(mod, &err));
	assert_int_equal(mod->bias, 0);
	forget();
}

/* RELRO: mprotect() split the data; the text is not even mapped any more. */
static void split_segments_tell_the_bias_too(void **state)
{
	struct module *mod = crafted_module(
		"10203000-10204000 r--p 00003000 @\n"
		"10204000-10205000 rw-p 00004000 @\n");
	raddr start, end;

	(void)state;
	assert_true(module_open(mod, &err));
	assert_int_equal(mod->bias, 0x10000000 - TEXT_AT);
	assert_true(module_writable(mod, &start, &end));
	assert_int_equal(start, 0x10203000);
	assert_int_equal(end, 0x10205000);	/* .bss is not there */
	forget();
}

static void a_mapping_beyond_the_segments_is_no_module(void **state)
{
	struct module *mod = crafted_module(
		"10000000-10001000 r--p 00007000 @\n");
	raddr found;
	uint64_t size;

	(void)state;
	assert_false(module_open(mod, &err));
	assert_int_equal(err.code, ERR_BADDATA);
	assert_false(module_symbol(mod, "_PyRuntime", &found, &size));
	forget();
}

#define SELF(name) \
	cmocka_unit_test_setup_teardown(name, open_self, close_self)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		SELF(our_own_data_is_where_its_symbol_says),
		SELF(a_library_function_is_in_its_dynsym),
		SELF(sections_lie_where_they_were_loaded),
		SELF(the_writable_part_holds_data_and_bss),
		SELF(other_files_are_no_modules_to_open),
		SELF(headers_in_memory_stand_in_for_the_file),
		SELF(the_wrong_file_at_the_path_is_not_taken),
		cmocka_unit_test(a_replaced_program_is_still_read),
		cmocka_unit_test(both_kinds_of_hash_table_find_symbols),
		cmocka_unit_test(hash_tables_that_lie_end),
		cmocka_unit_test(the_same_image_in_memory_finds_symbols),
		cmocka_unit_test(what_is_no_elf_file_is_refused),
		cmocka_unit_test(files_cut_anywhere_do_no_harm),
		cmocka_unit_test(corrupt_files_do_no_harm),
		cmocka_unit_test(a_file_loaded_twice_is_two_modules),
		cmocka_unit_test(
			the_bias_follows_from_offsets_not_from_addresses),
		cmocka_unit_test(a_gap_between_segments_ends_no_module),
		cmocka_unit_test(a_program_at_its_own_addresses_has_no_bias),
		cmocka_unit_test(split_segments_tell_the_bias_too),
		cmocka_unit_test(a_mapping_beyond_the_segments_is_no_module),
	};

	/* What a_replaced_program_is_still_read() starts. */
	if (argc > 2 && strcmp(argv[1], "--wait") == 0)
		just_wait((struct child_ready){atoi(argv[2])}, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
