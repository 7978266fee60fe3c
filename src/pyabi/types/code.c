/* SPDX-License-Identifier: MIT */
/*
 * Code objects.
 *
 * No collector knows them, so what they hold is not visited, only owned.  Up to
 * 3.10 the bytecode is a bytes object; since then it follows the struct, two
 * bytes a unit, ob_size units.
 *
 * Facts: CPython 3.6 to 3.15, Objects/codeobject.c (code_sizeof,
 *        code_dealloc), Include/cpython/code.h, builds with GIL.
 */
#include "pyabi/types/blocks.h"
#include "pyabi/types/rows.h"

enum {
	UNIT = 2,		/* bytes of an instruction */
	MAX_EXTRAS = 1 << 12,
	MAX_EXECUTORS = 256,
};

/* co_extra: @header bytes and a pointer for each who asked for one. */
static uint64_t extra_size(struct pyctx *ctx, const struct pyobj *o,
			   uint64_t header)
{
	raddr extra = obj_u64(ctx, o, ctx->abi->code_co_extra);
	uint64_t n;

	if (!extra)
		return 0;
	n = ctx_u64(ctx, extra + ctx->abi->codeextra_ce_size);
	return n <= MAX_EXTRAS ? header + n * sizeof(raddr) : 0;
}

/* 3.8 .. 3.10: a byte for each instruction, and a cache for some. */
static uint64_t opcache_map_size(struct pyctx *ctx, const struct pyobj *o)
{
	if (!field(ctx, o, ctx->abi->code_co_opcache))
		return 0;
	return ob_size_at(ctx, obj_u64(ctx, o, ctx->abi->code_co_code)) / UNIT;
}

static uint64_t opcache_size(struct pyctx *ctx, const struct pyobj *o)
{
	if (!field(ctx, o, ctx->abi->code_co_opcache))
		return 0;
	return (uint64_t)obj_u8(ctx, o, ctx->abi->code_co_opcache_size) *
	       ctx->abi->opcache_sizeof;
}

/* .. 3.10 */
static uint64_t cell2arg_size(struct pyctx *ctx, const struct pyobj *o)
{
	if (!field(ctx, o, ctx->abi->code_co_cell2arg))
		return 0;
	return sizeof(raddr) *
	       ob_size_at(ctx, obj_u64(ctx, o, ctx->abi->code_co_cellvars));
}

static bool is_adaptive(const struct abi *abi)
{
	return abi_has(abi->code_co_code_adaptive);
}

static uint64_t block(struct pyctx *ctx, const struct pyobj *o,
		      uint64_t *at_least)
{
	(void)at_least;
	if (!is_adaptive(ctx->abi))
		return base_size(o);
	if (!is_length(ob_size(ctx, o))) {
		ctx->faults++;
		return 0;
	}
	return (base_size(o) + UNIT * ob_size(ctx, o) + 7) & ~7ull;
}

static uint64_t size(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t at_least;

	return block(ctx, o, &at_least) +
	       extra_size(ctx, o, (uint64_t)ctx->abi->n_co_extra_header) +
	       cell2arg_size(ctx, o) + opcache_map_size(ctx, o) +
	       opcache_size(ctx, o);
}

/* Line numbers of instrumented code: two bytes an instruction; in later 3.13 as
 * many as it takes, said in the first byte. */
static uint64_t lines_size(struct pyctx *ctx, raddr lines, uint64_t n)
{
	uint32_t at = ctx->abi->colines_bytes_per_entry;

	return abi_has(at) ? 1 + n * ctx_u8(ctx, lines + at) : n * 2;
}

/* 3.12 ..: what instruments the code, made when it is first needed. */
static void monitoring_buffers(struct pyctx *ctx, const struct pyobj *o,
			       struct pybufs *ret)
{
	const struct abi *abi = ctx->abi;
	raddr m = field(ctx, o, abi->code__co_monitoring), lines;
	uint64_t n = ob_size(ctx, o);

	if (!m || !is_length(n))
		return;
	bufs_add(ctx, ret, m, abi->comonitoring_sizeof);
	bufs_add(ctx, ret, ctx_u64(ctx, m + abi->comonitoring_tools), n);
	lines = ctx_u64(ctx, m + abi->comonitoring_lines);
	bufs_add(ctx, ret, lines, lines ? lines_size(ctx, lines, n) : 0);
	bufs_add(ctx, ret, ctx_u64(ctx, m + abi->comonitoring_line_tools), n);
	bufs_add(ctx, ret,
		 ctx_u64(ctx,
			 m + abi->comonitoring_per_instruction_opcodes),
		 abi_has(abi->colines_bytes_per_entry) ? n * 2 : n);
	bufs_add(ctx, ret,
		 ctx_u64(ctx, m + abi->comonitoring_per_instruction_tools), n);
}

static raddr executors(struct pyctx *ctx, const struct pyobj *o)
{
	return field(ctx, o, ctx->abi->code_co_executors);
}

static void executor_buffers(struct pyctx *ctx, const struct pyobj *o,
			     struct pybufs *ret)
{
	const struct abi *abi = ctx->abi;
	raddr at = executors(ctx, o);
	uint32_t room;

	if (!at)
		return;
	room = ctx_u32(ctx, at + abi->executors_capacity);
	if (room <= MAX_EXECUTORS)
		bufs_add(ctx, ret, at,
			 abi->executors_executors + room * sizeof(raddr));
}

static void buffers(struct pyctx *ctx, const struct pyobj *o,
		    struct pybufs *ret)
{
	const struct abi *abi = ctx->abi;

	bufs_add(ctx, ret, obj_u64(ctx, o, abi->code_co_extra),
		 extra_size(ctx, o, abi->codeextra_ce_extras));
	bufs_add(ctx, ret, field(ctx, o, abi->code_co_cell2arg),
		 cell2arg_size(ctx, o));
	bufs_add(ctx, ret, field(ctx, o, abi->code_co_opcache_map),
		 opcache_map_size(ctx, o));
	bufs_add(ctx, ret, field(ctx, o, abi->code_co_opcache),
		 opcache_size(ctx, o));
	if (abi_has(abi->code__co_cached))
		bufs_add(ctx, ret, obj_u64(ctx, o, abi->code__co_cached),
			 abi->cocached_sizeof);
	monitoring_buffers(ctx, o, ret);
	executor_buffers(ctx, o, ret);
}

static void refs(struct pyctx *ctx, const struct pyobj *o, struct refs *to)
{
	static const char *const names[] = { "_co_code", "_co_varnames",
					     "_co_cellvars", "_co_freevars" };
	const struct abi *abi = ctx->abi;
	raddr cached = field(ctx, o, abi->code__co_cached);
	raddr at = executors(ctx, o);
	uint32_t n;

	for (uint32_t i = 0; cached && i < ARRAY_SIZE(names) &&
			     (i + 1) * sizeof(raddr) <= abi->cocached_sizeof;
	     i++)
		refs_add(ctx, to, ref_owned(ref_field(names[i])),
			 ctx_u64(ctx, cached + i * sizeof(raddr)));
	if (!at)
		return;
	n = ctx_u32(ctx, at + abi->executors_size);
	if (n <= MAX_EXECUTORS)
		refs_words(ctx, to, ref_owned(ref_index(REF_ITEM, 0)),
			   at + abi->executors_executors, n);
}

#define CODE								\
	.own = { AT(code_co_code), AT(code_co_consts), AT(code_co_names), \
		 AT(code_co_exceptiontable), AT(code_co_varnames),	\
		 AT(code_co_freevars), AT(code_co_cellvars),		\
		 AT(code_co_localsplusnames),				\
		 AT(code_co_localspluskinds), AT(code_co_filename),	\
		 AT(code_co_name), AT(code_co_qualname),		\
		 AT(code_co_lnotab), AT(code_co_linetable),		\
		 AT(code__co_code) },					\
	.size = size, .block = block, .buffers = buffers, .refs = refs

const struct layout code_rows[] = {
	{ .name = "code", .basicsize = AT(code_co_code_adaptive), CODE },
	{ .name = "code", .basicsize = AT(code_sizeof), CODE },
	{ 0 }
};
