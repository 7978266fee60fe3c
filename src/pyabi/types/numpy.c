/* SPDX-License-Identifier: MIT */
/*
 * numpy arrays and scalars.
 *
 * Not Python's, but where the memory often is.  The struct of an array is part
 * of numpy's ABI and the same in all releases from 1.7 to 2.4; that of a dtype
 * changed with 2.0, which also made it larger.  Offsets are counted from the
 * end of the object header.
 *
 * An array owns its data, or is a view of another (base).  Its shape and
 * strides are one block.
 *
 * Facts: numpy 1.24.2, 2.4.6: numpy/ndarraytypes.h (PyArrayObject_fields,
 *        PyArray_Descr), numpy/arrayscalars.h (PyVoidScalarObject),
 *        array_sizeof() in multiarray/methods.c, gentype_sizeof() in
 *        multiarray/scalartypes.c.
 */
#include "pyabi/types/rows.h"

enum {
	/* PyArrayObject_fields */
	DATA = 0,
	ND = 8,
	DIMENSIONS = 16,
	BASE = 32,
	DESCR = 40,
	FLAGS = 48,
	MEM_HANDLER = 72,
	OWNDATA = 4,
	MAX_ND = 64,
	OBJECT = 17,		/* NPY_OBJECT, a type_num */

	/* PyArray_Descr */
	TYPE_NUM = 12,
	ELSIZE_1 = 16,		/* i32, in a struct of 96 bytes */
	ELSIZE_2 = 24,		/* i64 */
	DESCR_1_SIZE = 96,

	/* PyVoidScalarObject */
	VOID_DATA = 8,
	VOID_DESCR = 16,
	VOID_FLAGS = 24,
	VOID_BASE = 32,
};

static uint32_t at(struct pyctx *ctx, uint32_t off)
{
	return ctx->abi->object_sizeof + off;
}

static uint64_t nd(struct pyctx *ctx, const struct pyobj *o)
{
	uint32_t n = obj_u32(ctx, o, at(ctx, ND));

	if (n <= MAX_ND)
		return n;
	ctx->faults++;
	return 0;
}

static bool owns_data(struct pyctx *ctx, const struct pyobj *o)
{
	return obj_u32(ctx, o, at(ctx, FLAGS)) & OWNDATA;
}

static raddr descr(struct pyctx *ctx, const struct pyobj *o)
{
	return obj_u64(ctx, o, at(ctx, DESCR));
}

static uint64_t elsize(struct pyctx *ctx, raddr dtype)
{
	raddr type = ctx_u64(ctx, dtype + ctx->abi->object_ob_type);
	uint64_t size = ctx_u64(ctx, type + ctx->abi->type_tp_basicsize);

	dtype += ctx->abi->object_sizeof;
	if (size + 16 <= DESCR_1_SIZE + ctx->abi->object_sizeof)
		return ctx_u32(ctx, dtype + ELSIZE_1);
	return ctx_u64(ctx, dtype + ELSIZE_2);
}

/* The number of elements. */
static uint64_t count(struct pyctx *ctx, const struct pyobj *o)
{
	raddr dims = obj_u64(ctx, o, at(ctx, DIMENSIONS));
	uint64_t n = 1, k = nd(ctx, o);

	for (uint64_t i = 0; i < k; i++) {
		uint64_t dim = ctx_u64(ctx, dims + i * sizeof(dim));

		if (!is_length(dim) || __builtin_mul_overflow(n, dim, &n) ||
		    !is_length(n)) {
			ctx->faults++;
			return 0;
		}
	}
	return n;
}

static uint64_t data_bytes(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t n;

	if (!owns_data(ctx, o))
		return 0;
	if (__builtin_mul_overflow(count(ctx, o), elsize(ctx, descr(ctx, o)),
				   &n) ||
	    !is_length(n)) {
		ctx->faults++;
		return 0;
	}
	return n;
}

static uint64_t shape_bytes(struct pyctx *ctx, const struct pyobj *o)
{
	return 2 * sizeof(uint64_t) * nd(ctx, o);
}

static uint64_t size(struct pyctx *ctx, const struct pyobj *o)
{
	return base_size(o) + shape_bytes(ctx, o) + data_bytes(ctx, o);
}

static void buffers(struct pyctx *ctx, const struct pyobj *o,
		    struct pybufs *ret)
{
	uint64_t len = data_bytes(ctx, o);

	bufs_add(ctx, ret, obj_u64(ctx, o, at(ctx, DIMENSIONS)),
		 shape_bytes(ctx, o));
	bufs_add(ctx, ret, obj_u64(ctx, o, at(ctx, DATA)), len);
}

static void data(struct pyctx *ctx, const struct pyobj *o,
		 struct pydata *ret)
{
	ret->addr = obj_u64(ctx, o, at(ctx, DATA));
	ret->len = data_bytes(ctx, o);
}

/* numpy has no collector to visit for. */
static void refs(struct pyctx *ctx, const struct pyobj *o, struct refs *to)
{
	raddr dtype = descr(ctx, o);

	refs_add(ctx, to, ref_owned(ref_field("base")),
		 obj_u64(ctx, o, at(ctx, BASE)));
	refs_add(ctx, to, ref_owned(ref_field("descr")), dtype);
	if (at(ctx, MEM_HANDLER) + sizeof(raddr) <= base_size(o))
		refs_add(ctx, to, ref_owned(ref_field("mem_handler")),
			 obj_u64(ctx, o, at(ctx, MEM_HANDLER)));
	if (owns_data(ctx, o) &&
	    ctx_u32(ctx, dtype + at(ctx, TYPE_NUM)) == OBJECT)
		refs_words(ctx, to, ref_owned(ref_index(REF_ITEM, 0)),
			   obj_u64(ctx, o, at(ctx, DATA)), count(ctx, o));
}

/* --- scalars ------------------------------------------------------------- */

/* gentype_sizeof() adds the item, which is in the struct, once more. */
#define SCALAR(bytes)							\
	static uint64_t scalar##bytes(struct pyctx *ctx,		\
				      const struct pyobj *o)		\
	{								\
		(void)ctx;						\
		return base_size(o) + bytes;				\
	}

SCALAR(1)
SCALAR(2)
SCALAR(4)
SCALAR(8)
SCALAR(16)
SCALAR(32)

/* The length is that of the item.  numpy.str_ has that of str, which it asks
 * for it first. */
static uint64_t bytes_size(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t n = ob_size(ctx, o);

	if (is_length(n))
		return base_size(o) + 2 * n;
	ctx->faults++;
	return base_size(o);
}

/* From PyType_GenericAlloc(), with room for one more, or from bytes. */
static uint64_t bytes_block(struct pyctx *ctx, const struct pyobj *o,
			    uint64_t *at_least)
{
	uint64_t n = ob_size(ctx, o);

	*at_least = base_size(o) + (is_length(n) ? n : 0);
	return 0;
}

static uint64_t void_size(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t n = ob_size(ctx, o);

	if (is_length(n))
		return base_size(o) + n;
	ctx->faults++;
	return base_size(o);
}

static void void_buffers(struct pyctx *ctx, const struct pyobj *o,
			 struct pybufs *ret)
{
	if ((obj_u32(ctx, o, at(ctx, VOID_FLAGS)) & OWNDATA) &&
	    !obj_u64(ctx, o, at(ctx, VOID_BASE)))
		bufs_add(ctx, ret, obj_u64(ctx, o, at(ctx, VOID_DATA)),
			 ob_size(ctx, o));
}

static void void_refs(struct pyctx *ctx, const struct pyobj *o,
		      struct refs *to)
{
	refs_add(ctx, to, ref_owned(ref_field("descr")),
		 obj_u64(ctx, o, at(ctx, VOID_DESCR)));
	refs_add(ctx, to, ref_owned(ref_field("base")),
		 obj_u64(ctx, o, at(ctx, VOID_BASE)));
}

const struct layout numpy_rows[] = {
	{ .name = "numpy.bool|numpy.bool_|numpy.int8|numpy.uint8",
	  .size = scalar1 },
	{ .name = "numpy.int16|numpy.uint16|numpy.float16", .size = scalar2 },
	{ .name = "numpy.int32|numpy.uint32|numpy.intc|numpy.uintc"
		  "|numpy.float32",
	  .size = scalar4 },
	{ .name = "numpy.int64|numpy.uint64|numpy.longlong|numpy.ulonglong"
		  "|numpy.float64|numpy.complex64|numpy.datetime64"
		  "|numpy.timedelta64",
	  .size = scalar8 },
	{ .name = "numpy.longdouble|numpy.float128|numpy.complex128",
	  .size = scalar16 },
	{ .name = "numpy.clongdouble|numpy.complex256", .size = scalar32 },
	{ .name = "numpy.bytes_|numpy.string_", .size = bytes_size,
	  .block = bytes_block },
	{ .name = "numpy.void", .size = void_size, .buffers = void_buffers,
	  .refs = void_refs },
	{ .name = "numpy.ndarray", .size = size, .buffers = buffers,
	  .data = data, .refs = refs },
	{ 0 }
};
