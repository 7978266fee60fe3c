/* SPDX-License-Identifier: MIT */
/* A child behind the door that all targets share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attach/maps.h"
#include "attach/module.h"
#include "attach/regs.h"
#include "attach/target.h"
#include "attach/threads.h"
#include "faketarget.h"
#include "test_attach_child.h"

static struct shared *sh;
static pid_t child;
static struct target *t;
static struct err err;

static void wait_for_end(struct child_ready ready, struct shared *s)
{
	(void)s;
	child_is_ready(ready);
	for (;;)
		pause();
}

static int set_up(void **state)
{
	(void)state;
	sh = shared_new();
	child = child_start(wait_for_end, sh);
	assert_true(child_reaches(child, child, "S"));
	t = target_open(&(struct target_spec){ .pid = child }, &err);
	return t ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	target_close(t);
	if (child)
		child_end(child);
	shared_free(sh);
	return 0;
}

static void a_process_is_what_it_is_by_its_number(void **state)
{
	char name[32];
	struct process_memory memory;
	struct process_info info;

	(void)state;
	snprintf(name, sizeof(name), "process %d", (int)child);
	assert_string_equal(t->name, name);
	assert_string_equal(t->ops->source, "live");
	assert_int_equal(t->pid, child);
	assert_true(t->runs);
	assert_int_equal(target_state(t), 'S');
	assert_true(target_age(t) >= 0);
	assert_true(target_same(t, &err));
	assert_true(target_memory(t, false, &memory, &err));
	assert_true(memory.rss > 0);
	assert_true(target_info(t, &info, &err));
	assert_int_equal(info.ppid, getpid());
	process_info_fini(&info);
}

static void its_bytes_maps_and_files_are_its_own(void **state)
{
	struct maps maps;
	struct modules *mods;
	struct module *mod;
	const raddr here = (raddr)(uintptr_t)wait_for_end;
	char byte;
	int fd;

	(void)state;
	assert_true(target_maps(t, &maps, &err));
	mods = modules_new(&maps, t, t->mem, &err);
	assert_non_null(mods);
	target_know(t, mods);
	assert_true(mem_read(t->mem, here, &byte, 1, &err));
	mod = modules_find(mods, here);
	assert_non_null(mod);
	fd = t->ops->open_module(t, mod);
	assert_true(fd >= 0);
	close(fd);
	target_know(t, NULL);
	modules_free(mods);
	maps_free(&maps);
}

static bool look_at_registers(void *arg, const struct stop *stop,
			      struct err *ret_err)
{
	struct regs *regs = arg;

	assert_int_equal(stop->n, 1);
	assert_int_equal(stop_tid(stop, 0), child);
	return target_registers(t, child, regs, ret_err);
}

static void registers_are_those_of_who_is_held(void **state)
{
	struct threads threads = { 0 };
	struct stop stop;
	struct regs regs;

	(void)state;
	assert_false(target_registers(t, child, &regs, &err));
	assert_true(target_hold(t, &stop, look_at_registers, &regs, &err));
	assert_int_not_equal(regs.v[regs_pc], 0);
	assert_true(stop.pause_ms > 0);
	assert_true(target_threads(t, false, &threads, &err));
	assert_int_equal(threads.v.n, 1);
	assert_int_equal(threads.v.v[0].tid, child);
	threads_fini(&threads);
}

static bool fail_oddly(void *arg, const struct stop *stop,
		       struct err *ret_err)
{
	(void)arg;
	(void)stop;
	return err_set(ret_err, ERR_BADDATA, "it is odd");
}

static void failures_bear_the_name_of_the_target_once(void **state)
{
	struct stop stop;
	char want[80];

	(void)state;
	assert_false(target_hold(t, &stop, fail_oddly, NULL, &err));
	assert_false(target_failed(t, &err));
	assert_false(target_failed(t, &err));
	assert_false(target_explain(t, &err));
	snprintf(want, sizeof(want), "process %d: it is odd", (int)child);
	assert_string_equal(err.text, want);
	assert_int_equal(err.code, ERR_BADDATA);
}

static void whatever_failed_it_was_the_end_if_it_ended(void **state)
{
	(void)state;
	child_end(child);
	child = 0;
	err_set(&err, ERR_FAULT, "unreadable");
	assert_false(target_explain(t, &err));
	assert_int_equal(err.code, ERR_GONE);
	assert_false(target_same(t, &err));
	assert_true(target_state(t) == 0 || target_state(t) == 'X');
}

static void who_is_not_there_is_not_opened(void **state)
{
	struct target *none;

	(void)state;
	none = target_open(&(struct target_spec){ .pid = 1 << 30 }, &err);
	assert_null(none);
	assert_int_equal(err.code, ERR_GONE);
}

/* --- who stands anyway --------------------------------------------------- */

struct seen {
	struct faketarget *ft;
	size_t n;
	uint64_t pc;
};

static bool look_at_fake(void *arg, const struct stop *stop,
			 struct err *ret_err)
{
	struct seen *seen = arg;
	struct regs regs;

	seen->n = stop->n;
	if (!target_registers(&seen->ft->target, stop_tid(stop, stop->n - 1),
			      &regs, ret_err))
		return false;
	seen->pc = regs.v[regs_pc];
	return true;
}

static void nobody_is_paused_who_stands_anyway(void **state)
{
	struct regs regs = { .thread_pointer = 1 };
	struct faketarget ft;
	struct seen seen = { .ft = &ft };
	struct stop stop;

	(void)state;
	faketarget_init(&ft);
	faketarget_thread(&ft, 10, &regs);
	regs.v[regs_pc] = 0x1234;
	faketarget_thread(&ft, 11, &regs);
	assert_true(target_hold(&ft.target, &stop, look_at_fake, &seen, &err));
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.pc, 0x1234);
	assert_int_equal(stop.n_stopped, 2);
	assert_int_equal(stop.n_unstopped, 0);
	assert_true(stop.pause_ms == 0);
	assert_false(target_hold(&ft.target, &stop, fail_oddly, NULL, &err));
	assert_string_equal(err.text, "it is odd");
	faketarget_fini(&ft);
}

static void what_a_target_does_not_offer_is_as_of_one_that_stands(void **state)
{
	struct faketarget ft;

	(void)state;
	faketarget_init(&ft);
	assert_false(target_moves(&ft.target));
	assert_true(target_age(&ft.target) < 0);
	assert_int_equal(target_state(&ft.target), 'T');
	target_know(&ft.target, NULL);
	target_look(&ft.target);
	faketarget_fini(&ft);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_process_is_what_it_is_by_its_number),
		TEST(its_bytes_maps_and_files_are_its_own),
		TEST(registers_are_those_of_who_is_held),
		TEST(failures_bear_the_name_of_the_target_once),
		TEST(whatever_failed_it_was_the_end_if_it_ended),
		TEST(who_is_not_there_is_not_opened),
		cmocka_unit_test(nobody_is_paused_who_stands_anyway),
		cmocka_unit_test(
			what_a_target_does_not_offer_is_as_of_one_that_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
