/* SPDX-License-Identifier: MIT */
/*
 * datetime and zoneinfo.
 *
 * A time without time zone is made without the word for one; instances of
 * subclasses have it anyhow.
 *
 * Facts: CPython 3.6 to 3.15, Modules/_datetimemodule.c (time_alloc,
 *        datetime_alloc), Modules/_zoneinfo.c.
 */
#include "pyabi/types/rows.h"

static bool is_aware(struct pyctx *ctx, const struct pyobj *o)
{
	return obj_u8(ctx, o, ctx->abi->date_hastzinfo) != 0;
}

static uint64_t datetime_block(struct pyctx *ctx, const struct pyobj *o,
			       uint64_t *at_least)
{
	(void)at_least;
	return is_aware(ctx, o) ? base_size(o) : ctx->abi->datetime_tzinfo;
}

static void datetime_refs(struct pyctx *ctx, const struct pyobj *o,
			   struct refs *to)
{
	if (is_aware(ctx, o))
		refs_owned_field(ctx, to, o, AT(datetime_tzinfo));
}

static uint64_t time_block(struct pyctx *ctx, const struct pyobj *o,
			   uint64_t *at_least)
{
	(void)at_least;
	return is_aware(ctx, o) ? base_size(o) : ctx->abi->time_tzinfo;
}

static void time_refs(struct pyctx *ctx, const struct pyobj *o,
		       struct refs *to)
{
	if (is_aware(ctx, o))
		refs_owned_field(ctx, to, o, AT(time_tzinfo));
}

static bool has_flag(struct pyctx *ctx, const struct pyobj *o)
{
	return obj_u8(ctx, o, ctx->abi->date_hastzinfo) <= 1;
}

const struct layout datetime_rows[] = {
	{ .name = "datetime.date", .basicsize = AT(date_sizeof),
	  .plausible = has_flag },
	{ .name = "datetime.datetime", .basicsize = AT(datetime_sizeof),
	  .block = datetime_block, .refs = datetime_refs,
	  .plausible = has_flag },
	{ .name = "datetime.time", .basicsize = AT(time_sizeof),
	  .block = time_block, .refs = time_refs, .plausible = has_flag },
	{ .name = "datetime.timedelta", .basicsize = AT(delta_sizeof) },
	{ .name = "datetime.timezone", .basicsize = AT(timezone_sizeof),
	  .own = { AT(timezone_offset), AT(timezone_name) } },
	{ .name = "datetime.tzinfo", .basicsize = AT(object_sizeof) },
	{ .name = "zoneinfo.ZoneInfo", .basicsize = AT(zoneinfo_sizeof),
	  .visit = { AT(zoneinfo_key) }, .own = { AT(zoneinfo_file_repr) } },
	{ 0 }
};
