/* SPDX-License-Identifier: MIT */
#include "traces/take.h"

#include "base/nomem.h"
#include "heap/census.h"
#include "heap/fill.h"
#include "heap/heap.h"
#include "pyabi/tracemalloc.h"

enum { MOST_STOPS = 8 };	/* to find nobody at work on its tables */

struct taking {
	struct capture *cap;
	const struct traces_options *opt;
	struct tracemalloc tm;
	struct traces *traces;
};

static bool has_time(void *cap)
{
	return capture_has_time(cap);
}

/* What is touched is copied.  If time is short, the rest is as it was before
 * the process stood, as far as it had been read then. */
static bool touch_tables(void *arg, struct err *err)
{
	struct taking *t = arg;
	struct pyctx ctx = t->cap->ctx;

	if (tracemalloc_touch(&t->tm, &ctx, has_time, t->cap, err))
		return true;
	if (err->code != ERR_LIMIT || !t->cap->cut_short)
		return false;
	err->code = ERR_NONE;
	return true;
}

static bool copy_once(struct taking *t, struct err *err)
{
	struct pyctx ctx;

	if (!capture_copy(t->cap, err))
		return false;
	ctx = t->cap->ctx;
	return tracemalloc_read(t->traces, &t->tm, &ctx, err);
}

static bool copy(struct taking *t, struct err *err)
{
	struct capture *cap = t->cap;
	bool ok;

	cap->beyond = touch_tables;
	cap->beyond_arg = t;
	ok = copy_once(t, err);
	for (int i = 1; ok && t->traces->lost && !cap->cut_short &&
	     !cap->runs_on && cap->tr.target->runs && i < MOST_STOPS; i++)
		ok = capture_again(cap, err) && copy_once(t, err);
	cap->beyond = NULL;
	return ok;
}

static void tell_doubts(struct taking *t, struct dump *dump)
{
	const struct traces *traces = t->traces;

	if (t->cap->runs_on) {
		dump->complete = false;
		dump_warn(dump, "read while it ran: traces and objects are of "
			  "different moments");
	}
	if (!traces->lost)
		return;
	dump->complete = false;
	dump_warn(dump, "tracemalloc's tables say to have %lld traces more or "
		  "fewer than were found in them",
		  (long long)traces->lost);
}

static bool count_and_join(struct taking *t, struct dump *dump,
			   struct err *err)
{
	struct census census = { 0 };
	struct heap heap = { 0 };
	bool ok = heap_init(&heap, t->cap, err);

	heap.progress = t->opt->progress;
	heap.progress_arg = t->opt->progress_arg;
	traces_sort(t->traces);
	ok = ok && census_take(&census, &heap, err) &&
	     traces_join(t->traces, &heap, err);
	if (ok) {
		fill_verdict(dump, t->cap, &census);
		tell_doubts(t, dump);
	}
	census_fini(&census);
	heap_fini(&heap);
	return ok;
}

/* One word says it, and nobody is held up for that. */
static bool nothing_to_copy(struct taking *t, struct pyctx *ctx,
			    struct dump *dump, struct err *err)
{
	const bool runs = t->cap->tr.target->runs;

	dump->mode = runs ? DUMP_LIVE : DUMP_NONE;
	if (runs)
		clock_gettime(CLOCK_REALTIME, &dump->time);
	else
		dump->time = t->cap->tr.target->when;
	dump->pause_ms = 0;
	return tracemalloc_read(t->traces, &t->tm, ctx, err);
}

static bool copy_and_join(struct taking *t, struct dump *dump,
			  struct err *err)
{
	struct capture *cap = t->cap;

	if (t->opt->progress)
		t->opt->progress(t->opt->progress_arg, "copying", 0, 0);
	if (!copy(t, err))
		return false;
	fill_copied(dump, cap);
	return !t->traces->tracing || count_and_join(t, dump, err);
}

bool traces_take(struct capture *cap, const struct traces_options *opt,
		 struct dump *dump, struct traces *ret, struct err *err)
{
	struct target *target = cap->tr.target;
	struct pyctx ctx = { .abi = &cap->tr.rt.abi, .mem = target->mem };
	struct taking t = { .cap = cap, .opt = opt, .traces = ret };
	const uint64_t before = target->mem->bytes_read;
	bool ok;

	cap->max_pause_ms = target->runs ? opt->max_pause_ms : 0;
	cap->runs_on = target->runs && opt->no_stop;
	ok = fill_target(dump, target, err) &&
	     tracemalloc_find(&t.tm, &cap->tr.rt, cap->now.maps, &ctx, err) &&
	     (!t.tm.traces || !tracemalloc_is_tracing(&t.tm, &ctx) ?
	      nothing_to_copy(&t, &ctx, dump, err) :
	      copy_and_join(&t, dump, err)) &&
	     target_same(target, err) &&
	     fill_python(dump, &cap->tr.rt, capture_allocator(cap), err);
	/* Whatever it failed of, or lacks without having failed. */
	if (nomem_take())
		ok = err_nomem(err);
	if (ok)
		fill_told(dump, target);
	dump->bytes_read = (int64_t)(target->mem->bytes_read - before);
	return ok || tracee_explain(&cap->tr, err);
}
