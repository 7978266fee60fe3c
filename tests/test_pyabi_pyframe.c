/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bounds.h"
#include "fakeobj.h"
#include "pyabi/pycode.h"
#include "pyabi/pyframe.h"

/* A thread with three frames, innermost first, each at a place of its own. */
enum {
	TSTATE = 0x11000, CFRAME = 0x11800, FRAMES = 0x12000, STEP = 0x400,
	N_FRAMES = 3,
	SHIM = 0x13000, CODE = 0x14000, TYPE = 0x15000, NAMES = 0x15800,
	CELL_TYPE = 0x16000, CELL = 0x16800, OBJECT = 0x16a00, GEN = 0x17000,
	KINDS = 0x18000, BYTECODE = 0x18800, STACK = 0x19000,
	TEXT = 0x1a000,
	FIRST_MINOR = 6, LAST_MINOR = 15,
};

static struct fakeobj fo;
static struct pyframe seen[8];
static size_t n_seen;

static void put(raddr at, uint32_t off, uint64_t value)
{
	if (abi_has(off))
		fake_u64(&fo.fm, at + off, value);
}

static void put32(raddr at, uint32_t off, uint32_t value)
{
	if (abi_has(off))
		fake_u32(&fo.fm, at + off, value);
}

static void put8(raddr at, uint32_t off, uint8_t value)
{
	if (abi_has(off))
		fake_u8(&fo.fm, at + off, value);
}

static void make_type(raddr type, raddr text, const char *name)
{
	put(type, fo.abi.type_tp_name, text);
	fake_str(&fo.fm, text, name);
}

static bool has_shims(void)
{
	return fo.abi.n_frame_owner_entry != ABI_NO_NUMBER;
}

static bool on_heap(void)
{
	return fo.abi.frames == FRAMES_HEAP;
}

static raddr frame_at(unsigned i)
{
	return FRAMES + i * STEP;
}

static void make_frame(raddr at, raddr previous, int64_t lasti)
{
	const struct abi *abi = &fo.abi;

	if (on_heap()) {
		put(at, abi->frame_f_back, previous);
		put(at, abi->frame_f_code, CODE);
		put32(at, abi->frame_f_lasti, (uint32_t)
		      (abi->lasti == LASTI_UNITS ? lasti / 2 : lasti));
		return;
	}
	put(at, abi->iframe_previous, previous);
	put(at, abi->iframe_f_executable, CODE);
	put(at, abi->iframe_instr_ptr, CODE + abi->code_co_code_adaptive +
				       (uint64_t)lasti);
}

/* 0 and 1 run in one call of the evaluation function, 2 in another. */
static void make_thread(void)
{
	const struct abi *abi = &fo.abi;

	for (unsigned i = 0; i < N_FRAMES; i++)
		make_frame(frame_at(i), i + 1 < N_FRAMES ? frame_at(i + 1) : 0,
			   20 + 2 * i);
	put8(frame_at(1), abi->iframe_is_entry, 1);
	put8(frame_at(2), abi->iframe_is_entry, 1);
	if (has_shims()) {
		put(frame_at(1), abi->iframe_previous, SHIM);
		put(SHIM, abi->iframe_previous, frame_at(2));
		put8(SHIM, abi->iframe_owner, 3);
		put(frame_at(2), abi->iframe_previous, SHIM + STEP);
		put8(SHIM + STEP, abi->iframe_owner, 3);
	}
	put(TSTATE, abi->tstate_frame, frame_at(0));
	put(TSTATE, abi->tstate_current_frame, frame_at(0));
	put(TSTATE, abi->tstate_cframe, CFRAME);
	if (abi->frames == FRAMES_CFRAME)
		put(CFRAME, abi->cframe_current_frame, frame_at(0));
}

static void start(unsigned minor)
{
	fakeobj_init(&fo, minor);
	make_type(TYPE, TEXT, "code");
	put(CODE, fo.abi.object_ob_type, TYPE);
	make_thread();
	n_seen = 0;
}

static bool see(void *arg, const struct pyframe *frame)
{
	(void)arg;
	if (n_seen < 8)
		seen[n_seen] = *frame;
	n_seen++;
	return true;
}

static bool walk(void)
{
	fo.ctx.faults = 0;
	return pyframe_walk(&fo.ctx, TSTATE, see, NULL);
}

static void frames_come_innermost_first_and_shims_do_not(void **state)
{
	(void)state;
	for (unsigned minor = FIRST_MINOR; minor <= LAST_MINOR; minor++) {
		start(minor);
		assert_true(walk());
		assert_int_equal(n_seen, N_FRAMES);
		for (unsigned i = 0; i < N_FRAMES; i++) {
			assert_int_equal(seen[i].at, frame_at(i));
			assert_int_equal(seen[i].code, CODE);
			assert_int_equal(seen[i].lasti, 20 + 2 * i);
		}
		fakeobj_fini(&fo);
	}
}

static void what_c_called_is_an_entry(void **state)
{
	(void)state;
	for (unsigned minor = FIRST_MINOR; minor <= LAST_MINOR; minor++) {
		start(minor);
		walk();
		assert_int_equal(seen[0].is_entry, on_heap());
		assert_true(seen[1].is_entry);
		assert_true(seen[2].is_entry);
		if (has_shims()) {
			assert_int_equal(seen[0].anchor, 0);
			assert_int_equal(seen[1].anchor, SHIM);
			assert_int_equal(seen[2].anchor, SHIM + STEP);
		}
		fakeobj_fini(&fo);
	}
}

static void a_thread_without_python_has_no_frames(void **state)
{
	(void)state;
	for (unsigned minor = FIRST_MINOR; minor <= LAST_MINOR; minor++) {
		start(minor);
		put(TSTATE, fo.abi.tstate_frame, 0);
		put(TSTATE, fo.abi.tstate_current_frame, 0);
		if (fo.abi.frames == FRAMES_CFRAME)
			put(CFRAME, fo.abi.cframe_current_frame, 0);
		assert_true(walk());
		assert_int_equal(n_seen, 0);
		fakeobj_fini(&fo);
	}
}

/* A torn chain may lead back into itself. */
static void a_circle_of_frames_ends_at_the_limit(void **state)
{
	(void)state;
	start(12);
	put(frame_at(1), fo.abi.iframe_previous, frame_at(0));
	assert_false(walk());
	assert_in_range(n_seen, 3, MAX_FRAMES);
	fakeobj_fini(&fo);
}

static void what_was_read_before_a_hole_is_kept(void **state)
{
	(void)state;
	for (unsigned minor = FIRST_MINOR; minor <= LAST_MINOR; minor++) {
		start(minor);
		fake_fault(&fo.fm, frame_at(2), 16);
		assert_false(walk());
		assert_int_equal(n_seen, 2);
		fakeobj_fini(&fo);
	}
}

static void a_frame_that_has_not_begun_is_hidden(void **state)
{
	const struct pycode code = { .bytecode = 1, .first_traceable = 5 };
	struct pyframe frame = { .lasti = 8 };

	(void)state;
	assert_true(pyframe_is_hidden(&frame, &code));
	frame.lasti = 10;
	assert_false(pyframe_is_hidden(&frame, &code));
	frame.lasti = -2;
	assert_true(pyframe_is_hidden(&frame, &code));
	frame.owner = PYFRAME_GENERATOR;
	assert_false(pyframe_is_hidden(&frame, &code));
	frame.owner = PYFRAME_THREAD;
	assert_false(pyframe_is_hidden(&frame, NULL));
}

static void a_slot_is_told_without_its_tag(void **state)
{
	bool is_int;
	int64_t n;

	(void)state;
	start(14);
	fake_u64(&fo.fm, STACK, OBJECT | 1);
	assert_int_equal(pyframe_slot(&fo.ctx, STACK, &is_int, &n), OBJECT);
	assert_false(is_int);
	fake_u64(&fo.fm, STACK, 1);
	assert_int_equal(pyframe_slot(&fo.ctx, STACK, NULL, NULL), 0);
	fake_u64(&fo.fm, STACK, (uint64_t)-7 << 2 | 3);
	assert_int_equal(pyframe_slot(&fo.ctx, STACK, &is_int, &n), 0);
	assert_true(is_int);
	assert_int_equal(n, -7);
	fakeobj_fini(&fo);
}

/* --- variables ----------------------------------------------------------- */

static struct {
	raddr name, value;
	bool is_argument;
} variable[8];

static size_t n_variables;

static bool see_variable(void *arg, raddr name, raddr value, bool is_argument)
{
	(void)arg;
	variable[n_variables].name = name;
	variable[n_variables].value = value;
	variable[n_variables++].is_argument = is_argument;
	return true;
}

static void make_tuple(raddr at, unsigned n)
{
	put(at, fo.abi.var_ob_size, n);
	for (unsigned i = 0; i < n; i++)
		fake_u64(&fo.fm, at + fo.abi.tuple_ob_item + 8 * i,
			 TEXT + 0x100 * i);
}

/* An argument in a cell, an unset local, one that is set. */
static void make_variables(void)
{
	const struct abi *abi = &fo.abi;

	make_type(CELL_TYPE, TEXT + 8, "cell");
	put(CELL, abi->object_ob_type, CELL_TYPE);
	put(CELL, abi->cell_ob_ref, OBJECT);
	put(OBJECT, abi->object_ob_type, TYPE);
	make_tuple(NAMES, 3);
	put(CODE, abi->code_co_localsplusnames, NAMES);
	put(CODE, abi->code_co_localspluskinds, KINDS);
	fake_u8(&fo.fm, KINDS + abi->bytes_ob_sval, 0x60);
	put32(CODE, abi->code_co_argcount, 1);
	fake_u64(&fo.fm, frame_at(0) + abi->iframe_localsplus, CELL);
	fake_u64(&fo.fm, frame_at(0) + abi->iframe_localsplus + 8, 0);
	fake_u64(&fo.fm, frame_at(0) + abi->iframe_localsplus + 16, CODE);
}

static void cells_are_looked_into_and_unset_ones_left_out(void **state)
{
	struct pyframe frame;

	(void)state;
	for (unsigned minor = 11; minor <= LAST_MINOR; minor++) {
		start(minor);
		make_variables();
		n_variables = 0;
		assert_true(pyframe_read(&fo.ctx, frame_at(0), &frame));
		assert_true(pyframe_locals(&fo.ctx, &frame, see_variable,
					   NULL));
		assert_int_equal(n_variables, 2);
		assert_int_equal(variable[0].value, OBJECT);
		assert_true(variable[0].is_argument);
		assert_int_equal(variable[1].value, CODE);
		assert_false(variable[1].is_argument);
		assert_int_equal(variable[1].name, TEXT + 0x200);
		assert_int_equal(pyframe_first_argument(&fo.ctx, &frame),
				 OBJECT);
		fakeobj_fini(&fo);
	}
}

static void a_million_names_end_at_the_limit(void **state)
{
	struct pyframe frame;

	(void)state;
	start(12);
	make_variables();
	put(NAMES, fo.abi.var_ob_size, UINT64_MAX / 16);
	n_variables = 0;
	assert_true(pyframe_read(&fo.ctx, frame_at(0), &frame));
	fake_fault(&fo.fm, NAMES + 0x300, 8);
	assert_false(pyframe_locals(&fo.ctx, &frame, see_variable, NULL));
	assert_int_equal(n_variables, 0);
	put(NAMES, fo.abi.var_ob_size, 1ull << 40);
	fo.ctx.faults = 0;
	assert_false(pyframe_locals(&fo.ctx, &frame, see_variable, NULL));
	assert_in_range(n_variables, 1, 8);
	fakeobj_fini(&fo);
}

/* --- generators ---------------------------------------------------------- */

static raddr gen_frame(void)
{
	return abi_has(fo.abi.gen_gi_iframe) ? GEN + fo.abi.gen_gi_iframe :
					       frame_at(0);
}

/* How many values are on the stack, where that is told. */
static void make_stack(raddr frame, raddr awaited)
{
	const struct abi *abi = &fo.abi;
	raddr base = on_heap() ? STACK : frame + abi->iframe_localsplus;
	unsigned n = (unsigned)abi->n_await_depth + 1;

	fake_u64(&fo.fm, base + 8, awaited);
	put(frame, abi->frame_f_valuestack, base);
	put(frame, abi->frame_f_stacktop, base + 8 * n);
	put32(frame, abi->frame_f_stackdepth, n);
	put32(frame, abi->iframe_stacktop, n);
	put(frame, abi->iframe_stackpointer, base + 8 * n);
}

static void make_generator(bool awaits)
{
	const struct abi *abi = &fo.abi;
	int64_t state = awaits && abi->n_frame_suspended_yield_from !=
				  ABI_NO_NUMBER ?
			abi->n_frame_suspended_yield_from :
			abi->n_frame_suspended;
	raddr code = on_heap() ? BYTECODE + abi->bytes_ob_sval :
				 CODE + abi->code_co_code_adaptive;

	put(GEN, abi->gen_gi_frame, frame_at(0));
	make_frame(gen_frame(), 0, 20);
	put8(gen_frame(), abi->iframe_owner, 1);
	put8(GEN, abi->gen_gi_frame_state, (uint8_t)state);
	put8(frame_at(0), abi->frame_f_state, (uint8_t)state);
	put(CODE, abi->code_co_code, BYTECODE);
	/* YIELD_FROM 0; RESUME 3 */
	fake_u8(&fo.fm, code + 22, awaits ? 72 : 100);
	fake_u8(&fo.fm, code + 23, awaits ? 3 : 1);
	make_stack(gen_frame(), OBJECT);
}

static void a_coroutine_that_awaits_says_what(void **state)
{
	struct pyframe frame;

	(void)state;
	for (unsigned minor = FIRST_MINOR; minor <= LAST_MINOR; minor++) {
		start(minor);
		make_generator(true);
		assert_int_equal(pygen_state(&fo.ctx, GEN), PYGEN_SUSPENDED);
		assert_true(pygen_frame(&fo.ctx, GEN, &frame));
		assert_int_equal(frame.at, gen_frame());
		assert_int_equal(pygen_awaits(&fo.ctx, GEN), OBJECT);
		fakeobj_fini(&fo);
	}
}

static void a_generator_that_yielded_awaits_nothing(void **state)
{
	(void)state;
	for (unsigned minor = FIRST_MINOR; minor <= LAST_MINOR; minor++) {
		start(minor);
		make_generator(false);
		assert_int_equal(pygen_state(&fo.ctx, GEN), PYGEN_SUSPENDED);
		assert_int_equal(pygen_awaits(&fo.ctx, GEN), 0);
		fakeobj_fini(&fo);
	}
}

static void a_finished_generator_has_no_frame(void **state)
{
	struct pyframe frame;

	(void)state;
	for (unsigned minor = FIRST_MINOR; minor <= LAST_MINOR; minor++) {
		start(minor);
		make_generator(true);
		put(GEN, fo.abi.gen_gi_frame, 0);
		put8(GEN, fo.abi.gen_gi_frame_state,
		     (uint8_t)fo.abi.n_frame_cleared);
		assert_int_equal(pygen_state(&fo.ctx, GEN), PYGEN_FINISHED);
		assert_false(pygen_frame(&fo.ctx, GEN, &frame));
		assert_int_equal(pygen_awaits(&fo.ctx, GEN), 0);
		fakeobj_fini(&fo);
	}
}

static void a_frame_leads_back_to_its_generator(void **state)
{
	struct pyframe frame;

	(void)state;
	for (unsigned minor = FIRST_MINOR; minor <= LAST_MINOR; minor++) {
		start(minor);
		make_generator(true);
		put(frame_at(0), fo.abi.frame_f_gen, GEN);
		assert_true(pygen_frame(&fo.ctx, GEN, &frame));
		assert_int_equal(pyframe_generator(&fo.ctx, &frame), GEN);
		fakeobj_fini(&fo);
	}
}

/* --- code ---------------------------------------------------------------- */

static void what_is_no_code_object_is_none(void **state)
{
	struct pycodes codes = { 0 };

	(void)state;
	start(12);
	fake_str(&fo.fm, TEXT, "coder");
	assert_null(pycodes_get(&codes, &fo.ctx, CODE));
	assert_null(pycodes_get(&codes, &fo.ctx, 0));
	assert_null(pycodes_get(&codes, &fo.ctx, 0x999000));
	assert_int_equal(fo.ctx.faults, 0);
	pycodes_fini(&codes);
	fakeobj_fini(&fo);
}

static void a_table_too_long_to_be_one_is_not_copied(void **state)
{
	struct pycodes codes = { 0 };
	const struct pycode *code;

	(void)state;
	for (unsigned minor = FIRST_MINOR; minor <= LAST_MINOR; minor++) {
		start(minor);
		put(CODE, fo.abi.code_co_linetable, KINDS);
		put(CODE, fo.abi.code_co_lnotab, KINDS);
		put(KINDS, fo.abi.var_ob_size, 1ull << 60);
		code = pycodes_get(&codes, &fo.ctx, CODE);
		assert_non_null(code);
		assert_int_equal(code->table_len, 0);
		assert_null(code->name);
		pycodes_fini(&codes);
		memset(&codes, 0, sizeof(codes));
		fakeobj_fini(&fo);
	}
}

/* The tracee runs: another code object was made in the place of the old. */
static void a_code_object_that_changed_is_read_anew(void **state)
{
	struct pycodes codes = { 0 };
	const struct pycode *first;

	(void)state;
	start(12);
	put32(CODE, fo.abi.code_co_firstlineno, 10);
	first = pycodes_get_again(&codes, &fo.ctx, CODE);
	assert_ptr_equal(pycodes_get_again(&codes, &fo.ctx, CODE), first);
	put32(CODE, fo.abi.code_co_firstlineno, 20);
	assert_int_equal(pycodes_get_again(&codes, &fo.ctx, CODE)->first_line,
			 20);
	assert_int_equal(first->first_line, 10);
	pycodes_fini(&codes);
	fakeobj_fini(&fo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_innermost_first_and_shims_do_not),
		cmocka_unit_test(what_c_called_is_an_entry),
		cmocka_unit_test(a_thread_without_python_has_no_frames),
		cmocka_unit_test(a_circle_of_frames_ends_at_the_limit),
		cmocka_unit_test(what_was_read_before_a_hole_is_kept),
		cmocka_unit_test(a_frame_that_has_not_begun_is_hidden),
		cmocka_unit_test(a_slot_is_told_without_its_tag),
		cmocka_unit_test(cells_are_looked_into_and_unset_ones_left_out),
		cmocka_unit_test(a_million_names_end_at_the_limit),
		cmocka_unit_test(a_coroutine_that_awaits_says_what),
		cmocka_unit_test(a_generator_that_yielded_awaits_nothing),
		cmocka_unit_test(a_finished_generator_has_no_frame),
		cmocka_unit_test(a_frame_leads_back_to_its_generator),
		cmocka_unit_test(what_is_no_code_object_is_none),
		cmocka_unit_test(a_table_too_long_to_be_one_is_not_copied),
		cmocka_unit_test(a_code_object_that_changed_is_read_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
