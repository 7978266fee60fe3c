/* SPDX-License-Identifier: MIT */
/* Core files, as the kernel and gdb write them, and as nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/procfs.h>
#include <unistd.h>

#include <cmocka.h>

#include "attach/corefile.h"
#include "attach/shrinking.h"
#include "base/bounds.h"
#include "fakecore.h"

enum { PAGE = 4096, HEAP = 0x10000, TEXT = 0x400000, STACK = 0x7ff0000 };

static struct fakecore fc;
static struct corefile core;
static struct maps maps;
static struct err err;
static uint8_t bytes[8 * PAGE];

static bool reopen(int fd)
{
	corefile_close(&core);
	err = (struct err){ 0 };
	return corefile_open(&core, fd, &err);
}

static bool reopen_made(void)
{
	return reopen(fakecore_fd(&fc));
}

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i / PAGE * 16 + i % 13 + 1);
	core.fd = -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	corefile_close(&core);
	maps_free(&maps);
	fakecore_fini(&fc);
	return 0;
}

/* Two pages of heap; a program of which the core has the first page; a stack
 * that lies before them in the file. */
static void make_usual(void)
{
	struct elf_prpsinfo info = {
		.pr_pid = 11, .pr_ppid = 1, .pr_uid = 1000, .pr_gid = 100,
		.pr_fname = "python3", .pr_psargs = "python3 app.py ",
	};
	const Elf64_auxv_t auxv[] = {
		{ AT_RANDOM, { STACK + 40 } }, { AT_ENTRY, { TEXT + 64 } },
		{ AT_NULL, { 0 } },
	};

	fakecore_thread(&fc, 13);
	fakecore_note(&fc, NT_PRPSINFO, &info, sizeof(info));
	fakecore_note(&fc, NT_AUXV, auxv, sizeof(auxv));
	fakecore_thread(&fc, 12);
	fakecore_thread(&fc, 11);
	fakecore_segment(&fc, STACK, PAGE, PF_R | PF_W, bytes + 4 * PAGE,
			 PAGE);
	fakecore_segment(&fc, HEAP, 2 * PAGE, PF_R | PF_W, bytes, 2 * PAGE);
	fakecore_segment(&fc, TEXT, 3 * PAGE, PF_R | PF_X, bytes + 2 * PAGE,
			 PAGE);
	fakecore_file(&fc, TEXT, TEXT + 3 * PAGE, 2, "/usr/bin/python3");
}

static void memory_is_read_by_address(void **state)
{
	uint8_t buf[2 * PAGE];

	(void)state;
	make_usual();
	assert_true(reopen_made());
	assert_true(mem_read(&core.mem, HEAP, buf, sizeof(buf), &err));
	assert_memory_equal(buf, bytes, sizeof(buf));
	assert_true(mem_read(&core.mem, STACK + 7, buf, 100, &err));
	assert_memory_equal(buf, bytes + 4 * PAGE + 7, 100);
	assert_int_equal(core.mem.bytes_read, 2 * PAGE + 100);
}

static void what_was_left_out_is_not_zeros(void **state)
{
	uint8_t buf[2 * PAGE];
	enum core_from from;

	(void)state;
	make_usual();
	assert_true(reopen_made());
	assert_int_equal(mem_read_some(&core.mem, TEXT + 8, buf, sizeof(buf),
				       &err), PAGE - 8);
	assert_false(mem_read(&core.mem, TEXT + PAGE, buf, 1, &err));
	assert_int_equal(err.code, ERR_FAULT);
	assert_false(mem_read(&core.mem, HEAP - 1, buf, 1, &err));
	assert_int_equal(corefile_run(&core, TEXT, 9 * PAGE, &from), PAGE);
	assert_int_equal(from, CORE_ITSELF);
	assert_int_equal(corefile_run(&core, TEXT + PAGE, 9 * PAGE, &from),
			 2 * PAGE);
	assert_int_equal(from, CORE_NOWHERE);
	assert_false(core.truncated);
}

static bool supply(raddr start, uint64_t pages, int fd, uint64_t page)
{
	const struct core_supply s = {
		.start = start, .end = start + pages * PAGE, .fd = fd,
		.offset = page * PAGE, .flags = PF_R,
	};

	return corefile_supply(&core, &s, &err);
}

static void what_was_left_out_can_be_supplied(void **state)
{
	int fd = fakecore_file_of(bytes, sizeof(bytes));
	uint8_t buf[3 * PAGE];
	enum core_from from;

	(void)state;
	make_usual();
	assert_true(reopen_made());
	assert_true(supply(TEXT, 3, fd, 5));
	assert_true(mem_read(&core.mem, TEXT, buf, sizeof(buf), &err));
	assert_memory_equal(buf, bytes + 2 * PAGE, PAGE);
	assert_memory_equal(buf + PAGE, bytes + 6 * PAGE, 2 * PAGE);
	corefile_run(&core, TEXT + PAGE, PAGE, &from);
	assert_int_equal(from, CORE_OTHER);
	/* A file that is shorter than its mapping. */
	assert_true(supply(STACK + PAGE, 2, fd, 7));
	assert_int_equal(mem_read_some(&core.mem, STACK + PAGE, buf,
				       sizeof(buf), &err), PAGE);
	assert_false(supply(HEAP, 1, fd, 0));
	assert_int_equal(err.code, ERR_BADDATA);
	close(fd);
}

static void what_nobody_wrote_to_is_zeros(void **state)
{
	uint8_t buf[2 * PAGE] = { 1 };
	enum core_from from;

	(void)state;
	make_usual();
	assert_true(reopen_made());
	assert_true(supply(HEAP + 2 * PAGE, 1, CORE_ZEROS, 0));
	assert_true(mem_read(&core.mem, HEAP + PAGE, buf, sizeof(buf), &err));
	assert_memory_equal(buf, bytes + PAGE, PAGE);
	assert_int_equal(buf[PAGE], 0);
	assert_memory_equal(buf + PAGE, buf + PAGE + 1, PAGE - 1);
	assert_int_equal(corefile_run(&core, HEAP + 2 * PAGE, 9 * PAGE, &from),
			 PAGE);
	assert_int_equal(from, CORE_UNWRITTEN);
}

/* --- mapped, not read ---------------------------------------------------- */

static bool map(raddr at, uint64_t pages, uint8_t *where)
{
	return core.mem.ops->map(&core.mem, at, pages * PAGE, where);
}

static uint8_t *room_for(size_t pages)
{
	uint8_t *room = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(room, MAP_FAILED);
	return room;
}

static void what_the_core_holds_can_be_mapped(void **state)
{
	uint8_t *room = room_for(3);

	(void)state;
	make_usual();
	assert_true(reopen_made());
	assert_false(map(HEAP, 2, room));
	core.may_map = true;
	assert_true(supply(HEAP + 2 * PAGE, 1, CORE_ZEROS, 0));
	assert_true(map(HEAP, 3, room));
	assert_memory_equal(room, bytes, 2 * PAGE);
	assert_int_equal(room[2 * PAGE], 0);
	assert_int_equal(core.mem.bytes_read, 0);
	/* Its text is not whole. */
	assert_false(map(TEXT, 3, room));
	assert_false(map(HEAP + 8, 1, room));
	munmap(room, 3 * PAGE);
}

static void a_core_that_shrinks_kills_nobody(void **state)
{
	uint8_t *room = room_for(2);
	int fd;

	(void)state;
	make_usual();
	fd = fakecore_fd(&fc);
	assert_true(shrinking_survive(&err));
	assert_true(reopen(fd));
	core.may_map = true;
	assert_true(map(HEAP, 2, room));
	assert_int_equal(ftruncate(fd, PAGE), 0);
	assert_int_equal(room[0], 0);
	assert_int_equal(room[2 * PAGE - 1], 0);
	munmap(room, 2 * PAGE);
}

static void threads_have_numbers_and_registers(void **state)
{
	static const pid_t in_order[] = { 11, 12, 13 };

	(void)state;
	make_usual();
	assert_true(reopen_made());
	assert_int_equal(core.threads.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(core.threads.v[i].tid, in_order[i]);
		assert_int_equal(core.threads.v[i].regs.v[regs_pc],
				 in_order[i] * 0x1000);
		assert_int_equal(core.threads.v[i].regs.call, -1);
		assert_ptr_equal(corefile_thread(&core, in_order[i]),
				 &core.threads.v[i]);
	}
	assert_null(corefile_thread(&core, 14));
}

static void threads_of_one_number_hide_no_other(void **state)
{
	(void)state;
	make_usual();
	for (int i = 0; i < 6; i++)
		fakecore_thread(&fc, 11);
	fakecore_thread(&fc, 10);
	fakecore_thread(&fc, 9);
	assert_true(reopen_made());
	assert_int_equal(core.threads.v[0].tid, 11);
	for (pid_t tid = 9; tid <= 13; tid++) {
		assert_non_null(corefile_thread(&core, tid));
		assert_int_equal(corefile_thread(&core, tid)->tid, tid);
	}
}

static void a_thread_of_another_number_is_not_the_main_one(void **state)
{
	(void)state;
	fakecore_thread(&fc, 30);
	fakecore_thread(&fc, 20);
	assert_true(reopen_made());
	assert_false(core.has_info);
	/* Nobody says which: the first in the file. */
	assert_int_equal(core.pid, 30);
	assert_int_equal(core.threads.v[0].tid, 30);
	assert_int_equal(core.threads.v[1].tid, 20);
}

static void who_it_was_is_told(void **state)
{
	(void)state;
	make_usual();
	assert_true(reopen_made());
	assert_true(core.has_info);
	assert_int_equal(core.pid, 11);
	assert_int_equal(core.ppid, 1);
	assert_int_equal(core.uid, 1000);
	assert_string_equal(core.comm, "python3");
	assert_string_equal(core.args, "python3 app.py ");
	assert_int_equal(corefile_auxv(&core, AT_ENTRY), TEXT + 64);
	assert_int_equal(corefile_auxv(&core, AT_BASE), 0);
}

static void mappings_are_those_of_the_process(void **state)
{
	(void)state;
	make_usual();
	assert_true(reopen_made());
	assert_true(corefile_maps(&core, &maps, &err));
	assert_int_equal(maps.n, 3);
	assert_int_equal(maps.v[0].start, HEAP);
	assert_int_equal(maps.v[0].end, HEAP + 2 * PAGE);
	assert_true(maps.v[0].read && maps.v[0].write && !maps.v[0].exec);
	assert_int_equal(maps.v[0].inode, 0);
	assert_int_equal(maps.v[1].start, TEXT);
	assert_int_equal(maps.v[1].offset, 2 * PAGE);
	assert_true(maps.v[1].inode);
	assert_true(maps.v[1].exec && !maps.v[1].write);
	assert_string_equal(maps.v[1].path, "/usr/bin/python3");
	assert_string_equal(maps.v[2].path, "[stack]");
}

static void gdb_writes_no_segment_of_what_it_leaves_out(void **state)
{
	(void)state;
	fakecore_thread(&fc, 1);
	fakecore_segment(&fc, TEXT + PAGE, 2 * PAGE, PF_R | PF_W, bytes,
			 2 * PAGE);
	fakecore_file(&fc, TEXT + 4 * PAGE, TEXT + 5 * PAGE, 0, "/lib/b\nc");
	fakecore_file(&fc, TEXT, TEXT + 2 * PAGE, 0, "/lib/a (deleted)");
	assert_true(reopen_made());
	assert_true(corefile_maps(&core, &maps, &err));
	assert_int_equal(maps.n, 4);
	assert_int_equal(corefile_flags(&core, TEXT), -1);
	assert_true(maps.v[0].deleted);
	assert_string_equal(maps.v[0].path, "/lib/a");
	assert_true(maps.v[0].exec);
	assert_int_equal(corefile_flags(&core, TEXT + PAGE), PF_R | PF_W);
	assert_int_equal(maps.v[1].start, TEXT + PAGE);
	assert_int_equal(maps.v[1].offset, PAGE);
	assert_int_equal(maps.v[1].inode, maps.v[0].inode);
	assert_true(maps.v[1].write && !maps.v[1].exec);
	assert_int_equal(maps.v[2].start, TEXT + 2 * PAGE);
	assert_int_equal(maps.v[2].inode, 0);
	assert_int_equal(maps.v[3].start, TEXT + 4 * PAGE);
	assert_int_not_equal(maps.v[3].inode, maps.v[0].inode);
	assert_string_equal(maps.v[3].path, "/lib/b\nc");
	maps_free(&maps);
	assert_true(supply(TEXT, 1, core.fd, 0));
	assert_true(corefile_maps(&core, &maps, &err));
	assert_false(maps.v[0].exec);
}

/* --- what is none, or lies ----------------------------------------------- */

static void says(const char *text)
{
	assert_false(reopen_made());
	assert_int_equal(err.code, ERR_BADDATA);
	if (!strstr(err.text, text))
		fail_msg("\"%s\" does not say \"%s\"", err.text, text);
}

static void what_is_no_core_is_told(void **state)
{
	(void)state;
	make_usual();
	fc.header.e_ident[0] = '#';
	says("not a core file");
	fc.header.e_ident[0] = 0;
	fc.header.e_type = ET_DYN;
	says("an ELF file, but not a core file");
	fc.header.e_type = 0;
	fc.header.e_ident[EI_CLASS] = ELFCLASS32;
	says("32-bit");
	fc.header.e_ident[EI_CLASS] = 0;
	fc.header.e_machine = EM_AARCH64;
	says("another processor");
	fc.header.e_machine = 0;
	fc.header.e_ident[EI_DATA] = ELFDATA2MSB;
	says("byte order");
	fc.header.e_ident[EI_DATA] = 0;
	fc.header.e_phentsize = 32;
	says("another size");
	assert_false(reopen(fakecore_file_of("hm", 2)));
	assert_int_equal(err.code, ERR_BADDATA);
}

static void segments_that_overlap_are_refused(void **state)
{
	(void)state;
	make_usual();
	fakecore_segment(&fc, HEAP + PAGE, PAGE, PF_R, bytes, PAGE);
	says("overlap");
}

static void a_segment_beyond_the_last_address_is_refused(void **state)
{
	(void)state;
	make_usual();
	fakecore_segment(&fc, UINT64_MAX - PAGE + 1, 2 * PAGE, PF_R, bytes, 0);
	says("makes no sense");
}

static void the_last_page_of_all_is_none(void **state)
{
	(void)state;
	make_usual();
	fakecore_segment(&fc, -(uint64_t)PAGE, PAGE, PF_R, bytes, 0);
	says("makes no sense");
}

static void a_core_without_threads_is_refused(void **state)
{
	(void)state;
	fakecore_segment(&fc, HEAP, PAGE, PF_R, bytes, PAGE);
	says("nothing of any thread");
}

static void files_that_make_no_sense_are_refused(void **state)
{
	uint64_t words[] = { 1ull << 60, PAGE, 0, 0, 0, 0 };

	(void)state;
	make_usual();
	fc.n_files = 0;
	fakecore_note(&fc, NT_FILE, words, sizeof(words));
	says("longer than its note");
	fc.n_notes = 0;
	make_usual();
	fakecore_file(&fc, TEXT + PAGE, TEXT + 2 * PAGE, 0, "/twice");
	says("overlaps itself");
}

static void a_note_longer_than_all_is_refused(void **state)
{
	Elf64_Nhdr nh = { .n_namesz = 5, .n_descsz = UINT32_MAX,
			  .n_type = NT_PRSTATUS };

	(void)state;
	make_usual();
	memcpy(fc.notes + fc.n_notes, &nh, sizeof(nh));
	fc.n_notes += sizeof(nh);
	says("a note is longer");
}

static void notes_too_short_for_their_kind_say_nothing(void **state)
{
	(void)state;
	fakecore_note(&fc, NT_PRSTATUS, bytes, 100);
	fakecore_note(&fc, NT_PRPSINFO, bytes, 3);
	fakecore_note(&fc, NT_AUXV, bytes, 15);
	fakecore_thread(&fc, 5);
	assert_true(reopen_made());
	assert_int_equal(core.threads.n, 1);
	assert_false(core.has_info);
	assert_int_equal(core.auxv.n, 0);
}

/* Any number of headers may give the same notes: memory does not grow by it. */
static void of_two_auxiliary_vectors_the_first_is_taken(void **state)
{
	const Elf64_auxv_t other = { AT_ENTRY, { 1 } };

	(void)state;
	make_usual();
	fakecore_note(&fc, NT_AUXV, &other, sizeof(other));
	assert_true(reopen_made());
	assert_int_equal(core.auxv.n, 2);
	assert_int_equal(corefile_auxv(&core, AT_ENTRY), TEXT + 64);
}

/* More program headers than the header can count. */
static void a_core_of_many_segments_counts_them_elsewhere(void **state)
{
	const size_t n = 70000;
	size_t heads = sizeof(Elf64_Ehdr) + sizeof(Elf64_Shdr), len;
	auto_free char *file = NULL;
	Elf64_Phdr *ph;
	Elf64_Shdr *sh;

	(void)state;
	fc.header.e_phnum = PN_XNUM;
	fakecore_thread(&fc, 1);
	fakecore_make(&fc);
	len = heads + n * sizeof(*ph) + fc.n_notes;
	file = calloc(1, len);
	memcpy(file, fc.whole, sizeof(Elf64_Ehdr));
	sh = (Elf64_Shdr *)(file + sizeof(Elf64_Ehdr));
	ph = (Elf64_Phdr *)(sh + 1);
	((Elf64_Ehdr *)file)->e_shoff = sizeof(Elf64_Ehdr);
	((Elf64_Ehdr *)file)->e_phoff = heads;
	sh->sh_info = n;
	ph[0] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_filesz = fc.n_notes,
			      .p_offset = len - fc.n_notes };
	for (size_t i = 1; i < n; i++)
		ph[i] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_memsz = PAGE,
				      .p_vaddr = i * 2 * PAGE };
	memcpy(ph + n, fc.notes, fc.n_notes);
	assert_true(reopen(fakecore_file_of(file, len)));
	assert_int_equal(core.segments.n, n - 1);
	sh->sh_info = MAX_MAPS + 1;
	assert_false(reopen(fakecore_file_of(file, len)));
	assert_int_equal(err.code, ERR_LIMIT);
}

/* All that is said of what came out is true of what is there. */
static void believe_nothing(void)
{
	uint8_t buf[3 * PAGE];

	for (size_t i = 0; i < core.segments.n; i++) {
		raddr at = core.segments.v[i].start;
		int64_t got = mem_read_some(&core.mem, at, buf, sizeof(buf),
					    &err);
		enum core_from from;

		assert_true(got >= 0 && got <= (int64_t)sizeof(buf));
		assert_true(corefile_run(&core, at, PAGE, &from) <= PAGE);
	}
	if (corefile_maps(&core, &maps, &err)) {
		for (size_t i = 1; i < maps.n; i++)
			assert_true(maps.v[i].start >= maps.v[i - 1].end);
		maps_free(&maps);
	}
}

static void every_truncation_is_told(void **state)
{
	size_t opened = 0;

	(void)state;
	make_usual();
	fakecore_make(&fc);
	for (size_t len = 0; len < fc.len; len += len < 4096 ? 1 : 97) {
		if (!reopen(fakecore_cut(&fc, len))) {
			assert_int_equal(err.code, ERR_BADDATA);
			continue;
		}
		assert_true(core.truncated);
		believe_nothing();
		opened++;
	}
	assert_true(opened > 10);
	assert_true(reopen_made());
	assert_false(core.truncated);
}

static uint64_t seed = 1;

static size_t draw(size_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(seed >> 33) % n;
}

/* In headers and notes, where each bit says something. */
static void flipped_bits_give_a_result_or_an_error(void **state)
{
	size_t opened = 0;

	(void)state;
	make_usual();
	fakecore_make(&fc);
	for (int i = 0; i < 10000; i++) {
		auto_free char *bad = malloc(fc.len);

		memcpy(bad, fc.whole, fc.len);
		for (size_t n = 1 + draw(3); n > 0; n--)
			bad[draw(PAGE)] ^= (char)(1 << draw(8));
		if (reopen(fakecore_file_of(bad, fc.len))) {
			believe_nothing();
			opened++;
		} else {
			assert_true(err.code == ERR_BADDATA ||
				    err.code == ERR_LIMIT);
			assert_true(*err.text);
		}
	}
	assert_true(opened > 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_is_read_by_address),
		TEST(what_was_left_out_is_not_zeros),
		TEST(what_was_left_out_can_be_supplied),
		TEST(what_nobody_wrote_to_is_zeros),
		TEST(what_the_core_holds_can_be_mapped),
		TEST(a_core_that_shrinks_kills_nobody),
		TEST(threads_have_numbers_and_registers),
		TEST(threads_of_one_number_hide_no_other),
		TEST(a_thread_of_another_number_is_not_the_main_one),
		TEST(who_it_was_is_told),
		TEST(mappings_are_those_of_the_process),
		TEST(gdb_writes_no_segment_of_what_it_leaves_out),
		TEST(what_is_no_core_is_told),
		TEST(segments_that_overlap_are_refused),
		TEST(a_segment_beyond_the_last_address_is_refused),
		TEST(the_last_page_of_all_is_none),
		TEST(a_core_without_threads_is_refused),
		TEST(files_that_make_no_sense_are_refused),
		TEST(a_note_longer_than_all_is_refused),
		TEST(notes_too_short_for_their_kind_say_nothing),
		TEST(of_two_auxiliary_vectors_the_first_is_taken),
		TEST(a_core_of_many_segments_counts_them_elsewhere),
		TEST(every_truncation_is_told),
		TEST(flipped_bits_give_a_result_or_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
