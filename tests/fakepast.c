/* SPDX-License-Identifier: MIT */
/*
 * A heap made from a seed: see the header.
 *
 * Laid out by the offsets that the program itself goes by: what is proved here is
 * how the engine finds its way.  For the offsets there are DWARF and real
 * interpreters.
 */
#include "fakepast.h"

#include <assert.h>
#include <string.h>

#include "pyabi/pytype.h"

enum {
	LIVES = 3,			/* so many times half of them die */
	UNIT = 16,
	SMALL = 512,			/* bytes, at most, in pools */
	PAIR = 24,			/* of a dict: hash, key, value */
};
#define NO_HASH UINT64_MAX	/* a string's, until it is asked for */

static const struct kind {
	const char *name;
	uint64_t basic, item, flags;
	unsigned often;
} kinds[FP_TYPES] = {
	[FP_INT] = { "int", 24, 4, TPF_LONG_SUBCLASS, 4 },
	[FP_FLOAT] = { "float", 24, 0, 0, 2 },
	[FP_STR] = { "str", 64, 0, TPF_STR_SUBCLASS, 4 },
	[FP_BYTES] = { "bytes", 33, 1, TPF_BYTES_SUBCLASS, 2 },
	[FP_TUPLE] = { "tuple", 24, 8, TPF_TUPLE_SUBCLASS | TPF_HAVE_GC, 4 },
	[FP_LIST] = { "list", 40, 0, TPF_LIST_SUBCLASS | TPF_HAVE_GC, 3 },
	[FP_DICT] = { "dict", 48, 0, TPF_DICT_SUBCLASS | TPF_HAVE_GC, 2 },
};

const char *fakepast_type_name(enum fakepast_type type)
{
	return kinds[type].name;
}

/* splitmix64 */
static uint64_t next_random(struct fakepast *fp)
{
	uint64_t z = fp->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static uint64_t below(void *fp, uint64_t n)
{
	return next_random(fp) % n;
}

/* Most are small, some large. */
static uint64_t some(struct fakepast *fp)
{
	static const uint64_t most[] = { 4, 4, 4, 16, 16, 60, 200, 1500 };

	return below(fp, most[below(fp, ARRAY_SIZE(most))]);
}

static void put(struct fakepast *fp, raddr at, uint64_t value)
{
	fake_u64(&fp->heap.ft.fm, at, value);
}

static void fill(struct fakepast *fp, raddr at, uint8_t with, uint64_t len)
{
	if (len)
		memset(fake_at(&fp->heap.ft.fm, at, len), with, len);
}

/* --- objects ------------------------------------------------------------- */

static void weigh(struct fakepast *fp, struct fakepast_object *o)
{
	uint64_t pre = kinds[o->type].flags & TPF_HAVE_GC ?
		       (uint64_t)fp->heap.abi.n_pre_gc : 0;

	o->size = pre + o->own + o->rest;
	o->allocated = fakeheap_takes(&fp->heap, o->addr - pre, pre + o->own);
	if (o->buffer)
		o->allocated += fakeheap_takes(&fp->heap, o->buffer, o->rest);
}

static void make(struct fakepast *fp, struct fakepast_object *o, uint64_t own)
{
	o->own = own;
	o->addr = fakeheap_new(&fp->heap, fp->type[o->type], own);
}

static void add_buffer(struct fakepast *fp, struct fakepast_object *o,
		       uint64_t len)
{
	o->rest = len;
	o->buffer = fakeheap_alloc(&fp->heap, len);
}

static void make_int(struct fakepast *fp, struct fakepast_object *o)
{
	uint64_t digits = 1 + some(fp) / 4;

	make(fp, o, 24 + 4 * digits);
	put(fp, o->addr + fp->heap.abi.var_ob_size, digits << 3);
	for (uint64_t i = 0; i < digits; i++)
		fake_u32(&fp->heap.ft.fm, o->addr + 24 + 4 * i,
			 (uint32_t)below(fp, 1 << 30));
}

static void make_float(struct fakepast *fp, struct fakepast_object *o)
{
	make(fp, o, 24);
	put(fp, o->addr + 16, next_random(fp));
}

/* Compact and ASCII. */
static void make_str(struct fakepast *fp, struct fakepast_object *o)
{
	const struct abi *abi = &fp->heap.abi;
	uint64_t n = some(fp);

	make(fp, o, abi->str_ascii_sizeof + n + 1);
	put(fp, o->addr + abi->str_length, n);
	put(fp, o->addr + abi->str_length + 8, NO_HASH);
	fake_u32(&fp->heap.ft.fm, o->addr + abi->str_state,
		 1 << 2 | 1 << 5 | 1 << 6);
	fill(fp, o->addr + abi->str_ascii_sizeof, 'x', n);
	fill(fp, o->addr + abi->str_ascii_sizeof + n, 0, 1);
}

/* What is in it looks like pointers, at times. */
static void make_bytes(struct fakepast *fp, struct fakepast_object *o)
{
	const struct abi *abi = &fp->heap.abi;
	uint64_t n = some(fp);

	make(fp, o, abi->bytes_ob_sval + n + 1);
	put(fp, o->addr + abi->var_ob_size, n);
	put(fp, o->addr + abi->bytes_ob_shash, NO_HASH);
	for (uint64_t i = 0; i + 8 <= n; i += 8)
		put(fp, o->addr + abi->bytes_ob_sval + i, below(fp, 2) ?
		    next_random(fp) :
		    fp->objects.v[below(fp, fp->objects.n)].addr);
	fill(fp, o->addr + abi->bytes_ob_sval + n, 0, 1);
}

static void make_tuple(struct fakepast *fp, struct fakepast_object *o)
{
	const struct abi *abi = &fp->heap.abi;

	o->n = 1 + some(fp);
	o->step = 8;
	make(fp, o, abi->tuple_ob_item + 8 * o->n);
	o->slots = o->addr + abi->tuple_ob_item;
	put(fp, o->addr + abi->var_ob_size, o->n);
	fill(fp, o->slots, 0, 8 * o->n);
}

/* What it keeps in reserve is left as it was. */
static void make_list(struct fakepast *fp, struct fakepast_object *o)
{
	const struct abi *abi = &fp->heap.abi;
	uint64_t room;

	o->n = some(fp);
	o->step = 8;
	room = o->n + (o->n ? below(fp, 8) : 0);
	make(fp, o, abi->list_sizeof);
	if (room)
		add_buffer(fp, o, 8 * room);
	o->slots = o->buffer;
	put(fp, o->addr + abi->var_ob_size, o->n);
	put(fp, o->addr + abi->list_ob_item, o->buffer);
	put(fp, o->addr + abi->list_allocated, room);
	fill(fp, o->slots, 0, 8 * o->n);
}

/* A table of its own; keys of any type. */
static void make_dict(struct fakepast *fp, struct fakepast_object *o)
{
	const struct abi *abi = &fp->heap.abi;
	unsigned log2 = 3 + (unsigned)below(fp, 5);
	uint64_t usable = (1ull << log2) * 2 / 3;
	uint64_t head = abi->keys_dk_indices + (1ull << log2);

	o->n = 1 + below(fp, usable);
	o->step = PAIR;
	make(fp, o, abi->dict_sizeof);
	add_buffer(fp, o, head + usable * PAIR);
	o->slots = o->buffer + head + 8;
	put(fp, o->addr + abi->dict_ma_used, o->n);
	put(fp, o->addr + abi->dict_ma_keys, o->buffer);
	put(fp, o->addr + abi->dict_ma_values, 0);
	fill(fp, o->buffer, 0, o->rest);
	put(fp, o->buffer + abi->keys_dk_refcnt, 1);
	fill(fp, o->buffer + abi->keys_dk_log2_size, (uint8_t)log2, 1);
	fill(fp, o->buffer + abi->keys_dk_log2_index_bytes, (uint8_t)log2, 1);
	put(fp, o->buffer + abi->keys_dk_usable, usable - o->n);
	put(fp, o->buffer + abi->keys_dk_nentries, o->n);
	for (uint64_t i = 0; i < o->n; i++)
		fill(fp, o->buffer + abi->keys_dk_indices + i, (uint8_t)i, 1);
}

static void (*const makers[FP_TYPES])(struct fakepast *fp,
				      struct fakepast_object *o) = {
	[FP_INT] = make_int, [FP_FLOAT] = make_float, [FP_STR] = make_str,
	[FP_BYTES] = make_bytes, [FP_TUPLE] = make_tuple,
	[FP_LIST] = make_list, [FP_DICT] = make_dict,
};

static struct fakepast_object *add(struct fakepast *fp,
				   const struct fakepast_object *o)
{
	struct err err;
	struct fakepast_object *slot = vec_add(&fp->objects, &err);

	assert(slot);
	*slot = *o;
	slot->tracked = kinds[o->type].flags & TPF_HAVE_GC;
	weigh(fp, slot);
	return slot;
}

static struct fakepast_object *add_new(struct fakepast *fp,
				       enum fakepast_type type)
{
	struct fakepast_object o = { .type = type };

	makers[type](fp, &o);
	return add(fp, &o);
}

static enum fakepast_type any_type(struct fakepast *fp)
{
	unsigned total = 0, at, i = 0;

	for (size_t k = 0; k < FP_TYPES; k++)
		total += kinds[k].often;
	at = (unsigned)below(fp, total);
	while (at >= kinds[i].often)
		at -= kinds[i++].often;
	return i;
}

/* Only C knows whose it is; it never begins like an object. */
static void add_raw(struct fakepast *fp)
{
	uint64_t len = UNIT * (1 + below(fp, SMALL / UNIT));
	raddr at = fakeheap_alloc(&fp->heap, len);

	for (uint64_t i = 0; i < len; i += 8)
		put(fp, at + i, next_random(fp) | 1ull << 63);
}

/* --- what refers to what ------------------------------------------------- */

static void refer(struct fakepast *fp, struct fakepast_object *from,
		  uint64_t i, struct fakepast_object *to)
{
	raddr at = from->slots + i * from->step;

	put(fp, at, to->addr);
	to->held++;
	from->knows_containers |= to->slots != 0;
	if (from->type != FP_DICT)
		return;
	put(fp, at + 8, to->addr);
	to->held++;
}

/* Whom @o may refer to: a tuple that the collector forgot, only those that refer
 * to nobody, lest it be in a circle that nobody can find.  The first refers to
 * nobody. */
static size_t any_for(struct fakepast *fp, const struct fakepast_object *o)
{
	size_t i = below(fp, fp->objects.n);

	while (o->type == FP_TUPLE && !o->tracked && fp->objects.v[i].slots)
		i = (i + 1) % fp->objects.n;
	return i;
}

/* All slots anew, whatever stood there: most containers refer to one object
 * again and again, so that many objects are known to few, or to one. */
static void link_all(struct fakepast *fp)
{
	size_t n = fp->objects.n;

	for (size_t i = 0; i < n; i++) {
		fp->objects.v[i].held = 0;
		fp->objects.v[i].knows_containers = false;
	}
	for (size_t i = 0; i < n; i++) {
		struct fakepast_object *o = &fp->objects.v[i];
		size_t often = any_for(fp, o);
		uint64_t others = below(fp, 4) ? 0 : 16;

		for (uint64_t k = 0; k < o->n; k++)
			refer(fp, o, k, &fp->objects.v[below(fp, 16) < others ?
						       any_for(fp, o) : often]);
	}
}

/* Whom nobody refers to, the items of a list are, which is in the collector's. */
static void hold_all(struct fakepast *fp)
{
	for (size_t i = 0, n = fp->objects.n; i < n; i++) {
		while (!fp->objects.v[i].held) {
			struct fakepast_object *list = add_new(fp, FP_LIST);

			list->held = 1;
			for (uint64_t k = 0; k < list->n; k++)
				refer(fp, list, k, &fp->objects.v[i]);
		}
	}
}

/* The collector forgets some tuples of what refers to nobody. */
static void settle(struct fakepast *fp)
{
	for (size_t i = 0; i < fp->objects.n; i++) {
		struct fakepast_object *o = &fp->objects.v[i];

		put(fp, o->addr, o->held);
		if (o->type == FP_TUPLE && !o->knows_containers &&
		    below(fp, 2)) {
			fakeheap_untrack(&fp->heap, o->addr);
			o->tracked = false;
		}
	}
}

/* Whoever dies has a count of 0 by then; its other words stay. */
static void kill_half(struct fakepast *fp)
{
	size_t left = 1;

	for (size_t i = 1; i < fp->objects.n; i++) {
		struct fakepast_object *o = &fp->objects.v[i];

		if (below(fp, 2)) {
			fp->objects.v[left++] = *o;
			continue;
		}
		put(fp, o->addr, 0);
		if (o->buffer)
			fakeheap_free(&fp->heap, o->buffer, o->rest);
		fakeheap_delete(&fp->heap, o->addr, o->own);
	}
	fp->objects.n = left;
}

/* It is there from the start, and empty. */
static void add_modules(struct fakepast *fp)
{
	const struct abi *abi = &fp->heap.abi;
	struct fakepast_object o = { .type = FP_DICT };

	memcpy(&o.addr, fake_at(&fp->heap.ft.fm, fp->heap.interp +
				abi->interp_modules, 8), 8);
	o.own = abi->dict_sizeof;
	memcpy(&o.buffer, fake_at(&fp->heap.ft.fm, o.addr + abi->dict_ma_keys,
				  8), 8);
	o.rest = abi->keys_dk_indices + 8 + 5 * abi->strentry_sizeof;
	add(fp, &o);
}

void fakepast_live_on(struct fakepast *fp, size_t n)
{
	kill_half(fp);
	while (fp->objects.n < n) {
		add_new(fp, any_type(fp));
		if (below(fp, 16) == 0)
			add_raw(fp);
	}
	link_all(fp);
	hold_all(fp);
	settle(fp);
}

void fakepast_init(struct fakepast *fp, bool of_malloc, uint64_t seed, size_t n)
{
	memset(fp, 0, sizeof(*fp));
	fp->random = seed;
	if (of_malloc)
		fakeheap_init_of_malloc(&fp->heap);
	else
		fakeheap_init(&fp->heap);
	fp->heap.choose = below;
	fp->heap.choose_arg = fp;
	for (size_t i = 0; i < FP_TYPES; i++)
		fp->type[i] = i == FP_DICT ? fp->heap.dict_type :
			fakeheap_type(&fp->heap, kinds[i].name, kinds[i].basic,
				      kinds[i].item, kinds[i].flags);
	add_modules(fp);
	for (int life = 0; life < LIVES; life++)
		fakepast_live_on(fp, n);
}

void fakepast_fini(struct fakepast *fp)
{
	vec_free(&fp->objects);
	fakeheap_fini(&fp->heap);
}
