/* SPDX-License-Identifier: MIT */
/* Records of page faults: what the kernel writes, and what nobody wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/perf_event.h>

#include "grow/faultrec.h"

enum { REGISTERS = 17, STACK = 64 };

struct bytes {
	uint8_t v[1024];
	size_t n;
};

static void put(struct bytes *b, const void *p, size_t len)
{
	memcpy(b->v + b->n, p, len);
	b->n += len;
}

static void put_u64(struct bytes *b, uint64_t value)
{
	put(b, &value, sizeof(value));
}

static void head(struct bytes *b, uint32_t type)
{
	struct perf_event_header h = { .type = type };

	b->n = 0;
	put(b, &h, sizeof(h));
}

static void set_size(struct bytes *b, uint16_t size)
{
	memcpy(b->v + offsetof(struct perf_event_header, size), &size,
	       sizeof(size));
}

/* Registers are 100, 101... in the kernel's order; the stack counts from 0. */
static struct bytes sample(uint64_t used)
{
	const uint32_t who[2] = { 4711, 4712 };
	struct bytes b;

	head(&b, PERF_RECORD_SAMPLE);
	put(&b, who, sizeof(who));
	put_u64(&b, 1234567);
	put_u64(&b, 0x7f0000001008);
	put_u64(&b, 3);
	put_u64(&b, PERF_SAMPLE_REGS_ABI_64);
	for (unsigned i = 0; i < REGISTERS; i++)
		put_u64(&b, 100 + i);
	put_u64(&b, STACK);
	for (unsigned i = 0; i < STACK / 8; i++)
		put_u64(&b, i);
	put_u64(&b, used);
	set_size(&b, (uint16_t)b.n);
	return b;
}

static void a_fault_is_read_as_it_was_written(void **state)
{
	struct bytes b = sample(STACK - 8);
	struct faultrec rec;
	uint64_t word;

	(void)state;
	assert_int_equal(faultrec_parse(b.v, b.n, &rec), b.n);
	assert_int_equal(rec.kind, FAULTREC_FAULT);
	assert_int_equal(rec.fault.pid, 4711);
	assert_int_equal(rec.fault.tid, 4712);
	assert_int_equal(rec.fault.time_ns, 1234567);
	assert_int_equal(rec.fault.addr, 0x7f0000001008);
	assert_int_equal(rec.fault.weight, 3);
	assert_true(rec.fault.has_regs);
	assert_int_equal(rec.fault.stack_len, STACK - 8);
	memcpy(&word, rec.fault.stack + 24, sizeof(word));
	assert_int_equal(word, 3);
}

/* The kernel's order is ax bx cx dx si di bp sp ip, then r8 on. */
static void registers_are_numbered_as_dwarf_has_them(void **state)
{
	static const uint64_t by_dwarf[REGISTERS] = {
		100, 103, 102, 101, 104, 105, 106, 107,
		109, 110, 111, 112, 113, 114, 115, 116, 108,
	};
	struct bytes b = sample(0);
	struct faultrec rec;

	(void)state;
	assert_int_equal(faultrec_parse(b.v, b.n, &rec), b.n);
	for (unsigned i = 0; i < REGISTERS; i++)
		assert_int_equal(rec.fault.regs.v[i], by_dwarf[i]);
	assert_int_equal(rec.fault.regs.v[regs_sp], 107);
	assert_int_equal(rec.fault.regs.v[regs_pc], 108);
	assert_int_equal(__builtin_popcountll(faultrec_regs), REGISTERS);
}

static void who_has_no_registers_has_a_place(void **state)
{
	const uint32_t who[2] = { 1, 1 };
	struct faultrec rec;
	struct bytes b;

	(void)state;
	head(&b, PERF_RECORD_SAMPLE);
	put(&b, who, sizeof(who));
	for (int i = 0; i < 3; i++)
		put_u64(&b, 7);
	put_u64(&b, PERF_SAMPLE_REGS_ABI_NONE);
	put_u64(&b, 0);
	set_size(&b, (uint16_t)b.n);
	assert_int_equal(faultrec_parse(b.v, b.n, &rec), b.n);
	assert_int_equal(rec.kind, FAULTREC_FAULT);
	assert_false(rec.fault.has_regs);
	assert_int_equal(rec.fault.stack_len, 0);
	assert_int_equal(rec.fault.addr, 7);
}

static void lost_records_are_counted(void **state)
{
	struct faultrec rec;
	struct bytes b;

	(void)state;
	head(&b, PERF_RECORD_LOST);
	put_u64(&b, 9);
	put_u64(&b, 41);
	set_size(&b, (uint16_t)b.n);
	assert_int_equal(faultrec_parse(b.v, b.n, &rec), b.n);
	assert_int_equal(rec.kind, FAULTREC_LOST);
	assert_int_equal(rec.lost, 41);
	head(&b, PERF_RECORD_THROTTLE);
	set_size(&b, (uint16_t)b.n);
	assert_int_equal(faultrec_parse(b.v, b.n, &rec), b.n);
	assert_int_equal(rec.kind, FAULTREC_THROTTLED);
	head(&b, PERF_RECORD_EXIT);
	set_size(&b, (uint16_t)b.n);
	assert_int_equal(faultrec_parse(b.v, b.n, &rec), b.n);
	assert_int_equal(rec.kind, FAULTREC_OTHER);
}

/* The bytes are in memory of just that size: who reads on is caught where
 * addresses are checked. */
static size_t parse_copy(const uint8_t *p, size_t n, struct faultrec *rec)
{
	uint8_t *exact = malloc(n ? n : 1);
	size_t ret;

	assert_non_null(exact);
	memcpy(exact, p, n);
	ret = faultrec_parse(exact, n, rec);
	free(exact);
	return ret;
}

static void what_is_cut_off_anywhere_is_broken(void **state)
{
	struct bytes b = sample(STACK);
	struct faultrec rec;

	(void)state;
	for (size_t n = 0; n < b.n; n++) {
		assert_int_equal(parse_copy(b.v, n, &rec), 0);
		assert_int_equal(rec.kind, FAULTREC_BROKEN);
		if (n < sizeof(struct perf_event_header))
			continue;
		/* ... also if its head says that this is all. */
		set_size(&b, (uint16_t)n);
		assert_int_equal(parse_copy(b.v, n, &rec), 0);
		set_size(&b, (uint16_t)b.n);
	}
}

static void a_stack_larger_than_its_room_is_broken(void **state)
{
	struct bytes b = sample(STACK + 1);
	struct faultrec rec;
	uint64_t huge = UINT64_MAX;

	(void)state;
	assert_int_equal(parse_copy(b.v, b.n, &rec), 0);
	b = sample(STACK);
	memcpy(b.v + b.n - 16 - STACK, &huge, sizeof(huge));
	assert_int_equal(parse_copy(b.v, b.n, &rec), 0);
}

static void a_record_without_a_size_ends_nothing_later(void **state)
{
	struct faultrec rec;
	struct bytes b;

	(void)state;
	head(&b, PERF_RECORD_SAMPLE);
	assert_int_equal(parse_copy(b.v, b.n, &rec), 0);
	set_size(&b, 4);
	assert_int_equal(parse_copy(b.v, b.n, &rec), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_is_read_as_it_was_written),
		cmocka_unit_test(registers_are_numbered_as_dwarf_has_them),
		cmocka_unit_test(who_has_no_registers_has_a_place),
		cmocka_unit_test(lost_records_are_counted),
		cmocka_unit_test(what_is_cut_off_anywhere_is_broken),
		cmocka_unit_test(a_stack_larger_than_its_room_is_broken),
		cmocka_unit_test(a_record_without_a_size_ends_nothing_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
