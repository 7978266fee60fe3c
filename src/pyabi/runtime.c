/* SPDX-License-Identifier: MIT */
/*
 * Finding the CPython in a process.
 *
 * The state of the interpreter is the variable _PyRuntime (3.7 on; 3.6 has
 * loose ones).  It is exported wherever extension modules can be loaded, in a
 * section of its own from 3.10 on, and from 3.13 on it begins with a cookie.
 * None of this is proof: what is found must stand the canaries at the end.
 *
 * Facts: CPython Python/pylifecycle.c, Include/internal/pycore_runtime.h,
 *        pycore_debug_offsets.h.
 */
#include "pyabi/runtime.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach/target.h"
#include "base/bounds.h"
#include "pyabi/abifile.h"
#include "pyabi/debugoffsets.h"
#include "pyabi/gcstate.h"
#include "pyabi/layoutproof.h"
#include "pyabi/object.h"
#include "pyabi/otherpython.h"

enum {
	MAX_DATA = 64 << 20,	/* bytes of a module's data we look through */
	SEARCH_STEP = 1 << 20,
	SEARCH_OVERLAP = 256,
	HEX_FINAL = 0xf,
	MAX_TRIES = 16,		/* looks at what changes while we look */
	MAX_META = 16,		/* metaclasses of metaclasses */
	YOUNG_SECONDS = 3,	/* a Python may not be one yet */
};

/* The files a Python may be in, likeliest first. */
static bool named_like_python(const struct module *mod)
{
	const char *base = strrchr(mod->path, '/');

	base = base ? base + 1 : mod->path;
	return strncmp(base, "libpython", 9) == 0 ||
	       strncmp(base, "python", 6) == 0;
}

static raddr find_symbol(struct module *mod, const char *name)
{
	uint64_t size;
	raddr at;

	return module_dynsym(mod, name, &at, &size) ? at : 0;
}

raddr runtime_symbol(const struct runtime *rt, const char *name)
{
	uint64_t size;
	raddr at;

	return module_symbol(rt->module, name, &at, &size) ? at : 0;
}

static bool holds_runtime(struct runtime *rt, struct module *mod)
{
	uint64_t size;

	rt->runtime = find_symbol(mod, "_PyRuntime");
	if (!rt->runtime &&
	    !module_section(mod, ".PyRuntime", &rt->runtime, &size))
		rt->runtime = 0;
	if (!rt->runtime && !find_symbol(mod, "_PyThreadState_Current"))
		return false;
	rt->module = mod;
	return true;
}

/*
 * Look through the writable data of @mod for what @match knows; it is given
 * what is left of a piece and says where it was found.
 */
typedef bool match_fn(const char *p, size_t left, void *arg);

static raddr search_data(struct module *mod, struct mem *mem, size_t step,
			 match_fn *match, void *arg)
{
	auto_free char *buf = malloc(SEARCH_STEP + SEARCH_OVERLAP);
	struct err ignored;
	raddr at, end;

	if (!buf || !module_writable(mod, &at, &end))
		return 0;
	if (end - at > MAX_DATA)
		end = at + MAX_DATA;
	for (; at < end; at += SEARCH_STEP) {
		uint64_t want = SEARCH_STEP + SEARCH_OVERLAP;
		int64_t got;

		if (want > end - at)
			want = end - at;
		got = mem_read_some(mem, at, buf, want, &ignored);
		for (size_t off = 0; (int64_t)off < got; off += step) {
			if (match(buf + off, (size_t)got - off, arg))
				return at + off;
		}
	}
	return 0;
}

static bool is_cookie(const char *p, size_t left, void *arg)
{
	uint64_t version;

	(void)arg;
	if (left < 24 || memcmp(p, "xdebugpy", 8) != 0)
		return false;
	memcpy(&version, p + 8, sizeof(version));
	return version >> 24 == 3 && (version & 0xff) != 0;
}

static bool find_module(struct runtime *rt, struct modules *mods,
			struct mem *mem)
{
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < mods->n; i++) {
			struct module *mod = &mods->v[i];

			if (named_like_python(mod) == (pass == 0) &&
			    mod->has_exec && holds_runtime(rt, mod))
				return true;
		}
	}
	/* Embedded and stripped: only the cookie is left. */
	for (size_t i = 0; i < mods->n; i++) {
		if (!mods->v[i].has_exec)
			continue;
		rt->runtime = search_data(&mods->v[i], mem, 8, is_cookie, NULL);
		if (rt->runtime) {
			rt->module = &mods->v[i];
			return true;
		}
	}
	return false;
}

bool runtime_is_there(struct modules *mods, struct mem *mem)
{
	struct runtime rt = { 0 };

	return find_module(&rt, mods, mem);
}

/* It may not have come to its Python yet. */
static bool is_young(const struct modules *mods)
{
	double age = mods->target ? target_age(mods->target) : -1;

	return age >= 0 && age < YOUNG_SECONDS;
}

static bool refuse_other(struct runtime *rt, struct modules *mods,
			 struct err *err)
{
	const char *other = otherpython_find(mods);

	rt->refused = other != NULL;
	if (other)
		return err_set(err, ERR_VERSION, "this is %s, not CPython",
			       other);
	return err_set(err, ERR_VERSION,
		       "no CPython: none of the %zu files it has mapped holds "
		       "a Python runtime%s", mods->n,
		       is_young(mods) ?
		       " (yet: it has only just started; try again)" : "");
}

/* "3.9.2 (" as Py_GetVersion() left it; a number, maybe a level, maybe '+'.
 * Python 2 did so, too. */
static size_t version_length(const char *p, size_t left, char major)
{
	size_t i = 0;
	unsigned dots = 0;

	if (left < 8 || p[0] != major || p[1] != '.')
		return 0;
	while (i < left && i < 24 &&
	       (isalnum((unsigned char)p[i]) || p[i] == '.' || p[i] == '+')) {
		dots += p[i] == '.';
		i++;
	}
	if (dots != 2 || i + 1 >= left || p[i] != ' ' || p[i + 1] != '(')
		return 0;
	return i;
}

struct version_search {
	char major;
	char *text;		/* of runtime.version_text's size */
};

static bool is_version(const char *p, size_t left, void *arg)
{
	const struct version_search *search = arg;
	size_t len = version_length(p, left, search->major);

	if (!len)
		return false;
	memcpy(search->text, p, len);
	search->text[len] = '\0';
	return true;
}

static uint32_t version_from_text(const char *text)
{
	unsigned major, minor, micro;
	char level = 'f';
	int n;

	n = sscanf(text, "%u.%u.%u%c", &major, &minor, &micro, &level);
	if (n < 3 || minor > 255 || micro > 255)
		return 0;
	if (level != 'a' && level != 'b' && level != 'r')
		level = 'f';
	return ABI_VERSION(major, minor, micro) |
	       (level == 'f' ? HEX_FINAL : level == 'r' ? 0xcu :
		level == 'b' ? 0xbu : 0xau) << 4;
}

static void search_version(struct runtime *rt, struct mem *mem)
{
	struct version_search search = { '3', rt->version_text };

	if (!search_data(rt->module, mem, 8, is_version, &search)) {
		search.major = '2';
		search_data(rt->module, mem, 8, is_version, &search);
	}
	rt->version = version_from_text(rt->version_text);
}

static void version_to_text(uint32_t hex, char *buf, size_t size)
{
	static const char *const levels[16] = {
		[0xa] = "a", [0xb] = "b", [0xc] = "rc",
	};
	const char *level = levels[hex >> 4 & 0xf];
	int len = snprintf(buf, size, "%u.%u.%u", hex >> 24, hex >> 16 & 0xff,
			   hex >> 8 & 0xff);

	if (level)
		snprintf(buf + len, size - (size_t)len, "%s%u", level,
			 hex & 0xf);
}

static bool find_version(struct runtime *rt, struct mem *mem, struct err *err)
{
	raddr at = find_symbol(rt->module, "Py_Version");
	uint64_t self[3] = { 0 };
	struct err ignored;

	if (rt->runtime && mem_read(mem, rt->runtime, self, sizeof(self),
				    &ignored) &&
	    is_cookie((const char *)self, sizeof(self), NULL)) {
		rt->version = (uint32_t)self[1];
		rt->free_threaded = self[2] != 0;
	} else if (!at || !mem_u32(mem, at, &rt->version, &ignored)) {
		search_version(rt, mem);
	}
	rt->refused = rt->version >> 24 == 2 ||
		      find_symbol(rt->module, "PyString_Type");
	if (rt->refused)
		return err_set(err, ERR_VERSION, "this is Python %s: only "
			       "CPython 3.6 and later are supported",
			       *rt->version_text ? rt->version_text : "2");
	if (rt->version >> 24 != 3)
		return err_set(err, ERR_VERSION,
			       "%s looks like CPython but does not say which "
			       "version (not initialised yet?)",
			       rt->module->path);
	if (!*rt->version_text)
		version_to_text(rt->version, rt->version_text,
				sizeof(rt->version_text));
	rt->debug = find_symbol(rt->module, "_Py_RefTotal") ||
		    find_symbol(rt->module, "_Py_NegativeRefcount");
	return true;
}

static bool type_is_named(struct pyctx *ctx, raddr type, const char *want)
{
	char name[32];
	struct err ignored;

	return mem_cstr(ctx->mem, ctx_u64(ctx, type + ctx->abi->type_tp_name),
			name, sizeof(name), &ignored) &&
	       strcmp(name, want) == 0;
}

/* sys.modules is a dict, type(dict) is type, type(type) is type. */
static bool find_type_type(struct runtime *rt, struct pyctx *ctx,
			   struct err *err)
{
	uint32_t ob_type = rt->abi.object_ob_type;
	raddr interp = runtime_main_interp(rt);
	raddr modules = ctx_u64(ctx, interp + rt->abi.interp_modules);
	raddr dict = ctx_u64(ctx, modules + ob_type);
	raddr type = ctx_u64(ctx, dict + ob_type);
	raddr known = find_symbol(rt->module, "PyType_Type");
	raddr none = find_symbol(rt->module, "_Py_NoneStruct");

	if (ctx->faults || !type_is_named(ctx, dict, "dict"))
		return err_set(err, ERR_VERSION, "sys.modules is no dict");
	if (ctx_u64(ctx, type + ob_type) != type ||
	    !type_is_named(ctx, type, "type") || (known && known != type))
		return err_set(err, ERR_VERSION, "type(type) is not type");
	if (none && !type_is_named(ctx, ctx_u64(ctx, none + ob_type),
				   "NoneType"))
		return err_set(err, ERR_VERSION, "None is no NoneType");
	rt->type_type = type;
	rt->dict_type = dict;
	return true;
}

static raddr first_interp(struct runtime *rt, struct pyctx *ctx)
{
	raddr at;

	if (rt->abi.runtime != RUNTIME_STATICS)
		return ctx_u64(ctx, rt->runtime +
				    rt->abi.runtime_interpreters_head);
	at = runtime_symbol(rt, "interp_head");
	if (at)
		return ctx_u64(ctx, at);
	/* Stripped: only whoever holds the GIL is known by name. */
	at = runtime_symbol(rt, "_PyThreadState_Current");
	at = at ? ctx_u64(ctx, at) : 0;
	return at ? ctx_u64(ctx, at + rt->abi.tstate_interp) : 0;
}

bool runtime_interps(struct runtime *rt, struct mem *mem, struct err *err)
{
	struct pyctx ctx = { .abi = &rt->abi, .mem = mem };
	raddr at = first_interp(rt, &ctx);

	rt->interps.n = 0;
	if (!at)
		return err_set(err, ERR_VERSION, "no interpreter is running "
			       "(not yet, or not any more)");
	while (at) {
		raddr thread = ctx_u64(&ctx, at + rt->abi.interp_tstate_head);
		raddr *slot;

		if (ctx.faults ||
		    (thread && ctx_u64(&ctx, thread + rt->abi.tstate_interp) !=
			       at))
			return err_at(err, ERR_VERSION, at,
				      "no interpreter at %" PRIraddr
				      ": its threads do not point back", at);
		if (rt->interps.n >= MAX_INTERPRETERS)
			return err_set(err, ERR_LIMIT,
				       "more than %d interpreters",
				       MAX_INTERPRETERS);
		slot = vec_add(&rt->interps, err);
		if (!slot)
			return false;
		*slot = at;
		at = ctx_u64(&ctx, at + rt->abi.interp_next);
	}
	return true;
}

struct first_object {
	raddr at;
};

static void keep_first(void *arg, raddr object)
{
	struct first_object *first = arg;

	first->at = object;
}

/* Behind a GC head there is an object: its type's type's type is type. */
static bool leads_to_type(const struct runtime *rt, struct pyctx *ctx,
			  raddr object)
{
	uint32_t ob_type = rt->abi.object_ob_type;
	raddr type;

	ctx->faults = 0;
	type = ctx_u64(ctx, object + ob_type);
	for (int i = 0; i < MAX_META && type != rt->type_type; i++)
		type = ctx_u64(ctx, type + ob_type);
	return type == rt->type_type && !ctx->faults;
}

/* The tracee runs, and the first object of a list comes and goes. */
static bool holds_objects(const struct runtime *rt, struct pyctx *ctx,
			  raddr head)
{
	for (int i = 0; head && i < MAX_TRIES; i++) {
		struct first_object first = { 0 };

		/* One step: that there are more objects is no failure. */
		(void)gcstate_walk(ctx, head, 1, keep_first, &first);
		if (!first.at || leads_to_type(rt, ctx, first.at))
			return true;
	}
	return !head;
}

static bool check_collector(struct runtime *rt, struct pyctx *ctx,
			    struct err *err)
{
	struct gcstate gc;

	if (rt->abi.gc == GC_NONE)
		return true;
	if (!gcstate_read(&gc, rt, ctx, runtime_main_interp(rt), err)) {
		err->code = ERR_VERSION;
		return false;
	}
	for (unsigned n = 0; n < gc.n; n++) {
		if (!holds_objects(rt, ctx, gc.gen[n].head))
			return err_set(err, ERR_VERSION, "generation %u of the "
				       "collector holds no objects", n);
	}
	return true;
}

/* Is the first generation where the layout has it? */
static bool collector_fits(const struct runtime *rt, struct mem *mem)
{
	const struct abi *abi = &rt->abi;
	struct err ignored;
	raddr state, first;

	if (!abi_has(abi->gc_generation0))
		return true;
	state = abi->gc_place == GC_PLACE_RUNTIME ?
		rt->runtime + abi->runtime_gc :
		runtime_main_interp(rt) + abi->interp_gc;
	return mem_u64(mem, state + abi->gc_generation0, &first, &ignored) &&
	       first == state + abi->gc_generations + abi->gcgen_head;
}

static bool passes_canaries(struct runtime *rt, struct mem *mem,
			    struct err *err)
{
	struct pyctx ctx = { .abi = &rt->abi, .mem = mem };

	if (rt->abi.runtime == RUNTIME_SELF &&
	    !debugoffsets_apply(&rt->abi, mem, rt->runtime, rt->disagreement,
				sizeof(rt->disagreement), err))
		return false;
	return runtime_interps(rt, mem, err) &&
	       find_type_type(rt, &ctx, err) && check_collector(rt, &ctx, err);
}

/* What nobody compared it with is tried on the process itself. */
static bool stands_proof(struct runtime *rt, const struct modules *mods,
			 struct mem *mem, struct err *err)
{
	const struct abi_target want = {
		rt->version, rt->abi.build, rt->abi.arch,
	};
	uint32_t newest = abi_builtin_newest(&want);

	if (rt->source != ABI_GIVEN && (rt->version & ~0xffu) <= newest)
		return true;
	rt->newest_checked = rt->source == ABI_GIVEN ? 0 : newest;
	return rt->abi.build != BUILD_DEFAULT ||
	       layoutproof(rt, mods, mem, err);
}

static bool refuse_build(struct runtime *rt, const char *what,
			 struct err *err)
{
	rt->refused = true;
	return err_set(err, ERR_VERSION, "CPython %s, %s",
		       rt->version_text, what);
}

static bool pick_layout(struct runtime *rt, const struct modules *mods,
			struct mem *mem, struct err *err)
{
	struct abi_target want = {
		.version = rt->version,
		.build = rt->free_threaded ? BUILD_FREE_THREADED :
			 rt->debug ? BUILD_DEBUG : BUILD_DEFAULT,
		.arch = rt->module->machine == 183 ? ARCH_AARCH64 : ARCH_X86_64,
	};
	size_t file[ABI_MAX_CANDIDATES];
	size_t n = abi_builtin_candidates(&want, file);

	err->code = ERR_NONE;
	if (!n && rt->free_threaded)
		return refuse_build(rt, "a free-threaded build: not "
				    "supported yet, only default builds are",
				    err);
	if (!n && rt->debug)
		return refuse_build(rt, "a debug build (--with-pydebug): "
				    "not supported yet, only default builds "
				    "are", err);
	if (!n && rt->version < ABI_VERSION(3, 6, 0))
		return refuse_build(rt, "which is too old: only 3.6 and later "
				    "are supported", err);
	if (!n)
		return refuse_build(rt, "for which there is no layout: "
				    "make one from its debug information "
				    "('make offsets') and give it as "
				    "--offsets", err);
	/* Vendors patch: rather one whose collector lies where it says. */
	for (size_t i = 0; i < 2 * n; i++) {
		if (!abi_builtin_load(file[i % n], &rt->abi, err))
			return false;
		rt->source = rt->abi.runtime == RUNTIME_SELF ? ABI_SELF :
							       ABI_FILE;
		if (passes_canaries(rt, mem, err) &&
		    (i >= n || collector_fits(rt, mem)) &&
		    stands_proof(rt, mods, mem, err))
			return true;
		if (err->code != ERR_VERSION && err->code != ERR_NONE)
			return false;
	}
	return err_context(err, "CPython %s does not look as it should",
			   rt->version_text);
}

bool runtime_find(struct runtime *rt, struct modules *mods,
		  struct mem *mem, const struct abi *given, struct err *err)
{
	memset(rt, 0, sizeof(*rt));
	if (!find_module(rt, mods, mem))
		return refuse_other(rt, mods, err);
	if (!find_version(rt, mem, err))
		return false;
	if (!given)
		return pick_layout(rt, mods, mem, err);
	rt->source = ABI_GIVEN;
	rt->abi = *given;
	return (passes_canaries(rt, mem, err) &&
		stands_proof(rt, mods, mem, err)) ||
	       err_context(err, "the layout %s does not fit", given->name);
}

void runtime_fini(struct runtime *rt)
{
	vec_free(&rt->interps);
}
