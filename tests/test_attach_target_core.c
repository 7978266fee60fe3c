/* SPDX-License-Identifier: MIT */
/* A core as a target: whose files it takes, and what it says of itself.  The
 * program in it is this test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "attach/elffile.h"
#include "attach/maps.h"
#include "attach/pagetable.h"
#include "attach/process.h"
#include "attach/procmem.h"
#include "attach/regs.h"
#include "attach/target.h"
#include "attach/threads.h"
#include "fakecore.h"

enum { PAGE = 4096, TEXT = 0x400000, HEAP = 0x10000, PAGES = 2 };
enum { STACK = 0x7ff0000, STACK_LEN = 8 * PAGE, VECTOR = STACK + 7 * PAGE };

static char folder[64], core_path[96], program_path[96];
static uint8_t program[PAGES * PAGE], stack[STACK_LEN];
static struct fakecore fc;
static struct target *target;
static struct err err;

static void write_file(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

/* All of our own program, with a byte changed at @flip, but if that is 0. */
static void write_program(size_t flip)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	struct stat st;
	uint8_t *all;

	assert_int_equal(fstat(fd, &st), 0);
	all = malloc((size_t)st.st_size);
	assert_int_equal(read(fd, all, (size_t)st.st_size), st.st_size);
	close(fd);
	memcpy(program, all, sizeof(program));
	if (flip)
		all[flip] ^= 1;
	write_file(program_path, all, (size_t)st.st_size);
	free(all);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test-core.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(core_path, sizeof(core_path), "%s/core", folder);
	snprintf(program_path, sizeof(program_path), "%s/program", folder);
	write_program(0);
	memset(stack, 0, sizeof(stack));
	err = (struct err){ 0 };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	target_close(target);
	target = NULL;
	fakecore_fini(&fc);
	unlink(core_path);
	unlink(program_path);
	return rmdir(folder);
}

/* Of the program it has @held bytes; it is mapped as if from the root. */
static void make_core(uint64_t held)
{
	fc.stack = STACK + 64;
	fakecore_thread(&fc, 12);
	fakecore_thread(&fc, 11);
	fakecore_segment(&fc, TEXT, sizeof(program), PF_R | PF_X, program,
			 held);
	fakecore_segment(&fc, STACK, STACK_LEN, PF_R | PF_W, stack,
			 STACK_LEN);
	fakecore_file(&fc, TEXT, TEXT + sizeof(program), 0, "/program");
}

static bool open_core(const char *sysroot)
{
	const struct target_spec spec = { .core = core_path,
					  .sysroot = sysroot };

	fakecore_make(&fc);
	write_file(core_path, fc.whole, fc.len);
	target_close(target);
	target = target_open(&spec, &err);
	return target != NULL;
}

struct said {
	size_t n;
	bool is_partial;
	char text[400];
};

static void take_said(void *arg, enum target_lack lack, const char *text)
{
	struct said *said = arg;

	said->n++;
	said->is_partial |= lack != LACKS_NOTHING;
	snprintf(said->text, sizeof(said->text), "%s", text);
}

static struct said what_it_says(void)
{
	struct said said = { 0 };

	target_tell(target, take_said, &said);
	return said;
}

static bool reads_all(void)
{
	uint8_t buf[sizeof(program)];

	return mem_read(target->mem, TEXT, buf, sizeof(buf), &err) &&
	       memcmp(buf, program, sizeof(buf)) == 0;
}

static void what_was_left_out_comes_from_the_file(void **state)
{
	(void)state;
	make_core(PAGE);
	assert_true(open_core(folder));
	assert_true(reads_all());
	assert_int_equal(what_it_says().n, 0);
	assert_string_equal(target->ops->source, "core");
	assert_false(target->runs);
	assert_true(target->when.tv_sec > 0);
}

/* Where its build id lies in the file. */
static size_t offset_of_id(void)
{
	struct elffile elf;
	uint8_t id[64];
	size_t n;

	assert_true(elffile_open(&elf, open(program_path, O_RDONLY), &err));
	n = elffile_build_id(&elf, id, sizeof(id));
	elffile_close(&elf);
	for (size_t at = 0; n && at + n <= sizeof(program); at++) {
		if (memcmp(program + at, id, n) == 0)
			return at;
	}
	return 0;
}

static void a_file_with_another_build_id_is_another(void **state)
{
	size_t at = offset_of_id();
	struct said said;

	(void)state;
	if (!at)	/* its linker writes none */
		skip();
	write_program(at);
	make_core(PAGE);
	assert_true(open_core(folder));
	assert_false(reads_all());
	said = what_it_says();
	assert_int_equal(said.n, 1);
	assert_true(said.is_partial);
	assert_non_null(strstr(said.text, "4 KiB of /program"));
	assert_non_null(strstr(said.text, "is another"));
}

static void a_file_that_is_not_there_is_told(void **state)
{
	struct said said;

	(void)state;
	unlink(program_path);
	make_core(PAGE);
	assert_true(open_core(folder));
	said = what_it_says();
	assert_true(said.is_partial);
	assert_non_null(strstr(said.text, "no file that is there"));
}

static void a_sysroot_that_is_no_folder_is_refused(void **state)
{
	(void)state;
	make_core(sizeof(program));
	assert_true(open_core(folder));
	assert_false(open_core(program_path));
	assert_non_null(strstr(err.text, "cannot look below the sysroot"));
	assert_false(open_core(""));
	assert_non_null(strstr(err.text, "cannot look below the sysroot"));
}

static void without_a_proof_the_user_is_believed_and_told(void **state)
{
	struct said said;

	(void)state;
	make_core(0);
	assert_true(open_core(folder));
	assert_true(reads_all());
	said = what_it_says();
	assert_int_equal(said.n, 1);
	assert_false(said.is_partial);
	assert_string_equal(said.text, "nothing in the core proves that "
			    "/program below the sysroot is of it");
}

static void of_a_long_path_the_end_is_told(void **state)
{
	/* Two bytes a letter, so that 100 from the end is within one. */
	static const char umlauts[] = "/\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
		"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
		"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
		"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
		"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
		"\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc.so";
	char folders[300];
	struct said said;

	(void)state;
	make_core(PAGE);
	fc.file[0].path = umlauts;
	assert_true(open_core(folder));
	said = what_it_says();
	assert_non_null(strstr(said.text, "KiB of ...\u00fc\u00fc"));
	assert_non_null(strstr(said.text, "\u00fc.so, and no file"));
	memset(folders, 'x', sizeof(folders));
	strcpy(folders + 200, "/lib/python3.11");
	folders[0] = '/';
	fc.file[0].path = folders;
	assert_true(open_core(folder));
	said = what_it_says();
	assert_non_null(strstr(said.text, "KiB of .../lib/python3.11, and"));
}

static void what_it_holds_are_its_pages(void **state)
{
	struct pagetable pages = { 0 };
	struct maps maps = { 0 };

	(void)state;
	make_core(PAGE);
	assert_true(open_core(folder));
	assert_true(target_maps(target, &maps, &err));
	assert_true(target_pages(target, &maps, &pages, &err));
	assert_true(pages.held);
	assert_int_equal(pages.runs.n, 2);
	assert_int_equal(pages.runs.v[0].start, TEXT);
	assert_int_equal(pages.runs.v[0].end, TEXT + PAGE);
	assert_int_equal(pages.runs.v[1].start, STACK);
	assert_int_equal(pages.runs.v[1].end, STACK + STACK_LEN);
	pagetable_fini(&pages);
	maps_free(&maps);
}

static void memory_that_nobody_wrote_to_is_zeros(void **state)
{
	uint8_t buf[PAGE] = { 1 };

	(void)state;
	make_core(PAGE);
	fakecore_segment(&fc, HEAP, PAGE, PF_R | PF_W, NULL, 0);
	assert_true(open_core(folder));
	assert_true(mem_read(target->mem, HEAP, buf, PAGE, &err));
	assert_int_equal(buf[0], 0);
	assert_int_equal(what_it_says().n, 0);
}

static void a_core_without_private_memory_is_refused(void **state)
{
	(void)state;
	make_core(PAGE);
	fc.segment[1].p_filesz = 0;
	assert_false(open_core(folder));
	assert_int_equal(err.code, ERR_BADDATA);
	assert_non_null(strstr(err.text, core_path));
	assert_non_null(strstr(err.text, "coredump_filter"));
}

static void a_core_that_is_cut_short_is_partial(void **state)
{
	struct said said;

	(void)state;
	make_core(PAGE);
	assert_true(open_core(folder));
	target_close(target);
	target = NULL;
	assert_int_equal(truncate(core_path, (off_t)fc.len - PAGE / 2), 0);
	target = target_open(&(struct target_spec){ .core = core_path,
						    .sysroot = folder }, &err);
	assert_non_null(target);
	said = what_it_says();
	assert_true(said.is_partial);
	assert_non_null(strstr(said.text, "cut short"));
}

static void a_core_that_shrinks_meanwhile_is_partial(void **state)
{
	(void)state;
	make_core(PAGE);
	assert_true(open_core(folder));
	assert_int_equal(truncate(core_path, PAGE), 0);
	assert_true(what_it_says().is_partial);
}

static void put(size_t at, uint64_t word)
{
	memcpy(stack + at, &word, sizeof(word));
}

/* As the kernel lays a stack out: argc, argv, envp, the vector, strings. */
static void put_stack(const Elf64_auxv_t *auxv, size_t size)
{
	static const char strings[] = "python3\0-c\0two words\0HOME=/root";
	const size_t at = VECTOR - STACK, text = at + 0x200;

	memcpy(stack + text, strings, sizeof(strings));
	memcpy(stack + at, auxv, size);
	put(at - 16, STACK + text + 21);	/* envp[0], NULL behind it */
	put(at - 32, STACK + text + 11);	/* argv[2], likewise */
	put(at - 40, STACK + text + 8);
	put(at - 48, STACK + text);
	put(at - 56, 3);			/* argc */
}

static void who_it_was_comes_from_its_stack(void **state)
{
	const Elf64_auxv_t auxv[] = {
		{ AT_PAGESZ, { PAGE } }, { AT_ENTRY, { TEXT + 64 } },
		{ AT_UID, { 0 } }, { AT_RANDOM, { VECTOR + 0x180 } },
		{ AT_NULL, { 0 } },
	};
	struct process_memory memory;
	struct process_info info;

	(void)state;
	put_stack(auxv, sizeof(auxv));
	make_core(PAGE);
	fakecore_note(&fc, NT_AUXV, auxv, sizeof(auxv));
	assert_true(open_core(folder));
	assert_true(target_info(target, &info, &err));
	assert_int_equal(info.argc, 3);
	assert_string_equal(info.argv[0], "python3");
	assert_string_equal(info.argv[1], "-c");
	assert_string_equal(info.argv[2], "two words");
	assert_string_equal(info.exe, "/program");
	assert_int_equal(info.started, -1);
	assert_int_equal(info.uid, UINT32_MAX);
	process_info_fini(&info);
	assert_true(target_memory(target, true, &memory, &err));
	assert_int_equal(memory.rss, -1);
	assert_int_equal(memory.vms, sizeof(program) + STACK_LEN);
	assert_int_equal(memory.n_threads, 2);
}

static void without_that_the_note_has_the_beginning_of_it(void **state)
{
	struct elf_prpsinfo note = {
		.pr_pid = 11, .pr_uid = 7, .pr_fname = "python3",
		.pr_psargs = "python3 app.py ",
	};
	struct process_info info;

	(void)state;
	make_core(PAGE);
	fakecore_note(&fc, NT_PRPSINFO, &note, sizeof(note));
	assert_true(open_core(folder));
	assert_true(target_info(target, &info, &err));
	assert_int_equal(info.argc, 2);
	assert_string_equal(info.argv[1], "app.py");
	assert_string_equal(info.comm, "python3");
	assert_int_equal(info.uid, 7);
	assert_null(info.exe);
	process_info_fini(&info);
}

static bool count_threads(void *arg, const struct stop *stop, struct err *ret)
{
	struct regs regs;

	*(size_t *)arg = stop->n_stopped;
	return target_registers(target, stop_tid(stop, 0), &regs, ret) &&
	       regs.v[regs_pc] == (uint64_t)stop_tid(stop, 0) * 0x1000;
}

static void its_threads_stand_without_being_held(void **state)
{
	struct threads threads = { 0 };
	struct stop stop;
	size_t n = 0;

	(void)state;
	make_core(PAGE);
	assert_true(open_core(folder));
	assert_true(target_threads(target, true, &threads, &err));
	assert_int_equal(threads.v.n, 2);
	threads_fini(&threads);
	assert_true(target_hold(target, &stop, count_threads, &n, &err));
	assert_int_equal(n, 2);
	assert_true(stop.pause_ms == 0);
}

static void what_is_no_file_is_refused(void **state)
{
	struct target_spec spec = { .core = folder };

	(void)state;
	assert_null(target_open(&spec, &err));
	assert_int_equal(err.code, ERR_BADDATA);
	spec.core = "/nonexistent/core";
	assert_null(target_open(&spec, &err));
	assert_int_equal(err.code, ERR_OS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_left_out_comes_from_the_file),
		TEST(a_file_with_another_build_id_is_another),
		TEST(a_file_that_is_not_there_is_told),
		TEST(a_sysroot_that_is_no_folder_is_refused),
		TEST(without_a_proof_the_user_is_believed_and_told),
		TEST(of_a_long_path_the_end_is_told),
		TEST(what_it_holds_are_its_pages),
		TEST(memory_that_nobody_wrote_to_is_zeros),
		TEST(a_core_without_private_memory_is_refused),
		TEST(a_core_that_is_cut_short_is_partial),
		TEST(a_core_that_shrinks_meanwhile_is_partial),
		TEST(who_it_was_comes_from_its_stack),
		TEST(without_that_the_note_has_the_beginning_of_it),
		TEST(its_threads_stand_without_being_held),
		TEST(what_is_no_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
