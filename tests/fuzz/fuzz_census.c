/* SPDX-License-Identifier: MIT */
/*
 * A whole look, stopped and running, at a small heap in which words are wrong:
 * it ends, with a result that adds up or an error that says why.
 *
 * The input: a byte that chooses one of the heaps of tests/fakepast.h, then
 * twelve for each word: where it is, of which kind the wrong value is, the value.
 */
#include <assert.h>
#include <string.h>

#include "base/load.h"
#include "fakepast.h"
#include "heap/capture.h"
#include "heap/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

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

struct rows {
	int64_t n, n_static;
	raddr last;
};

static bool count_row(void *arg, const struct dump_object *obj, struct err *err)
{
	struct rows *rows = arg;

	(void)err;
	assert(obj->address > rows->last);
	assert(obj->size >= 0 && obj->allocated >= 0 && obj->type);
	rows->last = obj->address;
	rows->n += !obj->is_static;
	rows->n_static += obj->is_static != 0;
	return true;
}

static void look(struct fakepast *fp, bool stop)
{
	struct rows rows = { 0 };
	const struct snapshot_options opt = {
		.stop = stop, .want_refs = true,
		.object = stop ? count_row : NULL, .arg = &rows,
	};
	struct capture cap = { 0 };
	struct dump dump;
	struct err err = { 0 };
	int64_t n = 0;

	dump_init(&dump);
	if (!capture_of(&cap, &fp->heap.ft.target, &err) ||
	    !snapshot_look(&cap, &opt, &dump, &err)) {
		assert(err.code && *err.text);
	} else {
		for (size_t i = 0; i < dump.types.n; i++)
			n += dump.types.v[i].count;
		assert(n == dump.objects);
		assert(!stop || rows.n == dump.objects);
		assert(!stop || rows.n_static == dump.static_objects);
	}
	capture_close(&cap);
	dump_fini(&dump);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct part part[PARTS];
	struct fakepast fp;

	if (len < 1)
		return 0;
	fakepast_init(&fp, *data % HEAPS, OBJECTS);
	find_parts(&fp.heap, part);
	data++;
	len--;
	for (size_t i = 0; i < RECORDS && len >= RECORD; i++) {
		spoil(&fp, part, data);
		data += RECORD;
		len -= RECORD;
	}
	look(&fp, true);
	look(&fp, false);
	fakepast_fini(&fp);
	return 0;
}
