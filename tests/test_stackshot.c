/* SPDX-License-Identifier: MIT */
/* A whole look at threads that a test has built. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fakestacks.h"
#include "heap/capture.h"
#include "heap/snapshot.h"
#include "pyabi/tracee.h"
#include "result/dump.h"
#include "stacks/stackshot.h"

enum { MAIN = 4711, WORKER = 4720 };

static struct fakeheap fh;
static struct fakestacks fs;
static struct tracee tr;
static struct dump dump;
static struct err err;
static raddr main_thread, worker, leaf;

static int set_up(void **state)
{
	(void)state;
	fakeheap_init(&fh);
	fakestacks_init(&fs, &fh);
	main_thread = fakestacks_thread(&fs, MAIN);
	worker = fakestacks_thread(&fs, WORKER);
	leaf = fakestacks_code(&fs, "lib.py", "leaf", 100);
	fakestacks_call(&fs, main_thread,
			fakestacks_code(&fs, "app.py", "main", 10), 3);
	fakestacks_call(&fs, main_thread, leaf, 0);
	fakestacks_call(&fs, worker,
			fakestacks_code(&fs, "app.py", "work", 20), 9);
	fakestacks_hold_gil(&fs, main_thread);
	dump_init(&dump);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dump_fini(&dump);
	tracee_close(&tr);
	fakeheap_fini(&fh);
	return 0;
}

static bool look(const struct stackshot_options *opt)
{
	return tracee_understand(&tr, &fh.ft.target, NULL, &err) &&
	       stackshot_take(&tr, opt, &dump, &err);
}

static const struct stack_thread *thread_of(pid_t tid)
{
	for (size_t i = 0; i < dump.stacks.threads.n; i++) {
		if (dump.stacks.threads.v[i].tid == tid)
			return &dump.stacks.threads.v[i];
	}
	fail_msg("no thread %d", (int)tid);
	return NULL;
}

static void is_frame(const struct stack_thread *thread, size_t i,
		     const char *function, const char *file, int64_t line)
{
	assert_true(i < thread->frames.n);
	assert_string_equal(thread->frames.v[i].function, function);
	assert_string_equal(thread->frames.v[i].file, file);
	assert_int_equal(thread->frames.v[i].line, line);
}

static void stacks_are_as_they_were_called(void)
{
	const struct stack_thread *t = thread_of(MAIN);

	assert_int_equal(dump.stacks.threads.n, 2);
	assert_null(t->problem);
	assert_int_equal(t->ident, fakestacks_ident(MAIN));
	assert_int_equal(t->gil, GIL_HELD);
	assert_int_equal(t->frames.n, 2);
	is_frame(t, 0, "leaf", "lib.py", 100);
	is_frame(t, 1, "main", "app.py", 13);
	assert_false(t->frames.v[0].is_entry);
	assert_true(t->frames.v[1].is_entry);

	t = thread_of(WORKER);
	assert_null(t->problem);
	assert_int_equal(t->ident, fakestacks_ident(WORKER));
	assert_int_not_equal(t->gil, GIL_HELD);
	assert_int_equal(t->frames.n, 1);
	is_frame(t, 0, "work", "app.py", 29);
	assert_true(dump.complete);
	assert_int_equal(dump.warnings.n, 0);
}

static void calls_come_out_of_a_stopped_look(void **state)
{
	(void)state;
	assert_true(look(&(struct stackshot_options){ .stop = true }));
	assert_int_equal(fh.ft.n_holds, 1);
	assert_int_equal(dump.mode, DUMP_STOP);
	stacks_are_as_they_were_called();
}

static void calls_come_out_of_a_running_look(void **state)
{
	(void)state;
	assert_true(look(&(struct stackshot_options){ .stop = false }));
	assert_int_equal(fh.ft.n_holds, 0);
	assert_int_equal(dump.mode, DUMP_LIVE);
	stacks_are_as_they_were_called();
}

static void return_and_call(void *arg)
{
	(void)arg;
	fakestacks_return(&fs, main_thread);
	fakestacks_call(&fs, worker, leaf, 2);
	fakestacks_hold_gil(&fs, worker);
}

static void it_is_the_moment_of_the_stop_that_counts(void **state)
{
	(void)state;
	fh.ft.at_hold = return_and_call;
	assert_true(look(&(struct stackshot_options){ .stop = true }));
	assert_int_equal(thread_of(MAIN)->frames.n, 1);
	assert_int_equal(thread_of(WORKER)->frames.n, 2);
	is_frame(thread_of(WORKER), 0, "leaf", "lib.py", 102);
	assert_int_equal(thread_of(WORKER)->gil, GIL_HELD);
}

static void a_thread_of_c_has_no_frames(void **state)
{
	struct regs regs = { .thread_pointer = 1, .call = -1 };

	(void)state;
	faketarget_thread(&fh.ft, 4730, &regs);
	assert_true(look(&(struct stackshot_options){ .stop = true }));
	assert_int_equal(dump.stacks.threads.n, 3);
	assert_int_equal(thread_of(4730)->frames.n, 0);
	assert_int_equal(thread_of(4730)->ident, 0);
	assert_true(dump.complete);
}

static void a_stack_that_runs_in_a_circle_ends(void **state)
{
	raddr frame;

	(void)state;
	frame = fakestacks_call(&fs, worker, leaf, 1);
	fake_u64(&fh.ft.fm, frame + fh.abi.iframe_previous, frame);
	assert_true(look(&(struct stackshot_options){ .stop = true }));
	assert_int_equal(thread_of(MAIN)->frames.n, 2);
	assert_non_null(thread_of(WORKER)->problem);
	assert_false(dump.complete);
}

static void what_cannot_be_read_is_told_and_ends_nothing(void **state)
{
	raddr frame;

	(void)state;
	frame = fakestacks_call(&fs, worker, leaf, 1);
	fake_u64(&fh.ft.fm, frame + fh.abi.iframe_previous, 0x123450);
	assert_true(look(&(struct stackshot_options){ .stop = true }));
	assert_int_equal(thread_of(MAIN)->frames.n, 2);
	is_frame(thread_of(WORKER), 0, "leaf", "lib.py", 101);
	assert_non_null(thread_of(WORKER)->problem);
	assert_false(dump.complete);
}

static void beside_another_look_only_the_stacks_are_filled(void **state)
{
	const struct beside *beside = &stackshot_beside;

	(void)state;
	assert_true(tracee_understand(&tr, &fh.ft.target, NULL, &err));
	dump.complete = 1;
	assert_true(beside->running(&tr, &dump, &err));
	stacks_are_as_they_were_called();
	assert_int_equal(dump.pid, 0);
}

static void one_pause_serves_heap_and_stacks(void **state)
{
	struct snapshot_options opt = {
		.stop = true, .beside = &stackshot_beside,
	};
	struct capture cap;

	(void)state;
	assert_true(capture_of(&cap, &fh.ft.target, &err));
	assert_true(snapshot_look(&cap, &opt, &dump, &err));
	assert_int_equal(fh.ft.n_holds, 1);
	assert_int_equal(dump.blocks.in_use, fh.n_blocks);
	stacks_are_as_they_were_called();
	capture_close(&cap);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(calls_come_out_of_a_stopped_look),
		TEST(calls_come_out_of_a_running_look),
		TEST(it_is_the_moment_of_the_stop_that_counts),
		TEST(a_thread_of_c_has_no_frames),
		TEST(a_stack_that_runs_in_a_circle_ends),
		TEST(what_cannot_be_read_is_told_and_ends_nothing),
		TEST(beside_another_look_only_the_stacks_are_filled),
		TEST(one_pause_serves_heap_and_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
