/* SPDX-License-Identifier: MIT */
/*
 * xml.etree and pyexpat.
 *
 * Attributes and children of an element are in a block of its own, the first
 * four children too.  The lowest bit of text and tail says that a list is to be
 * joined.
 *
 * Facts: CPython 3.6 to 3.15, Modules/_elementtree.c (element_gc_traverse,
 *        _elementtree_Element___sizeof__), Modules/pyexpat.c.
 */
#include "pyabi/types/rows.h"

enum {
	JOIN = 1,

	/* ElementIterObject, in words from the end of the object header:
	 * parent_stack (of parent and index), its used and allocated length,
	 * root_element, sought_tag */
	STACK = 0,
	STACK_USED = 1,
	STACK_ROOM = 2,
	ROOT = 3,
	TAG = 4,
	FRAME = 16,
	MAX_STACK = 1 << 20,

	/* xmlparseobject: its last words are intern and handlers, an array */
	HANDLERS = 8,
	INTERN = 16,
	N_HANDLERS = 22,

	/* XMLParserObject: parser, then target, entity, names and handlers,
	 * ten or twelve objects at first, now thirteen */
	PARSER_FIRST = 1,
	PARSER_LAST = 12,
};

static raddr extra_of(struct pyctx *ctx, const struct pyobj *o)
{
	return obj_u64(ctx, o, ctx->abi->element_extra);
}

/* The block of the children, if it is not in the extra block. */
static uint64_t children_bytes(struct pyctx *ctx, raddr extra, raddr *ret)
{
	const struct abi *abi = ctx->abi;
	uint64_t n;

	*ret = ctx_u64(ctx, extra + abi->elementextra_children);
	if (*ret == extra + abi->elementextra__children)
		return 0;
	n = ctx_u64(ctx, extra + abi->elementextra_allocated);
	if (is_length(n))
		return n * sizeof(raddr);
	ctx->faults++;
	return 0;
}

static uint64_t element_size(struct pyctx *ctx, const struct pyobj *o)
{
	raddr extra = extra_of(ctx, o), children;

	if (!extra)
		return base_size(o);
	return base_size(o) + ctx->abi->elementextra_sizeof +
	       children_bytes(ctx, extra, &children);
}

static void element_buffers(struct pyctx *ctx, const struct pyobj *o,
			    struct pybufs *ret)
{
	raddr extra = extra_of(ctx, o), children;
	uint64_t len;

	if (!extra)
		return;
	bufs_add(ctx, ret, extra, ctx->abi->elementextra_sizeof);
	len = children_bytes(ctx, extra, &children);
	bufs_add(ctx, ret, children, len);
}

static void element_refs(struct pyctx *ctx, const struct pyobj *o,
			 struct refs *to)
{
	const struct abi *abi = ctx->abi;
	raddr extra = extra_of(ctx, o);
	uint64_t n;

	refs_add(ctx, to, ref_field("text"),
		 obj_u64(ctx, o, abi->element_text) & ~(raddr)JOIN);
	refs_add(ctx, to, ref_field("tail"),
		 obj_u64(ctx, o, abi->element_tail) & ~(raddr)JOIN);
	if (!extra)
		return;
	refs_field_at(ctx, to, extra, AT(elementextra_attrib));
	n = ctx_u64(ctx, extra + abi->elementextra_length);
	if (n > ctx_u64(ctx, extra + abi->elementextra_allocated)) {
		ctx->faults++;
		return;
	}
	refs_words(ctx, to, ref_index(REF_ITEM, 0),
		   ctx_u64(ctx, extra + abi->elementextra_children), n);
}

/* --- what walks over elements -------------------------------------------- */

static uint64_t nth(struct pyctx *ctx, const struct pyobj *o, uint32_t n)
{
	return obj_u64(ctx, o, ctx->abi->object_sizeof + n * 8);
}

static void walker_refs(struct pyctx *ctx, const struct pyobj *o,
			struct refs *to)
{
	raddr stack = nth(ctx, o, STACK);
	uint64_t n = nth(ctx, o, STACK_USED);
	unsigned before = ctx->faults;

	refs_add(ctx, to, ref_field("root_element"), nth(ctx, o, ROOT));
	refs_add(ctx, to, ref_field("sought_tag"), nth(ctx, o, TAG));
	for (uint64_t i = 0; i < n && ctx->faults == before; i++) {
		if (i >= MAX_STACK)
			ctx->faults++;
		else
			refs_add(ctx, to, ref_index(REF_ITEM, i),
				 ctx_u64(ctx, stack + i * FRAME));
	}
}

static void walker_buffers(struct pyctx *ctx, const struct pyobj *o,
			   struct pybufs *ret)
{
	uint64_t n = nth(ctx, o, STACK_ROOM);

	if (n <= MAX_STACK)
		bufs_add(ctx, ret, nth(ctx, o, STACK), n * FRAME);
}

/* What follows the handlers is borrowed. */
static void xmlparser_refs(struct pyctx *ctx, const struct pyobj *o,
			   struct refs *to)
{
	uint32_t words = ((uint32_t)o->type->cbase->basicsize -
			  ctx->abi->object_sizeof) / 8;

	for (uint32_t i = PARSER_FIRST; i <= PARSER_LAST && i < words; i++) {
		raddr a = nth(ctx, o, i);

		if (ctx_is_object(ctx, a))
			refs_add(ctx, to, ref_index(REF_INFERRED, i * 8), a);
	}
}

/* --- pyexpat ------------------------------------------------------------- */

static raddr from_end(struct pyctx *ctx, const struct pyobj *o, uint32_t back)
{
	return obj_u64(ctx, o, (uint32_t)o->type->basicsize - back);
}

static void parser_refs(struct pyctx *ctx, const struct pyobj *o,
			struct refs *to)
{
	raddr handlers = from_end(ctx, o, HANDLERS);

	if (handlers)
		refs_words(ctx, to, ref_index(REF_ITEM, 0), handlers,
			   N_HANDLERS);
	refs_add(ctx, to, ref_owned(ref_field("intern")),
		 from_end(ctx, o, INTERN));
}

static void parser_buffers(struct pyctx *ctx, const struct pyobj *o,
			   struct pybufs *ret)
{
	bufs_add(ctx, ret, from_end(ctx, o, HANDLERS),
		 N_HANDLERS * sizeof(raddr));
}

const struct layout xml_rows[] = {
	{ .name = "xml.etree.ElementTree.Element",
	  .basicsize = AT(element_sizeof), .visit = { AT(element_tag) },
	  .size = element_size, .buffers = element_buffers,
	  .refs = element_refs },
	{ .name = "_elementtree._element_iterator", .buffers = walker_buffers,
	  .refs = walker_refs },
	{ .name = "pyexpat.xmlparser", .buffers = parser_buffers,
	  .refs = parser_refs },
	{ .name = "xml.etree.ElementTree.TreeBuilder",
	  .opaque = OPAQUE_VISITS, .guesses = always_guesses },
	{ .name = "xml.etree.ElementTree.XMLParser", .refs = xmlparser_refs,
	  .guesses = always_guesses },
	{ 0 }
};
