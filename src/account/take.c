/* SPDX-License-Identifier: MIT */
/*
 * One look: what must be of one moment is read while the process stands (page
 * table, what the kernel counts, stacks, malloc's chunks, the heap); all else
 * is made of it afterwards.  What could not be read is a doubt, in words.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "account/advice.h"
#include "account/claims.h"
#include "account/kin.h"
#include "attach/cgroup.h"
#include "base/clock.h"
#include "base/nomem.h"
#include "heap/census.h"
#include "heap/fill.h"
#include "heap/stream.h"

enum {
	MAX_CHUNKS = 1 << 26,
	/* The kernel's count, taken a moment later, may differ by so much. */
	RSS_PART = 16, RSS_SLACK = 8 << 20,
	FIND_TRIES = 5,		/* at malloc, of who is at work on it */
};

/* -- While it stands ------------------------------------------------------ */

static unsigned whose(void *arg, const uint8_t *p, uint64_t len)
{
	return libraries_whose(arg, p, len);
}

static bool leads(void *arg, raddr word)
{
	return claims_leads(arg, word, CLAIMS_NEAR);
}

/* Where arenas of pymalloc are, no chunk of malloc is. */
static bool read_chunks(struct account_look *look, struct glance *types,
			struct err *err)
{
	const struct arenas *arenas = capture_pools(look->cap);
	uint64_t room = look->cap->room.memory / 4 / sizeof(struct glibc_chunk);
	struct glibc_read_options opt = {
		.maps = &look->maps,
		.skip = calloc(arenas->v.n + 1, sizeof(*opt.skip)),
		.most = room && room < MAX_CHUNKS ? room : MAX_CHUNKS,
		.end_ns = look->cap->pause_end_ns,
		.whose = whose, .whose_arg = &look->libs,
		.type = types ? glance_type : NULL, .type_arg = types,
		.running = look->cap->runs_on,
	};
	struct glibc_skip *skip = (struct glibc_skip *)opt.skip;
	bool ok;

	if (!skip)
		return err_nomem(err);
	for (size_t i = 0; i < arenas->v.n; i++)
		skip[opt.n_skip++] = (struct glibc_skip){
			arenas->v.v[i].start, arenas->v.v[i].limit };
	ok = glibc_read(&look->gm, look->cap->tr.target->mem, &opt, err);
	free(skip);
	return ok;
}

static void find_malloc(struct account_look *look)
{
	struct capture *cap = look->cap;

	glibc_fini(&look->gm);
	look->has_malloc = glibc_find(&look->gm, cap->now.mods,
				      cap->tr.target->mem, &look->no_malloc);
}

/* What changed while it was looked at may have looked like nothing. */
static bool read_malloc(struct account_look *look, struct err *err)
{
	struct err *why = &look->no_malloc;
	struct glance *types = look->cap->runs_on ? &look->glance : NULL;

	if (types && !glance_init(types, look->cap, err))
		return false;
	for (int i = 0; i < FIND_TRIES && capture_has_time(look->cap); i++) {
		if (!look->has_malloc)
			find_malloc(look);
		if (look->has_malloc && read_chunks(look, types, why))
			return true;
		look->has_malloc = false;
		if (why->code == ERR_GONE || why->code == ERR_NOMEM) {
			*err = *why;
			return false;
		}
		if (why->code == ERR_LIMIT || !look->cap->runs_on)
			break;
	}
	return true;
}

/* What the clock does not allow is read when it runs again. */
static bool read_pages(struct account_look *look, struct err *err)
{
	struct target *target = look->cap->tr.target;

	maps_free(&look->maps);
	pagetable_fini(&look->pages);
	look->pages.end_ns = look->cap->pause_end_ns;
	look->late = false;
	if (target_maps(target, &look->maps, err) &&
	    target_pages(target, &look->maps, &look->pages, err))
		return true;
	look->late = err->code == ERR_LIMIT && look->cap->pause_end_ns;
	return look->late;
}

static bool read_standing(void *arg, const struct stop *stop, struct err *err)
{
	struct account_look *look = arg;

	return read_pages(look, err) && account_stacks(look, stop, err) &&
	       read_malloc(look, err);
}

/* What passes by from now on is noted. */
static bool begin_ledger(struct account_look *look, struct err *err)
{
	struct ledger *lg = &look->ledger;

	if (look->has_malloc)
		glibc_settle(&look->gm);
	if (!ledger_init(lg, look->cap, &look->libs, err))
		return false;
	lg->leads = leads;
	lg->arg = look;
	look->cap->onlooker = &lg->onlooker;
	return true;
}

/* Before it passes by. */
static bool read_running(void *arg, const struct stop *nobody, struct err *err)
{
	return read_standing(arg, nobody, err) && begin_ledger(arg, err);
}

/* -- Afterwards ----------------------------------------------------------- */

/* Without its parent, all else is known. */
static bool compare(struct account_look *look, const struct account *acc,
		    const struct account_options *opt, struct err *err)
{
	if (account_kin(look, acc, opt->parent, opt->member, err))
		return true;
	if (err->code == ERR_NOMEM)
		return false;
	look->dump->complete = 0;
	dump_warn(look->dump, "what it shared with its parent is not known: "
		  "%s", err->text);
	return true;
}

static bool settle(struct account_look *look, struct account *acc,
		   const struct account_options *opt, struct err *err)
{
	return account_claims(look, acc, err) &&
	       account_stack_names(look, err) &&
	       account_sparse(look, acc, err) &&
	       (!opt->parent || compare(look, acc, opt, err)) &&
	       account_malloc_arenas(look, acc, err) &&
	       account_fill(look, acc, err);
}

static void fill_census(struct account_look *look, const struct census *census)
{
	look->dump->objects = census->total.count;
	look->dump->bytes = census->total.bytes;
	look->dump->allocated = census->total.allocated;
}

/* The heap that was copied passes by. */
static bool count(struct account_look *look, const struct account_options *opt,
		  struct err *err)
{
	struct census census = { 0 };
	struct heap *heap = &look->heap;
	bool ok = begin_ledger(look, err) && heap_init(heap, look->cap, err);

	heap->progress = opt->progress;
	heap->progress_arg = opt->progress_arg;
	ok = ok && census_take(&census, heap, err);
	if (ok)
		fill_census(look, &census);
	if (ok && look->cap->runs_on)
		fill_lacks(look->dump, look->cap, &census);
	else if (ok)
		fill_verdict(look->dump, look->cap, &census);
	census_fini(&census);
	return ok;
}

static void tell_doubt(struct dump *dump, bool is_so, const char *text)
{
	if (!is_so)
		return;
	dump->complete = 0;
	dump_warn(dump, "%s", text);
}

static void tell_malloc(struct account_look *look)
{
	const struct glibc_malloc *gm = &look->gm;
	struct dump *dump = look->dump;
	size_t changed = 0;

	for (size_t i = 0; look->has_malloc && i < gm->arenas.n; i++) {
		if (!gm->arenas.v[i].doubt)
			continue;
		dump->complete = 0;
		changed++;
		if (look->cap->runs_on)
			continue;
		dump_warn(dump, "arena 0x%llx of malloc: %s",
			  (unsigned long long)gm->arenas.v[i].at,
			  gm->arenas.v[i].doubt);
	}
	if (changed && look->cap->runs_on)
		dump_warn(dump, "%zu of %zu arenas of malloc changed while "
			  "they were read: what of them could not be followed "
			  "is unknown", changed, (size_t)gm->arenas.n);
	if (!look->has_malloc && look->libs.allocator)
		return;
	if (!look->has_malloc) {
		dump->complete = 0;
		dump_warn(dump, "malloc was not read: %s",
			  look->no_malloc.text);
		return;
	}
	tell_doubt(dump, !gm->mapped_known, "large blocks of malloc, which it "
		   "maps by themselves, are among the mappings: they could not "
		   "be told apart");
}

/* What is in no leaf would show here. */
static void tell_kernel(struct dump *dump, int64_t kernel, int64_t ours)
{
	if (kernel < 0 ||
	    llabs(kernel - ours) <= kernel / RSS_PART + RSS_SLACK)
		return;
	dump->complete = 0;
	dump_warn(dump, "the kernel says that %lld bytes are resident, its "
		  "page table %lld", (long long)kernel, (long long)ours);
}

static void tell_doubts(struct account_look *look)
{
	struct dump *dump = look->dump;

	tell_doubt(dump, look->cap->runs_on, "read while it ran: what changed "
		   "meanwhile may be in another leaf than it was, but all "
		   "together are what was resident at one time");
	tell_doubt(dump, look->late, "its page table was too large for the "
		   "time it may be paused: what is resident was read when it "
		   "ran again");
	tell_doubt(dump, look->pages.overstated, "pages of zeros that take no "
		   "memory could not be told from others: less may be "
		   "resident");
	tell_malloc(look);
}

/* Of what was only set aside, a core has no more than the process had. */
static void fill_left_out(const struct account_look *look,
			  struct account *acc)
{
	for (size_t i = 0; i < look->maps.n; i++) {
		const struct map *map = &look->maps.v[i];
		uint64_t held = pagetable_resident(&look->pages, map->start,
						   map->end);

		if (map->read || map->write)
			*(map->inode ? &acc->left_out.files :
				       &acc->left_out.memory) +=
				(int64_t)(map_size(map) - held);
	}
}

/* What could be had by giving memory back, only the page table tells. */
static void fill_core(const struct account_look *look, struct account *acc)
{
	acc->of_core = true;
	acc->sparse.releasable = DUMP_UNKNOWN;
	acc->sparse_malloc.releasable = DUMP_UNKNOWN;
	for (size_t i = 0; i < acc->malloc.n; i++)
		acc->malloc.v[i].trimmable = DUMP_UNKNOWN;
	for (size_t i = 0; i < acc->allocators.n; i++)
		acc->allocators.v[i].trimmable = DUMP_UNKNOWN;
	fill_left_out(look, acc);
}

/* Proportional and swap are the kernel's, of a moment later: it looks at each
 * page for them, however long that takes. */
static bool fill_sums(struct account_look *look, const struct account *acc,
		      struct err *err)
{
	struct dump *dump = look->dump;
	int64_t shared = 0;

	if (!fill_memory(dump, look->cap->tr.target, true, err))
		return false;
	if (acc->of_core)
		return true;
	for (size_t i = 0; i < acc->leaves.n; i++)
		shared += acc->leaves.v[i].shared;
	if (!look->cap->runs_on)
		tell_kernel(dump, dump->memory.rss, acc->rss);
	dump->memory.rss = acc->rss;
	dump->memory.shared = shared;
	dump->memory.uss = acc->rss - shared;
	return true;
}

static bool copy(struct account_look *look, const struct account_options *opt,
		 struct err *err)
{
	bool ok;

	look->cap->at_stop = read_standing;
	if (opt->progress)
		opt->progress(opt->progress_arg, "copying", 0, 0);
	ok = capture_copy(look->cap, err);
	if (!ok || !look->late)
		return ok;
	/* Nobody waits now. */
	ok = read_pages(look, err);
	look->late = true;
	return ok;
}

/* Nothing is copied, but for who is compared page by page. */
static bool watch(struct account_look *look, const struct account_options *opt,
		  struct err *err)
{
	const struct snapshot_options live = {
		.progress = opt->progress, .progress_arg = opt->progress_arg,
	};

	struct capture *cap = look->cap;
	struct stream seen;
	bool ok;

	headroom_read(&cap->room);
	cap->at_stop = read_running;
	ok = stream_take(&seen, cap, &live, err);
	if (ok) {
		cap->cut_short = *seen.cut_short;
		fill_census(look, &seen.census);
		fill_running_lacks(look->dump, cap, &seen);
	}
	census_fini(&seen.census);
	return ok;
}

static bool sweep(struct account_look *look, const struct account_options *opt,
		  struct err *err)
{
	struct capture *cap = look->cap;
	bool ok;

	/* Who does not run is not held up. */
	cap->max_pause_ms = cap->tr.target->runs ? opt->max_pause_ms : 0;
	cap->runs_on = opt->no_stop && cap->tr.target->runs;
	cap->at_stop_arg = look;
	find_malloc(look);
	if (cap->runs_on && !opt->parent)
		ok = watch(look, opt, err);
	else
		ok = copy(look, opt, err) && count(look, opt, err);
	cap->at_stop = NULL;
	cap->onlooker = NULL;
	return ok;
}

static void read_cgroup(struct account_look *look, struct account *acc)
{
	struct cgroup_memory cg;

	if (!target_cgroup(look->cap->tr.target, &cg))
		return;
	acc->cgroup = (struct account_cgroup){
		.version = cg.version, .limit = cg.limit, .usage = cg.usage,
		.high = cg.high, .anon = cg.anon, .file = cg.file,
		.kernel = cg.kernel, .oom_kills = cg.oom_kills, .met = cg.met,
		.shmem = cg.shmem, .rate = NAN, .seconds_to_limit = -1,
	};
}

static bool look_at(struct account_look *look, struct account *acc,
		    const struct account_options *opt, struct err *err)
{
	struct capture *cap = look->cap;
	struct dump *dump = look->dump;

	if (!libraries_find(&look->libs, cap->now.mods, err) ||
	    !fill_target(dump, cap->tr.target, err) ||
	    !sweep(look, opt, err))
		return false;
	fill_copied(dump, cap);
	if (!settle(look, acc, opt, err))
		return false;
	if (look->pages.held)
		fill_core(look, acc);
	if (!fill_sums(look, acc, err))
		return false;
	read_cgroup(look, acc);
	if (!acc->of_core && !advice_give(acc, err))
		return false;
	tell_doubts(look);
	fill_told(dump, cap->tr.target);
	return fill_python(dump, &cap->tr.rt, capture_allocator(cap), err);
}

static void look_fini(struct account_look *look)
{
	typeleaves_fini(&look->typed);
	vec_free(&look->claims);
	vec_free(&look->blocks);
	free(look->is_others);
	free(look->pointed);
	free(look->chunk_leaf);
	libraries_fini(&look->libs);
	ledger_fini(&look->ledger);
	heap_fini(&look->heap);
	vec_free(&look->stacks);
	vec_free(&look->tls);
	glibc_threads_fini(&look->threads);
	glibc_fini(&look->gm);
	free(look->changed);
	glance_fini(&look->glance);
	pagetable_fini(&look->pages);
	maps_free(&look->maps);
}

bool account_of(struct capture *cap, const struct account_options *opt,
		struct dump *dump, struct account *account, struct err *err)
{
	struct account_look look = { .cap = cap, .dump = dump };
	uint64_t before = cap->tr.target->mem->bytes_read;
	struct timespec begin;
	bool ok;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	ok = look_at(&look, account, opt, err);
	/* Whatever it failed of, or lacks without having failed. */
	if (nomem_take())
		ok = err_nomem(err);
	ok = ok || tracee_explain(&cap->tr, err);
	look_fini(&look);
	dump->bytes_read = (int64_t)(cap->tr.target->mem->bytes_read - before);
	dump->duration_ms = clock_ms_since(&begin);
	return ok;
}
