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
#include "pyabi/fill_tracee.h"

enum {
	TICK_MS = 100,		/* how often what ends it is asked */
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
	struct pagetable before, now;
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

	if (number == INTERN_NONE)
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

/* Too many to tell each, or few again. */
static bool grow_pace(struct grow *gr, struct err *err)
{
	struct threads threads = { 0 };
	bool ok;

	if (!faults_are_many(&gr->faults))
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
	uint64_t asked = begin;
	double passed = 0;

	while (!has_word(gr->opt->until_fd) &&
	       (most <= 0 || passed < most)) {
		uint64_t now;

		faults_wait(&gr->faults, PASS_MS, gr->opt->until_fd);
		if (!grow_drain(gr, err))
			return false;
		usleep(REST_US);
		now = clock_now_ns();
		passed = (double)(now - begin) / 1e9;
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
					  (uint64_t)passed,
					  most > 0 ? (uint64_t)most : 0);
	}
	faults_stop(&gr->faults);
	gr->g->seconds = (double)(clock_now_ns() - begin) / 1e9;
	return grow_drain(gr, err);
}

static bool read_pages(struct grow *gr, struct pagetable *ret,
		       struct err *err)
{
	maps_free(&gr->maps);
	return target_maps(gr->cap.tr.target, &gr->maps, err) &&
	       target_pages(gr->cap.tr.target, &gr->maps, ret, err);
}

static bool grow_begin(struct grow *gr, struct err *err)
{
	struct target *target = gr->cap.tr.target;
	struct threads threads = { 0 };
	bool ok = target_threads(target, false, &threads, err) &&
		  instant_init(&gr->instant, &gr->cap.tr, gr->g, err) &&
		  faults_open(&gr->faults, target->pid, &threads, err) &&
		  read_pages(gr, &gr->before, err);

	threads_fini(&threads);
	be_quick(gr, true);
	if (ok && gr->opt->ready)
		gr->opt->ready(gr->opt->ready_arg);
	return ok;
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
	if (g->came > g->stayed)
		dump_warn(dump, "%lld bytes became resident without a page "
			  "fault that was told", (long long)(g->came -
							     g->stayed));
	if (g->how[GROWTH_LATE])
		dump_warn(dump, "of %lld of %lld page faults the Python stack "
			  "had moved on before it was read: their line is not "
			  "known", (long long)g->how[GROWTH_LATE],
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

static bool grow_end(struct grow *gr, struct err *err)
{
	struct target *target = gr->cap.tr.target;
	struct growth *g = gr->g;

	be_quick(gr, false);
	g->faults_seen = (int64_t)gr->faults.seen;
	g->faults_told = (int64_t)gr->faults.told;
	g->samples = (int64_t)gr->faults.samples;
	g->lost = (int64_t)gr->faults.lost;
	gr->dump->mode = DUMP_LIVE;
	clock_gettime(CLOCK_REALTIME, &gr->dump->time);
	if (!read_pages(gr, &gr->now, err) ||
	    !settled_find(&gr->settled, &gr->told, &gr->before, &gr->now,
			  g, err) ||
	    !grow_objects(gr, err) ||
	    !sources_read(g, target, gr->opt->annotate, err) ||
	    !fill_target(gr->dump, target, err) ||
	    !fill_memory(gr->dump, target, false, err) ||
	    !fill_python(gr->dump, &gr->cap.tr.rt, capture_allocator(&gr->cap),
			 err))
		return false;
	grow_tell(gr);
	fill_told(gr->dump, target);
	return target_same(target, err);
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
	     ((grow_begin(&gr, err) && grow_loop(&gr, err) &&
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
	pagetable_fini(&gr.before);
	pagetable_fini(&gr.now);
	maps_free(&gr.maps);
	capture_close(&gr.cap);
	dump->duration_ms = clock_ms_since(&begin);
	return ok;
}
