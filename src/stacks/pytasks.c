/* SPDX-License-Identifier: MIT */
/*
 * A task that is suspended has frames of its own: that of its coroutine, and
 * of what that awaits, inwards.  One that runs is a part of its thread's stack:
 * from the innermost frame out to that of its coroutine.
 */
#include "stacks/pytasks.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/nomem.h"
#include "result/dump.h"
#include "stacks/pystacks.h"

bool pytasks_prepare(struct pystacks *ps, struct err *err)
{
	return asyncplaces_find(&ps->tasks.places, &ps->tr->rt, ps->tr->mods,
				&ps->ctx, err);
}

static void forget(struct pytasks *tasks)
{
	for (size_t i = 0; i < tasks->rows.n; i++) {
		free(tasks->rows.v[i].name);
		free(tasks->rows.v[i].coroutine);
	}
	vec_free(&tasks->rows);
	asynctasks_fini(&tasks->list);
	memset(&tasks->list, 0, sizeof(tasks->list));
	tasks->n_cut = tasks->n_changed = 0;
}

void pytasks_fini(struct pytasks *tasks)
{
	forget(tasks);
	asyncplaces_fini(&tasks->places);
}

/* --- the copy ------------------------------------------------------------ */

struct walk {
	struct pystacks *ps;
	struct err *err;
	bool failed;
};

static bool take_frame(void *arg, const struct pyframe *frame)
{
	struct walk *walk = arg;
	struct pystacks_frame *slot;

	if (!pystacks_has_room(walk->ps, 0))
		return false;
	slot = vec_add(&walk->ps->frames, walk->err);
	if (!slot) {
		walk->failed = true;
		return false;
	}
	slot->f = *frame;
	slot->code = pycodes_get(&walk->ps->codes, &walk->ps->ctx,
				 frame->code);
	return true;
}

/* They came from the outside in. */
static void turn_around(struct pystacks_frame *frame, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct pystacks_frame other = frame[i];

		frame[i] = frame[n - 1 - i];
		frame[n - 1 - i] = other;
	}
}

static bool take_suspended(struct pystacks *ps, const struct asynctask *task,
			   struct pytasks_row *row, struct err *err)
{
	struct walk walk = { .ps = ps, .err = err };

	row->first = ps->frames.n;
	row->cut = !asynctask_frames(&ps->ctx, task, take_frame, &walk);
	row->n = ps->frames.n - row->first;
	turn_around(ps->frames.v + row->first, row->n);
	return !walk.failed;
}

/* They are shown twice, and have their own of what is shown. */
static bool repeat_frames(struct pystacks *ps, size_t first, size_t n,
			  struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct pystacks_frame *slot = vec_add(&ps->frames, err);

		if (!slot)
			return false;
		slot->f = ps->frames.v[first + i].f;
		slot->code = ps->frames.v[first + i].code;
	}
	return true;
}

/* The part of a thread's stack that a running task is. */
static bool take_running(struct pystacks *ps, const struct asynctask *task,
			 struct pytasks_row *row, struct err *err)
{
	struct pyframe frame;

	row->first = ps->frames.n;
	row->cut = true;
	if (!pygen_frame(&ps->ctx, task->coro, &frame))
		return true;
	for (size_t i = 0; i < ps->stacks.n; i++) {
		const struct pystack *s = &ps->stacks.v[i];

		for (size_t k = 0; k < s->n; k++) {
			if (ps->frames.v[s->first + k].f.at != frame.at)
				continue;
			if (!pystacks_has_room(ps, k))
				return true;
			row->n = k + 1;
			row->cut = false;
			return repeat_frames(ps, s->first, row->n, err);
		}
	}
	return true;
}

static bool take_task(struct pystacks *ps, const struct asynctask *task,
		      struct err *err)
{
	struct pytasks_row *row = vec_add(&ps->tasks.rows, err);
	bool ok;
	char text[MAX_CODE_NAME];

	if (!row)
		return false;
	ps->ctx.faults = 0;
	if (asynctask_name(&ps->ctx, task, text, sizeof(text)))
		row->name = nomem_strdup(text);
	if (asynctask_coroutine(&ps->ctx, task, text, sizeof(text)))
		row->coroutine = nomem_strdup(text);
	ps->ctx.faults = 0;
	ok = asynctask_is_on_a_stack(&ps->ctx, task) ?
	     take_running(ps, task, row, err) :
	     take_suspended(ps, task, row, err);
	ps->tasks.n_cut += row->cut;
	return ok;
}

static bool read_all(struct pystacks *ps, struct asynctasks *list,
		     struct err *err)
{
	return asynctasks_read(list, &ps->tasks.places, &ps->tr->rt,
			       &ps->threads, &ps->ctx, err) &&
	       asynctasks_link(list, &ps->ctx, err);
}

bool pytasks_copy(struct pystacks *ps, struct err *err)
{
	struct asynctasks *list = &ps->tasks.list;
	size_t first = ps->frames.n;

	forget(&ps->tasks);
	if (!read_all(ps, list, err))
		return false;
	for (size_t i = 0; i < list->v.n; i++) {
		if (!take_task(ps, &list->v.v[i], err))
			return false;
	}
	return pystacks_describe(ps, first, err);
}

/* --- of a tracee that runs ----------------------------------------------- */

enum {
	MAX_ROUNDS = 6,
	MARK_FACTOR = 0x100000001b3,	/* FNV-1a, by words */
};

/* All there is to know of a task as a number: what does not change, has not. */
struct marking {
	uint64_t mark;
};

static void mark(struct marking *m, uint64_t word)
{
	m->mark = (m->mark ^ word) * MARK_FACTOR;
	m->mark ^= m->mark >> 29;
}

static bool mark_frame(void *arg, const struct pyframe *frame)
{
	mark(arg, frame->at);
	mark(arg, frame->code);
	mark(arg, (uint64_t)frame->lasti);
	return true;
}

static void mark_text(struct marking *m, const char *text)
{
	for (; *text; text++)
		mark(m, (uint8_t)*text);
}

/* At an address that stays the same may be another object. */
static void mark_names(struct marking *m, struct pystacks *ps,
		       const struct asynctask *task)
{
	char text[MAX_CODE_NAME];

	if (asynctask_name(&ps->ctx, task, text, sizeof(text)))
		mark_text(m, text);
	if (asynctask_coroutine(&ps->ctx, task, text, sizeof(text)))
		mark_text(m, text);
}

static uint64_t mark_of(struct pystacks *ps, const struct asynctask *task)
{
	struct marking m = { 0 };

	mark(&m, task->loop);
	mark(&m, task->coro);
	mark(&m, task->name);
	mark(&m, task->runs);
	mark(&m, task->waits_for);
	for (size_t i = 0; i < task->awaited_by.n; i++)
		mark(&m, task->awaited_by.v[i]);
	mark_names(&m, ps, task);
	/* The frames of a running one were confirmed with its thread's. */
	ps->ctx.faults = 0;
	if (!asynctask_is_on_a_stack(&ps->ctx, task))
		mark(&m, asynctask_frames(&ps->ctx, task, mark_frame, &m));
	ps->ctx.faults = 0;
	return m.mark;
}

static bool mark_all(struct pystacks *ps, const struct asynctasks *list,
		     uint64_t **ret, struct err *err)
{
	*ret = calloc(list->v.n + 1, sizeof(**ret));
	if (!*ret)
		return err_nomem(err);
	for (size_t i = 0; i < list->v.n; i++)
		(*ret)[i] = mark_of(ps, &list->v.v[i]);
	return true;
}

/* Which tasks are not what they were? */
static void compare(struct pytasks *tasks, const uint64_t *marks,
		    const struct asynctasks *after, const uint64_t *marks_after)
{
	tasks->n_changed = 0;
	for (size_t i = 0; i < tasks->list.v.n; i++) {
		raddr at = tasks->list.v.v[i].address;
		uint32_t k = addrmap_get(&after->number, at);

		tasks->rows.v[i].changed = k == ADDRMAP_NONE ||
					   marks_after[k] != marks[i];
		tasks->n_changed += tasks->rows.v[i].changed;
	}
	/* New ones: they were not read. */
	for (size_t i = 0; i < after->v.n; i++)
		tasks->n_changed += addrmap_get(&tasks->list.number,
						after->v.v[i].address) ==
				    ADDRMAP_NONE;
}

/* Read all, then see whether it is still so. */
static bool copy_once(struct pystacks *ps, struct err *err)
{
	uint64_t *marks = NULL, *marks_after = NULL;
	struct asynctasks after = { 0 };
	bool ok;

	pages_clear(&ps->pages);
	ok = pytasks_copy(ps, err) &&
	     mark_all(ps, &ps->tasks.list, &marks, err);
	pages_clear(&ps->pages);
	ok = ok && read_all(ps, &after, err) &&
	     mark_all(ps, &after, &marks_after, err);
	if (ok)
		compare(&ps->tasks, marks, &after, marks_after);
	asynctasks_fini(&after);
	free(marks);
	free(marks_after);
	return ok;
}

bool pytasks_copy_running(struct pystacks *ps, struct err *err)
{
	size_t first = ps->frames.n;

	for (unsigned i = 0; i < MAX_ROUNDS; i++) {
		pystacks_forget(ps, first);
		if (!copy_once(ps, err))
			return false;
		if (!ps->tasks.n_changed && !ps->tasks.list.is_torn)
			break;
	}
	return true;
}

/* --- the tale ------------------------------------------------------------ */

static int64_t tid_of(const struct stacks *stacks, raddr ident)
{
	for (size_t i = 0; ident && i < stacks->threads.n; i++) {
		if (stacks->threads.v[i].ident == ident)
			return stacks->threads.v[i].tid;
	}
	return DUMP_UNKNOWN;
}

static char *hand_over(char **text)
{
	char *ret = *text;

	*text = NULL;
	return ret;
}

static bool fill_task(struct pystacks *ps, size_t i, struct stacks *ret,
		      struct err *err)
{
	const struct asynctask *task = &ps->tasks.list.v.v[i];
	struct pytasks_row *row = &ps->tasks.rows.v[i];
	struct stack_task *to = vec_add(&ret->tasks, err);

	if (!to)
		return false;
	to->address = task->address;
	to->name = hand_over(&row->name);
	to->coroutine = hand_over(&row->coroutine);
	to->state = task->runs ? TASK_RUNNING : TASK_PENDING;
	to->loop = task->loop;
	to->tid = task->runs ? tid_of(ret, task->ident) : DUMP_UNKNOWN;
	to->waits_for = task->waits_for;
	for (size_t k = 0; k < task->awaited_by.n; k++) {
		raddr *slot = vec_add(&to->awaited_by, err);

		if (!slot)
			return false;
		*slot = task->awaited_by.v[k];
	}
	for (size_t k = 0; k < row->n; k++) {
		struct stack_frame *slot = vec_add(&to->frames, err);

		if (!slot)
			return false;
		if (pystacks_tell(ps, &ps->frames.v[row->first + k], slot))
			continue;
		to->frames.n--;
		break;
	}
	return true;
}

bool pytasks_fill(struct pystacks *ps, struct stacks *ret, struct err *err)
{
	for (size_t i = 0; i < ps->tasks.rows.n; i++) {
		if (!ps->tasks.rows.v[i].changed &&
		    !fill_task(ps, i, ret, err))
			return false;
	}
	return true;
}
