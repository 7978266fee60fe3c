/* SPDX-License-Identifier: MIT */
/* What to do when we are not permitted to look: facts in, advice out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>

#include <cmocka.h>

#include "attach/permission.h"
#include "base/compiler.h"
#include "test_attach_child.h"

/* An ordinary user and her own process, nothing in the way. */
static struct permission plain(void)
{
	return (struct permission){
		.pid = 4711, .exists = true, .our_uid = 1000, .uid = 1000,
		.user = "ada", .same_ids = true, .cap_in_reach = true,
		.yama = -1,
	};
}

static struct permission container_root(void)
{
	struct permission p = plain();

	p.our_uid = p.uid = 0;
	p.cap_in_reach = false;
	strcpy(p.user, "root");
	return p;
}

static void expect(const struct permission *p, const char *text)
{
	char buf[300];

	permission_advise(p, buf, sizeof(buf));
	assert_string_equal(buf, text);
	assert_true(strlen(buf) < 200);
}

static void the_process_of_another_user(void **state)
{
	struct permission p = plain();

	(void)state;
	p.uid = 33;
	p.same_ids = false;
	strcpy(p.user, "www-data");
	expect(&p, "process 4711 belongs to user www-data: run as root "
	       "(sudo), or as user www-data");
	p.yama = 1;
	expect(&p, "process 4711 belongs to user www-data: run as root "
	       "(sudo)");
}

static void yama_in_all_its_grades(void **state)
{
	struct permission p = plain();

	(void)state;
	p.yama = 1;
	expect(&p, "kernel.yama.ptrace_scope is 1: run as root (sudo), or "
	       "allow it with sysctl kernel.yama.ptrace_scope=0");
	p.yama = 2;
	expect(&p, "kernel.yama.ptrace_scope is 2: run as root (sudo)");
	p.yama = 3;
	expect(&p, "kernel.yama.ptrace_scope is 3: nobody may attach before "
	       "the next reboot");
	p.have_cap = true;
	expect(&p, "kernel.yama.ptrace_scope is 3: nobody may attach before "
	       "the next reboot");
}

static void a_container_without_the_capability(void **state)
{
	struct permission p = container_root();

	(void)state;
	p.yama = 1;
	expect(&p, "kernel.yama.ptrace_scope is 1; CAP_SYS_PTRACE is out of "
	       "reach: start the container with --cap-add SYS_PTRACE, or run "
	       "on the host");
	p.yama = 0;
	p.uid = 1000;
	strcpy(p.user, "app");
	expect(&p, "process 4711 belongs to user app: CAP_SYS_PTRACE is out "
	       "of reach: start the container with --cap-add SYS_PTRACE, or "
	       "run on the host, or as user app");
}

static void processes_that_protect_themselves(void **state)
{
	struct permission p = plain();

	(void)state;
	p.more_caps = true;
	expect(&p, "process 4711 has capabilities that pyheapspy lacks: run "
	       "as root (sudo)");
	p.not_dumpable = true;
	expect(&p, "process 4711 protects its memory (setuid, file "
	       "capabilities or PR_SET_DUMPABLE): run as root (sudo)");
	p.same_ids = false;
	expect(&p, "process 4711 has other user or group ids beside ours: "
	       "run as root (sudo)");
}

static void a_tracer_comes_before_all_else(void **state)
{
	struct permission p = plain();

	(void)state;
	p.yama = 1;
	p.tracer = 99;
	strcpy(p.tracer_comm, "gdb");
	expect(&p, "process 4711 is being traced by process 99 (gdb): end "
	       "that first, or look without a pause (--no-stop, or a plain "
	       "attach)");
}

static void hidden_processes_and_namespaces(void **state)
{
	struct permission p = {.pid = 4711, .hidden = true, .yama = -1};

	(void)state;
	expect(&p, "/proc hides other users' processes (hidepid): run as "
	       "root, or as the user of process 4711");
	p = plain();
	p.other_userns = true;
	expect(&p, "process 4711 lives in another user namespace: run inside "
	       "it, or as root on the host");
	p.have_cap = true;
	expect(&p, "process 4711 lives in a user namespace outside of ours: "
	       "run on the host");
}

static void what_is_left_is_a_security_module(void **state)
{
	struct permission p = plain();
	char buf[300];

	(void)state;
	permission_advise(&p, buf, sizeof(buf));
	assert_non_null(strstr(buf, "security module"));
	p.have_cap = true;
	permission_advise(&p, buf, sizeof(buf));
	assert_non_null(strstr(buf, "security module"));
	p.may_read = true;
	expect(&p, "by now process 4711 may be read: it was ending or starting "
	       "a program (try again), or a seccomp filter forbids ptrace(2)");
	p.exists = false;
	expect(&p, "process 4711 has ended meanwhile");
}

static void a_short_buffer_is_enough(void **state)
{
	struct permission p = plain();
	char buf[8];

	(void)state;
	p.uid = 33;
	permission_advise(&p, buf, sizeof(buf));
	assert_string_equal(buf, "process");
}

static void other_errors_need_no_advice(void **state)
{
	struct err err;
	char buf[300] = "x";

	(void)state;
	err_set(&err, ERR_GONE, "no process 4711");
	permission_explain(4711, &err, buf, sizeof(buf));
	assert_string_equal(buf, "");
}

/* -- Real processes ------------------------------------------------------- */

static void who_has_ended_is_not_blamed_on_a_security_module(void **state)
{
	char want[60], buf[300];
	struct err err;
	pid_t child = fork();
	siginfo_t info;

	(void)state;
	if (child == 0)
		_exit(0);
	err_set(&err, ERR_PERM, "x");
	snprintf(want, sizeof(want), "process %d has ended meanwhile", child);
	/* A zombie, and then not even that. */
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT),
			 0);
	permission_explain(child, &err, buf, sizeof(buf));
	assert_string_equal(buf, want);
	waitpid(child, NULL, 0);
	permission_explain(child, &err, buf, sizeof(buf));
	assert_string_equal(buf, want);
}

static void our_own_child_can_be_looked_into_even_if_traced(void **state)
{
	pid_t child = child_start(just_wait, NULL);
	char why[100];

	(void)state;
	assert_true(permission_can_attach(child, why, sizeof(why)));
	assert_string_equal(why, "");
	assert_true(child_reaches(child, child, "S"));
	assert_int_equal(ptrace(PTRACE_SEIZE, child, NULL, NULL), 0);
	assert_true(permission_can_attach(child, why, sizeof(why)));
	assert_non_null(strstr(why, "traced by"));
	child_end(child);
	assert_false(permission_can_attach(child, why, sizeof(why)));
	assert_non_null(strstr(why, "no process"));
}

/* Ask as another user; the answers come back through @answer. */
static void as_nobody(pid_t pid, char *answer, size_t size)
{
	pid_t other = fork();
	struct err err;
	char why[200], advice[300];

	if (other == 0) {
		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(1);
		err_set(&err, ERR_PERM, "x");
		permission_can_attach(pid, why, sizeof(why));
		permission_explain(pid, &err, advice, sizeof(advice));
		snprintf(answer, size, "%s; %s", why, advice);
		_exit(0);
	}
	waitpid(other, NULL, 0);
}

static char *shared_page(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(page, MAP_FAILED);
	return page;
}

static void a_stranger_learns_whose_process_it_is(void **state)
{
	pid_t child = child_start(just_wait, NULL);
	char *answer = shared_page();
	char want[100];

	(void)state;
	if (geteuid() != 0) {
		child_end(child);
		skip();
	}
	as_nobody(child, answer, 4096);
	snprintf(want, sizeof(want),
		 "other user (root); process %d belongs to user root: ",
		 (int)child);
	assert_int_equal(strncmp(answer, want, strlen(want)), 0);
	munmap(answer, 4096);
	child_end(child);
}

static void undumpable(struct child_ready ready, struct shared *sh)
{
	(void)sh;
	if (setgid(65534) != 0 || setuid(65534) != 0)
		_exit(1);
	prctl(PR_SET_DUMPABLE, 0);
	child_is_ready(ready);
	for (;;)
		pause();
}

static void an_undumpable_process_says_so(void **state)
{
	char *answer = shared_page();
	pid_t child;

	(void)state;
	if (geteuid() != 0)
		skip();
	child = child_start(undumpable, NULL);
	as_nobody(child, answer, 4096);
	assert_int_equal(strncmp(answer, "protected (not dumpable); ", 26), 0);
	assert_non_null(strstr(answer, "protects its memory"));
	munmap(answer, 4096);
	child_end(child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_process_of_another_user),
		cmocka_unit_test(yama_in_all_its_grades),
		cmocka_unit_test(a_container_without_the_capability),
		cmocka_unit_test(processes_that_protect_themselves),
		cmocka_unit_test(a_tracer_comes_before_all_else),
		cmocka_unit_test(hidden_processes_and_namespaces),
		cmocka_unit_test(what_is_left_is_a_security_module),
		cmocka_unit_test(a_short_buffer_is_enough),
		cmocka_unit_test(other_errors_need_no_advice),
		cmocka_unit_test(
			who_has_ended_is_not_blamed_on_a_security_module),
		cmocka_unit_test(our_own_child_can_be_looked_into_even_if_traced),
		cmocka_unit_test(a_stranger_learns_whose_process_it_is),
		cmocka_unit_test(an_undumpable_process_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
