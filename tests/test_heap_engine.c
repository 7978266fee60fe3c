/* SPDX-License-Identifier: MIT */
/*
 * The engine, whole, on random heaps in fake memory: see fakepast.h.
 *
 * What it finds must be what there is, object by object: whatever it chose to
 * copy, whichever words it followed, in whatever state the pools are; or, where
 * malloc gave all, its chunks.  A seed
 * that fails is named: PYHEAPSPY_SEED=N looks at that one alone,
 * PYHEAPSPY_SEEDS=N at so many.
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
static const char *difference(struct fakepast *fp)
{
	static char text[200];
	size_t n = fp->objects.n > all.v.n ? fp->objects.n : all.v.n;

	qsort(fp->objects.v, fp->objects.n, sizeof(*fp->objects.v), by_address);
	for (size_t i = 0; i < n; i++) {
		const struct fakepast_object *o =
			i < fp->objects.n ? &fp->objects.v[i] : NULL;
		const struct found *f = i < all.v.n ? &all.v.v[i] : NULL;

		if (!o || !f || !is_same(o, f))
			return complain(o, f, text, sizeof(text));
	}
	return NULL;
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
	struct dump dump;
	const char *wrong;

	all.v.n = 0;
	look(cap, true, &dump);
	wrong = difference(fp);
	if (wrong)
		fail_msg("%s", wrong);
	assert_int_equal(dump.blocks.in_use, fp->heap.n_blocks);
	assert_int_equal(dump.unreadable, 0);
	dump_fini(&dump);
}

/* Type by type, what a stopped look says. */
static void running(struct capture *cap, struct fakepast *fp)
{
	int64_t count[FP_TYPES] = { 0 }, bytes[FP_TYPES] = { 0 };
	int64_t allocated[FP_TYPES] = { 0 };
	struct dump dump;
	size_t n = 0;

	for (size_t i = 0; i < fp->objects.n; i++) {
		count[fp->objects.v[i].type]++;
		bytes[fp->objects.v[i].type] +=
			(int64_t)fp->objects.v[i].size;
		allocated[fp->objects.v[i].type] +=
			(int64_t)fp->objects.v[i].allocated;
	}
	look(cap, false, &dump);
	for (size_t i = 0; i < dump.types.n; i++) {
		for (size_t k = 0; k < FP_TYPES; k++) {
			if (strcmp(dump.types.v[i].type,
				   fakepast_type_name(k)) != 0)
				continue;
			if (dump.types.v[i].count != count[k] ||
			    dump.types.v[i].bytes != bytes[k] ||
			    dump.types.v[i].allocated != allocated[k])
				fail_msg("%s: %jd, %jd (%jd) bytes; not %jd, "
					 "%jd (%jd)",
					 fakepast_type_name(k),
					 (intmax_t)dump.types.v[i].count,
					 (intmax_t)dump.types.v[i].bytes,
					 (intmax_t)dump.types.v[i].allocated,
					 (intmax_t)count[k], (intmax_t)bytes[k],
					 (intmax_t)allocated[k]);
			n++;
		}
	}
	assert_int_equal(n, FP_TYPES);
	dump_fini(&dump);
}

static void one(bool of_malloc, uint64_t seed,
		void (*check)(struct capture *cap, struct fakepast *fp))
{
	struct fakepast fp;
	struct capture cap;
	struct err err;

	printf("PYHEAPSPY_SEED=%ju%s\n", (uintmax_t)seed,
	       of_malloc ? ", of malloc" : "");
	fflush(stdout);
	fakepast_init(&fp, of_malloc, seed, OBJECTS);
	if (!capture_of(&cap, &fp.heap.ft.target, &err))
		fail_msg("%s", err.text);
	check(&cap, &fp);
	capture_close(&cap);
	fakepast_fini(&fp);
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

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void each(void (*check)(struct capture *cap, struct fakepast *fp))
{
	uint64_t first = number_of("PYHEAPSPY_SEED", 1);
	uint64_t n = number_of("PYHEAPSPY_SEEDS",
			       getenv("PYHEAPSPY_SEED") ? 1 : SEEDS);

	for (uint64_t seed = first; seed < first + n; seed++) {
		one(false, seed, check);
		one(true, seed, check);
	}
}

static void a_stopped_look_finds_just_what_there_is(void **state)
{
	(void)state;
	each(stopped);
}

static void what_changes_before_the_stop_is_seen(void **state)
{
	(void)state;
	each(changed);
}

static void who_sleeps_is_copied_before_the_stop(void **state)
{
	(void)state;
	each(asleep);
}

static void who_woke_up_before_the_stop_is_copied_again(void **state)
{
	(void)state;
	each(woken);
}

static void a_running_look_counts_the_same(void **state)
{
	(void)state;
	each(running);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stopped_look_finds_just_what_there_is),
		cmocka_unit_test(what_changes_before_the_stop_is_seen),
		cmocka_unit_test(who_sleeps_is_copied_before_the_stop),
		cmocka_unit_test(who_woke_up_before_the_stop_is_copied_again),
		cmocka_unit_test(a_running_look_counts_the_same),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	vec_free(&all.v);
	return failed;
}
