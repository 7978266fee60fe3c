/* SPDX-License-Identifier: MIT */
/*
 * itertools.
 *
 * Facts: CPython 3.6 to 3.15, Modules/itertoolsmodule.c.
 */
#include "pyabi/types/blocks.h"
#include "pyabi/types/rows.h"

static uint64_t words(uint64_t n)
{
	return is_length(n) ? n * sizeof(raddr) : 0;
}

/* --- product ------------------------------------------------------------- */

static uint64_t product_words(struct pyctx *ctx, const struct pyobj *o)
{
	return words(ob_size_at(ctx, obj_u64(ctx, o, ctx->abi->product_pools)));
}

static uint64_t product_size(struct pyctx *ctx, const struct pyobj *o)
{
	return base_size(o) + product_words(ctx, o);
}

static void product_buffers(struct pyctx *ctx, const struct pyobj *o,
			    struct pybufs *ret)
{
	bufs_add(ctx, ret, obj_u64(ctx, o, ctx->abi->product_indices),
		 product_words(ctx, o));
}

/* --- combinations -------------------------------------------------------- */

static uint64_t combinations_size(struct pyctx *ctx, const struct pyobj *o)
{
	return base_size(o) +
	       words(obj_u64(ctx, o, ctx->abi->combinations_r));
}

static void combinations_buffers(struct pyctx *ctx, const struct pyobj *o,
				 struct pybufs *ret)
{
	bufs_add(ctx, ret, obj_u64(ctx, o, ctx->abi->combinations_indices),
		 words(obj_u64(ctx, o, ctx->abi->combinations_r)));
}

static uint64_t cwr_size(struct pyctx *ctx, const struct pyobj *o)
{
	return base_size(o) + words(obj_u64(ctx, o, ctx->abi->cwr_r));
}

static void cwr_buffers(struct pyctx *ctx, const struct pyobj *o,
			struct pybufs *ret)
{
	bufs_add(ctx, ret, obj_u64(ctx, o, ctx->abi->cwr_indices),
		 words(obj_u64(ctx, o, ctx->abi->cwr_r)));
}

/* --- permutations -------------------------------------------------------- */

static uint64_t pool_words(struct pyctx *ctx, const struct pyobj *o)
{
	return words(ob_size_at(ctx, obj_u64(ctx, o,
					    ctx->abi->permutations_pool)));
}

static uint64_t permutations_size(struct pyctx *ctx, const struct pyobj *o)
{
	return base_size(o) + pool_words(ctx, o) +
	       words(obj_u64(ctx, o, ctx->abi->permutations_r));
}

static void permutations_buffers(struct pyctx *ctx, const struct pyobj *o,
				 struct pybufs *ret)
{
	const struct abi *abi = ctx->abi;

	bufs_add(ctx, ret, obj_u64(ctx, o, abi->permutations_indices),
		 pool_words(ctx, o));
	bufs_add(ctx, ret, obj_u64(ctx, o, abi->permutations_cycles),
		 words(obj_u64(ctx, o, abi->permutations_r)));
}

/* --- tee ----------------------------------------------------------------- */

static void teedata_refs(struct pyctx *ctx, const struct pyobj *o,
			 struct refs *to)
{
	const struct abi *abi = ctx->abi;
	uint32_t n = obj_u32(ctx, o, abi->teedata_numread);

	if (n > abi->teedata_values_count) {
		ctx->faults++;
		return;
	}
	refs_own_words(ctx, to, ref_index(REF_ITEM, 0), o,
		       abi->teedata_values, n);
}

const struct layout itertools_rows[] = {
	{ .name = "itertools.accumulate", .basicsize = AT(accumulate_sizeof),
	  .visit = { AT(accumulate_total), AT(accumulate_it),
		     AT(accumulate_binop), AT(accumulate_initial) } },
	{ .name = "itertools.batched", .basicsize = AT(batched_sizeof),
	  .visit = { AT(batched_it) } },
	{ .name = "itertools.chain", .basicsize = AT(chain_sizeof),
	  .visit = { AT(chain_source), AT(chain_active) } },
	{ .name = "itertools.combinations",
	  .basicsize = AT(combinations_sizeof),
	  .visit = { AT(combinations_pool), AT(combinations_result) },
	  .size = combinations_size, .buffers = combinations_buffers },
	{ .name = "itertools.combinations_with_replacement",
	  .basicsize = AT(cwr_sizeof),
	  .visit = { AT(cwr_pool), AT(cwr_result) },
	  .size = cwr_size, .buffers = cwr_buffers },
	{ .name = "itertools.compress", .basicsize = AT(compress_sizeof),
	  .visit = { AT(compress_data), AT(compress_selectors) } },
	{ .name = "itertools.count", .basicsize = AT(count_sizeof),
	  .visit = { AT(count_long_cnt), AT(count_long_step) } },
	{ .name = "itertools.cycle", .basicsize = AT(cycle_sizeof),
	  .visit = { AT(cycle_it), AT(cycle_saved) } },
	{ .name = "itertools.dropwhile", .basicsize = AT(dropwhile_sizeof),
	  .visit = { AT(dropwhile_func), AT(dropwhile_it) } },
	{ .name = "itertools.filterfalse", .basicsize = AT(filterfalse_sizeof),
	  .visit = { AT(filterfalse_func), AT(filterfalse_it) } },
	{ .name = "itertools.groupby", .basicsize = AT(groupby_sizeof),
	  .visit = { AT(groupby_it), AT(groupby_keyfunc), AT(groupby_tgtkey),
		     AT(groupby_currkey), AT(groupby_currvalue) } },
	{ .name = "itertools._grouper", .basicsize = AT(grouper_sizeof),
	  .visit = { AT(grouper_parent), AT(grouper_tgtkey) } },
	{ .name = "itertools.islice", .basicsize = AT(islice_sizeof),
	  .visit = { AT(islice_it) } },
	{ .name = "itertools.pairwise", .basicsize = AT(pairwise_sizeof),
	  .visit = { AT(pairwise_it), AT(pairwise_old),
		     AT(pairwise_result) } },
	{ .name = "itertools.permutations",
	  .basicsize = AT(permutations_sizeof),
	  .visit = { AT(permutations_pool), AT(permutations_result) },
	  .size = permutations_size, .buffers = permutations_buffers },
	{ .name = "itertools.product", .basicsize = AT(product_sizeof),
	  .visit = { AT(product_pools), AT(product_result) },
	  .size = product_size, .buffers = product_buffers },
	{ .name = "itertools.repeat", .basicsize = AT(repeat_sizeof),
	  .visit = { AT(repeat_element) } },
	{ .name = "itertools.starmap", .basicsize = AT(starmap_sizeof),
	  .visit = { AT(starmap_func), AT(starmap_it) } },
	{ .name = "itertools.takewhile", .basicsize = AT(takewhile_sizeof),
	  .visit = { AT(takewhile_func), AT(takewhile_it) } },
	{ .name = "itertools._tee", .basicsize = AT(tee_sizeof),
	  .visit = { AT(tee_dataobj) } },
	{ .name = "itertools._tee_dataobject", .basicsize = AT(teedata_sizeof),
	  .visit = { AT(teedata_it), AT(teedata_nextlink) },
	  .refs = teedata_refs },
	{ .name = "itertools.zip_longest", .basicsize = AT(ziplongest_sizeof),
	  .visit = { AT(ziplongest_ittuple), AT(ziplongest_result),
		     AT(ziplongest_fillvalue) } },
	{ 0 }
};
