/* SPDX-License-Identifier: MIT */
#include "graph/names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/bounds.h"
#include "pyabi/asynctasks.h"
#include "pyabi/layout.h"
#include "pyabi/strobj.h"

/* What is told of objects of a type, in names->own. */
enum { OWN_UNKNOWN, OWN_NOTHING, OWN_TASK, OWN_FRAME };

enum { OWN_TEXT = 120 };

static const struct {
	const char *layout;
	uint8_t own;
} own_rows[] = {
	{ "_asyncio.Task", OWN_TASK },
	{ "coroutine", OWN_FRAME },
	{ "generator", OWN_FRAME },
	{ "async_generator", OWN_FRAME },
};

static uint8_t own_of_type(const struct pytype *t)
{
	for (int depth = 0; t && depth < MAX_TYPE_DEPTH; depth++, t = t->base) {
		for (size_t i = 0; t->layout && i < ARRAY_SIZE(own_rows); i++) {
			if (strcmp(t->layout->name, own_rows[i].layout) == 0)
				return own_rows[i].own;
		}
	}
	return OWN_NOTHING;
}

/* "Task-17" is like any other, as an index is. */
static void forget_number(char *text)
{
	size_t n = strlen(text), digits = n;

	while (digits > 0 && isdigit((unsigned char)text[digits - 1]))
		digits--;
	if (digits < n)
		strcpy(text + digits, "*");
}

static void own_of_task(struct pyctx *ctx, raddr at, bool alike,
			struct name *ret)
{
	char text[OWN_TEXT] = "";
	struct asynctask task;
	bool is_named;

	if (!asynctask_at(ctx, at, &task))
		return;
	is_named = asynctask_name(ctx, &task, text, sizeof(text));
	if (alike)
		forget_number(text);
	ret->kind = NAME_OTHER;
	snprintf(ret->text, sizeof(ret->text), "Task%s%s%s (%s)",
		 is_named ? " \"" : "", text, is_named ? "\"" : "",
		 asynctask_state(ctx, &task));
}

static void own_of_frame(struct pyctx *ctx, const struct object *object,
			 struct name *ret)
{
	char text[OWN_TEXT];

	if (!strobj_text(ctx, pygen_qualname(ctx, object->addr), text,
			 sizeof(text)))
		return;
	ret->kind = NAME_OWN;
	snprintf(ret->text, sizeof(ret->text), "%s %s",
		 object->type->layout->name, text);
}

bool names_of_object(struct names *names, uint32_t number, bool alike,
		     struct name *ret)
{
	const struct pytype *t = graph_type(names->g, number);
	struct pyctx *ctx = &names->lk.ctx;
	struct object object;
	uint8_t *own;

	*ret = (struct name){ .kind = NAME_NOTHING };
	if (!t)
		return false;
	own = &names->own[t->index];
	if (*own == OWN_UNKNOWN)
		*own = own_of_type(t);
	if (*own == OWN_NOTHING || !graph_object(names->g, number, &object))
		return false;
	if (*own == OWN_TASK)
		own_of_task(ctx, object.addr, alike, ret);
	else
		own_of_frame(ctx, &object, ret);
	return ret->kind != NAME_NOTHING;
}
