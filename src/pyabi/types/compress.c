/* SPDX-License-Identifier: MIT */
/*
 * Compression and hashes: state of libraries with few objects in it.
 *
 * Facts: CPython 3.6 to 3.15, Modules/zlibmodule.c, Modules/_bz2module.c,
 *        Modules/_lzmamodule.c, Modules/_zstd/, Modules/_hashopenssl.c,
 *        Modules/sha*module.c, Modules/_blake2/, Modules/_randommodule.c.
 */
#include "pyabi/types/rows.h"

/* Words from the end of the object header. */
enum {
	/* compobject: z_stream, unused_data, unconsumed_tail, flags, zdict */
	UNUSED = 14,
	TAIL = 15,
	ZDICT = 17,

	/* ZstdCompressor, ZstdDecompressor: context, dict */
	ZSTD_DICT = 1,
};

static raddr nth(struct pyctx *ctx, const struct pyobj *o, uint32_t n)
{
	return obj_u64(ctx, o, ctx->abi->object_sizeof + n * 8);
}

static void zlib_refs(struct pyctx *ctx, const struct pyobj *o,
		      struct refs *to)
{
	refs_add(ctx, to, ref_field("zdict"), nth(ctx, o, ZDICT));
	refs_add(ctx, to, ref_owned(ref_field("unused_data")),
		 nth(ctx, o, UNUSED));
	refs_add(ctx, to, ref_owned(ref_field("unconsumed_tail")),
		 nth(ctx, o, TAIL));
}

static void zstd_refs(struct pyctx *ctx, const struct pyobj *o,
		      struct refs *to)
{
	refs_add(ctx, to, ref_field("dict"), nth(ctx, o, ZSTD_DICT));
}

const struct layout compress_rows[] = {
	{ .name = "zlib.Compress|zlib.Decompress", .refs = zlib_refs },
	{ .name = "zlib._ZlibDecompressor|compression.zstd.ZstdDict",
	  .opaque = OPAQUE_OWNS },
	{ .name = "compression.zstd.ZstdCompressor"
		  "|compression.zstd.ZstdDecompressor",
	  .refs = zstd_refs },
	{ .name = "_bz2.BZ2Compressor|_bz2.BZ2Decompressor"
		  "|_lzma.LZMACompressor|_lzma.LZMADecompressor"
		  "|_hashlib.HASH|_hashlib.HASHXOF|_hashlib.HMAC",
	  .opaque = OPAQUE_VISITS },
	{ .name = "_md5.md5|_sha1.sha1|_sha256.sha224|_sha256.sha256"
		  "|_sha512.sha384|_sha512.sha512|_sha2.SHA224Type"
		  "|_sha2.SHA256Type|_sha2.SHA384Type|_sha2.SHA512Type"
		  "|_sha3.sha3_224|_sha3.sha3_256|_sha3.sha3_384"
		  "|_sha3.sha3_512|_sha3.shake_128|_sha3.shake_256"
		  "|_blake2.blake2b|_blake2.blake2s" },
	{ .name = "_random.Random", .basicsize = AT(random_sizeof) },
	{ 0 }
};
