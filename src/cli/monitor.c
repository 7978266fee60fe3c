/* SPDX-License-Identifier: MIT */
#include "cli/monitor.h"

#include <string.h>

#include "heap/fill.h"

bool monitor_open(struct monitor *mo, const struct target_spec *spec,
		  const char *offsets_path, const bool *cancel, struct err *err)
{
	memset(mo, 0, sizeof(*mo));
	mo->opened = true;
	if (!capture_open(&mo->cap, spec, offsets_path, err))
		return false;
	mo->cap.cancel = cancel;
	return true;
}

void monitor_close(struct monitor *mo)
{
	if (mo->opened)
		capture_close(&mo->cap);
	mo->opened = false;
}

bool monitor_look(struct monitor *mo, const struct snapshot_options *opt,
		  struct dump *dump, struct err *err)
{
	bool ok;

	ok = (!mo->used || capture_again(&mo->cap, err)) &&
	     snapshot_look(&mo->cap, opt, dump, err);
	mo->used = true;
	capture_forget(&mo->cap);
	return ok;
}

static void know_nothing(struct dump *dump)
{
	struct dump_blocks *blocks = &dump->blocks;

	dump->mode = DUMP_NONE;
	dump->complete = 0;
	dump->pause_ms = 0;
	dump->objects = dump->bytes = dump->allocated = DUMP_UNKNOWN;
	dump->static_objects = dump->static_bytes = DUMP_UNKNOWN;
	blocks->in_use = blocks->in_pools = DUMP_UNKNOWN;
	blocks->in_use_bytes = blocks->objects = DUMP_UNKNOWN;
	blocks->buffers = blocks->unowned = DUMP_UNKNOWN;
	blocks->refused = blocks->claimed_twice = DUMP_UNKNOWN;
	blocks->arenas = blocks->arena_bytes = DUMP_UNKNOWN;
	blocks->pools = DUMP_UNKNOWN;
}

static void read_as_it_runs(struct capture *cap)
{
	cap->ctx.abi = &cap->tr.rt.abi;
	cap->ctx.mem = cap->tr.target->mem;
}

bool monitor_glance(struct monitor *mo, bool with_pss, struct dump *dump,
		    struct err *err)
{
	struct capture *cap = &mo->cap;

	know_nothing(dump);
	clock_gettime(CLOCK_REALTIME, &dump->time);
	read_as_it_runs(cap);
	return (target_same(cap->tr.target, err) &&
		fill_target(dump, cap->tr.target, err) &&
		fill_python(dump, &cap->tr.rt, capture_allocator(cap), err) &&
		fill_memory(dump, cap->tr.target, with_pss, err) &&
		fill_gc_live(dump, cap, err) &&
		target_same(cap->tr.target, err)) ||
	       tracee_explain(&cap->tr, err);
}

bool monitor_stacks(struct monitor *mo, const struct stackshot_options *opt,
		    struct dump *dump, struct err *err)
{
	return stackshot_take(&mo->cap.tr, opt, dump, err);
}

bool monitor_account(struct monitor *mo, const struct account_options *opt,
		     struct dump *dump, struct account *account,
		     struct err *err)
{
	struct capture *cap = &mo->cap;
	bool ok = !mo->used || capture_again(cap, err);

	if (ok)
		read_as_it_runs(cap);
	ok = ok && (fill_gc_live(dump, cap, err) ||
		    tracee_explain(&cap->tr, err)) &&
	     account_of(cap, opt, dump, account, err);
	mo->used = true;
	capture_forget(cap);
	return ok;
}

bool monitor_graph(struct monitor *mo, const struct graph_options *opt,
		   struct err *err)
{
	struct capture *cap = &mo->cap;
	struct dump dump;
	bool ok;

	dump_init(&dump);
	ok = (!mo->used || capture_again(cap, err)) &&
	     (graph_look(cap, opt, &dump, err) ||
	      tracee_explain(&cap->tr, err));
	dump_fini(&dump);
	mo->used = true;
	cap->runs_on = false;
	capture_forget(cap);
	return ok;
}

bool monitor_object(struct monitor *mo, raddr addr, bool values,
		    struct details_object *ret, struct err *err)
{
	bool ok;

	memset(ret, 0, sizeof(*ret));
	ok = (!mo->used || capture_again(&mo->cap, err)) &&
	     capture_watch(&mo->cap, err) &&
	     details_look(ret, &mo->cap.ctx, addr, values, err) &&
	     target_same(mo->cap.tr.target, err);
	mo->used = true;
	capture_forget(&mo->cap);
	return ok || tracee_explain(&mo->cap.tr, err);
}

char monitor_state(const struct monitor *mo)
{
	return target_state(mo->cap.tr.target);
}
