/* SPDX-License-Identifier: MIT */
/*
 * What each format makes of stacks made by hand, byte by byte, against the
 * files in tests/golden/; `make update-golden` rewrites them.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "report/report_stacks_fold.h"
#include "report/report_stacks_json.h"
#include "report/report_stacks_text.h"
#include "result/dump.h"

static struct err err;

static char *copy(const char *s)
{
	return s ? strdup(s) : NULL;
}

static struct stack_thread *add_thread(struct dump *dump, int64_t tid,
				       const char *name)
{
	struct stack_thread *thread = vec_add(&dump->stacks.threads, &err);

	assert_non_null(thread);
	thread->tid = tid;
	thread->ident = 0x7f0000000000 + (raddr)tid;
	thread->name = copy(name);
	thread->comm = strdup("python3");
	thread->state = "sleeping";
	thread->gil = GIL_NO;
	thread->cpu_ms = 1250;
	return thread;
}

/* Of a thread or a task. */
#define add_python(of, qualname, file, line) \
	fill_python(vec_add(&(of)->frames, &err), qualname, file, line)

static struct stack_frame *fill_python(struct stack_frame *frame,
				       const char *qualname, const char *file,
				       int64_t line)
{
	const char *dot;

	assert_non_null(frame);
	dot = qualname ? strrchr(qualname, '.') : NULL;
	frame->kind = FRAME_PYTHON;
	frame->qualname = copy(qualname);
	frame->function = copy(dot ? dot + 1 : qualname);
	frame->file = copy(file);
	frame->line = line;
	frame->end_line = line;
	frame->column = 8;
	frame->end_column = 20;
	return frame;
}

static struct stack_frame *add_native(struct stack_thread *thread,
				      const char *function, const char *module,
				      const char *file, int64_t line)
{
	struct stack_frame *frame = vec_add(&thread->frames, &err);

	assert_non_null(frame);
	frame->kind = FRAME_NATIVE;
	frame->function = copy(function);
	frame->module = copy(module);
	frame->file = copy(file);
	frame->line = line;
	frame->column = frame->end_line = frame->end_column = DUMP_UNKNOWN;
	frame->address = 0x7f1234567890;
	return frame;
}

static void add_local(struct stack_frame *frame, const char *name,
		      const char *value, bool is_argument)
{
	struct stack_local *local = vec_add(&frame->locals, &err);

	assert_non_null(local);
	*local = (struct stack_local){ copy(name), copy(value), is_argument };
}

static void add_main(struct dump *dump)
{
	struct stack_thread *thread = add_thread(dump, 4711, "MainThread");
	struct stack_frame *frame;

	thread->gil = GIL_HELD;
	thread->state = "running";
	thread->collecting = 1;
	add_native(thread, "clock_nanosleep", "/lib/libc.so.6", NULL,
		   DUMP_UNKNOWN);
	add_native(thread, NULL, "/srv/_fast.so", NULL, DUMP_UNKNOWN);
	add_native(thread, "inner", "/srv/_fast.so", "/src/fast.c", 12)
		->is_inlined = true;
	add_native(thread, NULL, NULL, NULL, DUMP_UNKNOWN);
	frame = add_python(thread, "Shop.sell", "/srv/app.py", 41);
	frame->self_class = strdup("app.BookShop");
	add_local(frame, "self", "<app.BookShop at 0x7f0000001000>", true);
	add_local(frame, "text", "'\\x1b[31m\\n'", true);
	add_local(frame, "raw", "\033[31m\n\xff", true);
	add_local(frame, "total", NULL, false);
	add_python(thread, "Shop.open", "/srv/app.py", 30)->self_class =
		strdup("app.Shop");
	add_python(thread, "serve.<locals>.<lambda>", "/srv/app.py", 7);
	add_python(thread, "<module>", "<string>", 1);
}

static void add_strangers(struct dump *dump)
{
	struct stack_thread *thread;

	/* What a terminal must not see, and what would end a stack. */
	thread = add_thread(dump, 4712, "a;b\n\033[1mc");
	thread->is_daemon = 1;
	thread->gil = GIL_WAITING;
	add_python(thread, "f\033]0;x\a", "/tmp/\n;x\xff.py", DUMP_UNKNOWN);
	add_python(thread, NULL, NULL, DUMP_UNKNOWN);

	thread = add_thread(dump, 4713, NULL);
	thread->ident = 0;
	thread->gil = GIL_UNKNOWN;
	thread->is_daemon = thread->collecting = DUMP_UNKNOWN;
	thread->interpreter = DUMP_UNKNOWN;
	thread->cpu_ms = DUMP_UNKNOWN;
	free(thread->comm);
	thread->comm = strdup("io\tworker");

	thread = add_thread(dump, DUMP_UNKNOWN, "gone");
	thread->state = NULL;
	thread->interpreter = 2;
	thread->problem = strdup("its frames changed\nwhile they were read");

	thread = add_thread(dump, 4714, "deep");
	free(thread->comm);
	thread->comm = strdup("renamed");
	for (int i = 0; i < 12; i++)
		add_python(thread, "recurse", "/srv/app.py", i ? 77 : 78);
	add_python(thread, "a_name_that_is_longer_than_its_column.<locals>.f",
		   "/srv/app.py", 80);
	thread = add_thread(dump, 4715, "idle");
}

static void sample_init(struct dump *dump)
{
	char **slot;

	dump_init(dump);
	dump->pid = 4711;
	slot = vec_add(&dump->command, &err);
	assert_non_null(slot);
	*slot = strdup("/usr/bin/python3");
	dump->executable = strdup("/usr/bin/python3.12");
	dump->started = 1795327200;
	dump->version = strdup("3.12.1");
	dump->abi = strdup("cpython-3.12");
	dump->abi_source = DUMP_ABI_FILE;
	dump->interpreters = 1;
	dump->mode = DUMP_STOP;
	dump->time = (struct timespec){ 1795327800, 123456789 };
	dump->pause_ms = 0.44;
	dump->duration_ms = 3.1;
	dump->bytes_read = 93000;
	add_main(dump);
}

static struct stack_task *add_task(struct dump *dump, raddr address,
				   const char *name, const char *coroutine,
				   raddr awaiter)
{
	struct stack_task *task = vec_add(&dump->stacks.tasks, &err);

	assert_non_null(task);
	task->address = address;
	task->name = copy(name);
	task->coroutine = copy(coroutine);
	task->state = TASK_PENDING;
	task->loop = 0x7f00000000f0;
	task->tid = DUMP_UNKNOWN;
	if (awaiter) {
		raddr *slot = vec_add(&task->awaited_by, &err);

		assert_non_null(slot);
		*slot = awaiter;
	}
	return task;
}

static void add_tasks(struct dump *dump)
{
	struct stack_task *task;
	char name[40];

	task = add_task(dump, 0x1000, "Task-1", "main", 0);
	task->state = TASK_RUNNING;
	task->tid = 4711;
	task->waits_for = 0x9000;
	add_python(task, "gather_all", "/srv/app.py", 12);
	add_python(task, "main", "/srv/app.py", 20);
	task = add_task(dump, 0x2000, "client-1", "client", 0x1000);
	add_python(task, "client", "/srv/app.py", 9);
	task = add_task(dump, 0x3000, NULL, NULL, 0x1000);
	task->state = TASK_UNKNOWN;
	task = add_task(dump, 0x4000, "shared\033[m", "fetch", 0x2000);
	*(raddr *)vec_add(&task->awaited_by, &err) = 0x3000;
	task->waits_for = 0x9100;
	add_python(task, "fetch", "/srv/app.py", 3);
	task = add_task(dump, 0x5000, "a", "left", 0x6000);
	task->loop = 0;
	task = add_task(dump, 0x6000, "b", "right", 0x5000);
	task->loop = 0;
	task = add_task(dump, 0x7000, "ended", "nothing", 0);
	task->state = TASK_DONE;
	for (raddr i = 0; i < 24; i++) {
		snprintf(name, sizeof(name), "link-%d", (int)i);
		add_task(dump, 0x10000 + i, name, "chain",
			 i ? 0x10000 + i - 1 : 0);
	}
}

static void check_text(struct dump *dump,
		       const struct report_stacks_options *opt,
		       const char *name)
{
	struct out *out = golden_out();

	assert_true(report_stacks_text(out, dump, opt, &err));
	golden_check(out, name);
	dump_fini(dump);
}

static void stacks_to_read(void **state)
{
	struct report_stacks_options opt = { .order = ORDER_FIRST };
	struct dump dump;

	(void)state;
	sample_init(&dump);
	add_strangers(&dump);
	dump.complete = 0;
	dump_warn(&dump, "one thread could not be read");
	check_text(&dump, &opt, "stacks.txt");
}

static void stacks_with_the_most_recent_call_last_in_colour(void **state)
{
	struct report_stacks_options opt = {
		.order = ORDER_LAST, .color = true,
	};
	struct dump dump;

	(void)state;
	sample_init(&dump);
	add_strangers(&dump);
	check_text(&dump, &opt, "stacks-last.txt");
}

static void tasks_as_a_tree(void **state)
{
	struct report_stacks_options opt = { .tasks = true };
	struct dump dump;

	(void)state;
	sample_init(&dump);
	add_tasks(&dump);
	check_text(&dump, &opt, "tasks.txt");
}

static void the_tree_in_ascii(void **state)
{
	struct report_stacks_options opt = { .tasks = true, .color = true };
	struct dump dump;

	(void)state;
	sample_init(&dump);
	add_tasks(&dump);
	setlocale(LC_CTYPE, "C");
	check_text(&dump, &opt, "tasks-ascii.txt");
	setlocale(LC_CTYPE, "C.UTF-8");
}

static void no_tasks(void **state)
{
	struct report_stacks_options opt = { .tasks = true };
	struct dump dump;

	(void)state;
	sample_init(&dump);
	check_text(&dump, &opt, "tasks-none.txt");
}

static void check_json(struct dump *dump,
		       const struct report_stacks_json_options *opt,
		       const char *name)
{
	struct out *out = golden_out();

	report_stacks_json(out, dump, opt);
	golden_check(out, name);
	dump_fini(dump);
}

static void the_document(void **state)
{
	struct report_stacks_json_options opt = {
		.tasks = true, .locals = true,
	};
	struct dump dump;

	(void)state;
	sample_init(&dump);
	add_strangers(&dump);
	add_tasks(&dump);
	check_json(&dump, &opt, "stacks.json");
}

static void the_document_in_a_line(void **state)
{
	struct report_stacks_json_options opt = { .one_line = true };
	struct dump dump;

	(void)state;
	sample_init(&dump);
	check_json(&dump, &opt, "stacks-line.json");
}

static void collapsed_stacks_add_up(void **state)
{
	struct out *out = golden_out();
	struct fold fold = { 0 };
	struct dump dump;

	(void)state;
	sample_init(&dump);
	assert_true(fold_add(&fold, &dump.stacks, &err));
	add_strangers(&dump);
	assert_true(fold_add(&fold, &dump.stacks, &err));
	fold_print(out, &fold);
	fold_fini(&fold);
	golden_check(out, "stacks.fold");
	dump_fini(&dump);
}

static void nothing_collapses_to_nothing(void **state)
{
	struct out *out = golden_out();
	struct fold fold = { 0 };

	(void)state;
	fold_print(out, &fold);
	fold_fini(&fold);
	assert_int_equal(out->n, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks_to_read),
		cmocka_unit_test(
			stacks_with_the_most_recent_call_last_in_colour),
		cmocka_unit_test(tasks_as_a_tree),
		cmocka_unit_test(the_tree_in_ascii),
		cmocka_unit_test(no_tasks),
		cmocka_unit_test(the_document),
		cmocka_unit_test(the_document_in_a_line),
		cmocka_unit_test(collapsed_stacks_add_up),
		cmocka_unit_test(nothing_collapses_to_nothing),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
