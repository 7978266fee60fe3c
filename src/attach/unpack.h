/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_UNPACK_H
#define ATTACH_UNPACK_H

#include <stdint.h>

#include "base/err.h"

/**
 * A file that may be compressed, as one that is not.
 *
 * By its first bytes it is known to be of zstd, lz4, xz or gzip; then all of it
 * is unpacked to a file without a name that nobody else can read, in $TMPDIR or
 * /var/tmp, where pages of zeros take no room.
 *
 * Bounds: a part of the filesystem stays free, or of the memory where files
 * live in memory; no more than UNPACK_MOST bytes come out, zeros included.
 */
#define UNPACK_MOST (1ull << 43)

/** Does it begin like a packed file? */
bool unpack_is_packed(int fd);

/** Called now and then with the bytes of the packed file; or NULL.  False: it
 *  is called off. */
typedef bool unpack_progress(void *arg, uint64_t done, uint64_t total);

/** How a packed file ended: as it should, too early, or with something behind
 *  its end that belongs to nothing. */
enum unpack_end { UNPACK_WHOLE, UNPACK_CUT, UNPACK_GARBAGE };

/**
 * Takes over @fd, which comes back in @ret_fd if it is not packed.  A packed
 * file that does not end as it should gives what there is: *@ret_end.
 *
 * ERR_BADDATA: what is packed is damaged.  ERR_LIMIT: no room for it, or called
 * off.  ERR_OS, ERR_NOMEM.
 */
MUST_CHECK bool unpack(int fd, unpack_progress *progress, void *arg,
		       int *ret_fd, enum unpack_end *ret_end, struct err *err);

#endif
