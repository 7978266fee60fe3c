/* SPDX-License-Identifier: MIT */
#include "stacks/interleave.h"

#include <stdint.h>
#include <stdlib.h>

#define NOWHERE SIZE_MAX

struct group {
	size_t first, n;	/* of the Python frames */
	raddr anchor;
	size_t place;		/* the frame of C, or NOWHERE */
};

struct work {
	const struct interleave_c *c;
	size_t n_c;
	const struct interleave_python *python;
	size_t n_python;
	VEC(struct group) groups;
};

static bool make_groups(struct work *work, struct err *err)
{
	size_t first = 0;

	for (size_t i = 0; i < work->n_python; i++) {
		const struct interleave_python *frame = &work->python[i];
		struct group *group;

		if (!frame->is_entry && i + 1 < work->n_python)
			continue;
		group = vec_add(&work->groups, err);
		if (!group)
			return false;
		*group = (struct group){
			.first = first, .n = i + 1 - first,
			.anchor = frame->is_entry ? frame->anchor : 0,
			.place = NOWHERE,
		};
		first = i + 1;
	}
	return true;
}

/* -- By anchors ----------------------------------------------------------- */

static bool has_anchors(const struct work *work)
{
	for (size_t i = 0; i < work->groups.n; i++) {
		if (work->groups.v[i].anchor)
			return true;
	}
	return false;
}

/* The frame of C, from number @from on, on whose stack @anchor lies.  Where the
 * last one's ends is not known. */
static size_t holder(const struct work *work, size_t from, raddr anchor)
{
	for (size_t i = from; i + 1 < work->n_c; i++) {
		if (anchor >= work->c[i].sp && anchor < work->c[i + 1].sp)
			return i;
	}
	return NOWHERE;
}

static void place_by_anchors(struct work *work)
{
	size_t from = 0;

	for (size_t i = 0; i < work->groups.n; i++) {
		struct group *group = &work->groups.v[i];

		if (!group->anchor)
			continue;
		group->place = holder(work, from, group->anchor);
		if (group->place != NOWHERE)
			from = group->place + 1;
	}
}

/* -- By counting ---------------------------------------------------------- */

static size_t count_evals(const struct work *work)
{
	size_t n = 0;

	for (size_t i = 0; i < work->n_c; i++)
		n += work->c[i].is_eval;
	return n;
}

/* Pair evaluations with groups, the first @skip of them apart. */
static void pair_up(struct work *work, size_t skip)
{
	size_t g = 0;

	for (size_t i = 0; i < work->n_c && g < work->groups.n; i++) {
		if (!work->c[i].is_eval)
			continue;
		if (skip > 0)
			skip--;
		else
			work->groups.v[g++].place = i;
	}
}

/*
 * Part of a stack: its evaluations are those of the innermost groups, unless
 * the first has not begun or is about to return, which only the innermost
 * frame of all can.
 */
static bool place_by_counting(struct work *work, size_t n_evals, bool is_whole)
{
	size_t n = work->groups.n;

	if (n == 0)
		return true;
	if (is_whole && (n_evals == n || n_evals == n + 1)) {
		pair_up(work, n_evals - n);
		return true;
	}
	if (!is_whole && n_evals > 0 && n_evals <= n && !work->c[0].is_eval) {
		pair_up(work, 0);
		return true;
	}
	return false;
}

/* -- The result ----------------------------------------------------------- */

static bool add(struct interleave *ret, bool is_python, size_t number,
		struct err *err)
{
	struct interleave_item *item = vec_add(&ret->items, err);

	if (item)
		*item = (struct interleave_item){ is_python, number };
	return item != NULL;
}

static bool add_group(struct interleave *ret, const struct group *group,
		      struct err *err)
{
	for (size_t i = 0; i < group->n; i++) {
		if (!add(ret, true, group->first + i, err))
			return false;
	}
	return true;
}

/* Is @i a part of the evaluation in the frame behind it? */
static bool is_part(const struct work *work, size_t i, size_t place)
{
	return i + 1 == place && place < work->n_c && work->c[i].is_handler;
}

/* Frames of C from number *@at on, those before @place. */
static bool add_c_until(const struct work *work, struct interleave *ret,
			size_t *at, size_t place, struct err *err)
{
	for (; *at < place; ++*at) {
		if (!is_part(work, *at, place) && !add(ret, false, *at, err))
			return false;
	}
	return true;
}

/* The next group from number @from on that has a place. */
static size_t next_place(const struct work *work, size_t from)
{
	for (size_t i = from; i < work->groups.n; i++) {
		if (work->groups.v[i].place != NOWHERE)
			return work->groups.v[i].place;
	}
	return work->n_c;
}

static bool add_all(const struct work *work, struct interleave *ret,
		    struct err *err)
{
	size_t at = 0;

	for (size_t i = 0; i < work->groups.n; i++) {
		const struct group *group = &work->groups.v[i];

		ret->n_unplaced += group->place == NOWHERE;
		if (!add_c_until(work, ret, &at, next_place(work, i), err) ||
		    !add_group(ret, group, err))
			return false;
		if (group->place == NOWHERE)
			continue;
		/* Named otherwise, the evaluation was inlined there. */
		if (!work->c[at].is_eval && work->c[at].is_named &&
		    !add(ret, false, at, err))
			return false;
		at++;
	}
	return add_c_until(work, ret, &at, work->n_c, err);
}

bool interleave(const struct interleave_c *c, size_t n_c,
		const struct interleave_python *python, size_t n_python,
		bool is_whole, struct interleave *ret, struct err *err)
{
	struct work work = {
		.c = c, .n_c = n_c, .python = python, .n_python = n_python,
	};
	bool fine;

	ret->items.n = 0;
	ret->n_unplaced = 0;
	fine = make_groups(&work, err);
	ret->n_groups = work.groups.n;
	ret->n_evals = count_evals(&work);
	ret->apart = false;
	if (fine && has_anchors(&work))
		place_by_anchors(&work);
	else if (fine)
		ret->apart = !place_by_counting(&work, ret->n_evals, is_whole);
	fine = fine && add_all(&work, ret, err);
	vec_free(&work.groups);
	return fine;
}

void interleave_fini(struct interleave *il)
{
	vec_free(&il->items);
}
