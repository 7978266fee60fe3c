/* SPDX-License-Identifier: MIT */
#include "attach/target.h"

#include <string.h>

#include "attach/target_core.h"
#include "attach/target_live.h"

struct target *target_open(const struct target_spec *spec, struct err *err)
{
	struct target_live *live;

	if (spec->core)
		return target_core_open(spec, err);
	live = target_live_open(spec->pid, err);
	return live ? &live->target : NULL;
}

void target_close(struct target *t)
{
	if (t)
		t->ops->close(t);
}

bool target_maps(struct target *t, struct maps *ret, struct err *err)
{
	return t->ops->maps(t, ret, err);
}

void target_know(struct target *t, struct modules *mods)
{
	if (t->ops->know)
		t->ops->know(t, mods);
}

void target_look(struct target *t)
{
	if (t->ops->look)
		t->ops->look(t);
}

bool target_pages(struct target *t, const struct maps *maps,
		  struct pagetable *ret, struct err *err)
{
	if (!t->ops->pages)
		return err_set(err, ERR_USAGE, "%s has no page table", t->name);
	return t->ops->pages(t, maps, ret, err);
}

bool target_threads(struct target *t, bool with_futex, struct threads *ret,
		    struct err *err)
{
	return t->ops->threads(t, with_futex, ret, err);
}

bool target_registers(struct target *t, pid_t tid, struct regs *ret,
		      struct err *err)
{
	return t->ops->registers(t, tid, ret, err);
}

bool target_hold(struct target *t, struct stop *stop, stop_work *work,
		 void *arg, struct err *err)
{
	return t->ops->hold(t, stop, work, arg, err);
}

bool target_info(struct target *t, struct process_info *ret, struct err *err)
{
	return t->ops->info(t, ret, err);
}

bool target_memory(struct target *t, bool with_pss,
		   struct process_memory *ret, struct err *err)
{
	return t->ops->memory(t, with_pss, ret, err);
}

bool target_same(struct target *t, struct err *err)
{
	return !t->ops->same || t->ops->same(t, err);
}

bool target_rest(struct target *t, bool held, struct rest *ret)
{
	return t->ops->rest && t->ops->rest(t, held, ret);
}

bool target_moves(struct target *t)
{
	return t->ops->moves && t->ops->moves(t);
}

bool target_cgroup(struct target *t, struct cgroup_memory *ret)
{
	return t->ops->cgroup && t->ops->cgroup(t, ret);
}

double target_age(struct target *t)
{
	return t->ops->age ? t->ops->age(t) : -1;
}

char target_state(struct target *t)
{
	return t->ops->state ? t->ops->state(t) : 'T';
}

void target_tell(struct target *t, target_told *told, void *arg)
{
	if (t->ops->tell)
		t->ops->tell(t, told, arg);
}

bool target_failed(struct target *t, struct err *err)
{
	size_t len = strlen(t->name);

	if (err->code == ERR_GONE)
		return err_set(err, ERR_GONE, "%s has exited", t->name);
	if (strncmp(err->text, t->name, len) == 0 &&
	    (err->text[len] == ' ' || err->text[len] == ':'))
		return false;	/* said already */
	return err_context(err, "%s", t->name);
}

bool target_explain(struct target *t, struct err *err)
{
	struct err gone;

	if (err->code != ERR_GONE && !target_same(t, &gone))
		*err = gone;
	return false;
}
