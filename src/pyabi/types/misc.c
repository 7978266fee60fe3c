/* SPDX-License-Identifier: MIT */
/*
 * What fits nowhere else.
 *
 * Facts: CPython 3.6 to 3.15, Objects/weakrefobject.c, Objects/capsule.c,
 *        Objects/namespaceobject.c, Modules/_struct.c (s_sizeof) and the files
 *        the names speak of.
 */
#include "pyabi/types/rows.h"

enum {
	MAX_CODES = 1 << 16,

	/* encoding_map: bytes of its first level, and of each further one */
	LEVEL1 = 32,
	LEVEL2 = 16,
	LEVEL3 = 128,

	/* PyScannerObject, in words from the end of the object header: strict
	 * (an object up to 3.6), five functions, memo (not since 3.13) */
	SCANNER_MEMO = 6,
};

/* --- struct.Struct ------------------------------------------------------- */

/* Its codes end with one that has no definition. */
static uint64_t codes_bytes(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;
	raddr code = obj_u64(ctx, o, abi->structobj_s_codes);
	unsigned before = ctx->faults;

	for (uint64_t n = 0; code && n < MAX_CODES; n++) {
		raddr def = ctx_u64(ctx, code + n * abi->formatcode_sizeof +
						 abi->formatcode_fmtdef);

		if (ctx->faults != before)
			return 0;
		if (!def)
			return (n + 1) * abi->formatcode_sizeof;
	}
	return 0;
}

static uint64_t struct_size(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t codes = codes_bytes(ctx, o);

	/* A Struct that was not made to the end counts the last code. */
	return base_size(o) + (codes ? codes : ctx->abi->formatcode_sizeof);
}

static void struct_buffers(struct pyctx *ctx, const struct pyobj *o,
			   struct pybufs *ret)
{
	bufs_add(ctx, ret, obj_u64(ctx, o, ctx->abi->structobj_s_codes),
		 codes_bytes(ctx, o));
}

static bool capsule_guesses(struct pyctx *ctx, const struct pyobj *o)
{
	return field(ctx, o, ctx->abi->capsule_traverse_func);
}

/*
 * A capsule with a function to traverse it (3.13) has something to visit; what,
 * that function knows.  In _socket, the only one in the standard library, it is
 * the type that the pointer's first word names.
 */
static void capsule_refs(struct pyctx *ctx, const struct pyobj *o,
			 struct refs *to)
{
	raddr api = obj_u64(ctx, o, ctx->abi->capsule_pointer);
	raddr first;

	if (!capsule_guesses(ctx, o) || !api)
		return;
	first = ctx_u64(ctx, api);
	if (ctx_is_object(ctx, first))
		refs_add(ctx, to, ref_index(REF_INFERRED, 0), first);
}

/* A table for charmap codecs, as long as its counts say. */
static uint64_t encoding_map_block(struct pyctx *ctx, const struct pyobj *o,
				   uint64_t *at_least)
{
	uint32_t at = ctx->abi->object_sizeof + LEVEL1;

	(void)at_least;
	return base_size(o) - 1 +
	       (uint64_t)LEVEL2 * obj_u32(ctx, o, at) +
	       (uint64_t)LEVEL3 * obj_u32(ctx, o, at + 4);
}

/* --- json ----------------------------------------------------------------- */

/* One of its words, which may be none: `strict` is an object up to 3.6. */
static void add_word(struct pyctx *ctx, const struct pyobj *o, uint32_t n,
		     struct ref_name name, struct refs *to)
{
	uint32_t off = ctx->abi->object_sizeof + n * 8;
	raddr a;

	if (off >= (uint64_t)o->type->cbase->basicsize)
		return;
	a = obj_u64(ctx, o, off);
	if (ctx_is_object(ctx, a))
		refs_add(ctx, to, name, a);
}

static void scanner_refs(struct pyctx *ctx, const struct pyobj *o,
			 struct refs *to)
{
	static const char *const names[SCANNER_MEMO] = {
		"strict", "object_hook", "object_pairs_hook", "parse_float",
		"parse_int", "parse_constant",
	};
	bool visits_memo = o->type->cbase->flags & TPF_HEAPTYPE;
	struct ref_name memo = ref_field("memo");

	for (uint32_t i = 0; i < SCANNER_MEMO; i++)
		add_word(ctx, o, i, ref_field(names[i]), to);
	add_word(ctx, o, SCANNER_MEMO, visits_memo ? memo : ref_owned(memo),
		 to);
}

/* --- weak references ------------------------------------------------------ */

/* It neither visits nor counts what it leads to. */
static void weakref_refs(struct pyctx *ctx, const struct pyobj *o,
			 struct refs *to)
{
	refs_add(ctx, to, ref_tied(0, ref_index(REF_WEAK, 0)),
		 obj_u64(ctx, o, ctx->abi->weakref_wr_object));
}

const struct layout misc_rows[] = {
	{ .name = "_json.Scanner", .refs = scanner_refs },
	{ .name = "EncodingMap", .block = encoding_map_block },
	{ .name = "weakref|weakproxy|weakcallableproxy|weakref.ReferenceType"
		  "|weakref.ProxyType|weakref.CallableProxyType",
	  .basicsize = AT(weakref_sizeof),
	  .visit = { AT(weakref_wr_callback) }, .refs = weakref_refs },
	{ .name = "PyCapsule", .basicsize = AT(capsule_sizeof),
	  .refs = capsule_refs, .guesses = capsule_guesses },
	{ .name = "_struct.Struct|Struct", .basicsize = AT(structobj_sizeof),
	  .visit = { AT(structobj_s_format) }, .size = struct_size,
	  .buffers = struct_buffers },
	{ .name = "ellipsis|NoneType|NotImplementedType|Token.MISSING"
		  "|_contextvars.Token.MISSING" },
	{ .name = "_struct.unpack_iterator|unpack_iterator"
		  "|types.SimpleNamespace|_abc_data|_abc._abc_data"
		  "|_ast.AST|ast.AST|anext_awaitable"
		  "|formatteriterator|fieldnameiterator|line_iterator"
		  "|positions_iterator|stderrprinter"
		  "|InterpreterID|symtable entry|sys.legacy_event_handler"
		  "|InstructionSequence|monitoring.CodeLike|parser.st"
		  "|zipimport.zipimporter|_tokenize.TokenizerIter"
		  "|_csv.Dialect|_csv.reader|_csv.writer"
		  "|_json.Encoder|unicodedata.UCD"
		  "|MultibyteCodec|_multibytecodec.MultibyteCodec"
		  "|_curses.window|_curses.curses window"
		  "|_curses_panel.panel|_curses_panel.curses panel"
		  "|_tkinter.tkapp|_tkinter.Tcl_Obj|_tkinter.tktimertoken"
		  "|ossaudiodev.oss_audio_device|ossaudiodev.oss_mixer_device"
		  "|_xxsubinterpreters.ChannelID|_xxinterpchannels.ChannelID"
		  "|_interpchannels.ChannelID"
		  "|_interpreters.CrossInterpreterBufferView",
	  .opaque = OPAQUE_VISITS },
	{ .name = "MultibyteIncrementalEncoder|MultibyteIncrementalDecoder"
		  "|MultibyteStreamReader|MultibyteStreamWriter"
		  "|_multibytecodec.MultibyteIncrementalEncoder"
		  "|_multibytecodec.MultibyteIncrementalDecoder"
		  "|_multibytecodec.MultibyteStreamReader"
		  "|_multibytecodec.MultibyteStreamWriter",
	  .opaque = OPAQUE_VISITS, .visits_no_type = true },
	{ .name = "_lsprof.Profiler", .opaque = OPAQUE_OWNS },
	{ 0 }
};
