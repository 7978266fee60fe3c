/* SPDX-License-Identifier: MIT */
/* Telling processes apart, and what /proc says about them. */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attach/maps.h"
#include "attach/process.h"
#include "attach/procmem.h"
#include "base/vec.h"
#include "test_attach_child.h"

static struct err err;
static struct process proc;

/* -- Text ----------------------------------------------------------------- */

#define REST " 1 10 10 0 -1 64 100 2 3 4 50 60 7 8 20 0 5 0 900 7000 8 0\n"

static void a_name_full_of_brackets_does_not_confuse(void **state)
{
	struct procfs_stat stat;

	(void)state;
	assert_true(procfs_stat_parse("42 (a) R (b\n) S" REST, &stat, &err));
	assert_string_equal(stat.comm, "a) R (b\n");
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.ppid, 1);
	assert_int_equal(stat.flags, PROCFS_PF_FORKNOEXEC);
	assert_int_equal(stat.minflt, 100);
	assert_int_equal(stat.majflt, 3);
	assert_int_equal(stat.utime, 50);
	assert_int_equal(stat.cstime, 8);
	assert_int_equal(stat.num_threads, 5);
	assert_int_equal(stat.start_ticks, 900);
}

static void a_stat_that_makes_no_sense_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "42", "42 (a", "42 a) S 1", "42 )a( S 1 2", "42 (a)",
		"42 (a) ", "42 (a) S", "42 (a) S 1 2 3", "42 (a) S x" REST,
		"42 (a)S" REST,
	};
	struct procfs_stat stat;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_false(procfs_stat_parse(bad[i], &stat, &err));
		assert_int_equal(err.code, ERR_BADDATA);
	}
}

static void a_long_name_is_cut(void **state)
{
	char text[400] = "42 (";
	struct procfs_stat stat;

	(void)state;
	memset(text + 4, 'x', 200);
	strcpy(text + 204, ") S" REST);
	assert_true(procfs_stat_parse(text, &stat, &err));
	assert_int_equal(strlen(stat.comm), sizeof(stat.comm) - 1);
}

static void status_fields_are_found_by_whole_name(void **state)
{
	static const char text[] = "Name:\tVmRSS: 5\nXVmRSS:\t 1 kB\n"
				   "VmRSS:\t  12 kB\nVmX:\n";

	(void)state;
	assert_int_equal(procfs_bytes(text, "VmRSS"), 12 * 1024);
	assert_int_equal(procfs_number(text, "VmRSS"), 12);
	assert_int_equal(procfs_number(text, "VmX"), -1);
	assert_int_equal(procfs_number(text, "VmSwap"), -1);
	assert_null(procfs_field(text, "RSS"));
	assert_null(procfs_field("", "RSS"));
}

/* -- Processes ------------------------------------------------------------ */

static void a_number_nobody_bears_is_gone(void **state)
{
	pid_t pid = child_start(just_wait, NULL);
	char text[64];

	(void)state;
	child_end(pid);
	assert_false(process_open(&proc, pid, &err));
	assert_int_equal(err.code, ERR_GONE);
	snprintf(text, sizeof(text), "no process %d", (int)pid);
	assert_string_equal(err.text, text);
	assert_false(process_open(&proc, 0, &err));
	assert_false(process_open(&proc, -5, &err));
	assert_int_equal(err.code, ERR_GONE);
}

static void a_zombie_has_exited(void **state)
{
	pid_t pid = child_start(just_wait, NULL);

	(void)state;
	kill(pid, SIGKILL);
	assert_true(child_reaches(pid, pid, "Z"));
	assert_false(process_open(&proc, pid, &err));
	assert_int_equal(err.code, ERR_GONE);
	assert_non_null(strstr(err.text, "zombie"));
	waitpid(pid, NULL, 0);
}

static void a_kernel_thread_is_refused(void **state)
{
	struct procfs_stat stat;

	(void)state;
	if (!procfs_stat(AT_FDCWD, "/proc/2/stat", &stat, &err) ||
	    !(stat.flags & PROCFS_PF_KTHREAD))
		skip();	/* in a container, 2 is anybody */
	assert_false(process_open(&proc, 2, &err));
	assert_int_equal(err.code, ERR_BADDATA);
	assert_non_null(strstr(err.text, "thread of the kernel"));
}

#ifdef __x86_64__
/* for (;;) pause(); in the 32-bit ways: mov $29,%eax; int $0x80; jmp */
static const struct {
	Elf32_Ehdr eh;
	Elf32_Phdr ph;
	unsigned char code[9];
} program32 = {
	.eh = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32,
			    ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_EXEC, .e_machine = EM_386,
		.e_version = EV_CURRENT, .e_entry = 0x400000 + 52 + 32,
		.e_phoff = 52, .e_ehsize = 52, .e_phentsize = 32, .e_phnum = 1,
	},
	.ph = {
		.p_type = PT_LOAD, .p_vaddr = 0x400000, .p_paddr = 0x400000,
		.p_filesz = 52 + 32 + 9, .p_memsz = 52 + 32 + 9,
		.p_flags = PF_R | PF_X, .p_align = 0x1000,
	},
	.code = {0xb8, 29, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xf7},
};

static void start_program32(struct child_ready ready, struct shared *sh)
{
	char *argv[] = {"program32", NULL}, *envp[] = {NULL};
	int fd = memfd_create("program32", MFD_CLOEXEC);

	(void)sh;
	if (write(fd, &program32, sizeof(program32)) > 0) {
		child_is_ready(ready);
		fexecve(fd, argv, envp);
	}
	_exit(77);	/* a kernel without IA32_EMULATION */
}

static void a_32_bit_program_is_refused(void **state)
{
	pid_t pid = child_start(start_program32, NULL);
	int status;

	(void)state;
	while (process_open(&proc, pid, &err)) {
		process_close(&proc);
		brief_nap();
	}
	if (waitpid(pid, &status, WNOHANG) == pid)
		skip();
	assert_int_equal(err.code, ERR_BADDATA);
	assert_non_null(strstr(err.text, "32-bit"));
	child_end(pid);
}
#else
static void a_32_bit_program_is_refused(void **state)
{
	(void)state;
	skip();
}
#endif

static void *report_tid(void *arg)
{
	struct shared *sh = arg;

	sh->tid = gettid();
	sh->counter = 1;
	for (;;)
		pause();
	return NULL;
}

static void with_a_thread(struct child_ready ready, struct shared *sh)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, report_tid, sh) != 0)
		_exit(1);
	changes(&sh->counter, 0);
	child_is_ready(ready);
	for (;;)
		pause();
}

static void the_number_of_a_thread_names_its_process(void **state)
{
	struct shared *sh = shared_new();
	pid_t pid = child_start(with_a_thread, sh);
	struct pid_list tids = {0};
	char text[64];

	(void)state;
	assert_false(process_open(&proc, sh->tid, &err));
	assert_int_equal(err.code, ERR_USAGE);
	snprintf(text, sizeof(text), "%d is a thread of process %d",
		 (int)sh->tid, (int)pid);
	assert_string_equal(err.text, text);

	assert_true(process_open(&proc, pid, &err));
	assert_true(process_threads(&proc, &tids, &err));
	assert_int_equal(tids.n, 2);
	assert_int_equal(tids.v[0], pid);
	assert_int_equal(tids.v[1], sh->tid);
	vec_free(&tids);
	process_close(&proc);
	child_end(pid);
	shared_free(sh);
}

static void leave_main_thread(struct child_ready ready, struct shared *sh)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, report_tid, sh) != 0)
		_exit(1);
	changes(&sh->counter, 0);
	child_is_ready(ready);
	syscall(SYS_exit, 0);
}

static void a_dead_main_thread_does_not_hide_the_others(void **state)
{
	struct shared *sh = shared_new();
	pid_t pid = child_start(leave_main_thread, sh);
	struct maps maps;

	(void)state;
	assert_true(child_reaches(pid, pid, "Z"));
	assert_true(process_open(&proc, pid, &err));
	assert_int_equal(proc.tid, sh->tid);
	assert_true(maps_read(&maps, &proc, &err));
	assert_true(maps.n > 3);
	assert_true(process_same(&proc, &err));
	maps_free(&maps);

	child_end(pid);
	assert_false(process_same(&proc, &err));
	process_close(&proc);
	shared_free(sh);
}

static void an_exit_shows(void **state)
{
	pid_t pid = child_start(just_wait, NULL);

	(void)state;
	assert_true(process_open(&proc, pid, &err));
	assert_true(process_same(&proc, &err));
	kill(pid, SIGKILL);
	assert_true(child_reaches(pid, pid, "Z"));
	assert_false(process_same(&proc, &err));
	assert_int_equal(err.code, ERR_GONE);
	waitpid(pid, NULL, 0);
	assert_false(process_same(&proc, &err));
	assert_int_equal(err.code, ERR_GONE);
	process_close(&proc);
}

static void exec_when_told(struct child_ready ready, struct shared *sh)
{
	char byte;

	child_is_ready(ready);
	if (read(sh->pipe[0], &byte, 1) == 1)
		execl("/proc/self/exe", "again", "--wait", (char *)NULL);
}

/* The same file, so that neither device nor inode nor name tell. */
static void another_start_of_the_same_program_shows(void **state)
{
	struct shared *sh = shared_new();
	pid_t pid = child_start(exec_when_told, sh);
	struct process_info info;

	(void)state;
	assert_true(process_open(&proc, pid, &err));
	assert_true(process_same(&proc, &err));
	assert_int_equal(write(sh->pipe[1], "x", 1), 1);
	do {
		assert_true(process_info(&proc, &info, &err));
		process_info_fini(&info);
		brief_nap();
	} while (process_same(&proc, &err));
	assert_int_equal(err.code, ERR_GONE);
	assert_non_null(strstr(err.text, "another program"));
	process_close(&proc);
	child_end(pid);
	shared_free(sh);
}

static void we_know_ourselves(void **state)
{
	int64_t now = (int64_t)time(NULL);
	struct process_info info;

	(void)state;
	assert_true(process_open(&proc, getpid(), &err));
	assert_true(process_info(&proc, &info, &err));
	assert_int_equal(info.argc, 1);
	assert_non_null(strstr(info.argv[0], "test_attach_process"));
	assert_null(info.argv[1]);
	assert_non_null(strstr(info.exe, "test_attach_process"));
	assert_false(info.exe_deleted);
	assert_string_equal(info.comm, "test_attach_pro");
	assert_int_equal(info.state, 'R');
	assert_int_equal(info.uid, geteuid());
	assert_int_equal(info.gid, getegid());
	assert_int_equal(info.ppid, getppid());
	assert_true(info.n_threads >= 1);
	assert_true(info.inner_pid > 0);
	assert_true(info.started <= now + 2 && info.started > now - 3600);
	assert_true(strlen(info.user) > 0);
	process_info_fini(&info);
	process_close(&proc);
}

static void rename_self(struct child_ready ready, struct shared *sh)
{
	(void)sh;
	prctl(PR_SET_NAME, "a) Z 1 (\n");
	child_is_ready(ready);
	for (;;)
		pause();
}

static void a_hostile_name_is_just_a_name(void **state)
{
	pid_t pid = child_start(rename_self, NULL);
	struct process_info info;

	(void)state;
	assert_true(process_open(&proc, pid, &err));
	assert_true(process_info(&proc, &info, &err));
	assert_int_equal(memcmp(info.comm, "a) Z 1 (", 8), 0);
	assert_int_equal(info.ppid, getpid());
	process_info_fini(&info);
	process_close(&proc);
	child_end(pid);
}

static void a_forked_child_may_share_pages(void **state)
{
	pid_t pid = child_start(just_wait, NULL);

	(void)state;
	assert_true(process_open(&proc, pid, &err));
	assert_true(process_shares_pages(&proc));
	process_close(&proc);

	assert_true(process_open(&proc, getpid(), &err));
	assert_true(process_shares_pages(&proc));
	child_end(pid);
	process_close(&proc);
}

static void memory_figures_agree_with_each_other(void **state)
{
	pid_t pid = child_start(just_wait, NULL);
	struct process_memory pm;

	(void)state;
	assert_true(child_reaches(pid, pid, "S"));
	assert_true(process_open(&proc, pid, &err));
	assert_true(process_memory(&proc, true, &pm, &err));
	assert_true(pm.rss > 0 && pm.vms > pm.rss && pm.peak_rss > 0);
	assert_int_equal(pm.rss_anon + pm.rss_file + pm.rss_shmem, pm.rss);
	assert_int_equal(pm.file, pm.rss_file + pm.rss_shmem);
	assert_int_equal(pm.uss + pm.shared, pm.rss);
	assert_true(pm.pss > 0 && pm.uss > 0 && pm.uss <= pm.pss);
	assert_true(pm.minor_faults > 0 && pm.major_faults >= 0);
	assert_true(pm.voluntary_switches > 0);
	assert_true(pm.user_s >= 0 && pm.system_s >= 0);
	assert_int_equal(pm.n_threads, 1);

	assert_true(process_memory(&proc, false, &pm, &err));
	assert_int_equal(pm.pss, -1);
	assert_int_equal(pm.uss, -1);
	assert_int_equal(pm.shared, -1);
	child_end(pid);
	assert_false(process_memory(&proc, false, &pm, &err));
	assert_int_equal(err.code, ERR_GONE);
	process_close(&proc);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_full_of_brackets_does_not_confuse),
		cmocka_unit_test(a_stat_that_makes_no_sense_is_refused),
		cmocka_unit_test(a_long_name_is_cut),
		cmocka_unit_test(status_fields_are_found_by_whole_name),
		cmocka_unit_test(a_number_nobody_bears_is_gone),
		cmocka_unit_test(a_zombie_has_exited),
		cmocka_unit_test(a_kernel_thread_is_refused),
		cmocka_unit_test(a_32_bit_program_is_refused),
		cmocka_unit_test(the_number_of_a_thread_names_its_process),
		cmocka_unit_test(a_dead_main_thread_does_not_hide_the_others),
		cmocka_unit_test(an_exit_shows),
		cmocka_unit_test(another_start_of_the_same_program_shows),
		cmocka_unit_test(we_know_ourselves),
		cmocka_unit_test(a_hostile_name_is_just_a_name),
		cmocka_unit_test(a_forked_child_may_share_pages),
		cmocka_unit_test(memory_figures_agree_with_each_other),
	};

	/* What another_start_of_the_same_program_shows() starts. */
	if (argc > 1 && strcmp(argv[1], "--wait") == 0)
		for (;;)
			pause();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
