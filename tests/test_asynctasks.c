/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "faketypes.h"
#include "pyabi/asynctasks.h"

#define TYPE(n) (FAKETYPES + (n) * FAKETYPES_STEP)
enum {
	NONETYPE = TYPE(1),
	STR = TYPE(2),
	INT = TYPE(3),
	SET = TYPE(4),
	TASK = TYPE(5),
	FUTURE = TYPE(6),
	FUNCTION = TYPE(7),
	TUPLE = TYPE(8),
	CELL = TYPE(9),
	COROUTINE = TYPE(10),

	INTERP = 0x20000,
	TSTATE = 0x3000,	/* with a list of tasks */
	A = 0x5000,		/* tasks */
	B = 0x5200,
	OUTER = 0x5400,		/* a future */
	CALLBACK = 0x5600,
	CLOSURE = 0x5800,
	THE_CELL = 0x5900,
	MODULE = 0x5a00,	/* the name of one */
	TABLE = 0x6000,
	THE_SET = 0x6800,
	CORO = 0x7000,
	CODE = 0x7800,
};

static struct faketypes ft;
static struct runtime rt;
static struct pythreads threads;
static struct pythread thread;
static struct asyncplaces places;
static struct asynctasks tasks;
static struct asyncsets sets;

static void put_types(void)
{
	const struct abi *abi = &ft.abi;
	const struct {
		raddr at;
		const char *name;
		uint64_t size, flags;
	} types[] = {
		{ NONETYPE, "NoneType", 16, 0 },
		{ STR, "str", abi->str_sizeof, TPF_STR_SUBCLASS },
		{ INT, "int", abi->int_ob_digit, TPF_LONG_SUBCLASS },
		{ SET, "set", abi->set_sizeof, 0 },
		{ TASK, "_asyncio.Task", abi->task_sizeof, 0 },
		{ FUTURE, "_asyncio.Future", abi->future_sizeof, 0 },
		{ FUNCTION, "function", abi->function_sizeof, 0 },
		{ TUPLE, "tuple", abi->tuple_ob_item, TPF_TUPLE_SUBCLASS },
		{ CELL, "cell", abi->cell_sizeof, 0 },
		{ COROUTINE, "coroutine", abi->coro_sizeof, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		faketypes_put(&ft, types[i].at, types[i].name, types[i].size,
			      0, types[i].flags);
}

static void begin(unsigned minor)
{
	const struct abi *abi;

	faketypes_init(&ft, minor);
	abi = &ft.abi;
	put_types();
	assert_true(faketypes_read(&ft));
	memset(&tasks, 0, sizeof(tasks));
	memset(&rt, 0, sizeof(rt));
	memset(&places, 0, sizeof(places));
	rt.abi = ft.abi;
	thread = (struct pythread){ .tstate = TSTATE, .interp = INTERP,
				    .ident = 0x77 };
	threads.v.v = &thread;
	threads.v.n = 1;
	places.interp_head = abi->interp_asyncio_tasks_head;
	places.tstate_head = abi->tstateimpl_asyncio_tasks_head;
	places.running_task = abi->tstateimpl_asyncio_running_task;
	places.task_node = abi->task_task_node;
}

static int setup_314(void **state)
{
	static raddr interps[1] = { INTERP };

	(void)state;
	begin(14);
	/* The list of an interpreter lies far behind its beginning. */
	fake_segment(&ft.fm, INTERP, 0x8000);
	rt.interps.v = interps;
	rt.interps.n = 1;
	return 0;
}

static int setup_312(void **state)
{
	(void)state;
	begin(12);
	rt.interps.n = 0;
	sets = (struct asyncsets){ .set = { 0, THE_SET, 0 } };
	places.sets.v = &sets;
	places.sets.n = 1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	asynctasks_fini(&tasks);
	faketypes_fini(&ft);
	return 0;
}

static raddr object(raddr at, raddr type)
{
	fake_u64(&ft.fm, at, 1);
	fake_u64(&ft.fm, at + ft.abi.object_ob_type, type);
	return at;
}

static raddr head(void)
{
	return TSTATE + places.tstate_head;
}

static raddr node(raddr task)
{
	return task + places.task_node;
}

/* A ring of the thread's tasks. */
static void ring(const raddr *task, size_t n)
{
	raddr last = head();

	for (size_t i = 0; i < n; i++) {
		object(task[i], TASK);
		fake_u64(&ft.fm, last, node(task[i]));
		fake_u64(&ft.fm, node(task[i]) + 8, last);
		last = node(task[i]);
	}
	fake_u64(&ft.fm, last, head());
	fake_u64(&ft.fm, head() + 8, last);
}

static void set_of(const raddr *key, size_t n)
{
	const struct abi *abi = &ft.abi;

	object(THE_SET, SET);
	fake_u64(&ft.fm, THE_SET + abi->set_mask, 7);
	fake_u64(&ft.fm, THE_SET + abi->set_used, n);
	fake_u64(&ft.fm, THE_SET + abi->set_table, TABLE);
	for (size_t i = 0; i < n; i++)
		fake_u64(&ft.fm, TABLE + (2 * i + 1) * abi->setentry_sizeof,
			 key[i]);
}

static void read_all(void)
{
	struct err err;

	assert_true(asynctasks_read(&tasks, &places, &rt, &threads, &ft.ctx,
				    &err));
	assert_true(asynctasks_link(&tasks, &ft.ctx, &err));
	assert_int_equal(ft.ctx.faults, 0);
}

static void a_ring_has_the_tasks_that_are_not_done(void **state)
{
	(void)state;
	ring((raddr[]){ A, B }, 2);
	fake_u32(&ft.fm, B + ft.abi.future_fut_state, 2);
	fake_u64(&ft.fm, A + ft.abi.task_task_coro, CORO);
	read_all();
	assert_false(tasks.is_torn);
	assert_int_equal(tasks.v.n, 1);
	assert_int_equal(tasks.v.v[0].address, A);
	assert_int_equal(tasks.v.v[0].coro, CORO);
	assert_false(tasks.v.v[0].runs);
}

static void a_thread_says_which_task_runs(void **state)
{
	(void)state;
	ring((raddr[]){ A, B }, 2);
	fake_u64(&ft.fm, TSTATE + places.running_task, B);
	read_all();
	assert_false(tasks.v.v[0].runs);
	assert_true(tasks.v.v[1].runs);
	assert_int_equal(tasks.v.v[1].ident, 0x77);
}

static void a_list_never_made_is_empty(void **state)
{
	(void)state;
	read_all();
	assert_false(tasks.is_torn);
	assert_int_equal(tasks.v.n, 0);
}

/* B leads back to itself: what is behind would never come home. */
static void a_ring_that_does_not_agree_ends_and_is_torn(void **state)
{
	(void)state;
	ring((raddr[]){ A, B }, 2);
	fake_u64(&ft.fm, node(B), node(B));
	read_all();
	assert_true(tasks.is_torn);
	assert_int_equal(tasks.v.n, 2);
}

static void a_ring_that_leads_nowhere_is_torn(void **state)
{
	(void)state;
	ring((raddr[]){ A }, 1);
	fake_u64(&ft.fm, node(A), 0x7fff00000000);
	read_all();
	assert_true(tasks.is_torn);
	assert_int_equal(tasks.v.n, 1);
}

static void what_is_no_task_is_none_and_torn(void **state)
{
	(void)state;
	ring((raddr[]){ A, B }, 2);
	object(A, FUTURE);
	read_all();
	assert_true(tasks.is_torn);
	assert_int_equal(tasks.v.n, 1);
	assert_int_equal(tasks.v.v[0].address, B);
}

static void tasks_of_another_size_are_not_looked_for(void **state)
{
	(void)state;
	ring((raddr[]){ A, B }, 2);
	places.differs = true;
	read_all();
	assert_true(tasks.is_torn);
	assert_int_equal(tasks.v.n, 0);
}

static void a_set_is_walked_past_its_tombstones(void **state)
{
	const struct abi *abi = &ft.abi;

	(void)state;
	object(A, TASK);
	object(B, TASK);
	set_of((raddr[]){ A, B }, 2);
	fake_u64(&ft.fm, TABLE, object(OUTER, NONETYPE));
	fake_u64(&ft.fm, TABLE + abi->setentry_hash, UINT64_MAX);
	read_all();
	assert_false(tasks.is_torn);
	assert_int_equal(tasks.v.n, 2);
}

static void a_set_that_counts_more_than_it_has_is_torn(void **state)
{
	(void)state;
	object(A, TASK);
	set_of((raddr[]){ A }, 1);
	fake_u64(&ft.fm, THE_SET + ft.abi.set_used, 3);
	read_all();
	assert_true(tasks.is_torn);
	assert_int_equal(tasks.v.n, 1);
}

static void text(raddr at, const char *s)
{
	enum { KIND1 = 1 << 2, COMPACT = 1 << 5, ASCII = 1 << 6 };

	fake_u64(&ft.fm, object(at, STR) + ft.abi.str_length, strlen(s));
	fake_u32(&ft.fm, at + ft.abi.str_state, KIND1 | COMPACT | ASCII);
	fake_bytes(&ft.fm, at + ft.abi.str_ascii_sizeof, s, strlen(s) + 1);
}

/* A waits for OUTER, which a callback on B will set. */
static void gather(const char *module)
{
	const struct abi *abi = &ft.abi;
	struct fakemem *fm = &ft.fm;

	object(A, TASK);
	object(B, TASK);
	object(OUTER, FUTURE);
	set_of((raddr[]){ A, B }, 2);
	fake_u64(fm, A + abi->task_task_fut_waiter, OUTER);
	fake_u64(fm, B + abi->future_fut_callback0, object(CALLBACK, FUNCTION));
	text(MODULE, module);
	fake_u64(fm, CALLBACK + abi->function_func_module, MODULE);
	fake_u64(fm, CALLBACK + abi->function_func_closure,
		 object(CLOSURE, TUPLE));
	fake_u64(fm, CLOSURE + abi->var_ob_size, 1);
	fake_u64(fm, CLOSURE + abi->tuple_ob_item, object(THE_CELL, CELL));
	fake_u64(fm, THE_CELL + abi->cell_ob_ref, OUTER);
}

static size_t awaiters(raddr task)
{
	uint32_t i = addrmap_get(&tasks.number, task);

	assert_true(i < tasks.v.n);
	return tasks.v.v[i].awaited_by.n;
}

static void a_callback_of_asyncio_says_who_awaits(void **state)
{
	(void)state;
	gather("asyncio.tasks");
	read_all();
	assert_false(tasks.is_torn);
	assert_int_equal(awaiters(A), 0);
	assert_int_equal(awaiters(B), 1);
}

static void a_callback_of_others_says_nothing(void **state)
{
	(void)state;
	gather("asyncioish");
	read_all();
	assert_int_equal(awaiters(B), 0);
}

/* The future in the closure has that very callback, too. */
static void futures_that_lead_to_themselves_end(void **state)
{
	(void)state;
	gather("asyncio.tasks");
	fake_u64(&ft.fm, A + ft.abi.task_task_fut_waiter, 0);
	fake_u64(&ft.fm, OUTER + ft.abi.future_fut_callback0, CALLBACK);
	read_all();
	assert_int_equal(awaiters(B), 0);
}

static void a_closure_of_lies_ends(void **state)
{
	(void)state;
	gather("asyncio.tasks");
	fake_u64(&ft.fm, CLOSURE + ft.abi.var_ob_size, UINT64_MAX);
	read_all();
	assert_int_equal(awaiters(B), 1);
}

static void a_number_is_a_name_until_it_is_asked_for(void **state)
{
	struct asynctask task = { .address = A, .name = OUTER };
	char buf[40];

	(void)state;
	object(OUTER, INT);
	fake_u64(&ft.fm, OUTER + ft.abi.int_lv_tag, 1 << 3);
	fake_u32(&ft.fm, OUTER + ft.abi.int_ob_digit, 42);
	assert_true(asynctask_name(&ft.ctx, &task, buf, sizeof(buf)));
	assert_string_equal(buf, "Task-42");
	task.name = object(OUTER, NONETYPE);
	assert_false(asynctask_name(&ft.ctx, &task, buf, sizeof(buf)));
}

static bool count(void *arg, const struct pyframe *frame)
{
	(void)frame;
	++*(size_t *)arg;
	return true;
}

/* A coroutine that awaits itself. */
static void a_chain_of_awaits_that_never_ends_is_cut(void **state)
{
	const struct abi *abi = &ft.abi;
	struct asynctask task = { .address = A, .coro = CORO };
	raddr frame = CORO + abi->gen_gi_iframe;
	size_t n = 0;

	(void)state;
	object(CORO, COROUTINE);
	fake_u8(&ft.fm, CORO + abi->gen_gi_frame_state,
		(uint8_t)abi->n_frame_suspended_yield_from);
	fake_u64(&ft.fm, frame + abi->iframe_f_executable, CODE);
	fake_u64(&ft.fm, frame + abi->iframe_instr_ptr,
		 CODE + abi->code_co_code_adaptive + 4);
	fake_u64(&ft.fm, frame + abi->iframe_localsplus, CORO);
	fake_u64(&ft.fm, frame + abi->iframe_stackpointer,
		 frame + abi->iframe_localsplus + 8);
	assert_false(asynctask_frames(&ft.ctx, &task, count, &n));
	assert_true(n > 100 && n < 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name, setup) \
	cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_ring_has_the_tasks_that_are_not_done, setup_314),
		TEST(a_thread_says_which_task_runs, setup_314),
		TEST(a_list_never_made_is_empty, setup_314),
		TEST(a_ring_that_does_not_agree_ends_and_is_torn, setup_314),
		TEST(a_ring_that_leads_nowhere_is_torn, setup_314),
		TEST(what_is_no_task_is_none_and_torn, setup_314),
		TEST(tasks_of_another_size_are_not_looked_for, setup_314),
		TEST(a_set_is_walked_past_its_tombstones, setup_312),
		TEST(a_set_that_counts_more_than_it_has_is_torn, setup_312),
		TEST(a_callback_of_asyncio_says_who_awaits, setup_312),
		TEST(a_callback_of_others_says_nothing, setup_312),
		TEST(futures_that_lead_to_themselves_end, setup_312),
		TEST(a_closure_of_lies_ends, setup_312),
		TEST(a_number_is_a_name_until_it_is_asked_for, setup_312),
		TEST(a_chain_of_awaits_that_never_ends_is_cut, setup_314),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
