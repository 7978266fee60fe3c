/* SPDX-License-Identifier: MIT */
/*
 * Stacks of real children: copied, unwound, named.  And copies that lie: they
 * may end anywhere and hold anything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attach/budget.h"
#include "attach/code.h"
#include "attach/target.h"
#include "attach/process.h"
#include "attach/stackcopy.h"
#include "attach/stop.h"
#include "attach/symbols.h"
#include "attach/unwind.h"
#include "test_attach_child.h"

static struct err err;
static struct shared *sh;
static pid_t child;
static struct target *target;
static struct code code;
static struct stackcopy copy;
static struct unwinder *un;
static struct symbols *sy;
static struct budget budget;
static struct unwind_stack stack;

/* -- What the child does -------------------------------------------------- */

static volatile int sink;

/* The calls must not be made into jumps. */
static __attribute__((noinline)) void innermost(struct child_ready ready)
{
	child_is_ready(ready);
	for (;;)
		pause();
	sink++;
}

static inline __attribute__((always_inline)) void
an_inlined_one(struct child_ready ready)
{
	innermost(ready);
	sink++;
}

static __attribute__((noinline)) void middle(struct child_ready ready)
{
	an_inlined_one(ready);
	sink++;
}

static __attribute__((noinline)) void outer(struct child_ready ready,
					    struct shared *s)
{
	volatile char big[3000];

	(void)s;
	big[0] = 1;
	middle(ready);
	sink += big[0];
}

static __attribute__((noinline)) void deep(struct child_ready ready, int n)
{
	volatile char big[64 * 1024];

	big[0] = 1;
	if (n)
		deep(ready, n - 1);
	else
		innermost(ready);
	sink += big[0];
}

static void very_deep(struct child_ready ready, struct shared *s)
{
	(void)s;
	deep(ready, 100);
	sink++;
}

static struct child_ready from_handler;

static void handler(int signal)
{
	(void)signal;
	middle(from_handler);
	sink++;
}

static __attribute__((noinline)) void in_handler(struct child_ready ready,
						 struct shared *s)
{
	(void)s;
	from_handler = ready;
	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	sink++;
}

/* -- How we look ---------------------------------------------------------- */

static void look_from(void (*body)(struct child_ready, struct shared *))
{
	struct maps maps = {0};

	sh = shared_new();
	child = child_start(body, sh);
	assert_true(child_reaches(child, child, "S"));
	target = target_open(&(struct target_spec){ .pid = child }, &err);
	assert_non_null(target);
	assert_true(code_init(&code, target, target->mem, &err));
	assert_true(target_maps(target, &maps, &err));
	assert_true(code_update(&code, &maps, &err));
	assert_true(stackcopy_prepare(&copy, 1, &err));
	un = unwinder_new(&code, &err);
	sy = symbols_new(&code, &err);
	assert_true(un && sy);
}

static bool copy_stopped(void *arg, const struct stop *stop,
			 struct err *ret_err)
{
	(void)arg;
	return stackcopy_take(&copy, stop, code_maps(&code), target,
			      ret_err);
}

static void take_copy(void)
{
	struct stop stop;

	assert_true(target_hold(target, &stop, copy_stopped, NULL, &err));
	assert_int_equal(copy.threads.n, 1);
}

static void end(void)
{
	unwind_stack_fini(&stack);
	symbols_free(sy);
	unwinder_free(un);
	stackcopy_fini(&copy);
	code_fini(&code);
	target_close(target);
	child_end(child);
	shared_free(sh);
}

static void unwind(void)
{
	assert_true(unwind_thread(un, &copy.threads.v[0], &stack, &err));
	for (size_t i = 0; i < stack.frames.n; i++)
		assert_true(symbols_want(sy, stack.frames.v[i].pc - !!i, &err));
	budget_begin(&budget);
	assert_true(symbols_resolve(sy, &budget, &err));
	assert_true(symbols_describe(sy, &budget, &err));
	assert_false(budget_is_spent(&budget));
}

static struct symbol *symbol(size_t i)
{
	struct symbol *sym;

	assert_true(i < stack.frames.n);
	sym = symbols_get(sy, stack.frames.v[i].pc - !!i);
	assert_non_null(sym);
	return sym;
}

/* The number of the first frame called @name; fails if there is none. */
static size_t frame_of(const char *name)
{
	for (size_t i = 0; i < stack.frames.n; i++) {
		if (strcmp(symbol(i)->function, name) == 0)
			return i;
	}
	fail_msg("no frame is called %s", name);
	return 0;
}

/* -- Stacks that are well ------------------------------------------------- */

static void frames_are_found_in_order_up_to_the_outermost(void **state)
{
	size_t first;

	(void)state;
	look_from(outer);
	take_copy();
	unwind();
	assert_int_equal(stack.end, UNWIND_WHOLE);
	assert_int_equal(stack.n_guessed, 0);
	first = frame_of("innermost");
	assert_string_equal(symbol(first + 1)->function, "middle");
	assert_string_equal(symbol(first + 2)->function, "outer");
	assert_true(frame_of("main") > first + 2);
	for (size_t i = 1; i < stack.frames.n; i++)
		assert_true(stack.frames.v[i].sp > stack.frames.v[i - 1].sp);
	end();
}

static void inlined_functions_have_a_line_of_their_own(void **state)
{
	struct symbol *sym;

	(void)state;
	look_from(outer);
	take_copy();
	unwind();
	sym = symbol(frame_of("middle"));
	if (sym->lines.n == 0) {
		end();
		skip();		/* compiled without -g */
	}
	assert_int_equal(sym->lines.n, 2);
	assert_string_equal(sym->lines.v[0].function, "an_inlined_one");
	assert_null(sym->lines.v[1].function);	/* as the symbol says */
	assert_non_null(strstr(sym->lines.v[0].file, "test_attach_unwind.c"));
	assert_true(sym->lines.v[0].line < sym->lines.v[1].line);
	end();
}

static void frames_below_a_signal_handler_are_found(void **state)
{
	(void)state;
	look_from(in_handler);
	take_copy();
	unwind();
	assert_int_equal(stack.end, UNWIND_WHOLE);
	assert_int_equal(stack.n_guessed, 0);
	assert_true(frame_of("handler") < frame_of("in_handler"));
	end();
}

static void a_second_look_gives_the_same(void **state)
{
	size_t n;

	(void)state;
	look_from(outer);
	take_copy();
	unwind();
	n = stack.frames.n;
	take_copy();
	unwind();
	assert_int_equal(stack.frames.n, n);
	frame_of("outer");
	end();
}

static void a_stack_of_megabytes_is_followed(void **state)
{
	(void)state;
	look_from(very_deep);
	take_copy();
	assert_true(copy.threads.v[0].len > 100 * 64 * 1024);
	unwind();
	assert_int_equal(stack.end, UNWIND_WHOLE);
	assert_true(stack.frames.n > 100);
	frame_of("very_deep");
	end();
}

/* -- Stacks that are not -------------------------------------------------- */

static void a_copy_that_was_cut_says_so(void **state)
{
	struct stackcopy_thread *thread;

	(void)state;
	look_from(very_deep);
	take_copy();
	thread = &copy.threads.v[0];
	thread->len = 200 * 1024;
	thread->cut = true;
	unwind();
	assert_int_equal(stack.end, UNWIND_CUT);
	assert_true(stack.frames.n > 2);
	frame_of("innermost");
	end();
}

static void an_empty_copy_gives_the_innermost_frame(void **state)
{
	(void)state;
	look_from(outer);
	take_copy();
	copy.threads.v[0].len = 0;
	unwind();
	assert_int_equal(stack.end, UNWIND_LOST);
	assert_int_equal(stack.frames.n, 1);
	end();
}

static void without_registers_there_is_nothing(void **state)
{
	(void)state;
	look_from(outer);
	take_copy();
	copy.threads.v[0].has_regs = false;
	unwind();
	assert_int_equal(stack.end, UNWIND_NOTHING);
	assert_int_equal(stack.frames.n, 0);
	end();
}

/* Return addresses that lead to data, to the same frame, to nowhere. */
static void overwritten_stacks_end(void **state)
{
	uint8_t *bytes;
	uint64_t len;

	(void)state;
	look_from(outer);
	take_copy();
	bytes = copy.pool;
	len = copy.threads.v[0].len;
	for (unsigned fill = 0; fill < 256; fill += 51) {
		memset(bytes, (int)fill, len);
		unwind();
		assert_int_not_equal(stack.end, UNWIND_WHOLE);
		assert_true(stack.frames.n < 3);
	}
	for (uint64_t i = 0; i + 8 <= len; i += 8)
		memcpy(bytes + i, &copy.threads.v[0].regs.v[regs_pc], 8);
	unwind();
	assert_true(stack.frames.n <= UNWIND_FRAMES);
	end();
}

/* A frame pointer may still lead on; then it is said that it did. */
static void a_program_counter_in_data_is_lost_or_a_guess(void **state)
{
	(void)state;
	look_from(outer);
	take_copy();
	copy.threads.v[0].regs.v[regs_pc] = copy.threads.v[0].start;
	unwind();
	assert_true(stack.end != UNWIND_WHOLE || stack.n_guessed > 0);
	end();
}

/* A stack pointer may be in the first bytes of what is mapped. */
static void nothing_below_the_mapping_is_wanted(void **state)
{
	struct stackcopy_thread thread = { 0 };
	const struct map *map;

	(void)state;
	look_from(outer);
	take_copy();
	thread = copy.threads.v[0];
	map = maps_find(code_maps(&code), thread.regs.v[regs_sp]);
	assert_non_null(map);
	thread.regs.v[regs_sp] = map->start + 16;
	assert_true(stackcopy_add(&copy, &thread, 4096, code_maps(&code),
				  target->mem, &err));
	assert_int_equal(thread.start, map->start);
	assert_int_equal(thread.len, 4096);
	end();
}

static void words_of_a_copy_are_those_within_it(void **state)
{
	static const uint8_t bytes[16] = { 1, 0, 0, 0, 0, 0, 0, 0, 2 };
	struct stackcopy_thread thread = {
		.start = 0x7000, .len = 16, .bytes = bytes,
	};
	uint64_t word;

	(void)state;
	assert_true(stackcopy_word(&thread, 0x7000, &word));
	assert_int_equal(word, 1);
	assert_true(stackcopy_word(&thread, 0x7008, &word));
	assert_int_equal(word, 2);
	assert_false(stackcopy_word(&thread, 0x7009, &word));
	assert_false(stackcopy_word(&thread, 0x6fff, &word));
	assert_false(stackcopy_word(&thread, UINT64_MAX, &word));
	thread.len = 7;
	assert_false(stackcopy_word(&thread, 0x7000, &word));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_found_in_order_up_to_the_outermost),
		cmocka_unit_test(inlined_functions_have_a_line_of_their_own),
		cmocka_unit_test(frames_below_a_signal_handler_are_found),
		cmocka_unit_test(a_second_look_gives_the_same),
		cmocka_unit_test(a_stack_of_megabytes_is_followed),
		cmocka_unit_test(a_copy_that_was_cut_says_so),
		cmocka_unit_test(an_empty_copy_gives_the_innermost_frame),
		cmocka_unit_test(without_registers_there_is_nothing),
		cmocka_unit_test(overwritten_stacks_end),
		cmocka_unit_test(a_program_counter_in_data_is_lost_or_a_guess),
		cmocka_unit_test(nothing_below_the_mapping_is_wanted),
		cmocka_unit_test(words_of_a_copy_are_those_within_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
