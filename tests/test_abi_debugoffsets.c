/* SPDX-License-Identifier: MIT */
/*
 * Debug offsets, as five releases have them, and as none should.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "attach/mem.h"
#include "pyabi/abi.h"
#include "pyabi/debugoffsets.h"

#define AT(name) offsetof(struct abi, name)
#define COOKIE 0x7970677562656478	/* "xdebugpy" */

static const uint64_t self_3_13_0[] = {
	COOKIE, 0x30d00f0, 0, 283320, 608, 632, 194968, 7272, 7264, 7344, 7400,
	7656, 7640, 7648, 16, 7752, 0, 7768, 7760, 304, 0, 8, 16, 72, 152, 160,
	232, 32, 80, 8, 0, 56, 72, 70, 208, 112, 120, 128, 136, 68, 52, 96,
	104, 200, 16, 8, 416, 24, 88, 168, 32, 24, 16, 40, 24, 16, 48, 32, 40,
	24, 16, 32, 16, 24, 40, 16, 32, 64, 32, 16, 40, 240, 200,
};

static const uint64_t self_3_13_5[] = {
	COOKIE, 0x30d05f0, 0, 283376, 608, 632, 194976, 7272, 7264, 7344, 7400,
	7656, 7640, 7648, 16, 7752, 0, 7768, 7760, 304, 0, 8, 16, 72, 152, 160,
	232, 32, 80, 8, 0, 56, 72, 70, 208, 112, 120, 128, 136, 68, 52, 96,
	104, 200, 16, 8, 416, 24, 88, 168, 32, 24, 16, 40, 24, 16, 48, 32, 40,
	24, 16, 32, 16, 24, 40, 16, 32, 64, 32, 16, 40, 240, 200,
};

static const uint64_t self_3_14_3[] = {
	COOKIE, 0x30e03f0, 0, 316576, 784, 808, 225824, 7280, 7272, 7344, 7360,
	7408, 7664, 7648, 7656, 16, 7760, 0, 7776, 7768, 7968, 0, 824, 0, 8,
	16, 72, 152, 160, 232, 32, 88, 8, 0, 56, 80, 74, 64, 0, 216, 112, 120,
	128, 136, 68, 52, 96, 104, 208, 0, 16, 8, 416, 24, 88, 168, 40, 32, 16,
	40, 24, 16, 200, 24, 40, 32, 48, 32, 40, 24, 16, 32, 16, 24, 40, 16,
	32, 64, 32, 16, 40, 240, 192, 160, 24, 72, 67, 0, 8, 24, 304, 8052, 0,
	4, 512,
};

static const uint64_t self_3_14_10[] = {
	COOKIE, 0x30e0af0, 0, 316616, 784, 808, 225864, 7280, 7272, 7344, 7360,
	7408, 7688, 7672, 7680, 16, 7784, 0, 7800, 7792, 7992, 0, 832, 0, 8,
	16, 72, 152, 160, 232, 32, 88, 8, 0, 56, 80, 74, 64, 0, 216, 112, 120,
	128, 136, 68, 52, 96, 104, 208, 0, 16, 8, 416, 24, 88, 168, 40, 32, 16,
	40, 24, 16, 200, 24, 40, 32, 48, 32, 40, 24, 16, 32, 16, 24, 40, 16,
	32, 64, 32, 16, 40, 264, 192, 160, 24, 72, 67, 0, 8, 24, 304, 8076, 0,
	4, 512,
};

static const uint64_t self_3_15_2[] = {
	COOKIE, 0x30f02f0, 0, 346568, 912, 936, 226240, 7272, 7264, 7336, 7352,
	7400, 7592, 7576, 7584, 16, 7736, 0, 7752, 7744, 7944, 0, 888, 0, 8,
	16, 72, 80, 88, 96, 176, 184, 256, 32, 36, 40, 136, 288, 0, 88, 8, 0,
	56, 80, 74, 64, 0, 216, 112, 120, 128, 136, 68, 52, 96, 104, 208, 0,
	16, 8, 424, 24, 88, 168, 32, 288, 944, 888, 40, 32, 16, 40, 24, 16,
	200, 24, 40, 32, 48, 32, 40, 24, 16, 32, 16, 24, 40, 16, 32, 64, 32,
	16, 40, 56, 176, 112, 120, 1120, 104, 160, 24, 72, 67, 0, 8, 24, 344,
	8028, 0, 4, 512,
};

/* A tracee that consists of nothing but a runtime. */
enum { RUNTIME = 0x10000 };

struct tracee {
	struct mem mem;
	uint8_t bytes[1024];
	size_t len;
};

static int64_t tracee_read(struct mem *mem, raddr at, void *buf, size_t len,
			   struct err *err)
{
	struct tracee *t = (struct tracee *)mem;

	(void)err;
	if (!addr_in(at, RUNTIME, t->len))
		return 0;
	if (len > RUNTIME + t->len - at)
		len = RUNTIME + t->len - at;
	memcpy(buf, t->bytes + (at - RUNTIME), len);
	return (int64_t)len;
}

static const struct mem_ops tracee_ops = { .read = tracee_read };

static void tracee_init(struct tracee *t, const uint64_t *self, size_t size)
{
	*t = (struct tracee){ .mem.ops = &tracee_ops, .len = size };
	memcpy(t->bytes, self, size);
}

static void set(struct tracee *t, size_t at, uint64_t value)
{
	memcpy(t->bytes + at, &value, sizeof(value));
}

static void load(uint32_t version, struct abi *ret)
{
	struct abi_target t = { version, BUILD_DEFAULT, ARCH_X86_64 };
	struct err err;

	if (!abi_builtin_find(&t, ret, &err))
		fail_msg("%s", err.text);
}

static bool apply(struct abi *abi, struct tracee *t, char text[256],
		  struct err *err)
{
	return debugoffsets_apply(abi, &t->mem, RUNTIME, text, 256, err);
}

static void files_and_interpreters_agree(void **state)
{
	static const struct release {
		uint32_t version;
		const uint64_t *self;
		size_t size;
	} releases[] = {
		{ ABI_VERSION(3, 13, 0), self_3_13_0, sizeof(self_3_13_0) },
		{ ABI_VERSION(3, 13, 5), self_3_13_5, sizeof(self_3_13_5) },
		{ ABI_VERSION(3, 14, 3), self_3_14_3, sizeof(self_3_14_3) },
		{ ABI_VERSION(3, 14, 10), self_3_14_10, sizeof(self_3_14_10) },
		{ ABI_VERSION(3, 15, 2), self_3_15_2, sizeof(self_3_15_2) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(releases); i++) {
		struct abi abi, file;
		struct tracee t;
		struct err err;
		char text[256];

		load(releases[i].version, &file);
		abi = file;
		tracee_init(&t, releases[i].self, releases[i].size);
		if (!apply(&abi, &t, text, &err))
			fail_msg("%s", err.text);
		assert_string_equal(text, "");
		assert_memory_equal(&abi, &file, sizeof(abi));
	}
}

static void the_interpreter_wins_and_the_difference_is_told(void **state)
{
	struct tracee t;
	struct abi abi;
	struct err err;
	char text[256];

	(void)state;
	load(ABI_VERSION(3, 14, 10), &abi);
	tracee_init(&t, self_3_14_10, sizeof(self_3_14_10));
	set(&t, 216, 160);	/* thread_state.thread_id */
	set(&t, 536, 1000);	/* dict_object.ma_keys */
	assert_true(apply(&abi, &t, text, &err));
	assert_int_equal(abi.tstate_thread_id, 160);
	assert_int_equal(abi.dict_ma_keys, 1000);
	assert_string_equal(text, "tstate.thread_id 160 not 152, "
				  "dict.ma_keys 1000 not 32");
}

static void a_long_list_of_differences_is_cut(void **state)
{
	struct tracee t;
	struct abi abi;
	struct err err;
	char text[256];

	(void)state;
	load(ABI_VERSION(3, 14, 10), &abi);
	tracee_init(&t, self_3_14_10, sizeof(self_3_14_10));
	/* Behind the head of an object, which may not differ. */
	for (size_t at = 416; at < 640; at += 8)
		set(&t, at, 12345);
	assert_true(apply(&abi, &t, text, &err));
	assert_int_equal(strlen(text), sizeof(text) - 1);
	assert_true(debugoffsets_apply(&abi, &t.mem, RUNTIME, text, 1, &err));
	assert_string_equal(text, "");
}

/* gh-142516: the two collectors of 3.14, whatever the version says. */
static void the_wrong_collector_is_another_file(void **state)
{
	struct abi abi, before;
	struct tracee t;
	struct err err;
	char text[256];

	(void)state;
	load(ABI_VERSION(3, 14, 10), &abi);
	before = abi;
	tracee_init(&t, self_3_14_3, sizeof(self_3_14_3));
	assert_false(apply(&abi, &t, text, &err));
	assert_int_equal(err.code, ERR_VERSION);
	assert_memory_equal(&abi, &before, sizeof(abi));

	load(ABI_VERSION(3, 14, 3), &abi);
	tracee_init(&t, self_3_14_10, sizeof(self_3_14_10));
	assert_false(apply(&abi, &t, text, &err));
	assert_int_equal(err.code, ERR_VERSION);
}

/* Else what lies in our own copy of an object would be looked for behind it. */
static void an_object_has_the_head_we_know(void **state)
{
	static const size_t at[] = { 400, 408 };	/* 3.14: size, ob_type */
	struct tracee t;
	struct abi abi;
	struct err err;
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		load(ABI_VERSION(3, 14, 3), &abi);
		tracee_init(&t, self_3_14_3, sizeof(self_3_14_3));
		set(&t, at[i], ABI_MAX_OFFSET);
		assert_false(apply(&abi, &t, text, &err));
		assert_int_equal(err.code, ERR_VERSION);
		assert_non_null(strstr(err.text, "object."));
	}
}

/* A thread state of 312 bytes: 3.13.13 and later. */
static void a_struct_of_another_size_is_taken_from_its_file(void **state)
{
	struct tracee t;
	struct abi abi;
	struct err err;
	char text[256];

	(void)state;
	load(ABI_VERSION(3, 13, 0), &abi);
	assert_false(abi_has(abi.tstate_datastack_cached_chunk));
	tracee_init(&t, self_3_13_0, sizeof(self_3_13_0));
	set(&t, 24, 283408);	/* runtime */
	set(&t, 152, 312);	/* thread state */
	assert_true(apply(&abi, &t, text, &err));
	assert_string_equal(text, "");
	assert_int_equal(abi.tstate_sizeof, 312);
	assert_int_equal(abi.tstate_datastack_cached_chunk, 304);
	assert_int_equal(abi.tstateimpl_sizeof, 344);
	assert_int_equal(abi.runtime_tracemalloc, 10104);
}

static void what_nobody_knows_is_absent_or_told(void **state)
{
	struct tracee t;
	struct abi abi;
	struct err err;
	char text[256];

	(void)state;
	load(ABI_VERSION(3, 13, 0), &abi);
	tracee_init(&t, self_3_13_0, sizeof(self_3_13_0));
	set(&t, 24, 290000);	/* runtime */
	set(&t, 48, 195000);	/* interpreter */
	assert_true(apply(&abi, &t, text, &err));
	assert_false(abi_has(abi.runtime_tracemalloc));
	assert_false(abi_has(abi.runtime_preconfig));
	assert_true(abi_has(abi.runtime_allocators_obj));
	assert_string_equal(text, "interp.sizeof 195000 not 194968");
}

/* 3.15.0 and 3.15.1 have four bytes less of statistics. */
static void sizes_that_nothing_hangs_on_vary_silently(void **state)
{
	struct tracee t;
	struct abi abi;
	struct err err;
	char text[256];

	(void)state;
	load(ABI_VERSION(3, 15, 0), &abi);
	tracee_init(&t, self_3_15_2, sizeof(self_3_15_2));
	set(&t, 776, 1112);
	assert_true(apply(&abi, &t, text, &err));
	assert_string_equal(text, "");
	assert_int_equal(abi.gcring_sizeof, 1112);
}

static void refuse(uint32_t version, struct tracee *t, enum err_code code)
{
	struct abi abi, before;
	struct err err;
	char text[256];

	load(version, &abi);
	before = abi;
	assert_false(apply(&abi, t, text, &err));
	assert_int_equal(err.code, code);
	assert_memory_equal(&abi, &before, sizeof(abi));
}

static void what_is_no_debug_offsets_is_refused(void **state)
{
	struct tracee t;

	(void)state;
	tracee_init(&t, self_3_13_0, sizeof(self_3_13_0));
	t.bytes[0] ^= 1;
	refuse(ABI_VERSION(3, 13, 0), &t, ERR_VERSION);

	/* of another version, of a build without GIL, of one without any */
	tracee_init(&t, self_3_14_3, sizeof(self_3_14_3));
	refuse(ABI_VERSION(3, 13, 0), &t, ERR_VERSION);
	tracee_init(&t, self_3_13_0, sizeof(self_3_13_0));
	set(&t, 16, 1);
	refuse(ABI_VERSION(3, 13, 0), &t, ERR_VERSION);
	tracee_init(&t, self_3_13_0, sizeof(self_3_13_0));
	refuse(ABI_VERSION(3, 12, 0), &t, ERR_VERSION);

	/* an offset beyond all structs */
	tracee_init(&t, self_3_13_0, sizeof(self_3_13_0));
	set(&t, 64, UINT64_MAX);
	refuse(ABI_VERSION(3, 13, 0), &t, ERR_VERSION);

	/* not there, or not whole */
	tracee_init(&t, self_3_13_0, sizeof(self_3_13_0));
	t.len -= 1;
	refuse(ABI_VERSION(3, 13, 0), &t, ERR_FAULT);
	t.len = 0;
	refuse(ABI_VERSION(3, 13, 0), &t, ERR_FAULT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_and_interpreters_agree),
		cmocka_unit_test(
			the_interpreter_wins_and_the_difference_is_told),
		cmocka_unit_test(a_long_list_of_differences_is_cut),
		cmocka_unit_test(the_wrong_collector_is_another_file),
		cmocka_unit_test(an_object_has_the_head_we_know),
		cmocka_unit_test(
			a_struct_of_another_size_is_taken_from_its_file),
		cmocka_unit_test(what_nobody_knows_is_absent_or_told),
		cmocka_unit_test(sizes_that_nothing_hangs_on_vary_silently),
		cmocka_unit_test(what_is_no_debug_offsets_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
