/* SPDX-License-Identifier: MIT */
#ifndef REPORT_OUT_H
#define REPORT_OUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/addr.h"
#include "base/err.h"

enum {
	OUT_SIZE = 1 << 16,	/* what a pipe takes at once */
	OUT_RESERVE = 64,	/* the most that out_reserve() promises */
};

/**
 * Bytes on their way to a descriptor, through one buffer.
 *
 * Errors: the first write that fails is remembered and what follows it is
 *         dropped, so that a format need not check each line; out_flush()
 *         tells.
 * Owner:  the descriptor stays the caller's.  Nothing to free.
 */
struct out {
	int fd;
	int sys;		/* errno of the write that failed, or 0 */
	size_t n;
	char buf[OUT_SIZE];
};

void out_init(struct out *out, int fd);

/** Write what is left.  False: some of all that was put did not get there. */
MUST_CHECK bool out_flush(struct out *out, struct err *err);

/** False, with @err set, once a write has failed; to stop early. */
MUST_CHECK bool out_check(const struct out *out, struct err *err);

void out_bytes(struct out *out, const void *bytes, size_t len);
void out_str(struct out *out, const char *s);
void out_printf(struct out *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
void out_u64(struct out *out, uint64_t value);
void out_i64(struct out *out, int64_t value);

/** As "0x7f0123456780", without quotes. */
void out_raddr(struct out *out, raddr at);

/**
 * Foreign text, as a terminal may see it: whatever is not printable in the
 * user's locale is escaped as vis(3) does, in at most @columns columns (3 or
 * more), the last ones "..." where it was cut.  Returns the columns it took.
 */
size_t out_visible(struct out *out, const char *s, size_t columns);

/** Empty the buffer, whatever becomes of it; for the functions below. */
void out_spill(struct out *out);

/** Room for OUT_RESERVE bytes; add what was used of it to out->n. */
static inline char *out_reserve(struct out *out)
{
	if (out->n + OUT_RESERVE > OUT_SIZE)
		out_spill(out);
	return out->buf + out->n;
}

static inline void out_char(struct out *out, char c)
{
	*out_reserve(out) = c;
	out->n++;
}

/** Put a string constant of fewer than OUT_RESERVE bytes. */
#define out_const(out, s) \
	do { \
		_Static_assert(sizeof("" s) <= OUT_RESERVE, "too long"); \
		memcpy(out_reserve(out), (s), sizeof(s) - 1); \
		(out)->n += sizeof(s) - 1; \
	} while (0)

#endif
