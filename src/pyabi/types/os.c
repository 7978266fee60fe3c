/* SPDX-License-Identifier: MIT */
/*
 * What stands for things of the operating system: directory entries, sockets,
 * mappings, polls.
 *
 * Facts: CPython 3.6 to 3.15, Modules/posixmodule.c, Modules/socketmodule.c,
 *        Modules/mmapmodule.c, Modules/selectmodule.c, Modules/_ssl.c.
 */
#include "pyabi/types/rows.h"

static void mmap_data(struct pyctx *ctx, const struct pyobj *o,
		      struct pydata *ret)
{
	ret->addr = obj_u64(ctx, o, ctx->abi->mmap_data);
	ret->len = obj_u64(ctx, o, ctx->abi->mmap_size);
	ret->mapped = true;
}

const struct layout os_rows[] = {
	{ .name = "posix.DirEntry", .basicsize = AT(direntry_sizeof),
	  .visit = { AT(direntry_name), AT(direntry_path), AT(direntry_stat),
		     AT(direntry_lstat) } },
	{ .name = "posix.ScandirIterator", .opaque = OPAQUE_VISITS },
	{ .name = "_socket.socket", .basicsize = AT(socket_sizeof) },
	{ .name = "mmap.mmap", .basicsize = AT(mmap_sizeof),
	  .data = mmap_data },
	{ .name = "select.epoll" },
	{ .name = "select.poll", .opaque = OPAQUE_VISITS },
	{ .name = "_ssl._SSLContext", .opaque = OPAQUE_VISITS },
	{ .name = "_ssl._SSLSocket|_ssl.MemoryBIO|_ssl.Session"
		  "|_ssl.SSLSession|_ssl.Certificate",
	  .opaque = OPAQUE_OWNS },
	{ 0 }
};
