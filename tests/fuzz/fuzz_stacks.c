/* SPDX-License-Identifier: MIT */
/*
 * Two threads with frames, of which the input changes words: looks at what they
 * do, stopped and running, with variables, end, and say no more than they may.
 *
 * Nine bytes are a change: how, where (the number of a word), what.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "fakestacks.h"
#include "pyabi/tracee.h"
#include "result/dump.h"
#include "stacks/stackshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
	CHANGE = 9,
	INTERP = 1100,		/* bytes of its state: threads, GIL */
	TYPE_STEP = 0x1000,
	POOL = 2048,		/* bytes of a pool */
	LOW_HALF = 0x80,	/* of a word is changed: how */
};

/* What is written, also how. */
enum { TO_NUMBER, TO_TYPES, TO_MALLOC, TO_ARENA, TO_N };

static void call_them(struct fakestacks *fs)
{
	for (pid_t tid = 4711; tid < 4713; tid++) {
		raddr thread = fakestacks_thread(fs, tid);
		raddr code = fakestacks_code(fs, "app.py", "main", tid);

		for (int line = 1; line < 4; line++)
			fakestacks_call(fs, thread, code, line);
		fakestacks_hold_gil(fs, thread);
	}
}

/* Where there is something: pieces, @step apart, of which @len bytes count. */
static raddr place(const struct fakeheap *fh, unsigned part, uint32_t where)
{
	const struct {
		raddr start, end;
		uint64_t step, len;
	} parts[] = {
		{ fh->interp, fh->interp + 1, 1, INTERP },
		{ fh->type_type, fh->next_type, TYPE_STEP,
		  fh->abi.type_sizeof },
		{ FAKEHEAP_MALLOC, FAKEHEAP_MALLOC + 1, 1,
		  fh->next_malloc - FAKEHEAP_MALLOC },
		{ FAKEHEAP_ARENA, fh->next_pool,
		  (uint64_t)fh->abi.n_pool_size, POOL },
	}, *p = &parts[part % ARRAY_SIZE(parts)];
	uint64_t words = p->len / 8;
	uint64_t n = (p->end - p->start + p->step - 1) / p->step;

	return p->start + where / words % n * p->step + where % words * 8;
}

static void change(struct fakeheap *fh, const uint8_t *p)
{
	unsigned how = p[0] & ~(unsigned)LOW_HALF;
	uint32_t where, what;
	raddr at;

	memcpy(&where, p + 1, sizeof(where));
	memcpy(&what, p + 5, sizeof(what));
	at = place(fh, how / TO_N, where);
	if (p[0] & LOW_HALF)
		fake_u32(&fh->ft.fm, at, what);
	else if (how % TO_N == TO_NUMBER)
		fake_u64(&fh->ft.fm, at, (uint64_t)(int64_t)(int32_t)what);
	else
		fake_u64(&fh->ft.fm, at, place(fh, how % TO_N, what));
}

static void look(struct fakeheap *fh, bool stop)
{
	const struct stackshot_options opt = { .stop = stop, .locals = true };
	struct tracee tr;
	struct dump dump;
	struct err err;

	dump_init(&dump);
	if (tracee_understand(&tr, &fh->ft.target, NULL, &err) &&
	    stackshot_take(&tr, &opt, &dump, &err)) {
		size_t frames = 0;

		for (size_t i = 0; i < dump.stacks.threads.n; i++)
			frames += dump.stacks.threads.v[i].frames.n;
		assert(frames <= MAX_LOOK_FRAMES);
		assert(dump.stacks.threads.n >= fh->ft.n_threads);
	}
	tracee_close(&tr);
	dump_fini(&dump);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fakestacks fs;
	static struct fakeheap fh;

	fakeheap_init(&fh);
	fakestacks_init(&fs, &fh);
	call_them(&fs);
	for (size_t at = 0; at + CHANGE <= len; at += CHANGE)
		change(&fh, data + at);
	look(&fh, true);
	look(&fh, false);
	fakeheap_fini(&fh);
	return 0;
}
