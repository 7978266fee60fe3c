/* SPDX-License-Identifier: MIT */
/* What threads whose stacks were found are called: by Python's threading, whose
 * ident of a thread lies at the end of its stack, else by the kernel. */
#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "attach/threads.h"
#include "pyabi/pythread.h"

static void christen(void *arg, raddr ident, const char *name, int daemon)
{
	struct account_look *look = arg;

	(void)daemon;
	for (size_t i = 0; name && i < look->stacks.n; i++) {
		struct account_stack *s = &look->stacks.v[i];

		if (ident >= s->start && ident < s->end)
			snprintf(s->name, sizeof(s->name), "%s", name);
	}
}

static void take_comms(struct account_look *look, const struct threads *threads)
{
	for (size_t i = 0; i < threads->v.n; i++) {
		const struct thread_info *t = &threads->v.v[i];

		if (t->tid == look->cap->tr.target->pid)
			snprintf(look->main_name, sizeof(look->main_name),
				 "%s", t->comm);
		for (size_t k = 0; k < look->stacks.n; k++) {
			struct account_stack *s = &look->stacks.v[k];

			if (s->tid == t->tid && !*s->name)
				snprintf(s->name, sizeof(s->name), "%s",
					 t->comm);
		}
	}
}

/* A name is all that may be missing. */
bool account_stack_names(struct account_look *look, struct err *err)
{
	const struct runtime *rt = &look->cap->tr.rt;
	struct threads threads = { 0 };
	struct pyctx ctx = look->cap->ctx;
	bool ok = true;

	for (size_t i = 0; i < rt->interps.n; i++) {
		const struct pynames names =
			pynames_find(rt, &ctx, rt->interps.v[i]);

		pynames_each(&names, &ctx, christen, look);
	}
	if (target_threads(look->cap->tr.target, false, &threads, err))
		take_comms(look, &threads);
	else
		ok = err->code != ERR_NOMEM;
	threads_fini(&threads);
	return ok;
}
