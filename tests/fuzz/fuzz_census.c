/* SPDX-License-Identifier: MIT */
/*
 * A whole look, stopped and running, at a small heap in which words are wrong:
 * it ends, with a result that adds up or an error that says why.
 *
 * The input: see tests/fakespoil.h.
 */
#include <assert.h>

#include "fakespoil.h"
#include "heap/capture.h"
#include "heap/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

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
	struct fakepast fp;

	if (len < 1)
		return 0;
	fakespoil_init(&fp, data, len);
	look(&fp, true);
	look(&fp, false);
	fakepast_fini(&fp);
	return 0;
}
