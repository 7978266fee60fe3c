/* SPDX-License-Identifier: MIT */
#include "fakespoil.h"

#include <string.h>

#include "base/load.h"

enum { OBJECTS = 60, HEAPS = 64, RECORD = 12, RECORDS = 32 };

/* Where a wrong word may be: what is in use of each part. */
struct part {
	raddr start;
	uint64_t len;
};

enum { PARTS = 4 };

static void find_parts(const struct fakeheap *fh, struct part part[PARTS])
{
	part[0] = (struct part){ fh->interp, fh->abi.interp_sizeof };
	part[1] = (struct part){ fh->type_type, fh->next_type - fh->type_type };
	if (fh->of_malloc) {
		part[2] = (struct part){ FAKEHEAP_MALLOC, fh->chunks.top + 16 -
					 FAKEHEAP_MALLOC };
		part[3] = (struct part){ FAKEHEAP_STATE - 16,
					 FAKEHEAP_PAR + 32 - FAKEHEAP_STATE };
		return;
	}
	part[2] = (struct part){ FAKEHEAP_MALLOC,
				 fh->next_malloc - FAKEHEAP_MALLOC };
	part[3] = (struct part){ FAKEHEAP_ARENA,
				 fh->next_pool - FAKEHEAP_ARENA };
}

static raddr place_in(const struct part part[PARTS], uint32_t where)
{
	const struct part *p = &part[where % PARTS];

	return p->start + where / PARTS * 8 % (p->len & ~7ull);
}

/* Bits, numbers, pointers to anywhere, what stands elsewhere. */
static void spoil(struct fakepast *fp, const struct part part[PARTS],
		  const uint8_t *record)
{
	struct fakemem *fm = &fp->heap.ft.fm;
	uint32_t where = load_u32(record) & 0xffffff;
	uint64_t value = load_u64(record + 4), word;
	raddr at = place_in(part, where);

	memcpy(&word, fake_at(fm, at, 8), 8);
	switch (record[3] % 5) {
	case 0:
		word ^= 1ull << value % 64;
		break;
	case 1:
		word = value;
		break;
	case 2:
		word = place_in(part, (uint32_t)value) + (value >> 60);
		break;
	case 3:
		memcpy(&word, fake_at(fm, place_in(part, (uint32_t)value), 8),
		       8);
		break;
	case 4:
		word += value;
		break;
	}
	fake_u64(fm, at, word);
}

void fakespoil_init(struct fakepast *fp, const uint8_t *data, size_t len)
{
	struct part part[PARTS];

	fakepast_init(fp, *data / HEAPS % 2, *data % HEAPS, OBJECTS);
	find_parts(&fp->heap, part);
	data++;
	len--;
	for (size_t i = 0; i < RECORDS && len >= RECORD; i++) {
		spoil(fp, part, data);
		data += RECORD;
		len -= RECORD;
	}
}
