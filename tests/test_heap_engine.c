/* SPDX-License-Identifier: MIT */
/*
 * The engine, whole, on random heaps in fake memory: see fakepast.h.
 *
 * What it finds must be what there is, object by object: whatever it chose to
 * copy, whichever words it followed, in whatever state the pools are; or, where
 * malloc gave all, its chunks.  A copy that was chosen, an image that has all,
 * as that of a core, and what passes by in a window must tell the same.
 *
 * A heap is made once and looked at in each way.  A seed that fails is named, and
 * what did not hold: PYHEAPSPY_SEED=N looks at that one alone, PYHEAPSPY_SEEDS=N
 * at so many.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fakepast.h"
#include "heap/capture.h"
#include "heap/snapshot.h"

enum { SEEDS = 40, OBJECTS = 1000 };

struct found {
	raddr address;
	int64_t size, allocated;
	int tracked;
	char type[16];
};

static struct {
	VEC(struct found) v;
} all;

/* What a look that stopped it told of this heap. */
static struct dump exact;

static bool keep(void *arg, const struct dump_object *obj, struct err *err)
{
	struct found *f;

	(void)arg;
	if (strcmp(obj->type, "type") == 0)
		return true;
	f = vec_add(&all.v, err);
	if (!f)
		return false;
	*f = (struct found){ .address = obj->address, .size = obj->size,
			     .allocated = obj->allocated,
			     .tracked = obj->tracked };
	snprintf(f->type, sizeof(f->type), "%s", obj->type);
	return true;
}

static int by_address(const void *a, const void *b)
{
	const struct fakepast_object *l = a, *r = b;

	return (l->addr > r->addr) - (l->addr < r->addr);
}

static const char *complain(const struct fakepast_object *o,
			    const struct found *f, char *text, size_t size)
{
	const char *type = o ? fakepast_type_name(o->type) : "";

	if (!f || (o && o->addr < f->address))
		snprintf(text, size, "lost: %s at %#jx of %ju bytes", type,
			 (uintmax_t)o->addr, (uintmax_t)o->size);
	else if (!o || f->address < o->addr)
		snprintf(text, size, "none: %s at %#jx", f->type,
			 (uintmax_t)f->address);
	else
		snprintf(text, size, "%s at %#jx: %jd (%jd) bytes of %s, "
			 "tracked %d; not %ju (%ju), %d", type,
			 (uintmax_t)o->addr, (intmax_t)f->size,
			 (intmax_t)f->allocated, f->type, f->tracked,
			 (uintmax_t)o->size, (uintmax_t)o->allocated,
			 o->tracked);
	return text;
}

static bool is_same(const struct fakepast_object *o, const struct found *f)
{
	return o->addr == f->address && (int64_t)o->size == f->size &&
	       (int64_t)o->allocated == f->allocated &&
	       o->tracked == f->tracked &&
	       strcmp(f->type, fakepast_type_name(o->type)) == 0;
}

/* NULL: all is as it is. */
static const char *compare(const struct fakepast_object *v, size_t n_objects)
{
	static char text[200];
	size_t n = n_objects > all.v.n ? n_objects : all.v.n;

	for (size_t i = 0; i < n; i++) {
		const struct fakepast_object *o = i < n_objects ? &v[i] : NULL;
		const struct found *f = i < all.v.n ? &all.v.v[i] : NULL;

		if (!o || !f || !is_same(o, f))
			return complain(o, f, text, sizeof(text));
	}
	return NULL;
}

/* The heap goes by the order of its own: a copy is sorted. */
static const char *difference(const struct fakepast *fp)
{
	size_t size = fp->objects.n * sizeof(*fp->objects.v);
	struct fakepast_object *v = malloc(size);
	const char *wrong;

	assert_non_null(v);
	memcpy(v, fp->objects.v, size);
	qsort(v, fp->objects.n, sizeof(*v), by_address);
	wrong = compare(v, fp->objects.n);
	free(v);
	return wrong;
}

static void look(struct capture *cap, bool stop, struct dump *dump)
{
	const struct snapshot_options opt = { .stop = stop,
					      .object = stop ? keep : NULL };
	struct err err = { 0 };

	dump_init(dump);
	if (!snapshot_look(cap, &opt, dump, &err))
		fail_msg("%s", err.text);
}

static void stopped(struct capture *cap, struct fakepast *fp)
{
	const char *wrong;

	all.v.n = 0;
	dump_fini(&exact);
	look(cap, true, &exact);
	wrong = difference(fp);
	if (wrong)
		fail_msg("%s", wrong);
	assert_int_equal(exact.blocks.in_use, fp->heap.n_blocks);
	assert_int_equal(exact.unreadable, 0);
}

static const struct dump_type *row_of(const struct dump *dump, const char *type)
{
	static const struct dump_type none;

	for (size_t i = 0; i < dump->types.n; i++) {
		if (strcmp(dump->types.v[i].type, type) == 0)
			return &dump->types.v[i];
	}
	return &none;
}

/* Each type that @dump tells of, @other tells the same of. */
static void tells_alike(const struct dump *dump, const struct dump *other,
			bool with_static)
{
	for (size_t i = 0; i < dump->types.n; i++) {
		const struct dump_type *a = &dump->types.v[i];
		const struct dump_type *b = row_of(other, a->type);

		if (a->count != b->count || a->bytes != b->bytes ||
		    a->allocated != b->allocated ||
		    a->inferred != b->inferred || a->bounds != b->bounds ||
		    (with_static && a->static_count != b->static_count))
			fail_msg("%s: %jd, %jd (%jd) bytes; and %jd, %jd (%jd)",
				 a->type, (intmax_t)a->count,
				 (intmax_t)a->bytes, (intmax_t)a->allocated,
				 (intmax_t)b->count, (intmax_t)b->bytes,
				 (intmax_t)b->allocated);
	}
}

/* Nothing is chosen there: all that was mapped is at hand, and stands. */
static void core(struct capture *cap, struct fakepast *fp)
{
	struct dump live = exact;

	dump_init(&exact);
	cap->tr.target->runs = false;
	fake_allow_peek(&fp->heap.ft.fm);
	stopped(cap, fp);
	tells_alike(&exact, &live, true);
	tells_alike(&live, &exact, true);
	assert_int_equal(exact.blocks.objects, live.blocks.objects);
	assert_int_equal(exact.blocks.buffers, live.blocks.buffers);
	assert_int_equal(exact.blocks.refused, live.blocks.refused);
	dump_fini(&live);
}

/* Type by type, what a stopped look says, but for what is static. */
static void running(struct capture *cap, struct fakepast *fp)
{
	struct dump dump;

	(void)fp;
	look(cap, false, &dump);
	assert_int_equal(dump.objects, exact.objects);
	assert_int_equal(dump.allocated, exact.allocated);
	tells_alike(&exact, &dump, false);
	tells_alike(&dump, &exact, false);
	dump_fini(&dump);
}

static uint64_t bytes_at_hold;

static void note_bytes(void *fp)
{
	bytes_at_hold = ((struct fakepast *)fp)->heap.ft.fm.mem.bytes_read;
}

static void live_on(void *fp)
{
	fakepast_live_on(fp, OBJECTS);
}

/* Between the look that prepares a stop and the stop: whatever was found out
 * before may be wrong by then. */
static void changed(struct capture *cap, struct fakepast *fp)
{
	fp->heap.ft.at_hold = live_on;
	fp->heap.ft.at_hold_arg = fp;
	stopped(cap, fp);
}

/* Nobody ran from before the first look until all were held: that look is the
 * copy, and under the stop next to nothing is read. */
static void asleep(struct capture *cap, struct fakepast *fp)
{
	const struct mem *mem = cap->tr.target->mem;
	uint64_t whole;

	fp->heap.ft.is_asleep = true;
	fp->heap.ft.at_hold = note_bytes;
	fp->heap.ft.at_hold_arg = fp;
	stopped(cap, fp);
	whole = cap->mirror.mem.bytes_read;
	assert_true(whole > 0);
	assert_true(mem->bytes_read - bytes_at_hold < whole / 2);
}

static void awake(void *fp)
{
	((struct fakepast *)fp)->heap.ft.switches++;
	fakepast_live_on(fp, OBJECTS);
}

/* They slept while it was looked at, but not until they were held. */
static void woken(struct capture *cap, struct fakepast *fp)
{
	fp->heap.ft.is_asleep = true;
	fp->heap.ft.at_hold = awake;
	fp->heap.ft.at_hold_arg = fp;
	stopped(cap, fp);
}

/* In this order: the last two change the heap. */
static const struct property {
	const char *what;
	void (*check)(struct capture *cap, struct fakepast *fp);
} properties[] = {
	{ "a stopped look finds just what there is", stopped },
	{ "a core of it has the same", core },
	{ "a running look counts the same", running },
	{ "who sleeps is copied before the stop", asleep },
	{ "what changes before the stop is seen", changed },
	{ "who woke up before the stop is copied again", woken },
};

static void hold(const struct property *property, struct fakepast *fp)
{
	struct faketarget *ft = &fp->heap.ft;
	const struct mem_ops *ops = ft->fm.mem.ops;
	struct capture cap;
	struct err err;

	printf("\t%s\n", property->what);
	fflush(stdout);
	ft->target.runs = true;
	ft->is_asleep = false;
	ft->at_hold = NULL;
	if (!capture_of(&cap, &ft->target, &err))
		fail_msg("%s", err.text);
	property->check(&cap, fp);
	capture_close(&cap);
	ft->fm.mem.ops = ops;
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void each(bool of_malloc)
{
	uint64_t first = number_of("PYHEAPSPY_SEED", 1);
	uint64_t n = number_of("PYHEAPSPY_SEEDS",
			       getenv("PYHEAPSPY_SEED") ? 1 : SEEDS);

	for (uint64_t seed = first; seed < first + n; seed++) {
		struct fakepast fp;

		printf("PYHEAPSPY_SEED=%ju\n", (uintmax_t)seed);
		fakepast_init(&fp, of_malloc, seed, OBJECTS);
		for (size_t i = 0; i < ARRAY_SIZE(properties); i++)
			hold(&properties[i], &fp);
		fakepast_fini(&fp);
	}
}

static void a_heap_of_pymalloc_is_what_it_is(void **state)
{
	(void)state;
	each(false);
}

static void a_heap_of_malloc_is_what_it_is(void **state)
{
	(void)state;
	each(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_heap_of_pymalloc_is_what_it_is),
		cmocka_unit_test(a_heap_of_malloc_is_what_it_is),
	};
	int failed;

	dump_init(&exact);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	dump_fini(&exact);
	vec_free(&all.v);
	return failed;
}
