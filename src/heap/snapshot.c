/* SPDX-License-Identifier: MIT */
#include "heap/snapshot.h"

#include "base/clock.h"
#include "base/nomem.h"
#include "base/parallel.h"
#include "heap/capture.h"
#include "heap/census.h"
#include "heap/fill.h"
#include "heap/heap.h"
#include "heap/kinds.h"
#include "heap/lengths.h"
#include "heap/objects.h"
#include "heap/stream.h"

enum { SWAP_TOLD = 1 << 20 };	/* bytes */

static bool fill_exact(struct dump *dump, struct heap *heap,
		       struct census *census,
		       const struct snapshot_options *opt, struct err *err)
{
	struct capture *cap = heap->cap;

	if (!census_take(census, heap, err) ||
	    !fill_types(dump, &cap->types, census, err) ||
	    !fill_gc(dump, heap, err) ||
	    !kinds_fill(census, dump, err) ||
	    (opt->want_containers &&
	     !lengths_find(&dump->containers, heap, err)) ||
	    (opt->analyse && !opt->analyse(dump, heap, err)) ||
	    (opt->object && !objects_each(heap, opt->want_refs, opt->object,
					  opt->arg, err)) ||
	    (opt->details && !details_find(opt->details, heap, err)))
		return false;
	dump->objects = census->total.count;
	dump->bytes = census->total.bytes;
	dump->allocated = census->total.allocated;
	dump->static_objects = census->total.static_count;
	dump->static_bytes = census->total.static_bytes;
	fill_blocks(dump, census);
	fill_verdict(dump, cap, census);
	return true;
}

/* What else is to be copied comes ahead of the heap. */
static bool copy_beside(struct dump *dump, struct capture *cap,
			const struct beside *beside, struct err *err)
{
	void *look = beside->prepare(&cap->tr, err);
	bool ok;

	if (!look)
		return false;
	cap->at_stop = beside->copy;
	cap->at_stop_arg = look;
	ok = capture_copy(cap, err) && beside->fill(look, dump, err);
	cap->at_stop = NULL;
	cap->at_stop_arg = NULL;
	beside->end(look);
	return ok;
}

static bool count(struct dump *dump, struct capture *cap,
		  const struct snapshot_options *opt, struct err *err)
{
	struct census census = { 0 };
	struct heap heap = { 0 };
	bool ok;

	ok = heap_init(&heap, cap, err);
	heap.progress = opt->progress;
	heap.progress_arg = opt->progress_arg;
	ok = ok && fill_exact(dump, &heap, &census, opt, err);
	census_fini(&census);
	heap_fini(&heap);
	return ok;
}

/* The kernel counts all pages of the tracee for this: meanwhile we count. */
struct memory_aside {
	struct dump *dump;
	struct target *target;
	bool with_pss;
	struct err err;
	bool ok;
};

static void read_memory(void *arg)
{
	struct memory_aside *m = arg;

	m->ok = fill_memory(m->dump, m->target, m->with_pss, &m->err);
}

static bool take_exact(struct dump *dump, struct capture *cap,
		       const struct snapshot_options *opt, struct err *err)
{
	struct memory_aside m = { .dump = dump, .target = cap->tr.target,
				  .with_pss = opt->want_pss };
	struct aside aside;
	bool ok;

	if (opt->progress)
		opt->progress(opt->progress_arg, "copying", 0, 0);
	if (opt->beside ? !copy_beside(dump, cap, opt->beside, err) :
			  !capture_copy(cap, err))
		return false;
	fill_copied(dump, cap);
	aside_start(&aside, read_memory, &m);
	ok = count(dump, cap, opt, err);
	aside_wait(&aside);
	if (ok && !m.ok)
		*err = m.err;
	if (!ok || !m.ok)
		return false;
	/* What C calls its types is not copied, but read from who runs on. */
	return !cap->types.n_nameless || target_same(cap->tr.target, err);
}

/* The memory was read when all of the heap was: what was in swap is not. */
static bool tell_running(struct dump *dump, struct capture *cap,
			 const struct snapshot_options *opt,
			 struct stream *seen, struct err *err)
{
	struct memory_aside m = { .dump = dump, .target = cap->tr.target,
				  .with_pss = opt->want_pss };
	struct aside aside;
	bool ok;

	aside_start(&aside, read_memory, &m);
	ok = fill_running(dump, cap, seen, err) &&
	     (!opt->beside || opt->beside->running(&cap->tr, dump, err));
	aside_wait(&aside);
	if (ok && !m.ok)
		*err = m.err;
	return ok && m.ok;
}

/* Of a process that went away meanwhile, what was read is of no use. */
static bool take_running(struct dump *dump, struct capture *cap,
			 const struct snapshot_options *opt, struct err *err)
{
	struct stream seen;
	bool ok;

	clock_gettime(CLOCK_REALTIME, &dump->time);
	dump->mode = DUMP_LIVE;
	ok = stream_take(&seen, cap, opt, err) &&
	     tell_running(dump, cap, opt, &seen, err);
	dump->containers = seen.containers;
	census_fini(&seen.census);
	return ok && target_same(cap->tr.target, err);
}

/* It is the one way in which a look makes a tracee larger. */
static void tell_swapped_in(struct dump *dump, const struct capture *cap)
{
	int64_t left = dump->memory.swap, back = cap->swap - left;

	if (left >= 0 && back >= SWAP_TOLD)
		dump_warn(dump, "%lld MiB that were in swap came back to "
			  "memory: they cannot be read there",
			  (long long)back >> 20);
}

static bool look(struct dump *dump, struct capture *cap,
		 const struct snapshot_options *opt, struct err *err)
{
	/* Who does not run is not held up. */
	cap->max_pause_ms = cap->tr.target->runs ? opt->max_pause_ms : 0;
	if (!fill_target(dump, cap->tr.target, err))
		return false;
	if (!(opt->stop || !cap->tr.target->runs ? take_exact(dump, cap, opt, err) :
			  take_running(dump, cap, opt, err)))
		return false;
	fill_told(dump, cap->tr.target);
	tell_swapped_in(dump, cap);
	return fill_foreign(dump, err) &&
	       fill_python(dump, &cap->tr.rt, capture_allocator(cap), err);
}

bool snapshot_look(struct capture *cap, const struct snapshot_options *opt,
		   struct dump *dump, struct err *err)
{
	uint64_t before = cap->tr.target->mem->bytes_read;
	struct timespec begin;
	bool ok;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	ok = look(dump, cap, opt, err);
	/* Whatever it failed of, or lacks without having failed. */
	if (nomem_take())
		ok = err_nomem(err);
	ok = ok || tracee_explain(&cap->tr, err);
	dump->bytes_read = (int64_t)(cap->tr.target->mem->bytes_read - before);
	/* Of what failed some rows may lack a name. */
	if (ok)
		dump_sort(dump);
	dump->duration_ms = clock_ms_since(&begin);
	return ok;
}

bool snapshot_take(const struct target_spec *spec, const struct snapshot_options *opt,
		   struct dump *dump, struct err *err)
{
	struct timespec begin;
	struct capture cap = { 0 };
	bool ok;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	ok = capture_open(&cap, spec, opt->offsets_path, err) &&
	     snapshot_look(&cap, opt, dump, err);
	if (cap.tr.target)
		dump->bytes_read = (int64_t)cap.tr.target->mem->bytes_read;
	capture_close(&cap);
	dump->duration_ms = clock_ms_since(&begin);
	return ok;
}
