/* SPDX-License-Identifier: MIT */
/* What may stand before a return address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "attach/regs.h"

#if defined(__x86_64__)

static bool ends_with_call(const char *bytes, size_t len)
{
	uint8_t buf[REGS_CALL_MAX];

	memset(buf, 0x90, sizeof(buf));
	memcpy(buf + sizeof(buf) - len, bytes, len);
	return regs_ends_with_call(buf + sizeof(buf), sizeof(buf));
}

static void all_forms_of_call_are_known(void **state)
{
	(void)state;
	assert_true(ends_with_call("\xe8\x01\x02\x03\x04", 5));
	assert_true(ends_with_call("\xff\xd0", 2));	/* *%rax */
	assert_true(ends_with_call("\x41\xff\xd4", 3));	/* *%r12 */
	assert_true(ends_with_call("\xff\x13", 2));	/* *(%rbx) */
	assert_true(ends_with_call("\xff\x50\x18", 3));	/* *0x18(%rax) */
	assert_true(ends_with_call("\xff\x14\xc3", 3));	/* *(%rbx,%rax,8) */
	assert_true(ends_with_call("\xff\x54\x24\x08", 4));
	assert_true(ends_with_call("\xff\x15\x01\x02\x03\x04", 6));
	assert_true(ends_with_call("\xff\x90\x01\x02\x03\x04", 6));
	assert_true(ends_with_call("\xff\x14\xc5\x01\x02\x03\x04", 7));
}

static void other_instructions_are_not(void **state)
{
	(void)state;
	assert_false(ends_with_call("", 0));
	assert_false(ends_with_call("\xe9\x01\x02\x03\x04", 5)); /* jmp */
	assert_false(ends_with_call("\xff\xe0", 2));	/* jmp *%rax */
	assert_false(ends_with_call("\xff\xc0", 2));	/* inc %eax */
	assert_false(ends_with_call("\xff\x50", 2));	/* its byte is cut */
	assert_false(regs_ends_with_call((const uint8_t *)"" + 1, 0));
}

#else

static void all_forms_of_call_are_known(void **state)
{
	(void)state;
	skip();
}

static void other_instructions_are_not(void **state)
{
	(void)state;
	skip();
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_forms_of_call_are_known),
		cmocka_unit_test(other_instructions_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
