/* SPDX-License-Identifier: MIT */
/*
 * One look: what must be of one moment is read while the process stands (page
 * table, what the kernel counts, stacks, malloc's chunks, the heap); all else
 * is made of it afterwards.  What could not be read is a doubt, in words.
 */
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "attach/threads.h"
#include "base/clock.h"
#include "base/nomem.h"
#include "heap/census.h"
#include "heap/fill.h"

enum {
	MAX_CHUNKS = 1 << 26,
	PTHREAD_WORDS = 0x700 / 8,	/* that are looked at; it has more */
	MAX_BEHIND = 1 << 16,		/* bytes from it to the stack's end */
};

/* -- While it stands ------------------------------------------------------ */

/*
 * glibc's struct pthread lies at the end of the stack, and says where that
 * begins and how long it is.  Where in it is told by what must be true of both;
 * of the main thread it is not, whose stack has a name in the maps.
 */
static bool find_stack(struct account_stack *s, raddr pointer, raddr thread,
		       const uint64_t *words)
{
	for (unsigned i = 0; i + 1 < PTHREAD_WORDS; i++) {
		raddr start = words[i], end = start + words[i + 1];

		if (start % ADDR_PAGE || end % ADDR_PAGE || !start ||
		    start > pointer || end <= thread ||
		    end - thread > MAX_BEHIND || end <= pointer)
			continue;
		s->start = start;
		s->end = end;
		return true;
	}
	return false;
}

static bool read_stack(struct account_look *look, pid_t tid, struct err *err)
{
	struct target *target = look->cap.tr.target;
	uint64_t words[PTHREAD_WORDS];
	struct account_stack *s, found = { .tid = tid };
	struct thread_registers regs;

	if (!thread_registers(target, tid, &regs))
		return true;
	if (!mem_read(target->mem, regs.thread_pointer, words, sizeof(words),
		      err))
		return err->code != ERR_GONE;
	if (!find_stack(&found, regs.stack_pointer, regs.thread_pointer,
			words))
		return true;
	s = vec_add(&look->stacks, err);
	if (s)
		*s = found;
	return s != NULL;
}

static bool read_stacks(struct account_look *look, const struct stop *stop,
			struct err *err)
{
	for (size_t i = 0; i < stop->n; i++) {
		pid_t tid = stop_tid(stop, i);

		if (tid && !read_stack(look, tid, err))
			return false;
	}
	return true;
}

static unsigned whose(void *arg, const uint8_t *p, uint64_t len)
{
	return libraries_whose(arg, p, len);
}

/* Where arenas of pymalloc are, no chunk of malloc is. */
static bool read_chunks(struct account_look *look, struct err *err)
{
	const struct arenas *arenas = &look->cap.arenas;
	uint64_t room = look->cap.room.memory / 4 / sizeof(struct glibc_chunk);
	struct glibc_read_options opt = {
		.maps = &look->maps,
		.skip = calloc(arenas->v.n + 1, sizeof(*opt.skip)),
		.most = room && room < MAX_CHUNKS ? room : MAX_CHUNKS,
		.end_ns = look->cap.pause_end_ns,
		.whose = whose, .whose_arg = &look->libs,
	};
	struct glibc_skip *skip = (struct glibc_skip *)opt.skip;
	bool ok;

	if (!skip)
		return err_nomem(err);
	for (size_t i = 0; i < arenas->v.n; i++)
		skip[opt.n_skip++] = (struct glibc_skip){
			arenas->v.v[i].start, arenas->v.v[i].limit };
	ok = glibc_read(&look->gm, look->cap.tr.target->mem, &opt, err);
	free(skip);
	return ok;
}

static bool read_malloc(struct account_look *look, struct err *err)
{
	if (!look->has_malloc)
		return true;
	look->has_malloc = read_chunks(look, &look->no_malloc);
	if (look->has_malloc)
		return true;
	if (look->no_malloc.code != ERR_GONE &&
	    look->no_malloc.code != ERR_NOMEM)
		return true;
	*err = look->no_malloc;
	return false;
}

static bool read_standing(void *arg, const struct stop *stop, struct err *err)
{
	struct account_look *look = arg;
	struct target *target = look->cap.tr.target;

	return target_maps(target, &look->maps, err) &&
	       target_pages(target, &look->maps, &look->pages, err) &&
	       fill_memory(look->dump, target, true, err) &&
	       read_stacks(look, stop, err) && read_malloc(look, err);
}

/* -- Afterwards ----------------------------------------------------------- */

static bool count(struct account_look *look, struct account *acc,
		  const struct account_options *opt, struct err *err)
{
	struct census census = { 0 };
	struct heap *heap = &look->heap;
	bool ok = heap_init(heap, &look->cap, err);

	heap->progress = opt->progress;
	heap->progress_arg = opt->progress_arg;
	ok = ok && census_take(&census, heap, err) &&
	     account_claims(look, acc, err) &&
	     account_owners(look, heap, acc, err);
	if (ok) {
		look->dump->objects = census.total.count;
		look->dump->bytes = census.total.bytes;
		look->dump->allocated = census.total.allocated;
		fill_verdict(look->dump, &look->cap, &census);
	}
	census_fini(&census);
	return ok;
}

static void tell_doubts(struct account_look *look, const struct account *acc)
{
	struct dump *dump = look->dump;
	const struct glibc_malloc *gm = &look->gm;

	for (size_t i = 0; look->has_malloc && i < gm->arenas.n; i++) {
		if (!gm->arenas.v[i].doubt)
			continue;
		dump->complete = 0;
		dump_warn(dump, "arena 0x%llx of malloc: %s",
			  (unsigned long long)gm->arenas.v[i].at,
			  gm->arenas.v[i].doubt);
	}
	if (!look->has_malloc) {
		dump->complete = 0;
		dump_warn(dump, "malloc was not read: %s",
			  look->no_malloc.text);
	} else if (!gm->mapped_known) {
		dump->complete = 0;
		dump_warn(dump, "large blocks of malloc, which it maps by "
			  "themselves, are among the mappings: they could not "
			  "be told apart");
	}
	if (acc->rss == dump->memory.rss)
		return;
	dump->complete = 0;
	dump_warn(dump, "the kernel says that %lld bytes are resident, its "
		  "page table %lld", (long long)dump->memory.rss,
		  (long long)acc->rss);
}

static bool look_at(struct account_look *look, struct account *acc,
		    const struct account_options *opt, struct err *err)
{
	struct capture *cap = &look->cap;
	struct dump *dump = look->dump;

	cap->max_pause_ms = opt->max_pause_ms;
	cap->at_stop = read_standing;
	cap->at_stop_arg = look;
	look->has_malloc = glibc_find(&look->gm, cap->now.mods,
				      cap->tr.target->mem, &look->no_malloc);
	if (opt->progress)
		opt->progress(opt->progress_arg, "copying", 0, 0);
	if (!libraries_find(&look->libs, cap->now.mods, err) ||
	    !fill_target(dump, cap->tr.target, err) || !capture_copy(cap, err))
		return false;
	dump->mode = DUMP_STOP;
	dump->time = cap->when;
	dump->pause_ms = cap->pause_ms;
	dump->bytes_copied = (int64_t)cap->mirror.mem.bytes_read;
	if (look->has_malloc)
		glibc_settle(&look->gm);
	if (!count(look, acc, opt, err) || !account_fill(look, acc, err))
		return false;
	tell_doubts(look, acc);
	fill_told(dump, cap->tr.target);
	return fill_python(dump, &cap->tr.rt, cap->debug_hooks ?
			   "pymalloc_debug" : "pymalloc", err);
}

static void look_fini(struct account_look *look)
{
	typeleaves_fini(&look->typed);
	vec_free(&look->claims);
	free(look->chunk_leaf);
	free(look->block_type);
	libraries_fini(&look->libs);
	heap_fini(&look->heap);
	vec_free(&look->stacks);
	glibc_fini(&look->gm);
	pagetable_fini(&look->pages);
	maps_free(&look->maps);
	capture_close(&look->cap);
}

bool account_take(const struct target_spec *spec,
		  const struct account_options *opt, struct dump *dump,
		  struct account *account, struct err *err)
{
	struct account_look *look = calloc(1, sizeof(*look));
	struct timespec begin;
	bool ok;

	if (!look)
		return err_nomem(err);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	look->dump = dump;
	ok = capture_open(&look->cap, spec, opt->offsets_path, err);
	if (ok) {
		ok = look_at(look, account, opt, err);
		if (nomem_take())
			ok = err_nomem(err);
		ok = ok || tracee_explain(&look->cap.tr, err);
	}
	if (look->cap.tr.target)
		dump->bytes_read =
			(int64_t)look->cap.tr.target->mem->bytes_read;
	look_fini(look);
	free(look);
	dump->duration_ms = clock_ms_since(&begin);
	return ok;
}
