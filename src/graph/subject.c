/* SPDX-License-Identifier: MIT */
/*
 * Names are looked up in what was copied, as the program would look them up
 * without running code: no properties, no __getattr__, nothing that a class
 * gives its instances.
 */
#include "graph/subject.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pyabi/attrs.h"
#include "pyabi/dictobj.h"

enum {
	WORD_TEXT = 200,	/* bytes of a name between two points */
	MOST_WORDS = 100,
	TOLD_TYPES = 5,		/* that are called so */
};

struct lookup {
	const struct graph *g;
	const char *what;
	struct pyctx ctx;
	struct subject *ret;
};

void subject_fini(struct subject *subject)
{
	free(subject->bits);
}

static void subject_add(struct lookup *l, uint32_t number)
{
	graph_set(l->ret->bits, number);
	l->ret->one = l->ret->count++ ? LINK_NONE : number;
	l->ret->type = graph_type(l->g, number);
	l->ret->bytes += (int64_t)graph_sizes(l->g, number).size;
}

/* --- types --------------------------------------------------------------- */

/* Is @what all of @full, or its end behind a point? */
static bool ends_so(const char *full, const char *what)
{
	size_t n = strlen(full), m = strlen(what);

	return n == m ? strcmp(full, what) == 0 :
	       n > m && full[n - m - 1] == '.' &&
	       strcmp(full + n - m, what) == 0;
}

static int64_t *count_by_type(const struct graph *g)
{
	int64_t *counts = calloc(g->heap->cap->types.all.n + 1,
				 sizeof(*counts));

	for (uint32_t u = 0; counts && u < g->links.n; u++) {
		if (graph_is_object(g, u))
			counts[graph_type(g, u)->index]++;
	}
	return counts;
}

/* The name of the type that is meant; NULL and ok: none is. */
static bool find_type(struct lookup *l, const int64_t *counts,
		      const char **ret, struct err *err)
{
	struct pytypes *types = &l->g->heap->cap->types;
	char told[300] = "";
	size_t n = 0;

	*ret = NULL;
	for (uint32_t i = 0; i < types->all.n; i++) {
		const struct pytype *t = types->all.v[i];

		if (!counts[i])
			continue;
		if (!pytypes_name(types, t, err))
			return false;
		if (!ends_so(t->full, l->what) ||
		    (*ret && strcmp(*ret, t->full) == 0))
			continue;
		if (strcmp(t->full, l->what) == 0) {
			*ret = t->full;
			return true;
		}
		*ret = t->full;
		if (n++ < TOLD_TYPES)
			snprintf(told + strlen(told),
				 sizeof(told) - strlen(told), "%s%.100s",
				 n > 1 ? ", " : "", t->full);
	}
	return n < 2 || err_set(err, ERR_USAGE, "'%.60s' may be %s%s: which?",
				l->what, told, n > TOLD_TYPES ? ", ..." : "");
}

static bool find_instances(struct lookup *l, bool *ret_found, struct err *err)
{
	int64_t *counts = count_by_type(l->g);
	const char *full = NULL;
	bool ok = counts ? find_type(l, counts, &full, err) : err_nomem(err);

	free(counts);
	*ret_found = ok && full;
	for (uint32_t u = 0; *ret_found && u < l->g->links.n; u++) {
		/* Types of one name share it. */
		if (graph_is_object(l->g, u) &&
		    graph_type(l->g, u)->full == full)
			subject_add(l, u);
	}
	return ok;
}

/* --- addresses and dotted names ------------------------------------------ */

static raddr item_of(struct pyctx *ctx, raddr at, uint64_t index)
{
	const struct abi *abi = ctx->abi;
	const struct pytype *t = pytypes_get(ctx->types, ctx_u64(ctx, at +
							abi->object_ob_type));
	uint64_t n = ctx_u64(ctx, at + abi->var_ob_size);
	raddr items;

	if (!t || index >= n)
		return 0;
	if (t->flags & TPF_LIST_SUBCLASS)
		items = ctx_u64(ctx, at + abi->list_ob_item);
	else if (t->flags & TPF_TUPLE_SUBCLASS)
		items = at + abi->tuple_ob_item;
	else
		return 0;
	return ctx_u64(ctx, items + sizeof(raddr) * index);
}

/* One step of ".name" or "[3]"; *text is moved behind it.  0: there is none. */
static raddr step(struct pyctx *ctx, raddr at, const char **text)
{
	char word[WORD_TEXT];
	size_t n;

	if (**text == '[') {
		char *end;
		unsigned long long index;

		errno = 0;
		index = strtoull(*text + 1, &end, 10);
		if (errno || end == *text + 1 || *end != ']')
			return 0;
		*text = end + 1;
		return item_of(ctx, at, index);
	}
	n = strcspn(*text + 1, ".[");
	if (**text != '.' || !n || n >= sizeof(word))
		return 0;
	memcpy(word, *text + 1, n);
	word[n] = '\0';
	*text += 1 + n;
	return attrs_get(ctx, at, word);
}

static raddr walk(struct pyctx *ctx, raddr at, const char *text)
{
	for (int i = 0; at && *text && i < MOST_WORDS; i++)
		at = step(ctx, at, &text);
	return *text ? 0 : at;
}

/* The longest beginning of it that is a module, and then on from there. */
static raddr in_modules(struct pyctx *ctx, raddr modules, const char *what)
{
	char name[WORD_TEXT * 2];
	size_t n = strcspn(what, "[");
	raddr module, found;

	if (n >= sizeof(name))
		return 0;
	for (; n > 0; n--) {
		if (what[n] && what[n] != '.' && what[n] != '[')
			continue;
		memcpy(name, what, n);
		name[n] = '\0';
		module = dictobj_get(ctx, modules, name);
		found = module ? walk(ctx, module, what + n) : 0;
		if (found)
			return found;
	}
	return 0;
}

static raddr find_dotted(struct lookup *l)
{
	const struct runtime *rt = &l->g->heap->cap->tr.rt;
	char main_name[WORD_TEXT * 2];

	snprintf(main_name, sizeof(main_name), "__main__.%s", l->what);
	for (size_t i = rt->interps.n; i > 0; i--) {
		raddr modules = ctx_u64(&l->ctx, rt->interps.v[i - 1] +
						 rt->abi.interp_modules);
		raddr found = modules ? in_modules(&l->ctx, modules, l->what) :
					0;

		if (!found && modules)
			found = in_modules(&l->ctx, modules, main_name);
		if (found)
			return found;
	}
	return 0;
}

static bool find_address(struct lookup *l, struct err *err)
{
	char *end;
	unsigned long long at;
	uint32_t number;

	errno = 0;
	at = strtoull(l->what, &end, 16);
	if (errno || *end)
		return err_set(err, ERR_USAGE, "'%.100s' is no address",
			       l->what);
	number = graph_number(l->g, at);
	if (number == LINK_NONE)
		return err_set(err, ERR_USAGE, "no object begins at %"
			       PRIraddr, (raddr)at);
	subject_add(l, number);
	return true;
}

bool subject_find(struct subject *ret, const struct graph *g, const char *what,
		  bool types, struct err *err)
{
	struct lookup l = { .g = g, .what = what, .ctx = g->heap->cap->ctx,
			    .ret = ret };
	uint32_t number;
	bool found = false;

	*ret = (struct subject){ .one = LINK_NONE };
	l.ctx.mem = &g->heap->cap->mirror.mem;
	ret->bits = links_numbers(g->links.n / 32 + 1, err);
	if (!ret->bits)
		return false;
	if (strncmp(what, "0x", 2) == 0)
		return find_address(&l, err);
	if (types && (!find_instances(&l, &found, err) || found))
		return found;
	number = graph_number(g, find_dotted(&l));
	if (number == LINK_NONE)
		return err_set(err, ERR_USAGE, "no object%s is called '%.100s'",
			       types ? " and no type that has objects" : "",
			       what);
	subject_add(&l, number);
	return true;
}
