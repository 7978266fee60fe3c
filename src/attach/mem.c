/* SPDX-License-Identifier: MIT */
#include "attach/mem.h"

#include <string.h>

/* Several threads may read through one struct mem: see attach/live.h. */
static void count(struct mem *mem, uint64_t bytes)
{
	__atomic_fetch_add(&mem->bytes_read, bytes, __ATOMIC_RELAXED);
}

bool mem_read(struct mem *mem, raddr at, void *buf, size_t len,
	      struct err *err)
{
	int64_t got = mem_read_some(mem, at, buf, len, err);

	if (got < 0)
		return false;
	if ((uint64_t)got != len)
		return err_at(err, ERR_FAULT, at + (uint64_t)got,
			      "cannot read %zu bytes at %" PRIraddr, len, at);
	return true;
}

int64_t mem_read_some(struct mem *mem, raddr at, void *buf, size_t len,
		      struct err *err)
{
	int64_t got;

	/* Nothing lies behind the last address. */
	if (len > 0 && len - 1 > UINT64_MAX - at)
		len = (size_t)(UINT64_MAX - at) + 1;
	if (len == 0)
		return 0;
	got = mem->ops->read(mem, at, buf, len, err);
	if (got > 0)
		count(mem, (uint64_t)got);
	return got;
}

static bool batch_by_reads(struct mem *mem, struct mem_piece *piece, size_t n,
			   struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		int64_t got = mem->ops->read(mem, piece[i].at, piece[i].buf,
					     piece[i].len, err);

		if (got < 0)
			return false;
		piece[i].ok = (uint64_t)got == piece[i].len;
	}
	return true;
}

bool mem_read_batch(struct mem *mem, struct mem_piece *piece, size_t n,
		    struct err *err)
{
	uint64_t bytes = 0;
	bool done;

	if (mem->ops->batch)
		done = mem->ops->batch(mem, piece, n, err);
	else
		done = batch_by_reads(mem, piece, n, err);
	if (!done)
		return false;
	for (size_t i = 0; i < n; i++)
		bytes += piece[i].ok ? piece[i].len : 0;
	count(mem, bytes);
	return true;
}

bool mem_u64(struct mem *mem, raddr at, uint64_t *ret, struct err *err)
{
	return mem_read(mem, at, ret, sizeof(*ret), err);
}

bool mem_u32(struct mem *mem, raddr at, uint32_t *ret, struct err *err)
{
	return mem_read(mem, at, ret, sizeof(*ret), err);
}

/*
 * The string may end right before a hole, so a short read is fine as long as
 * its NUL came along.  Pieces, as most strings are short and @size is not.
 */
bool mem_cstr(struct mem *mem, raddr at, char *buf, size_t size,
	      struct err *err)
{
	size_t len = 0;

	while (len + 1 < size) {
		size_t want = size - 1 - len < 64 ? size - 1 - len : 64;
		int64_t got = mem_read_some(mem, at + len, buf + len, want,
					    err);

		if (got < 0)
			return false;
		if (memchr(buf + len, '\0', (size_t)got))
			return true;
		len += (size_t)got;
		if ((size_t)got < want)
			return err_at(err, ERR_FAULT, at + len,
				      "cannot read the string at %" PRIraddr,
				      at);
	}
	if (size > 0)
		buf[len] = '\0';
	return true;
}
