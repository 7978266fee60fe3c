/* SPDX-License-Identifier: MIT */
#include "stacks/pylocals.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/nomem.h"
#include "pyabi/pyrepr.h"
#include "pyabi/strobj.h"

static bool touch(void *arg, raddr name, raddr value, bool is_argument)
{
	struct pyctx *ctx = arg;
	char text[MAX_TYPE_NAME];

	(void)is_argument;
	(void)!strobj_text(ctx, name, text, sizeof(text));
	pyrepr_touch(ctx, value, PYREPR_SIZE);
	return true;
}

void pylocals_touch(struct pystacks *ps, const struct pystacks_frame *frame)
{
	ps->ctx.faults = 0;
	if (frame->code)
		pyframe_locals(&ps->ctx, &frame->f, touch, &ps->ctx);
}

struct taking {
	struct pyctx *ctx;
	struct pystacks_frame *frame;
};

static bool take(void *arg, raddr name, raddr value, bool is_argument)
{
	struct taking *taking = arg;
	char text[MAX_TYPE_NAME], repr[PYREPR_SIZE];
	struct stack_local *slot;
	struct err ignored;

	if (!strobj_text(taking->ctx, name, text, sizeof(text)))
		return false;
	pyrepr(taking->ctx, value, repr, sizeof(repr));
	slot = vec_add(&taking->frame->locals, &ignored);
	if (!slot)
		return false;
	slot->name = nomem_strdup(text);
	slot->value = nomem_strdup(repr);
	slot->is_argument = is_argument;
	return true;
}

void pylocals_take(struct pystacks *ps, struct pystacks_frame *frame)
{
	struct taking taking = { &ps->ctx, frame };

	ps->ctx.faults = 0;
	if (frame->code)
		pyframe_locals(&ps->ctx, &frame->f, take, &taking);
}
