/* SPDX-License-Identifier: MIT */
/*
 * Open a target as the CPython that it is.
 *
 * A process that has just begun is none yet: its libraries are not there, then its
 * interpreter is not; a launcher is about to become another program.  One that
 * ends is none any more before it is gone.  So what makes no sense is looked at
 * again as long as it moves, for a while; a process that stands still is what
 * it is.
 */
#include "pyabi/tracee.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "pyabi/abifile.h"

enum { PATIENCE_MS = 2000 };

bool tracee_understand(struct tracee *tr, struct target *target,
		       const struct abi *given, struct err *err)
{
	memset(tr, 0, sizeof(*tr));
	tr->target = target;
	if (!target_maps(target, &tr->maps, err))
		return false;
	tr->mods = modules_new(&tr->maps, target, target->mem, err);
	if (!tr->mods)
		return false;
	target_know(target, tr->mods);
	return runtime_find(&tr->rt, tr->mods, target->mem, given, err);
}

static bool open_once(struct tracee *tr, const struct target_spec *spec,
		      const struct abi *given, struct err *err)
{
	struct target *target = target_open(spec, err);

	memset(tr, 0, sizeof(*tr));
	return target && tracee_understand(tr, target, given, err);
}

/* The lack that is the likeliest cause: of the interpreter, or the first. */
struct worst_lack {
	const char *interpreter;	/* its path; or NULL */
	bool is_of_it;
	enum target_lack lack;
	char text[250];
};

static void take_lack(void *arg, enum target_lack lack, const char *text)
{
	struct worst_lack *worst = arg;
	bool is_of_it = worst->interpreter &&
			strstr(text, worst->interpreter);

	if (!lack || worst->is_of_it || (worst->lack && !is_of_it))
		return;
	worst->is_of_it = is_of_it;
	worst->lack = lack;
	snprintf(worst->text, sizeof(worst->text), "%s", text);
}

/* Where there is no Python as we know it, what the target lacks comes first;
 * a Python that we know we cannot read is none with all that it had, too. */
static void explain_by_lack(struct tracee *tr, struct err *err)
{
	struct worst_lack worst = {
		.interpreter = tr->rt.module ? tr->rt.module->path : NULL,
	};
	struct err said = *err;

	if (tr->target->runs)
		return;
	if (!tr->rt.refused && (said.code == ERR_VERSION ||
				err_is_about_one_object(&said)))
		target_tell(tr->target, take_lack, &worst);
	if (worst.lack)
		err_set(err, worst.lack == LACKS_FILE ? ERR_LACK : ERR_BADDATA,
			"%s: %s; so: %s", tr->target->name, worst.text,
			said.text);
	else
		target_failed(tr->target, err);
}

static bool may_pass(const struct err *err)
{
	return err->code == ERR_VERSION || err->code == ERR_GONE;
}

static bool open_patiently(struct tracee *tr, const struct target_spec *spec,
			   const struct abi *given, struct err *err)
{
	bool replaced = false, last = false;
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (;;) {
		if (open_once(tr, spec, given, err))
			return true;
		if (tr->target)
			target_explain(tr->target, err);
		if (tr->target)
			explain_by_lack(tr, err);
		if (last || !tr->target || !may_pass(err))
			break;
		/* By exec, maybe: then there is another program to look at. */
		replaced |= err->code == ERR_GONE;
		last = !target_moves(tr->target) ||
		       clock_ms_since(&begin) > PATIENCE_MS;
		tracee_close(tr);
	}
	return replaced && may_pass(err) ?
	       err_set(err, ERR_GONE, "process %d has exited or started "
		       "another program", (int)spec->pid) : false;
}

bool tracee_open(struct tracee *tr, const struct target_spec *spec,
		 const char *offsets_path, struct err *err)
{
	struct abi given;

	memset(tr, 0, sizeof(*tr));
	return (!offsets_path || abifile_read(offsets_path, &given, err)) &&
	       open_patiently(tr, spec, offsets_path ? &given : NULL, err);
}

bool tracee_explain(const struct tracee *tr, struct err *err)
{
	struct target *target = tr->target;
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	target_explain(target, err);
	while (err->code == ERR_VERSION && target_moves(target) &&
	       clock_ms_since(&begin) < PATIENCE_MS)
		target_explain(target, err);
	return target_explain(target, err);
}

void tracee_close(struct tracee *tr)
{
	if (tr->native)
		tr->native_free(tr->native);
	runtime_fini(&tr->rt);
	if (tr->target)
		target_know(tr->target, NULL);
	modules_free(tr->mods);
	maps_free(&tr->maps);
	target_close(tr->target);
	memset(tr, 0, sizeof(*tr));
}
