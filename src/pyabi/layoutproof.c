/* SPDX-License-Identifier: MIT */
/*
 * A layout tried on the process itself.
 *
 * Every running CPython has the same few things that are known beforehand: the
 * modules sys, builtins and _frozen_importlib, with types, functions and code
 * in them; sys.maxsize; threads and frames; a collector and pools.  Each step
 * below reads such things through the layout, and what comes out wrong is the
 * fault of the field by which it was read.  The steps are in the order in which
 * they rest on each other, so that the first that fails names the culprit.
 *
 * Facts: CPython 3.6 to 3.15; every step holds on all interpreters that the
 *        tests know.
 */
#include "pyabi/layoutproof.h"

#include <float.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pyabi/arenas.h"
#include "pyabi/dictobj.h"
#include "pyabi/gcstate.h"
#include "pyabi/layout.h"
#include "pyabi/pool.h"
#include "pyabi/pyframe.h"
#include "pyabi/pytype.h"
#include "pyabi/strobj.h"

enum {
	PROOF_TRIES = 8,	/* it may run, and change what we look at */
	MAX_SAMPLES = 400,	/* objects of a module */
	MAX_STEPS = 200,	/* along a list */
	MAX_POOLS = 512,
	BAD_POOLS = 8,		/* for so many good ones one may be torn */
	NAME_SIZE = 100,
};

struct proof {
	const struct runtime *rt;
	const struct abi *abi;
	const struct modules *mods;
	struct pytypes types;
	struct pyctx ctx;
	raddr interp, sys, builtins, modules;	/* the last three are dicts */
	struct err *err;
	bool failed;
};

#define MEMBER(name) offsetof(struct abi, name)

/* The field @member is not what it should be; returns false. */
static bool proof_failed(struct proof *p, size_t member, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

static bool proof_failed(struct proof *p, size_t member, const char *fmt, ...)
{
	const struct abi_field *field = abi_field_at(member);
	char what[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	p->failed = true;
	return err_set(p->err, ERR_VERSION, "%s is not %u, as %s has it: %s",
		       field->key, abi_get(p->abi, field), p->abi->name, what);
}

static raddr proof_type(struct proof *p, raddr object)
{
	return object ? ctx_u64(&p->ctx, object + p->abi->object_ob_type) : 0;
}

static bool proof_name(struct proof *p, raddr type, char name[NAME_SIZE])
{
	struct err ignored;

	return type && mem_cstr(p->ctx.mem,
				ctx_u64(&p->ctx, type + p->abi->type_tp_name),
				name, NAME_SIZE, &ignored);
}

static bool proof_is_a(struct proof *p, raddr object, const char *want)
{
	char name[NAME_SIZE];

	return proof_name(p, proof_type(p, object), name) &&
	       strcmp(name, want) == 0;
}

/* -- Names and numbers ---------------------------------------------------- */

static bool names_are_found(struct proof *p)
{
	char text[NAME_SIZE];
	raddr order;

	p->sys = ctx_u64(&p->ctx, p->interp + p->abi->interp_sysdict);
	p->modules = ctx_u64(&p->ctx, p->interp + p->abi->interp_modules);
	p->builtins = ctx_u64(&p->ctx, p->interp + p->abi->interp_builtins);
	if (!proof_is_a(p, p->sys, "dict"))
		return proof_failed(p, MEMBER(interp_sysdict),
				    "what is there is no dict");
	if (!proof_is_a(p, p->builtins, "dict"))
		return proof_failed(p, MEMBER(interp_builtins),
				    "what is there is no dict");
	if (!dictobj_get(&p->ctx, p->builtins, "object"))
		return proof_failed(p, MEMBER(dict_ma_keys),
				    "'object' is not among the builtins");
	order = dictobj_get(&p->ctx, p->sys, "byteorder");
	if (!order || !dictobj_get(&p->ctx, p->sys, "maxsize"))
		return proof_failed(p, MEMBER(interp_sysdict),
				    "what is there is not sys");
	if (!strobj_text(&p->ctx, order, text, sizeof(text)) ||
	    strcmp(text, "little") != 0)
		return proof_failed(p, MEMBER(str_length),
				    "sys.byteorder is not 'little'");
	return true;
}

static bool ints_are_read(struct proof *p)
{
	static const uint32_t digits[3] = { 0x3fffffff, 0x3fffffff, 7 };
	const struct abi *abi = p->abi;
	raddr most = dictobj_get(&p->ctx, p->sys, "maxsize");
	uint32_t found[3];
	struct err ignored;
	uint64_t n;

	n = abi_has(abi->int_lv_tag) ?
		ctx_u64(&p->ctx, most + abi->int_lv_tag) >> 3 :
		ctx_u64(&p->ctx, most + abi->var_ob_size);
	if (n != ARRAY_SIZE(digits))
		return proof_failed(p, abi_has(abi->int_lv_tag) ?
				    MEMBER(int_lv_tag) : MEMBER(var_ob_size),
				    "sys.maxsize has %" PRIu64 " digits", n);
	if (!mem_read(p->ctx.mem, most + abi->int_ob_digit, found,
		      sizeof(found), &ignored) ||
	    memcmp(found, digits, sizeof(found)) != 0)
		return proof_failed(p, MEMBER(int_ob_digit),
				    "sys.maxsize is not 2**63 - 1");
	return true;
}

static bool floats_are_read(struct proof *p)
{
	const struct abi *abi = p->abi;
	raddr info = dictobj_get(&p->ctx, p->sys, "float_info");
	raddr most = info ? ctx_u64(&p->ctx, info + abi->structseq_ob_item) : 0;
	double value = 0;
	uint64_t bits;

	if (!info)
		return true;
	if (!proof_is_a(p, most, "float"))
		return proof_failed(p, MEMBER(structseq_ob_item),
				    "sys.float_info begins with no float");
	bits = ctx_u64(&p->ctx, most + abi->float_ob_fval);
	memcpy(&value, &bits, sizeof(value));
	return value == DBL_MAX ||
	       proof_failed(p, MEMBER(float_ob_fval),
			    "sys.float_info.max is %g", value);
}

/* -- Types ---------------------------------------------------------------- */

/* The first of them all, before any other is read. */
static bool type_is_read(struct proof *p)
{
	const struct abi *abi = p->abi;
	const raddr type = p->rt->type_type;
	uint64_t size = ctx_u64(&p->ctx, type + abi->type_tp_basicsize);
	uint64_t item = ctx_u64(&p->ctx, type + abi->type_tp_itemsize);
	const uint64_t flags = TPF_TYPE_SUBCLASS | TPF_HAVE_GC;
	char name[NAME_SIZE];

	if (size != abi->heaptype_sizeof)
		return proof_failed(p, MEMBER(type_tp_basicsize), "that of "
				    "type is %" PRIu64 ", not heaptype.sizeof",
				    size);
	if (item != abi->memberdef_sizeof)
		return proof_failed(p, MEMBER(type_tp_itemsize), "that of "
				    "type is %" PRIu64 ", not memberdef.sizeof",
				    item);
	if ((ctx_u64(&p->ctx, type + abi->type_tp_flags) & flags) != flags)
		return proof_failed(p, MEMBER(type_tp_flags),
				    "type is no type");
	if (!proof_name(p, ctx_u64(&p->ctx, type + abi->type_tp_base), name) ||
	    strcmp(name, "object") != 0)
		return proof_failed(p, MEMBER(type_tp_base),
				    "that of type is not object");
	return true;
}

/* What the words of a type say that is known of it. */
static bool types_are_read(struct proof *p)
{
	const struct abi *abi = p->abi;
	const raddr object = dictobj_get(&p->ctx, p->builtins, "object");
	const raddr tuple = dictobj_get(&p->ctx, p->builtins, "tuple");
	const raddr number = dictobj_get(&p->ctx, p->builtins, "int");
	const raddr boolean = dictobj_get(&p->ctx, p->builtins, "bool");
	const raddr mro = ctx_u64(&p->ctx, tuple + abi->type_tp_mro);
	uint64_t size;

	size = ctx_u64(&p->ctx, object + abi->type_tp_basicsize);
	if (size != abi->object_sizeof)
		return proof_failed(p, MEMBER(type_tp_basicsize),
				    "that of object is %" PRIu64, size);
	if (ctx_u64(&p->ctx, boolean + abi->type_tp_base) != number)
		return proof_failed(p, MEMBER(type_tp_base),
				    "that of bool is not int");
	if (!proof_is_a(p, mro, "tuple"))
		return proof_failed(p, MEMBER(type_tp_mro),
				    "that of tuple is no tuple");
	if (ctx_u64(&p->ctx, mro + abi->var_ob_size) != 2)
		return proof_failed(p, MEMBER(var_ob_size),
				    "tuple.__mro__ has not two items");
	if (ctx_u64(&p->ctx, mro + abi->tuple_ob_item) != tuple)
		return proof_failed(p, MEMBER(tuple_ob_item),
				    "tuple is not the first of its __mro__");
	return true;
}

/* Made by a class statement, or like one: there is more to it. */
static bool is_class(struct proof *p, raddr type)
{
	return ctx_u64(&p->ctx, type + p->abi->type_tp_flags) & TPF_HEAPTYPE;
}

static bool type_fits(struct proof *p, raddr type)
{
	char name[NAME_SIZE];
	uint64_t size = ctx_u64(&p->ctx, type + p->abi->type_tp_basicsize);
	uint16_t member;

	/* Of static types the size was compiled in. */
	if (is_class(p, type) || !proof_name(p, type, name))
		return true;
	member = layout_misfit(p->abi, name, size);
	return !member || proof_failed(p, member, "%s has %" PRIu64, name,
				       size);
}

/* -- Objects -------------------------------------------------------------- */

static bool field_leads_to_object(struct proof *p, raddr at, uint16_t member,
				  const char *name)
{
	uint32_t off = member ? abi_get(p->abi, abi_field_at(member)) :
				ABI_ABSENT;
	raddr to;

	if (!abi_has(off))
		return true;
	to = ctx_u64(&p->ctx, at + off);
	return !to || ctx_is_object(&p->ctx, to) ||
	       proof_failed(p, member, "in a %s it leads to no object", name);
}

/* What certain fields lead to, if to anything. */
static const struct lead {
	const char *type;
	uint16_t member;
	const char *want;
} leads[] = {
	{ "module", MEMBER(module_md_dict), "dict" },
	{ "function", MEMBER(function_func_code), "code" },
	{ "function", MEMBER(function_func_globals), "dict" },
	{ "function", MEMBER(function_func_name), "str" },
	{ "function", MEMBER(function_func_qualname), "str" },
	{ "function", MEMBER(function_func_dict), "dict" },
	{ "function", MEMBER(function_func_defaults), "tuple" },
	{ "function", MEMBER(function_func_kwdefaults), "dict" },
	{ "code", MEMBER(code_co_filename), "str" },
	{ "code", MEMBER(code_co_name), "str" },
	{ "code", MEMBER(code_co_qualname), "str" },
	{ "code", MEMBER(code_co_consts), "tuple" },
	{ "code", MEMBER(code_co_names), "tuple" },
	{ "code", MEMBER(code_co_code), "bytes" },
	{ "code", MEMBER(code_co_localsplusnames), "tuple" },
	{ "code", MEMBER(code_co_localspluskinds), "bytes" },
	{ "code", MEMBER(code_co_varnames), "tuple" },
	{ "code", MEMBER(code_co_linetable), "bytes" },
	{ "code", MEMBER(code_co_exceptiontable), "bytes" },
	{ "type", MEMBER(type_tp_mro), "tuple" },
	{ "type", MEMBER(heaptype_ht_name), "str" },
	{ "type", MEMBER(heaptype_ht_qualname), "str" },
	{ "type", MEMBER(heaptype_ht_slots), "tuple" },
};

static bool lead_holds(struct proof *p, const struct lead *lead, raddr at)
{
	uint32_t off = abi_get(p->abi, abi_field_at(lead->member));
	raddr to = abi_has(off) ? ctx_u64(&p->ctx, at + off) : 0;

	return !to || proof_is_a(p, to, lead->want) ||
	       proof_failed(p, lead->member, "in a %s it leads to no %s",
			    lead->type, lead->want);
}

static bool leads_hold(struct proof *p, raddr at, const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(leads); i++) {
		if (strcmp(leads[i].type, type) == 0 &&
		    !lead_holds(p, &leads[i], at))
			return false;
	}
	return true;
}

static bool object_fits(struct proof *p, raddr at)
{
	const raddr type = proof_type(p, at);
	const struct layout *row;
	char name[NAME_SIZE];

	if (is_class(p, type))
		return true;
	if (!type_fits(p, type) || !proof_name(p, type, name) ||
	    !leads_hold(p, at, name))
		return !p->failed;
	row = layout_find(p->abi, name, ctx_u64(&p->ctx, type +
						p->abi->type_tp_basicsize),
			  NULL);
	if (!row || row->opaque != OPAQUE_NOT)
		return true;
	for (size_t i = 0; i < LAYOUT_MAX_FIELDS; i++) {
		if (!field_leads_to_object(p, at, row->visit[i], name) ||
		    !field_leads_to_object(p, at, row->own[i], name))
			return false;
	}
	return true;
}

struct sampling {
	struct proof *proof;
	size_t n;		/* entries seen */
};

static bool take_sample(void *arg, raddr key, raddr value)
{
	struct sampling *s = arg;
	struct proof *p = s->proof;
	unsigned before = p->ctx.faults;
	bool is_type = proof_type(p, value) == p->rt->type_type;

	(void)key;
	if (!is_type)
		object_fits(p, value);
	else if (type_fits(p, value) && is_class(p, value))
		leads_hold(p, value, "type");
	p->ctx.faults = before;		/* the dict was read well */
	return !p->failed && ++s->n < MAX_SAMPLES;
}

/* All that the names of a module stand for. */
static bool module_fits(struct proof *p, raddr dict)
{
	struct sampling s = { .proof = p };

	if (dict)
		dictobj_each(&p->ctx, dict, take_sample, &s);
	return !p->failed;
}

static raddr importlib_names(struct proof *p)
{
	raddr module = dictobj_get(&p->ctx, p->modules, "_frozen_importlib");

	return module ? ctx_u64(&p->ctx, module + p->abi->module_md_dict) : 0;
}

static bool objects_fit(struct proof *p)
{
	return module_fits(p, p->builtins) && module_fits(p, p->modules) &&
	       module_fits(p, p->sys) && module_fits(p, importlib_names(p));
}

static bool count_entry(void *arg, raddr key, raddr value)
{
	size_t *n = arg;

	(void)key;
	(void)value;
	++*n;
	return true;
}

static bool counts_fit(struct proof *p)
{
	const raddr path = dictobj_get(&p->ctx, p->sys, "path");
	uint64_t used = ctx_u64(&p->ctx, p->modules + p->abi->dict_ma_used);
	int64_t len, room;
	size_t n = 0;

	dictobj_each(&p->ctx, p->modules, count_entry, &n);
	if (n != used)
		return proof_failed(p, MEMBER(dict_ma_used), "sys.modules says "
				    "%" PRIu64 " and has %zu", used, n);
	if (!proof_is_a(p, path, "list"))
		return true;
	len = (int64_t)ctx_u64(&p->ctx, path + p->abi->var_ob_size);
	room = (int64_t)ctx_u64(&p->ctx, path + p->abi->list_allocated);
	if (len < 0 || len > room || room > len * 2 + 16)
		return proof_failed(p, MEMBER(list_allocated), "sys.path has %"
				    PRId64 " items in room for %" PRId64, len,
				    room);
	if (len > 0 &&
	    !ctx_is_object(&p->ctx,
			   ctx_u64(&p->ctx, ctx_u64(&p->ctx, path +
						    p->abi->list_ob_item))))
		return proof_failed(p, MEMBER(list_ob_item),
				    "that of sys.path leads to no object");
	return true;
}

/* -- Code and threads ----------------------------------------------------- */

static bool code_fits(struct proof *p)
{
	const struct abi *abi = p->abi;
	raddr names = importlib_names(p);
	raddr function = names ? dictobj_get(&p->ctx, names, "_wrap") : 0;
	char text[NAME_SIZE];
	raddr code;

	if (!proof_is_a(p, function, "function"))
		return true;
	code = ctx_u64(&p->ctx, function + abi->function_func_code);
	if (!object_fits(p, code))
		return false;
	if (!strobj_text(&p->ctx, ctx_u64(&p->ctx, code + abi->code_co_name),
			 text, sizeof(text)) || strcmp(text, "_wrap") != 0)
		return proof_failed(p, MEMBER(code_co_name),
				    "that of _wrap() is another");
	if (!strobj_text(&p->ctx,
			 ctx_u64(&p->ctx, code + abi->code_co_filename),
			 text, sizeof(text)) || !strstr(text, "importlib"))
		return proof_failed(p, MEMBER(code_co_filename),
				    "that of _wrap() is another");
	if (ctx_u32(&p->ctx, code + abi->code_co_argcount) != 2)
		return proof_failed(p, MEMBER(code_co_argcount),
				    "that of _wrap() is not 2");
	return true;
}

/* On x86-64 pthread_self() is where its first word points: at itself. */
static bool threads_fit(struct proof *p)
{
	const struct abi *abi = p->abi;
	raddr at = ctx_u64(&p->ctx, p->interp + abi->interp_tstate_head);

	for (int i = 0; at && i < MAX_STEPS; i++) {
		raddr next = ctx_u64(&p->ctx, at + abi->tstate_next);
		raddr self = ctx_u64(&p->ctx, at + abi->tstate_thread_id);

		if (next && ctx_u64(&p->ctx, next + abi->tstate_prev) != at)
			return proof_failed(p, MEMBER(tstate_prev), "it does "
					    "not lead back");
		if (self && abi->arch == ARCH_X86_64 &&
		    ctx_u64(&p->ctx, self) != self)
			return proof_failed(p, MEMBER(tstate_thread_id),
					    "no thread is at %" PRIraddr, self);
		at = next;
	}
	return true;
}

struct frames_seen {
	struct proof *proof;
	size_t good, bad;
};

static bool see_frame(void *arg, const struct pyframe *frame)
{
	struct frames_seen *seen = arg;

	if (proof_is_a(seen->proof, frame->code, "code"))
		seen->good++;
	else
		seen->bad++;
	return seen->good + seen->bad < MAX_STEPS;
}

/* A thread that runs may be caught between two frames; not all of them. */
static bool frames_fit(struct proof *p)
{
	const struct abi *abi = p->abi;
	raddr at = ctx_u64(&p->ctx, p->interp + abi->interp_tstate_head);
	struct frames_seen seen = { .proof = p };

	for (int i = 0; at && i < MAX_STEPS; i++) {
		if (!pyframe_walk(&p->ctx, at, see_frame, &seen))
			seen.bad++;
		p->ctx.faults = 0;
		at = ctx_u64(&p->ctx, at + abi->tstate_next);
	}
	if (seen.bad > 0 && !seen.good)
		return proof_failed(p, abi_has(abi->iframe_f_executable) ?
				    MEMBER(iframe_f_executable) :
				    MEMBER(frame_f_code),
				    "no frame has code");
	return true;
}

/* -- The collector and the pools ------------------------------------------ */

/* How many of its links lead back, and how many do not. */
static void walk_links(struct proof *p, raddr head, size_t *good, size_t *bad)
{
	const struct abi *abi = p->abi;
	raddr at = head;

	for (int i = 0; at && i < MAX_STEPS; i++) {
		raddr next = ctx_u64(&p->ctx, at + abi->gc_head_gc_next) &
			     ~(raddr)LINK_FLAGS;
		raddr back = ctx_u64(&p->ctx, next + abi->gc_head_gc_prev) &
			     ~(raddr)LINK_FLAGS;

		++*(back == at ? good : bad);
		at = next == head ? 0 : next;
	}
}

/* While it collects gc_prev holds counts instead: nothing can be said then. */
static bool links_close(struct proof *p)
{
	struct gcstate gc;
	struct err ignored;
	size_t good = 0, bad = 0;

	if (p->abi->gc == GC_NONE ||
	    !gcstate_read(&gc, p->rt, &p->ctx, p->interp, &ignored) ||
	    gc.collecting == 1)
		return true;
	for (unsigned g = 0; g < gc.n; g++)
		walk_links(p, gc.gen[g].head, &good, &bad);
	return good || !bad ||
	       proof_failed(p, MEMBER(gc_head_gc_prev),
			    "none of %zu leads back", bad);
}

static bool pools_add_up_in(struct proof *p, const struct arenas *arenas)
{
	const uint32_t size = (uint32_t)p->abi->n_pool_size;
	auto_free uint8_t *bytes = malloc(size);
	auto_free struct pool *pool = malloc(sizeof(*pool));
	size_t states[] = { [POOL_BAD] = 0, [POOL_FREE] = 0, [POOL_USED] = 0 };
	size_t n = 0;
	struct err ignored;

	if (!bytes || !pool)
		return err_nomem(p->err);
	for (size_t i = 0; i < arenas->v.n; i++) {
		raddr at = arenas->v.v[i].start;

		for (; n < MAX_POOLS && at + size <= arenas->v.v[i].end;
		     at += size, n++)
			if (mem_read(p->ctx.mem, at, bytes, size, &ignored))
				states[pool_parse(p->abi, at, bytes, pool)]++;
	}
	return states[POOL_BAD] * BAD_POOLS <= states[POOL_USED] ||
	       proof_failed(p, MEMBER(pool_count), "%zu pools do not add up, "
			    "%zu do", states[POOL_BAD], states[POOL_USED]);
}

static bool pools_add_up(struct proof *p)
{
	struct arenas arenas = { 0 };
	struct err ignored;
	bool ok;

	if (!arenas_find(&arenas, p->rt, p->mods->maps, p->ctx.mem, &ignored))
		return true;	/* another allocator */
	ok = pools_add_up_in(p, &arenas);
	arenas_fini(&arenas);
	return ok;
}

static bool (*const steps[])(struct proof *p) = {
	names_are_found, ints_are_read, floats_are_read, types_are_read,
	objects_fit, counts_fit, code_fits, threads_fit, frames_fit,
	links_close, pools_add_up,
};

static bool try_once(const struct runtime *rt, const struct modules *mods,
		     struct mem *mem, struct err *err)
{
	struct proof p = {
		.rt = rt, .abi = &rt->abi, .mods = mods, .err = err,
		.ctx = { .abi = &rt->abi, .mem = mem },
		.interp = runtime_main_interp(rt),
	};
	bool ok = true;

	if (!type_is_read(&p))
		return false;
	p.ctx.types = &p.types;
	if (!pytypes_init(&p.types, &p.ctx, rt->type_type, err)) {
		err->code = ERR_VERSION;
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(steps) && ok; i++) {
		p.ctx.faults = 0;
		ok = steps[i](&p);
	}
	pytypes_fini(&p.types);
	return ok;
}

bool layoutproof(const struct runtime *rt, const struct modules *mods,
		 struct mem *mem, struct err *err)
{
	bool ok = false;

	for (int i = 0; i < PROOF_TRIES && !ok; i++) {
		/* 1, 2, 4... ms: it may be about to be what it should. */
		if (i)
			usleep(1000u << (i - 1));
		err->code = ERR_NONE;
		ok = try_once(rt, mods, mem, err);
	}
	return ok;
}
