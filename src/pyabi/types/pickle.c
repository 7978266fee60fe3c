/* SPDX-License-Identifier: MIT */
/*
 * pickle.
 *
 * Facts: CPython 3.6 to 3.15, Modules/_pickle.c (_pickle_Pickler___sizeof__,
 *        _pickle_Unpickler___sizeof__, the tp_traverse of each).
 */
#include "pyabi/types/blocks.h"
#include "pyabi/types/rows.h"

enum {
	MEMO_ENTRY = 16,	/* PyMemoEntry: key, value */
	MAX_TEXT = 1 << 20,
	MAX_MEMO = 1 << 28,
};

/* --- Pickler ------------------------------------------------------------- */

static uint64_t table_bytes(struct pyctx *ctx, raddr memo)
{
	uint64_t n = ctx_u64(ctx, memo + ctx->abi->memotable_mt_allocated);

	if (n <= MAX_MEMO)
		return n * MEMO_ENTRY;
	ctx->faults++;
	return 0;
}

static uint64_t pickler_size(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;
	raddr memo = obj_u64(ctx, o, abi->pickler_memo);
	raddr out = obj_u64(ctx, o, abi->pickler_output_buffer);
	uint64_t size = base_size(o);

	if (memo)
		size += abi->memotable_sizeof + table_bytes(ctx, memo);
	if (out)
		size += bytes_getsizeof(ctx, out);
	return size;
}

static void pickler_buffers(struct pyctx *ctx, const struct pyobj *o,
			    struct pybufs *ret)
{
	const struct abi *abi = ctx->abi;
	raddr memo = obj_u64(ctx, o, abi->pickler_memo);

	if (!memo)
		return;
	bufs_add(ctx, ret, memo, abi->memotable_sizeof);
	bufs_add(ctx, ret, ctx_u64(ctx, memo + abi->memotable_mt_table),
		 table_bytes(ctx, memo));
}

static unsigned memo_tie(const struct abi *abi)
{
	return abi->pickle_memo == PICKLE_MEMO_VISITED ? REF_BOTH : REF_COUNTED;
}

static void memo_keys(struct pyctx *ctx, const struct pyobj *o,
		      struct refs *to)
{
	const struct abi *abi = ctx->abi;
	raddr memo = obj_u64(ctx, o, abi->pickler_memo);
	unsigned before = ctx->faults;
	uint64_t len;
	raddr table;

	if (!memo)
		return;
	len = table_bytes(ctx, memo);
	table = ctx_u64(ctx, memo + abi->memotable_mt_table);
	for (uint64_t i = 0; i < len && ctx->faults == before; i += MEMO_ENTRY)
		refs_add(ctx, to,
			 ref_tied(memo_tie(abi),
				  ref_index(REF_KEY, i / MEMO_ENTRY)),
			 ctx_u64(ctx, table + i));
}

/* --- Unpickler ----------------------------------------------------------- */

static uint64_t words(struct pyctx *ctx, const struct pyobj *o, uint32_t array,
		      uint32_t count)
{
	uint64_t n = obj_u64(ctx, o, count);

	if (!obj_u64(ctx, o, array))
		return 0;
	if (n <= MAX_MEMO)
		return n * sizeof(raddr);
	ctx->faults++;
	return 0;
}

static uint64_t memo_bytes(struct pyctx *ctx, const struct pyobj *o)
{
	return words(ctx, o, ctx->abi->unpickler_memo,
		     ctx->abi->unpickler_memo_size);
}

static uint64_t marks_bytes(struct pyctx *ctx, const struct pyobj *o)
{
	return words(ctx, o, ctx->abi->unpickler_marks,
		     ctx->abi->unpickler_marks_size);
}

static uint64_t text_at(struct pyctx *ctx, const struct pyobj *o, uint32_t off)
{
	return text_bytes(ctx, obj_u64(ctx, o, off), MAX_TEXT);
}

static uint64_t unpickler_size(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;

	return base_size(o) + memo_bytes(ctx, o) + marks_bytes(ctx, o) +
	       text_at(ctx, o, abi->unpickler_input_line) +
	       text_at(ctx, o, abi->unpickler_encoding) +
	       text_at(ctx, o, abi->unpickler_errors);
}

static void add_text(struct pyctx *ctx, const struct pyobj *o, uint32_t off,
		     struct pybufs *ret)
{
	bufs_add(ctx, ret, obj_u64(ctx, o, off), text_at(ctx, o, off));
}

static void unpickler_buffers(struct pyctx *ctx, const struct pyobj *o,
			      struct pybufs *ret)
{
	const struct abi *abi = ctx->abi;

	bufs_add(ctx, ret, obj_u64(ctx, o, abi->unpickler_memo),
		 memo_bytes(ctx, o));
	bufs_add(ctx, ret, obj_u64(ctx, o, abi->unpickler_marks),
		 marks_bytes(ctx, o));
	add_text(ctx, o, abi->unpickler_input_line, ret);
	add_text(ctx, o, abi->unpickler_encoding, ret);
	add_text(ctx, o, abi->unpickler_errors, ret);
}

static void unpickler_refs(struct pyctx *ctx, const struct pyobj *o,
			   struct refs *to)
{
	const struct abi *abi = ctx->abi;

	refs_words(ctx, to,
		   ref_tied(memo_tie(abi), ref_index(REF_ITEM, 0)),
		   obj_u64(ctx, o, abi->unpickler_memo),
		   memo_bytes(ctx, o) / sizeof(raddr));
	refs_add(ctx, to, ref_owned(ref_field("buffer")),
		 obj_u64(ctx, o, abi->unpickler_buffer + abi->buffer_obj));
}

/* --- Pdata, the stack of an Unpickler ------------------------------------ */

static uint64_t pdata_bytes(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t n = obj_u64(ctx, o, ctx->abi->pdata_allocated);

	if (is_length(n))
		return n * sizeof(raddr);
	ctx->faults++;
	return 0;
}

static uint64_t pdata_block(struct pyctx *ctx, const struct pyobj *o,
			    uint64_t *at_least)
{
	(void)ctx;
	(void)at_least;
	return base_size(o);
}

static void pdata_buffers(struct pyctx *ctx, const struct pyobj *o,
			  struct pybufs *ret)
{
	bufs_add(ctx, ret, obj_u64(ctx, o, ctx->abi->pdata_data),
		 pdata_bytes(ctx, o));
}

static void pdata_refs(struct pyctx *ctx, const struct pyobj *o,
		       struct refs *to)
{
	uint64_t n = ob_size(ctx, o);

	if (n * sizeof(raddr) > pdata_bytes(ctx, o)) {
		ctx->faults++;
		return;
	}
	refs_words(ctx, to, ref_index(REF_ITEM, 0),
		   obj_u64(ctx, o, ctx->abi->pdata_data), n);
}

const struct layout pickle_rows[] = {
	{ .name = "_pickle.Pickler", .basicsize = AT(pickler_sizeof),
	  .visit = { AT(pickler_write), AT(pickler_pers_func),
		     AT(pickler_persistent_id), AT(pickler_persistent_id_attr),
		     AT(pickler_dispatch_table), AT(pickler_fast_memo),
		     AT(pickler_reducer_override),
		     AT(pickler_buffer_callback) },
	  .own = { AT(pickler_output_buffer) },
	  .size = pickler_size, .buffers = pickler_buffers,
	  .refs = memo_keys,
	  .guesses = always_guesses },
	{ .name = "_pickle.Unpickler", .basicsize = AT(unpickler_sizeof),
	  .visit = { AT(unpickler_readline), AT(unpickler_readinto),
		     AT(unpickler_read), AT(unpickler_peek),
		     AT(unpickler_stack), AT(unpickler_pers_func),
		     AT(unpickler_persistent_load),
		     AT(unpickler_persistent_load_attr),
		     AT(unpickler_buffers) },
	  .own = { AT(unpickler_memo_dict) },
	  .size = unpickler_size, .buffers = unpickler_buffers,
	  .refs = unpickler_refs,
	  .guesses = always_guesses },
	{ .name = "_pickle.Pdata", .basicsize = AT(pdata_sizeof),
	  .block = pdata_block, .buffers = pdata_buffers,
	  .refs = pdata_refs },
	{ .name = "_pickle.PicklerMemoProxy|_pickle.UnpicklerMemoProxy",
	  .opaque = OPAQUE_VISITS },
	{ 0 }
};
