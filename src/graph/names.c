/* SPDX-License-Identifier: MIT */
/*
 * A step is called by what its holder calls it: the readers of types emit names
 * with references, and these are asked again for the few that are shown.
 * Python keeps objects where the program has none: the dict of an instance, the
 * tuple and the cells of a closure.  These have no name of their own.
 */
#include "graph/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach/module.h"
#include "heap/tally.h"
#include "pyabi/layout.h"
#include "pyabi/pyrepr.h"
#include "pyabi/strobj.h"
#include "pyabi/types/iframe.h"

enum {
	PART_TEXT = 80,		/* of a name that has several */
	MOST_TIMES = 64,	/* that all memory may be looked at for names */
};

bool names_init(struct names *names, const struct graph *g,
		const struct roots *roots, struct err *err)
{
	*names = (struct names){ .g = g, .roots = roots };
	names->own = calloc(g->heap->cap->types.all.n + 1, 1);
	return (names->own || err_nomem(err)) &&
	       census_looker(&names->lk, g->heap, err);
}

void names_fini(struct names *names)
{
	looker_fini(&names->lk);
	pycodes_fini(&names->codes);
	thread_locals_fini(&names->locals);
	addrmap_fini(&names->of_state);
	free(names->own);
}

static void name_set(struct name *name, enum name_kind kind, const char *text)
{
	name->kind = (uint8_t)kind;
	snprintf(name->text, sizeof(name->text), "%s", text);
}

/* --- steps --------------------------------------------------------------- */

bool names_is_namespace(const struct graph *g, uint32_t number)
{
	return number < g->n_pooled && g->heap->table.holder[number] != 0;
}

/* Whose instance has the attributes that @number has: its own, or those of which
 * it is the dict.  NULL: a module, a class. */
static const struct pytype *owner_of(struct names *names, uint32_t number)
{
	const struct graph *g = names->g;
	struct pytypes *types = &g->heap->cap->types;
	const struct pytype *t = graph_type(g, number);
	struct err ignored;

	if (names_is_namespace(g, number)) {
		uint32_t holder = g->heap->table.holder[number];

		if (holder <= DICTS_N)
			return NULL;
		t = types->all.v[holder - 1 - DICTS_N];
	} else if (t->flags & TPF_TYPE_SUBCLASS ||
		   (t->layout && t->layout == g->heap->module_layout)) {
		return NULL;
	}
	return pytypes_name(types, t, &ignored) ? t : NULL;
}

struct stepping {
	struct names_step step;
	bool (*fn)(void *arg, const struct names_step *step);
	void *arg;
};

static bool step_take(void *arg, const raddr *v, size_t n)
{
	struct stepping *s = arg;
	const struct refs *refs = &s->step.names->lk.refs;

	for (size_t i = 0; i < n; i++) {
		if (!(refs->names[i].tie & REF_COUNTED))
			continue;
		s->step.to = graph_number(s->step.names->g, v[i]);
		s->step.ref = refs->names[i];
		if (s->step.to != LINK_NONE && !s->fn(s->arg, &s->step))
			return false;
	}
	return true;
}

void names_each(struct names *names, uint32_t from,
		bool (*fn)(void *arg, const struct names_step *step),
		void *arg)
{
	struct stepping s = { .step = { .names = names, .from = from },
			      .fn = fn, .arg = arg };
	const uint64_t most = names->g->heap->cap->most_words;
	struct looker *lk = &names->lk;
	struct object holder;
	struct pyobj o;

	names->words += lk->ctx.words;
	lk->ctx.words = 0;
	if (names->words / MOST_TIMES > most ||
	    !graph_object(names->g, from, &holder) ||
	    !objects_view(lk, &holder, &o))
		return;
	lk->refs.named = lk->refs.owned = true;
	lk->refs.take = step_take;
	lk->refs.arg = &s;
	refs_begin(&lk->refs);
	obj_refs(&lk->ctx, &o, &lk->refs);
	(void)!refs_end(&lk->refs);
}

/* Those of a closure are the last variables of the function's code. */
static bool closure_variable(const struct names_step *step, uint32_t above,
			     struct name *ret)
{
	const struct graph *g = step->names->g;
	struct pyctx *ctx = &step->names->lk.ctx;
	const struct abi *abi = ctx->abi;
	struct object function, closure;
	char text[PART_TEXT];
	struct slotnames slots;
	struct ref_name name;
	uint64_t n, all;

	if (above == LINK_NONE || !graph_object(g, above, &function) ||
	    !graph_object(g, step->from, &closure) ||
	    !function.type->layout ||
	    strcmp(function.type->layout->name, "function") != 0 ||
	    ctx_u64(ctx, function.addr + abi->function_func_closure) !=
	    closure.addr)
		return false;
	slotnames_read(ctx, ctx_u64(ctx, function.addr +
				    abi->function_func_code), &slots);
	n = ctx_u64(ctx, closure.addr + abi->var_ob_size);
	all = slots.n[0] + slots.n[1] + slots.n[2];
	if (n > all || step->ref.index >= n)
		return false;
	name = slotnames_get(ctx, &slots, all - n + step->ref.index);
	if (!ref_name_text(ctx, &name, text, sizeof(text)))
		return false;
	ret->kind = NAME_OTHER;
	snprintf(ret->text, sizeof(ret->text), "closure '%s'", text);
	return true;
}

/* Is @above, where it has the dict that is asked, a threading.local's? */
static bool is_of_threads(struct names *names, uint32_t above)
{
	struct object dict;

	if (above == LINK_NONE)
		return false;
	if (names->last.above != above + 1) {
		names->last.above = above + 1;
		names->last.are = graph_object(names->g, above, &dict) &&
				  dict.type->flags & TPF_DICT_SUBCLASS &&
				  thread_locals_are(&names->lk.ctx, dict.addr);
	}
	return names->last.are;
}

static void tell_value(const struct names_step *step, uint32_t above,
		       struct name *ret)
{
	struct names *names = step->names;
	struct pyctx *ctx = &names->lk.ctx;
	const bool is_namespace = names_is_namespace(names->g, step->from);
	char text[NAME_TEXT];

	if ((is_namespace || is_of_threads(names, above)) &&
	    strobj_text(ctx, step->ref.key, text, sizeof(text))) {
		name_set(ret, NAME_ATTRIBUTE, text);
		if (is_namespace)
			ret->owner = owner_of(names, step->from);
		return;
	}
	if (thread_locals_key(ctx, step->ref.key)) {
		const char *thread = thread_locals_thread(&names->locals, ctx,
							  names->roots,
							  step->ref.key);

		name_set(ret, NAME_THREAD, thread ? thread : "?");
		return;
	}
	name_set(ret, NAME_KEY, "key");
	if (step->names->values)
		pyrepr(ctx, step->ref.key, ret->text, sizeof(ret->text));
}

/* Members of C structs that Python code has no attribute for. */
static bool is_between(const char *field)
{
	static const char *const fields[] = {
		"func_closure", "ob_ref", "gi_frame", "cr_frame", "ag_frame",
		"dummies", "localdicts", "task_coro",
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (strcmp(field, fields[i]) == 0)
			return true;
	}
	return false;
}

static void tell_named(const struct names_step *step, struct name *ret)
{
	char text[NAME_TEXT];

	if (names_is_namespace(step->names->g, step->to) ||
	    !ref_name_text(&step->names->lk.ctx, &step->ref, text,
			   sizeof(text)) ||
	    (step->ref.how == REF_FIELD && is_between(text)))
		return;
	name_set(ret, NAME_ATTRIBUTE, text);
	ret->owner = owner_of(step->names, step->from);
}

void names_tell(const struct names_step *step, uint32_t above,
		struct name *ret)
{
	char text[PART_TEXT];

	*ret = (struct name){ .kind = NAME_NOTHING };
	switch (step->ref.how) {
	case REF_VALUE:
		tell_value(step, above, ret);
		break;
	case REF_KEY:
		name_set(ret, NAME_OTHER, "a key");
		break;
	case REF_ITEM:
		if (closure_variable(step, above, ret))
			break;
		ret->kind = NAME_ITEM;
		ret->index = step->ref.index;
		break;
	case REF_LOCAL:
	case REF_CELL:
		ret->kind = NAME_OTHER;
		if (ref_name_text(&step->names->lk.ctx, &step->ref, text,
				  sizeof(text)))
			snprintf(ret->text, sizeof(ret->text), "local '%s'",
				 text);
		else
			name_set(ret, NAME_OTHER, "local ?");
		break;
	case REF_TYPE:
		name_set(ret, NAME_ATTRIBUTE, "__class__");
		break;
	case REF_BASE:
		name_set(ret, NAME_ATTRIBUTE, "__base__");
		break;
	case REF_STACK:
		/* What is awaited says more about itself. */
		if (names_of_object(step->names, step->to, true, ret)) {
			ret->kind = NAME_NOTHING;
			break;
		}
		/* fall through */
	case REF_INFERRED:
		ret->kind = NAME_OTHER;
		snprintf(ret->text, sizeof(ret->text), "(%s)",
			 ref_how_word(step->ref.how));
		break;
	default:
		tell_named(step, ret);
	}
}

struct sought {
	uint32_t above, to;
	struct name *ret;
};

static bool step_sought(void *arg, const struct names_step *step)
{
	const struct sought *sought = arg;

	if (step->to != sought->to)
		return true;
	names_tell(step, sought->above, sought->ret);
	return false;
}

void names_of_step(struct names *names, uint32_t above, uint32_t from,
		   uint32_t to, struct name *ret)
{
	struct sought sought = { above, to, ret };

	*ret = (struct name){ .kind = NAME_NOTHING };
	names_each(names, from, step_sought, &sought);
}

/* --- roots --------------------------------------------------------------- */

static bool is_interned(const struct graph *g, uint32_t number)
{
	for (size_t i = 0; i < g->uncounting.n; i++) {
		if (graph_number(g, g->uncounting.v[i]) == number)
			return true;
	}
	return false;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void tell_frame(struct names *names, const struct root_frame *frame,
		       struct name *ret)
{
	struct pyctx *ctx = &names->lk.ctx;
	const struct pycode *code;
	int64_t line;

	ctx->faults = 0;
	code = pycodes_get(&names->codes, ctx, frame->code);
	name_set(ret, NAME_ROOT, "frame ?");
	if (!code)
		return;
	line = frame->line ? frame->line :
	       pycode_position(ctx->abi, code, frame->lasti).line;
	snprintf(ret->text, sizeof(ret->text), "frame %.*s (%.*s:%lld)",
		 PART_TEXT, code->name ? code->name : "?",
		 PART_TEXT, code->file ? last_part(code->file) : "?",
		 (long long)line);
}

static size_t tell_variable(struct names *names, const struct root *root,
			    struct name ret[NAME_ROOT_MOST])
{
	const struct roots *roots = names->roots;
	const struct root_frame *frame = &roots->frames.v[root->frame];
	char text[PART_TEXT];

	ret[0].kind = NAME_ROOT;
	snprintf(ret[0].text, sizeof(ret[0].text), "thread %s",
		 roots->threads.v[frame->thread].name);
	tell_frame(names, frame, &ret[1]);
	if (root->kind == ROOT_FRAME)
		return 2;
	if (ref_name_text(&names->lk.ctx, &root->name, text, sizeof(text))) {
		ret[2].kind = NAME_OTHER;
		snprintf(ret[2].text, sizeof(ret[2].text), "local '%s'", text);
	} else {
		name_set(&ret[2], NAME_OTHER, "(stack)");
	}
	return 3;
}

/* Whose data segment has it: that of a library, or of the program. */
static void tell_file(struct names *names, const struct root *root,
		      struct name *ret)
{
	const struct capture *cap = names->g->heap->cap;
	const struct module *mod =
		modules_find(cap->tr.mods, cap->places.v[root->place].start);

	if (mod)
		snprintf(ret->text, sizeof(ret->text), "a variable of %.*s",
			 PART_TEXT, last_part(mod->path));
}

bool names_of_root(struct names *names, const struct root *root,
		   struct name ret[NAME_ROOT_MOST], size_t *ret_n,
		   struct err *err)
{
	static const char *const words[ROOT_N_KINDS] = {
		[ROOT_INTERPRETER] = "the interpreter",
		[ROOT_STATIC] = "static",
		[ROOT_C] = "a variable of C",	/* of which file, if known */
		[ROOT_OUTSIDE] = "C code, nobody knows which",
	};
	const struct graph *g = names->g;
	const struct pytype *t = graph_type(g, root->number);
	char text[NAME_TEXT];

	memset(ret, 0, NAME_ROOT_MOST * sizeof(*ret));
	*ret_n = 1;
	switch (root->kind) {
	case ROOT_MODULE:
		name_set(&ret[0], NAME_MODULE,
			 strobj_text(&names->lk.ctx, root->key, text,
				     sizeof(text)) ? text : "?");
		return true;
	case ROOT_VARIABLE:
	case ROOT_FRAME:
		*ret_n = tell_variable(names, root, ret);
		return true;
	case ROOT_PARKED:
		name_set(&ret[0], NAME_ROOT, "");
		snprintf(ret[0].text, sizeof(ret[0].text), "thread %s",
			 names->roots->threads.v[root->thread].name);
		name_set(&ret[1], NAME_ROOT, "what it is to delete later");
		*ret_n = 2;
		return true;
	}
	*ret_n = 2;
	if (root->kind == ROOT_INTERPRETER &&
	    names_of_state(names, root->number, ret))
		return true;
	name_set(&ret[0], NAME_ROOT, words[root->kind]);
	if (root->kind == ROOT_C)
		tell_file(names, root, &ret[0]);
	if (is_interned(g, root->number)) {
		name_set(&ret[0], NAME_ROOT, words[ROOT_INTERPRETER]);
		name_set(&ret[1], NAME_ROOT, "interned strings");
		return true;
	}
	if (!pytypes_name(&g->heap->cap->types, t, err))
		return false;
	name_set(&ret[1], NAME_ROOT, t->full);
	return true;
}

/* --- as text ------------------------------------------------------------- */

void names_dotted(char text[NAME_TEXT], const struct name *name)
{
	const char *before = "", *after = "";

	switch (name->kind) {
	case NAME_NOTHING:
		*text = '\0';
		return;
	case NAME_ITEM:
		snprintf(text, NAME_TEXT, "[%llu]",
			 (unsigned long long)name->index);
		return;
	case NAME_ATTRIBUTE:
		before = ".";
		break;
	case NAME_KEY:
		before = "[";
		after = "]";
		break;
	case NAME_THREAD:
		before = " (thread \"";
		after = "\")";
		break;
	case NAME_ROOT:
	case NAME_OWN:
	case NAME_OTHER:
		before = " > ";
		break;
	}
	snprintf(text, NAME_TEXT, "%s%.*s%s", before, NAME_TEXT - 16,
		 name->text, after);
}

/* Does @name say what it is that has the next attribute? */
static bool is_telling(const struct name *name)
{
	return name && (name->kind == NAME_ATTRIBUTE ||
			name->kind == NAME_MODULE);
}

void names_word(char text[NAME_TEXT], const struct name *name,
		const struct name *after)
{
	switch (name->kind) {
	case NAME_NOTHING:
		*text = '\0';
		return;
	case NAME_MODULE:
		snprintf(text, NAME_TEXT, "module %.*s", NAME_TEXT - 8,
			 name->text);
		return;
	case NAME_ATTRIBUTE:
		if (name->owner && !is_telling(after))
			snprintf(text, NAME_TEXT, "%.*s.%.*s", PART_TEXT,
				 name->owner->name, PART_TEXT, name->text);
		else
			snprintf(text, NAME_TEXT, "%s", name->text);
		return;
	case NAME_KEY:
		snprintf(text, NAME_TEXT, "[%.*s]", NAME_TEXT - 4, name->text);
		return;
	case NAME_ITEM:
		snprintf(text, NAME_TEXT, "[index]");
		return;
	case NAME_THREAD:
		snprintf(text, NAME_TEXT, "thread %.*s", NAME_TEXT - 8,
			 name->text);
		return;
	default:
		snprintf(text, NAME_TEXT, "%s", name->text);
	}
}
