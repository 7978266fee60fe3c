/* SPDX-License-Identifier: MIT */
#include "stacks/stackshot.h"

#include <stdlib.h>
#include <time.h>

#include "attach/headroom.h"
#include "attach/stop.h"
#include "base/nomem.h"
#include "pyabi/fill_tracee.h"
#include "stacks/native.h"
#include "stacks/pystacks.h"

struct stopped_copy {
	struct pystacks *ps;
	struct native *nat;	/* or NULL */
	struct dump *dump;
};

static bool copy_stopped(void *arg, const struct stop *stop, struct err *err)
{
	const struct stopped_copy *copy = arg;

	clock_gettime(CLOCK_REALTIME, &copy->dump->time);
	return (pystacks_copy(copy->ps, stop, err) &&
		(!copy->nat || native_copy(copy->nat, stop, err))) ||
	       target_failed(copy->ps->tr->target, err);
}

static bool stop_and_copy(struct tracee *tr, struct pystacks *ps,
			  struct native *nat, struct dump *dump,
			  struct err *err)
{
	struct stopped_copy copy = { ps, nat, dump };
	struct stop stop;

	if (!target_hold(tr->target, &stop, copy_stopped, &copy, err))
		return false;
	dump->mode = tr->target->runs ? DUMP_STOP : DUMP_NONE;
	if (!tr->target->runs)
		dump->time = tr->target->when;
	dump->pause_ms = stop.pause_ms;
	dump->complete = stop.n_unstopped == 0;
	if (stop.n_unstopped)
		dump_warn(dump, "%zu threads could not be stopped: %s",
			  stop.n_unstopped, stop.reason);
	return true;
}

static bool take_stopped(struct tracee *tr, struct pystacks *ps,
			 const struct stackshot_options *opt,
			 struct dump *dump, struct err *err)
{
	struct native *nat = opt->native ? native_of(tr, err) : NULL;

	if ((opt->native && !nat) || (nat && !native_prepare(nat, ps->os.v.n, err)) ||
	    !stop_and_copy(tr, ps, nat, dump, err) ||
	    !pystacks_fill(ps, &dump->stacks, err) ||
	    (nat && !native_merge(nat, &dump->stacks, err)))
		return false;
	if (nat)
		native_warn(nat, dump);
	return true;
}

static bool take_running(struct tracee *tr, struct pystacks *ps,
			 struct dump *dump, struct err *err)
{
	return (pystacks_copy_running(ps, err) &&
		pystacks_fill(ps, &dump->stacks, err) &&
		target_same(tr->target, err)) ||
	       target_failed(tr->target, err);
}

static bool beside_running(struct tracee *tr, struct dump *dump,
			   struct err *err)
{
	struct pystacks ps;
	bool ok;

	target_look(tr->target);
	pystacks_init(&ps, tr);
	ok = pystacks_prepare(&ps, true, err) &&
	     take_running(tr, &ps, dump, err);
	if (ok)
		pystacks_warn(&ps, dump);
	pystacks_fini(&ps);
	return ok;
}

static void beside_end(void *ps)
{
	pystacks_fini(ps);
	free(ps);
}

static void *beside_prepare(struct tracee *tr, struct err *err)
{
	struct pystacks *ps = malloc(sizeof(*ps));

	if (!ps) {
		err_nomem(err);
		return NULL;
	}
	pystacks_init(ps, tr);
	if (pystacks_prepare(ps, false, err))
		return ps;
	beside_end(ps);
	return NULL;
}

static bool beside_copy(void *ps, const struct stop *stop, struct err *err)
{
	return pystacks_copy(ps, stop, err);
}

static bool beside_fill(void *ps, struct dump *dump, struct err *err)
{
	return pystacks_fill(ps, &dump->stacks, err);
}

const struct beside stackshot_beside = {
	.prepare = beside_prepare,
	.copy = beside_copy,
	.fill = beside_fill,
	.end = beside_end,
	.running = beside_running,
};

static void count_task_problems(const struct pytasks *tasks, struct dump *dump)
{
	if (tasks->list.is_torn) {
		dump->complete = 0;
		dump_warn(dump, "asyncio's lists of tasks are not whole");
	}
	if (tasks->n_changed) {
		dump->complete = 0;
		dump_warn(dump, "%zu tasks changed too fast to be read",
			  tasks->n_changed);
	}
	if (tasks->n_cut) {
		dump->complete = 0;
		dump_warn(dump, "frames of %zu of %zu tasks are not whole",
			  tasks->n_cut, tasks->rows.n);
	}
}

static void count_problems(struct dump *dump)
{
	size_t n = 0;

	for (size_t i = 0; i < dump->stacks.threads.n; i++)
		n += dump->stacks.threads.v[i].problem != NULL;
	if (!n)
		return;
	dump->complete = 0;
	dump_warn(dump, "%zu of %zu threads are not whole", n,
		  dump->stacks.threads.n);
}

bool stackshot_take(struct tracee *tr, const struct stackshot_options *opt,
		    struct dump *dump, struct err *err)
{
	bool hold = opt->stop || !tr->target->runs, ok;
	struct pystacks ps;

	if (!headroom_ask(HEADROOM_STACKS, "a look at its stacks", err))
		return false;
	target_look(tr->target);
	pystacks_init(&ps, tr);
	ps.want_locals = opt->locals;
	ps.want_tasks = opt->tasks;
	if (!hold) {
		clock_gettime(CLOCK_REALTIME, &dump->time);
		dump->mode = DUMP_LIVE;
		dump->complete = 1;
	}
	ok = pystacks_prepare(&ps, !hold, err) &&
	     (hold ? take_stopped(tr, &ps, opt, dump, err) :
			  take_running(tr, &ps, dump, err));
	/* What names frames of C is read when it runs again. */
	ok = (ok && (!opt->native || target_same(tr->target, err))) ||
	     tracee_explain(tr, err);
	if (ok) {
		fill_told(dump, tr->target);
		pystacks_warn(&ps, dump);
		count_problems(dump);
		count_task_problems(&ps.tasks, dump);
	}
	pystacks_fini(&ps);
	/* Whatever it failed of, or lacks without having failed. */
	return !nomem_take() ? ok : err_nomem(err);
}
