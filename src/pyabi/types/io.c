/* SPDX-License-Identifier: MIT */
/*
 * io.
 *
 * Facts: CPython 3.6 to 3.15, Modules/_io/bytesio.c, stringio.c, bufferedio.c,
 *        textio.c, fileio.c.
 */
#include "pyabi/types/blocks.h"
#include "pyabi/types/rows.h"

enum {
	UCS4 = 4,
	STAT_SIZE = 144,	/* struct stat: glibc, x86-64 */
};

/* --- BytesIO ------------------------------------------------------------- */

static uint64_t bytesio_size(struct pyctx *ctx, const struct pyobj *o)
{
	raddr buf = obj_u64(ctx, o, ctx->abi->bytesio_buf);

	if (!is_unique(ctx, buf))
		return base_size(o);
	return base_size(o) + bytes_getsizeof(ctx, buf);
}

static void bytesio_data(struct pyctx *ctx, const struct pyobj *o,
			 struct pydata *ret)
{
	raddr buf = obj_u64(ctx, o, ctx->abi->bytesio_buf);

	if (!is_unique(ctx, buf))
		return;
	ret->addr = buf;
	ret->len = bytes_getsizeof(ctx, buf);
}

/* --- StringIO ------------------------------------------------------------ */

/* What was written since it was last read: lists of str up to 3.11, then a
 * writer, in the object or since 3.14 behind a pointer; its str comes first. */
static void stringio_refs(struct pyctx *ctx, const struct pyobj *o,
			  struct refs *to)
{
	const struct abi *abi = ctx->abi;
	raddr a;

	if (abi_has(abi->stringio_accu)) {
		refs_add(ctx, to, ref_owned(ref_field("accu.large")),
			 obj_u64(ctx, o, abi->stringio_accu +
						 abi->accu_large));
		refs_add(ctx, to, ref_owned(ref_field("accu.small")),
			 obj_u64(ctx, o, abi->stringio_accu +
						 abi->accu_small));
		return;
	}
	a = obj_u64(ctx, o, abi->stringio_writer);
	if (a && abi->stringio_writer_sizeof == sizeof(raddr))
		a = ctx_u64(ctx, a);
	refs_add(ctx, to, ref_owned(ref_field("writer")), a);
}

static void stringio_buffers(struct pyctx *ctx, const struct pyobj *o,
			     struct pybufs *ret)
{
	uint64_t n = obj_u64(ctx, o, ctx->abi->stringio_buf_size);

	if (is_length(n))
		bufs_add(ctx, ret, obj_u64(ctx, o, ctx->abi->stringio_buf),
			 n * UCS4);
}

/* --- buffered ------------------------------------------------------------ */

static uint64_t buffered_size(struct pyctx *ctx, const struct pyobj *o)
{
	if (!obj_u64(ctx, o, ctx->abi->buffered_buffer))
		return base_size(o);
	return base_size(o) + obj_u64(ctx, o, ctx->abi->buffered_buffer_size);
}

static void buffered_buffers(struct pyctx *ctx, const struct pyobj *o,
			     struct pybufs *ret)
{
	const struct abi *abi = ctx->abi;

	bufs_add(ctx, ret, obj_u64(ctx, o, abi->buffered_buffer),
		 obj_u64(ctx, o, abi->buffered_buffer_size));
	lock_buffer(ctx, field(ctx, o, abi->buffered_lock), ret);
}

/* --- files --------------------------------------------------------------- */

static void fileio_buffers(struct pyctx *ctx, const struct pyobj *o,
			   struct pybufs *ret)
{
	bufs_add(ctx, ret, field(ctx, o, ctx->abi->fileio_stat_atopen),
		 STAT_SIZE);
}

const struct layout io_rows[] = {
	{ .name = "_io.BytesIO", .basicsize = AT(bytesio_sizeof),
	  .visit = { AT(bytesio_dict) }, .visit_heap = { AT(bytesio_buf) },
	  .size = bytesio_size, .data = bytesio_data },
	{ .name = "_io._BytesIOBuffer", .basicsize = AT(bytesiobuf_sizeof),
	  .visit = { AT(bytesiobuf_source) } },
	{ .name = "_io.StringIO", .basicsize = AT(stringio_sizeof),
	  .visit = { AT(stringio_dict) },
	  .visit_heap = { AT(stringio_decoder), AT(stringio_readnl),
			  AT(stringio_writenl) },
	  .buffers = stringio_buffers, .refs = stringio_refs },
	{ .name = "_io._IOBase|_io._RawIOBase|_io._BufferedIOBase"
		  "|_io._TextIOBase",
	  .basicsize = AT(iobase_sizeof), .visit = { AT(iobase_dict) } },
	{ .name = "_io.BufferedReader|_io.BufferedWriter|_io.BufferedRandom",
	  .basicsize = AT(buffered_sizeof),
	  .visit = { AT(buffered_raw), AT(buffered_dict) },
	  .size = buffered_size, .buffers = buffered_buffers },
	{ .name = "_io.BufferedRWPair", .basicsize = AT(rwpair_sizeof),
	  .visit = { AT(rwpair_dict) },
	  .visit_heap = { AT(rwpair_reader), AT(rwpair_writer) } },
	{ .name = "_io.TextIOWrapper", .basicsize = AT(textio_sizeof),
	  .visit = { AT(textio_buffer), AT(textio_encoding),
		     AT(textio_encoder), AT(textio_decoder), AT(textio_readnl),
		     AT(textio_errors), AT(textio_decoded_chars),
		     AT(textio_pending_bytes), AT(textio_snapshot),
		     AT(textio_raw), AT(textio_dict) } },
	{ .name = "_io.FileIO", .basicsize = AT(fileio_sizeof),
	  .visit = { AT(fileio_dict) }, .buffers = fileio_buffers },
	{ .name = "_io.IncrementalNewlineDecoder", .opaque = OPAQUE_VISITS },
	{ 0 }
};
