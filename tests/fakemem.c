/* SPDX-License-Identifier: MIT */
#include "fakemem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MAPPED = 1 << 20 };	/* bytes */

static void wrong(const char *what, raddr at)
{
	fprintf(stderr, "fakemem: %s %" PRIraddr "\n", what, at);
	abort();
}

/* The segment @at lies in, or NULL. */
static struct fake_segment *segment_of(struct fakemem *fm, raddr at)
{
	for (size_t i = 0; i < fm->n_segments; i++) {
		if (addr_in(at, fm->segment[i].start, fm->segment[i].len))
			return &fm->segment[i];
	}
	return NULL;
}

/* How many of @len bytes from @at lie before the first fault. */
static uint64_t until_fault(const struct fakemem *fm, raddr at, uint64_t len)
{
	for (size_t i = 0; i < fm->n_faults; i++) {
		const struct fake_fault *fault = &fm->fault[i];

		if (addr_in(at, fault->start, fault->len))
			return 0;
		if (addr_in(fault->start, at, len))
			len = fault->start - at;
	}
	return len;
}

static bool has_exited(struct fakemem *fm, struct err *err)
{
	/* Several threads may read. */
	__atomic_fetch_add(&fm->reads, 1, __ATOMIC_RELAXED);
	if (fm->reads_left == 0)
		return !err_set(err, ERR_GONE, "the fake process has exited");
	if (fm->reads_left > 0)
		fm->reads_left--;
	return false;
}

static int64_t fake_read(struct mem *mem, raddr at, void *buf, size_t len,
			 struct err *err)
{
	struct fakemem *fm = (struct fakemem *)mem;
	size_t done = 0;

	if (has_exited(fm, err))
		return -1;
	len = until_fault(fm, at, len);
	while (done < len) {
		struct fake_segment *seg = segment_of(fm, at + done);
		uint64_t skip, some;

		if (!seg)
			break;
		skip = at + done - seg->start;
		some = seg->len - skip < len - done ? seg->len - skip
						    : len - done;
		memcpy((char *)buf + done, seg->bytes + skip, some);
		done += some;
	}
	return (int64_t)done;
}

static const void *fake_peek(struct mem *mem, raddr at, size_t len)
{
	struct fakemem *fm = (struct fakemem *)mem;
	struct fake_segment *seg = segment_of(fm, at);

	if (!seg || until_fault(fm, at, len) < len ||
	    len > seg->len - (at - seg->start))
		return NULL;
	return seg->bytes + (at - seg->start);
}

static const struct mem_ops fake_ops = {.read = fake_read};
static const struct mem_ops fake_peek_ops = {
	.read = fake_read,
	.peek = fake_peek,
};

void fake_init(struct fakemem *fm, raddr start)
{
	*fm = (struct fakemem){.mem.ops = &fake_ops, .reads_left = -1};
	fake_segment(fm, start, FAKE_SIZE);
}

void fake_init_bytes(struct fakemem *fm, raddr start, const void *data,
		     size_t len)
{
	*fm = (struct fakemem){.mem.ops = &fake_ops, .reads_left = -1};
	fake_segment(fm, start, len);
	if (len > 0)
		memcpy(fm->segment[0].bytes, data, len);
}

/* Large ones cost what is written of them, under sanitizers too. */
static uint8_t *zeros(uint64_t len)
{
	void *p;

	if (len < MAPPED)
		return calloc(1, len ? len : 1);
	p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

static void release(struct fake_segment *seg)
{
	if (seg->len < MAPPED)
		free(seg->bytes);
	else
		munmap(seg->bytes, seg->len);
}

void fake_fini(struct fakemem *fm)
{
	for (size_t i = 0; i < fm->n_segments; i++)
		release(&fm->segment[i]);
	fm->n_segments = 0;
}

void fake_segment(struct fakemem *fm, raddr start, uint64_t len)
{
	struct fake_segment *seg = &fm->segment[fm->n_segments];

	if (fm->n_segments == FAKE_MAX)
		wrong("too many segments:", start);
	*seg = (struct fake_segment){start, len, zeros(len)};
	if (!seg->bytes)
		wrong("out of memory for", start);
	fm->n_segments++;
}

void fake_fault(struct fakemem *fm, raddr start, uint64_t len)
{
	if (fm->n_faults == FAKE_MAX)
		wrong("too many faults:", start);
	fm->fault[fm->n_faults++] = (struct fake_fault){start, len};
}

void fake_allow_peek(struct fakemem *fm)
{
	fm->mem.ops = &fake_peek_ops;
}

void fake_exit_after(struct fakemem *fm, int64_t reads)
{
	fm->reads_left = reads;
}

void *fake_at(struct fakemem *fm, raddr at, uint64_t len)
{
	struct fake_segment *seg = segment_of(fm, at);

	if (!seg || len > seg->len - (at - seg->start))
		wrong("no segment holds", at);
	return seg->bytes + (at - seg->start);
}

void fake_bytes(struct fakemem *fm, raddr at, const void *data, size_t len)
{
	if (len > 0)
		memcpy(fake_at(fm, at, len), data, len);
}

void fake_u64(struct fakemem *fm, raddr at, uint64_t value)
{
	fake_bytes(fm, at, &value, sizeof(value));
}

void fake_u32(struct fakemem *fm, raddr at, uint32_t value)
{
	fake_bytes(fm, at, &value, sizeof(value));
}

void fake_u16(struct fakemem *fm, raddr at, uint16_t value)
{
	fake_bytes(fm, at, &value, sizeof(value));
}

void fake_u8(struct fakemem *fm, raddr at, uint8_t value)
{
	fake_bytes(fm, at, &value, sizeof(value));
}

void fake_str(struct fakemem *fm, raddr at, const char *text)
{
	fake_bytes(fm, at, text, strlen(text) + 1);
}
