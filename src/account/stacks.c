/* SPDX-License-Identifier: MIT */
/*
 * The stacks of threads, each as its C library set it aside.
 *
 * glibc's struct pthread lies at the end of the stack, and says where that
 * begins and how long it is.  Where in it is told by what must be true of both;
 * of the main thread it is not, whose stack has a name in the maps.
 *
 * What lies above a stack, from the thread's own variables on, is none of it
 * (tls.c); the main thread's has only that here.
 *
 * Where struct pthread is, the registers of a thread that is held say, and of
 * one that runs on, Python.  Of those that are held, the arena of malloc that
 * each uses is noted beside.
 */
#include <stddef.h>

#include "account/account.h"
#include "attach/threads.h"
#include "pyabi/pythread.h"

enum {
	PTHREAD_WORDS = 0x700 / 8,	/* that are looked at; it has more */
	TID_WORDS = 0x280 / 8,		/* up to here, none is its number */
	MAX_BEHIND = 1 << 16,		/* bytes from it to the stack's end */
};

/* @within is known to be on it. */
static bool find_stack(struct account_stack *s, raddr within, raddr thread,
		       const uint64_t *words)
{
	for (unsigned i = 0; i + 1 < PTHREAD_WORDS; i++) {
		raddr start = words[i], end = start + words[i + 1];

		if (start % ADDR_PAGE || end % ADDR_PAGE || !start ||
		    start > within || end <= thread ||
		    end - thread > MAX_BEHIND || end <= within)
			continue;
		s->start = start;
		s->end = end;
		return true;
	}
	return false;
}

/* @thread: its struct pthread; @within: on its stack. */
static bool add_stack(struct account_look *look, pid_t tid, raddr within,
		      raddr thread, const uint64_t *words, struct err *err)
{
	struct account_stack found = { .tid = tid }, *s;
	raddr tls;

	if (!account_tls_find(look, tid, thread, words, &tls, err))
		return false;
	if (!find_stack(&found, within, thread, words) && tls) {
		found.start = tls;
		found.end = thread + PTHREAD_WORDS * sizeof(*words);
	}
	if (!found.end)
		return true;
	found.tls = addr_in(tls, found.start, found.end - found.start) ?
			    tls : found.end;
	s = vec_add(&look->stacks, err);
	if (s)
		*s = found;
	return s != NULL;
}

static bool read_words(struct account_look *look, raddr thread,
		       uint64_t words[PTHREAD_WORDS], bool *ret_read,
		       struct err *err)
{
	*ret_read = mem_read(look->cap->tr.target->mem, thread, words,
			     PTHREAD_WORDS * sizeof(*words), err);
	return *ret_read || err->code != ERR_GONE;
}

/* -- Held ----------------------------------------------------------------- */

static bool read_held(struct account_look *look, pid_t tid, struct err *err)
{
	uint64_t words[PTHREAD_WORDS];
	struct thread_registers regs;
	bool is_read;

	if (!thread_registers(look->cap->tr.target, tid, &regs))
		return true;
	if (look->has_malloc &&
	    !glibc_threads_note(&look->threads, &look->gm,
				look->cap->tr.target->mem, tid,
				regs.thread_pointer, err))
		return false;
	if (!read_words(look, regs.thread_pointer, words, &is_read, err))
		return false;
	return !is_read || add_stack(look, tid, regs.stack_pointer,
				     regs.thread_pointer, words, err);
}

/* -- Running -------------------------------------------------------------- */

/* Whose struct pthread has these words: the thread whose number is in it. */
static pid_t whose(const struct threads *threads, const uint64_t *words)
{
	for (unsigned i = TID_WORDS; i < PTHREAD_WORDS; i++) {
		for (size_t k = 0; k < threads->v.n; k++) {
			if (threads->v.v[k].inner_tid == (pid_t)words[i])
				return threads->v.v[k].tid;
		}
	}
	return 0;
}

static bool read_ident(struct account_look *look, raddr ident,
		       const struct threads *threads, struct err *err)
{
	uint64_t words[PTHREAD_WORDS];
	bool is_read;
	pid_t tid;

	if (!read_words(look, ident, words, &is_read, err))
		return false;
	tid = is_read ? whose(threads, words) : 0;
	return !tid || add_stack(look, tid, ident, ident, words, err);
}

static bool read_running(struct account_look *look, struct err *err)
{
	struct capture *cap = look->cap;
	struct pyctx ctx = { .abi = &cap->tr.rt.abi,
			     .mem = cap->tr.target->mem };
	struct threads threads = { 0 };
	struct pythreads py = { 0 };
	bool torn, ok;

	ok = target_threads(cap->tr.target, false, &threads, err) &&
	     pythreads_read(&py, &cap->tr.rt, &ctx, &torn, err);
	for (size_t i = 0; ok && i < py.v.n; i++)
		ok = !py.v.v[i].ident ||
		     read_ident(look, py.v.v[i].ident, &threads, err);
	pythreads_fini(&py);
	threads_fini(&threads);
	return ok;
}

bool account_stacks(struct account_look *look, const struct stop *stop,
		    struct err *err)
{
	look->stacks.n = look->tls.n = look->threads.words.n = 0;
	if (look->cap->runs_on)
		return read_running(look, err);
	for (size_t i = 0; i < stop->n && capture_has_time(look->cap); i++) {
		pid_t tid = stop_tid(stop, i);

		if (tid && !read_held(look, tid, err))
			return false;
	}
	return true;
}
