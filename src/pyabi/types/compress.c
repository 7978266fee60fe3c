/* SPDX-License-Identifier: MIT */
/*
 * Compression and hashes: state of libraries with few objects in it.
 *
 * Facts: CPython 3.6 to 3.15, Modules/zlibmodule.c, Modules/_bz2module.c,
 *        Modules/_lzmamodule.c, Modules/_zstd/, Modules/_hashopenssl.c,
 *        Modules/sha*module.c, Modules/_blake2/, Modules/_randommodule.c.
 */
#include "pyabi/types/rows.h"

const struct layout compress_rows[] = {
	{ .name = "zlib.Compress|zlib.Decompress|zlib._ZlibDecompressor"
		  "|_bz2.BZ2Compressor|_bz2.BZ2Decompressor"
		  "|_lzma.LZMACompressor|_lzma.LZMADecompressor"
		  "|compression.zstd.ZstdCompressor"
		  "|compression.zstd.ZstdDecompressor"
		  "|compression.zstd.ZstdDict"
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
