/* SPDX-License-Identifier: MIT */
/*
 * Watch, then look.
 *
 * First what is resident, then faults as they come, each with the Python stack
 * of its thread at once; at the end what is resident now, and of what came the
 * objects that lie there.  One who ends meanwhile is told as far as it was seen:
 * then nothing is known of what stayed.
 */
#include "grow/grow.h"

#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "attach/facts.h"
#include "base/clock.h"
#include "base/nomem.h"
#include "grow/faults.h"
#include "grow/instant.h"
#include "grow/lying.h"
#include "grow/settled.h"
#include "grow/sources.h"
#include "heap/capture.h"
#include "heap/census.h"
#include "heap/fill.h"
#include "heap/objects.h"
#include "pyabi/fill_tracee.h"

enum {
	TICK_MS = 100,		/* how often what ends it is asked */
	LOOK_MS = 10,		/* ... or, by the clock, stacks */
	PASS_MS = 5,		/* how often faults are read, */
	REST_US = 1000,		/* ... and how seldom, while there are many */
	MAX_FAULTS = 1 << 24,	/* that are remembered */
};

struct grow {
	const struct grow_options *opt;
	struct capture cap;
	struct dump *dump;
	struct growth *g;
	struct faults faults;
	struct instant instant;
	struct settled_faults told;
	bool told_full;
	VEC(raddr) codes;	/* code objects, before */
	struct pagetable before, now;
	int64_t rss;			/* by the clock: at the last look */
	struct err refused;		/* why faults are not watched */
	struct maps maps;
	struct settled settled;
	int nice;		/* as we found it */
	bool is_quick;
};

/* --- while it is watched ------------------------------------------------- */

static bool grow_fault(void *arg, const struct fault *fault, struct err *err)
{
	struct grow *gr = arg;
	const int64_t bytes = (int64_t)fault->weight * ADDR_PAGE;
	uint32_t number = instant_stack(&gr->instant, fault, err);
	struct settled_fault *slot;
	struct growth_stack *stack;

	if (number == STRSET_NONE)
		return false;
	stack = &gr->g->stacks.v[number];
	stack->faults += (int64_t)fault->weight;
	stack->grew += bytes;
	gr->g->how[stack->how]++;
	if (gr->told.v.n >= MAX_FAULTS) {
		gr->told_full = true;
		return true;
	}
	slot = vec_add(&gr->told.v, err);
	if (slot)
		*slot = (struct settled_fault){
			addr_down(fault->addr, ADDR_PAGE), fault->time_ns,
			number, (uint32_t)fault->weight,
		};
	return slot != NULL;
}

static bool grow_drain(struct grow *gr, struct err *err)
{
	instant_pass(&gr->instant);
	return faults_drain(&gr->faults, grow_fault, gr, err);
}

/* What became resident since the last look is of who runs. */
static bool grow_look(struct grow *gr, struct err *err)
{
	struct process_memory memory;
	int64_t more;
	uint32_t number;

	if (!target_memory(gr->cap.tr.target, false, &memory, err))
		return false;
	more = memory.rss - gr->rss;
	gr->rss = memory.rss;
	gr->g->samples++;
	if (more <= 0)
		return true;
	number = instant_running(&gr->instant, err);
	if (number == STRSET_NONE)
		return false;
	gr->g->stacks.v[number].grew += more;
	gr->g->how[gr->g->stacks.v[number].how]++;
	return true;
}

static bool grow_pass(struct grow *gr, struct err *err)
{
	if (gr->g->by_clock) {
		faults_wait(&gr->faults, LOOK_MS, gr->opt->until_fd);
		return grow_look(gr, err);
	}
	faults_wait(&gr->faults, PASS_MS, gr->opt->until_fd);
	if (!grow_drain(gr, err))
		return false;
	usleep(REST_US);
	return true;
}

/* Too many to tell each, or few again. */
static bool grow_pace(struct grow *gr, struct err *err)
{
	struct threads threads = { 0 };
	bool ok;

	if (gr->g->by_clock || !faults_are_many(&gr->faults))
		return true;
	faults_stop(&gr->faults);
	ok = grow_drain(gr, err) &&
	     target_threads(gr->cap.tr.target, false, &threads, err) &&
	     faults_change(&gr->faults, &threads, err);
	gr->g->some = true;
	threads_fini(&threads);
	return ok;
}

/* Is it large enough?  The kernel's count, which is cheap. */
static bool is_large(struct grow *gr)
{
	struct process_memory memory;
	struct err ignored;

	return gr->opt->until_rss &&
	       target_memory(gr->cap.tr.target, false, &memory, &ignored) &&
	       memory.rss >= gr->opt->until_rss;
}

static bool has_word(int fd)
{
	struct pollfd one = { fd, POLLIN, 0 };

	return fd >= 0 && poll(&one, 1, 0) > 0;
}

/* Who called is read the better the sooner, and rings fill.  Where we may not be
 * quicker, we are not. */
static void be_quick(struct grow *gr, bool quick)
{
	if (quick == gr->is_quick)
		return;
	gr->is_quick = quick;
	if (quick)
		gr->nice = getpriority(PRIO_PROCESS, 0);
	(void)setpriority(PRIO_PROCESS, 0, quick ? PRIO_MIN : gr->nice);
}

static bool grow_loop(struct grow *gr, struct err *err)
{
	const uint64_t begin = clock_now_ns();
	const double most = gr->opt->seconds;
	double *passed = &gr->g->seconds;
	uint64_t asked = begin;

	while (!has_word(gr->opt->until_fd) &&
	       (most <= 0 || *passed < most)) {
		uint64_t now;

		if (!grow_pass(gr, err))
			return false;
		now = clock_now_ns();
		*passed = (double)(now - begin) / 1e9;
		if (now - asked < TICK_MS * 1000000ull)
			continue;
		asked = now;
		if (!grow_pace(gr, err) ||
		    !target_same(gr->cap.tr.target, err))
			return false;
		if (is_large(gr))
			break;
		if (gr->opt->progress)
			gr->opt->progress(gr->opt->progress_arg,
					  "watching page faults",
					  (uint64_t)*passed,
					  most > 0 ? (uint64_t)most : 0);
	}
	faults_stop(&gr->faults);
	*passed = (double)(clock_now_ns() - begin) / 1e9;
	return gr->g->by_clock || grow_drain(gr, err);
}

static bool read_pages(struct grow *gr, struct pagetable *ret,
		       struct err *err)
{
	maps_free(&gr->maps);
	return target_maps(gr->cap.tr.target, &gr->maps, err) &&
	       target_pages(gr->cap.tr.target, &gr->maps, ret, err);
}

static bool note_code(void *arg, const struct object *object,
		      struct err *err)
{
	struct grow *gr = arg;
	raddr *slot;

	if (strcmp(object->type->full ? object->type->full : "", "code") != 0)
		return true;
	slot = vec_add(&gr->codes, err);
	if (slot)
		*slot = object->addr;
	return slot != NULL;
}

/* By a census while it runs.  What code there is is remembered: who is read late
 * may have run some that is on no stack any more. */
static bool grow_count(struct grow *gr, struct err *err)
{
	struct census census = { 0 };
	struct heap heap = { 0 };
	struct dump dump;
	bool ok;

	dump_init(&dump);
	gr->cap.runs_on = true;
	ok = capture_copy(&gr->cap, err) && heap_init(&heap, &gr->cap, err) &&
	     census_take(&census, &heap, err) &&
	     fill_types(&dump, &gr->cap.types, &census, err) &&
	     objects_visit(&heap, note_code, gr, err) &&
	     fill_python(&dump, &gr->cap.tr.rt, capture_allocator(&gr->cap),
			 err) &&
	     fill_memory(&dump, gr->cap.tr.target, false, err);
	if (ok) {
		fill_blocks(&dump, &census);
		gr->g->objects_before = census.total.count;
		gr->g->allocated_before = census.total.allocated;
		gr->g->free_before = dump_resident(&dump).pools_free;
	}
	census_fini(&census);
	heap_fini(&heap);
	dump_fini(&dump);
	return ok && capture_again(&gr->cap, err);
}

static bool learn_codes(struct grow *gr, struct err *err)
{
	for (size_t i = 0; i < gr->codes.n; i++) {
		if (!instant_learn(&gr->instant, gr->codes.v[i], err))
			return false;
	}
	return true;
}

/* Where they may not be watched, a clock must do. */
static bool open_faults(struct grow *gr, const struct threads *threads,
			struct err *err)
{
	gr->g->by_clock = gr->opt->by_clock;
	if (gr->g->by_clock ||
	    faults_open(&gr->faults, gr->cap.tr.target->pid, threads, err))
		return true;
	if (err->code != ERR_PERM && err->code != ERR_OS &&
	    err->code != ERR_USAGE)
		return false;
	gr->refused = *err;
	gr->g->by_clock = true;
	return true;
}

static bool grow_begin(struct grow *gr, struct err *err)
{
	struct target *target = gr->cap.tr.target;
	struct threads threads = { 0 };
	struct process_memory memory;
	bool ok = grow_count(gr, err) &&
		  fill_target(gr->dump, target, err) &&
		  fill_python(gr->dump, &gr->cap.tr.rt,
			      capture_allocator(&gr->cap), err) &&
		  target_threads(target, false, &threads, err) &&
		  instant_init(&gr->instant, &gr->cap.tr, gr->g, err) &&
		  learn_codes(gr, err) &&
		  open_faults(gr, &threads, err) &&
		  read_pages(gr, &gr->before, err) &&
		  target_memory(target, false, &memory, err);

	threads_fini(&threads);
	if (!ok)
		return false;
	gr->rss = memory.rss;
	gr->g->rss_before = (int64_t)pagetable_resident(&gr->before, 0,
							UINT64_MAX);
	be_quick(gr, true);
	if (gr->opt->ready)
		gr->opt->ready(gr->opt->ready_arg);
	return true;
}

/* --- at the end ---------------------------------------------------------- */

static bool grow_objects(struct grow *gr, struct err *err)
{
	struct census census = { 0 };
	struct heap heap = { 0 };
	struct dump *dump = gr->dump;
	bool ok;

	gr->cap.runs_on = true;
	ok = capture_again(&gr->cap, err) && capture_copy(&gr->cap, err) &&
	     heap_init(&heap, &gr->cap, err) &&
	     census_take(&census, &heap, err) &&
	     lying_find(gr->g, &gr->settled, &gr->maps, &heap, err);
	if (ok) {
		gr->g->objects_now = census.total.count;
		gr->g->allocated_now = census.total.allocated;
		dump->objects = census.total.count;
		dump->bytes = census.total.bytes;
		dump->allocated = census.total.allocated;
		dump->bytes_copied = (int64_t)gr->cap.mirror.mem.bytes_read;
		fill_lacks(dump, &gr->cap, &census);
	}
	census_fini(&census);
	heap_fini(&heap);
	return ok;
}

static void grow_tell(struct grow *gr)
{
	const struct growth *g = gr->g;
	const struct faults *f = &gr->faults;
	struct dump *dump = gr->dump;
	size_t n = dump->warnings.n;

	if (g->faults_seen > g->faults_told)
		dump_warn(dump, "of %lld page faults %lld are not told: they "
			  "came too fast", (long long)g->faults_seen,
			  (long long)(g->faults_seen - g->faults_told));
	if (g->some)
		dump_warn(dump, "page faults were so many that not each was "
			  "told: bytes by line are those of samples");
	if (g->by_clock)
		dump_warn(dump, "stacks were read now and then, and what became "
			  "resident meanwhile given to who held the GIL: what "
			  "stayed is not known%s%s", gr->refused.code ? "; " : "",
			  gr->refused.code ? gr->refused.text : "");
	else if (!g->no_pages && g->came > g->stayed)
		dump_warn(dump, "%lld bytes became resident without a page "
			  "fault that was told", (long long)(g->came -
							     g->stayed));
	if (g->how[GROWTH_LATE] && !g->by_clock)
		dump_warn(dump, "of %lld of %lld page faults the Python stack "
			  "had moved on before it was read: their line is not "
			  "known", (long long)g->how[GROWTH_LATE],
			  (long long)g->samples);
	if (g->how[GROWTH_GUESSED])
		dump_warn(dump, "of %lld of %lld page faults the line is a "
			  "guess: the C stack has more than one, or could not "
			  "be followed", (long long)g->how[GROWTH_GUESSED],
			  (long long)g->samples);
	if (f->no_kernel)
		dump_warn(dump, "page faults of the kernel, which fills buffers "
			  "that files are read into, may not be watched: "
			  "kernel.perf_event_paranoid is above 1");
	if (f->limited)
		dump_warn(dump, "some threads are not watched: there are too "
			  "many for the descriptors we may have");
	if (gr->told_full)
		dump_warn(dump, "more than %d page faults: what stayed is of "
			  "those before", MAX_FAULTS);
	if (gr->before.overstated || gr->now.overstated)
		dump_warn(dump, "pages of zeros that take no memory could not "
			  "be told from others");
	if (dump->warnings.n > n)
		dump->complete = 0;
}

/* Of one that has ended it is known what came. */
static bool grow_settle(struct grow *gr, struct err *err)
{
	struct growth *g = gr->g;

	if (read_pages(gr, &gr->now, err) &&
	    settled_find(&gr->settled, &gr->told, &gr->before, &gr->now, g,
			 err) &&
	    grow_objects(gr, err) &&
	    sources_read(g, gr->cap.tr.target, gr->opt->annotate, err) &&
	    fill_memory(gr->dump, gr->cap.tr.target, false, err) &&
	    target_same(gr->cap.tr.target, err))
		return true;
	target_explain(gr->cap.tr.target, err);
	if (err->code != ERR_GONE || !g->stacks.n)
		return false;
	g->no_pages = true;
	g->rss_now = g->came = g->went = DUMP_UNKNOWN;
	g->objects_now = g->allocated_now = DUMP_UNKNOWN;
	g->lying.n = 0;
	gr->dump->complete = 0;
	dump_warn(gr->dump, "%s: what stayed is not known", err->text);
	return true;
}

static bool grow_end(struct grow *gr, struct err *err)
{
	struct growth *g = gr->g;

	be_quick(gr, false);
	if (!g->by_clock) {
		g->faults_seen = (int64_t)gr->faults.seen;
		g->faults_told = (int64_t)gr->faults.told;
		g->samples = (int64_t)gr->faults.samples;
		g->lost = (int64_t)gr->faults.lost;
	}
	g->no_pages = g->by_clock;
	gr->dump->mode = DUMP_LIVE;
	clock_gettime(CLOCK_REALTIME, &gr->dump->time);
	if (!grow_settle(gr, err))
		return false;
	grow_tell(gr);
	fill_told(gr->dump, gr->cap.tr.target);
	return true;
}

/* One who ends meanwhile ends this, too: with what was seen. */
static bool grow_follow(struct grow *gr, struct err *err)
{
	if (grow_loop(gr, err))
		return true;
	target_explain(gr->cap.tr.target, err);
	if (err->code != ERR_GONE)
		return false;
	faults_stop(&gr->faults);
	return gr->g->by_clock ||
	       faults_drain(&gr->faults, grow_fault, gr, err);
}

bool grow_watch(const struct target_spec *spec,
		const struct grow_options *opt, struct dump *dump,
		struct growth *growth, struct err *err)
{
	struct grow gr = { .opt = opt, .dump = dump, .g = growth };
	struct timespec begin;
	bool ok;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	dump->complete = 1;
	ok = capture_open(&gr.cap, spec, opt->offsets_path, err) &&
	     ((grow_begin(&gr, err) && grow_follow(&gr, err) &&
	       grow_end(&gr, err)) || tracee_explain(&gr.cap.tr, err));
	be_quick(&gr, false);
	if (nomem_take())
		ok = err_nomem(err);
	if (gr.cap.tr.target)
		dump->bytes_read = (int64_t)gr.cap.tr.target->mem->bytes_read;
	faults_close(&gr.faults);
	instant_fini(&gr.instant);
	settled_fini(&gr.settled);
	vec_free(&gr.told.v);
	vec_free(&gr.codes);
	pagetable_fini(&gr.before);
	pagetable_fini(&gr.now);
	maps_free(&gr.maps);
	capture_close(&gr.cap);
	dump->duration_ms = clock_ms_since(&begin);
	return ok;
}
