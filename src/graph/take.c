/* SPDX-License-Identifier: MIT */
#include "graph/take.h"

#include "base/clock.h"
#include "base/nomem.h"
#include "heap/fill.h"

/* A link that is missing makes every answer doubtful. */
static void tell_doubts(struct dump *dump, const struct graph *g)
{
	const bool runs_on = g->heap->cap->runs_on;

	if (runs_on) {
		dump->complete = false;
		dump_warn(dump, "read while it ran: references and counts are "
			  "of different moments");
	}
	if (g->heap->lists_short && !runs_on)
		dump_warn(dump, "a collection is under way: counts and lists "
			  "of the collector are in the making");
	if (!g->unresolved)
		return;
	dump_warn(dump, "%llu reference%s to nothing that is known as an "
		  "object", (unsigned long long)g->unresolved,
		  g->unresolved == 1 ? " leads" : "s lead");
}

static bool build(struct capture *cap, const struct graph_options *opt,
		  struct dump *dump, struct err *err)
{
	struct census census = { 0 };
	struct heap heap = { 0 };
	struct graph g = { 0 };
	bool ok = heap_init(&heap, cap, err);

	heap.progress = opt->progress;
	heap.progress_arg = opt->progress_arg;
	ok = ok && census_take(&census, &heap, err) &&
	     fill_gc(dump, &heap, err) && graph_build(&g, &heap, err);
	if (ok) {
		dump->objects = census.total.count;
		dump->bytes = census.total.bytes;
		dump->allocated = census.total.allocated;
		fill_verdict(dump, cap, &census);
		tell_doubts(dump, &g);
		ok = opt->analyse(opt->arg, &g, dump, err);
	}
	graph_fini(&g);
	census_fini(&census);
	heap_fini(&heap);
	return ok;
}

bool graph_look(struct capture *cap, const struct graph_options *opt,
		struct dump *dump, struct err *err)
{
	struct target *target = cap->tr.target;

	cap->max_pause_ms = target->runs ? opt->max_pause_ms : 0;
	cap->runs_on = target->runs && opt->no_stop;
	if (opt->progress)
		opt->progress(opt->progress_arg, "copying", 0, 0);
	if (!fill_target(dump, target, err) || !capture_copy(cap, err))
		return false;
	fill_copied(dump, cap);
	if (!build(cap, opt, dump, err))
		return false;
	fill_told(dump, target);
	/* What C calls its types is not copied, but read from who runs on. */
	return (!cap->types.n_nameless || target_same(target, err)) &&
	       fill_python(dump, &cap->tr.rt, capture_allocator(cap), err);
}

/* What is to be doubted of any look is to be doubted of what comes of all. */
static bool look_again(struct capture *cap, const struct graph_options *opt,
		       struct dump *dump, struct err *err)
{
	struct dump before = *dump;
	bool ok;

	dump_init(dump);
	ok = capture_again(cap, err) && graph_look(cap, opt, dump, err);
	dump_warn_too(dump, &before);
	dump_fini(&before);
	return ok;
}

bool graph_take(const struct target_spec *spec,
		const struct graph_options *opt, struct dump *dump,
		struct err *err)
{
	struct timespec begin;
	struct capture cap = { 0 };
	bool ok;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	ok = capture_open(&cap, spec, opt->offsets_path, err) &&
	     (graph_look(&cap, opt, dump, err) || tracee_explain(&cap.tr, err));
	while (ok && opt->again && opt->again(opt->arg)) {
		capture_forget(&cap);
		ok = look_again(&cap, opt, dump, err) ||
		     tracee_explain(&cap.tr, err);
	}
	/* Whatever it failed of, or lacks without having failed. */
	if (nomem_take())
		ok = err_nomem(err);
	if (cap.tr.target)
		dump->bytes_read = (int64_t)cap.tr.target->mem->bytes_read;
	capture_close(&cap);
	dump->duration_ms = clock_ms_since(&begin);
	return ok;
}
