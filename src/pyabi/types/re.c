/* SPDX-License-Identifier: MIT */
/*
 * re.
 *
 * Facts: CPython 3.6 to 3.15, Modules/_sre/sre.c (_sre.c), sre.h.
 */
#include "pyabi/types/rows.h"

enum { TEMPLATE_ITEM = 2 };	/* words: number of a group, then a literal */

static void template_refs(struct pyctx *ctx, const struct pyobj *o,
			  struct refs *to)
{
	const struct abi *abi = ctx->abi;
	uint64_t n = ob_size(ctx, o);
	uint64_t off = abi->retemplate_items + sizeof(raddr);

	for (uint64_t i = 0; i < n; i++) {
		if (off + sizeof(raddr) > o->avail) {
			ctx->faults++;
			return;
		}
		refs_add(ctx, to, ref_index(REF_ITEM, i),
			 obj_u64(ctx, o, (uint32_t)off));
		off += TEMPLATE_ITEM * sizeof(raddr);
	}
}

const struct layout re_rows[] = {
	{ .name = "re.Pattern|_sre.SRE_Pattern",
	  .basicsize = AT(pattern_sizeof),
	  .visit = { AT(pattern_groupindex), AT(pattern_indexgroup),
		     AT(pattern_pattern) } },
	{ .name = "re.Match|_sre.SRE_Match", .basicsize = AT(match_sizeof),
	  .visit = { AT(match_string), AT(match_regs), AT(match_pattern) } },
	/* Its size depends on how it was compiled. */
	{ .name = "_sre.SRE_Scanner", .visit = { AT(scanner_pattern) } },
	{ .name = "_sre.SRE_Template", .basicsize = AT(retemplate_sizeof),
	  .visit = { AT(retemplate_literal) }, .refs = template_refs },
	{ 0 }
};
