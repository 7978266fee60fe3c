/* SPDX-License-Identifier: MIT */
/*
 * Numbers: int, bool, float, complex.
 *
 * Digits of an int have 30 bits.  Their number is the absolute ob_size up to
 * 3.11, then lv_tag >> 3, with the sign in the two lowest bits.
 *
 * Facts: CPython 3.6 to 3.15, Objects/longobject.c (int___sizeof__,
 *        _PyLong_New), Include/cpython/longintrepr.h.
 */
#include "pyabi/types/rows.h"

enum {
	DIGIT = 4,
	DIGIT_BITS = 30,
	TAG_SIZE_SHIFT = 3,
	TAG_SIGN = 3,
	SIGN_ZERO = 1,
};

static uint64_t digits(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t n;

	if (ctx->abi->int_shape == INT_LV_TAG) {
		n = obj_u64(ctx, o, ctx->abi->int_lv_tag) >> TAG_SIZE_SHIFT;
	} else {
		n = ob_size(ctx, o);
		if ((int64_t)n < 0)
			n = -n;
	}
	if (is_length(n))
		return n;
	ctx->faults++;
	return 0;
}

static uint64_t stored(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t n = digits(ctx, o), least;

	least = (uint64_t)ctx->abi->n_int_min_digits;
	return n < least ? least : n;
}

/* A difference keeps the block that its larger operand would have needed. */
static uint64_t block(struct pyctx *ctx, const struct pyobj *o,
		      uint64_t *at_least)
{
	*at_least = ctx->abi->int_ob_digit + DIGIT * stored(ctx, o);
	return 0;
}

static uint64_t size(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t base = ctx->abi->int_ob_digit;

	/* That of a subclass counts since 3.12. */
	if (ctx->abi->int_shape == INT_LV_TAG)
		base = base_size(o);
	return base + DIGIT * stored(ctx, o);
}

/* The highest digit is not 0 and has no more than 30 bits. */
static bool plausible(struct pyctx *ctx, const struct pyobj *o)
{
	unsigned before = ctx->faults;
	uint64_t n = digits(ctx, o), last;
	uint32_t digit;

	if (ctx->faults != before)
		return false;
	if (ctx->abi->int_shape == INT_LV_TAG) {
		unsigned sign = TAG_SIGN &
				obj_u64(ctx, o, ctx->abi->int_lv_tag);

		if (sign == TAG_SIGN || (sign == SIGN_ZERO) != (n == 0))
			return false;
	}
	if (n == 0)
		return true;
	last = ctx->abi->int_ob_digit + DIGIT * (n - 1);
	if (last + DIGIT > o->avail)
		return true;
	memcpy(&digit, o->p + last, sizeof(digit));
	return digit && digit >> DIGIT_BITS == 0;
}

#define INT								\
	.size = size, .block = block, .items = stored, .plausible = plausible

const struct layout int_rows[] = {
	{ .name = "int", .basicsize = AT(int_ob_digit), INT },
	/* True and False, both static. */
	{ .name = "bool", INT },
	{ .name = "float", .basicsize = AT(float_sizeof) },
	{ .name = "complex", .basicsize = AT(complex_sizeof) },
	{ 0 }
};
