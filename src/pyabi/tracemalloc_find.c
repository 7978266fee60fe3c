/* SPDX-License-Identifier: MIT */
/*
 * Where tracemalloc's variables are.
 *
 * Of a stripped interpreter before 3.12 they have no names, and where a newer
 * one is of an unknown release, the place in its state is not known.  Then each
 * word of its data that points at memory which is no file's is tried: a table
 * has functions of the interpreter's and of libc's (malloc and free, among
 * others), a power of two of buckets, and chains of entries with the right
 * hashes.  Which table it is, is told by what is in it: traces lead to
 * tracebacks, and those to files, which are str.
 */
#include "pyabi/tracemalloc.h"

#include "base/bounds.h"
#include "base/load.h"
#include "pyabi/pyhashtable.h"
#include "pyabi/pytype.h"
#include "result/dump.h"

enum {
	PIECE = 2 * ADDR_PAGE,
	LEAST_FUNCTIONS = 4,	/* hash, compare, malloc, free */
	ENOUGH = 4,		/* entries that are looked at */
};

struct search {
	struct tracemalloc *ret;
	struct pyctx *ctx;
	const struct maps *maps;
};

static bool is_str(struct pyctx *ctx, raddr at)
{
	const unsigned faults = ctx->faults;
	raddr type = ctx_u64(ctx, at + ctx->abi->object_ob_type);
	const uint64_t flags = ctx_u64(ctx, type + ctx->abi->type_tp_flags);

	return at % 8 == 0 && type % 8 == 0 && ctx->faults == faults &&
	       (flags & TPF_STR_SUBCLASS);
}

static bool is_traceback(struct pyctx *ctx, raddr at)
{
	const struct abi *abi = ctx->abi;
	const unsigned faults = ctx->faults;
	const uint32_t n = ctx_u32(ctx, at + abi->tmtraceback_nframe);
	const raddr frame = at + abi->tmtraceback_frames;
	const raddr file = ctx_u64(ctx, frame + abi->tmframe_filename);

	return ctx->faults == faults &&
	       (abi_has(abi->tmtraceback_total_nframe) ? n & 0xffff : n) &&
	       is_str(ctx, file);
}

static bool has_its_hash(struct pyctx *ctx, const struct pyhashentry *e,
			 uint32_t at)
{
	return ctx_u64(ctx, e->key + at) == e->hash;
}

static bool is_trace(struct pyctx *ctx, const struct pyhashtable *t,
		     const struct pyhashentry *e)
{
	const uint32_t at = ctx->abi->trace_traceback;

	if (t->data_size)
		return is_traceback(ctx, load_u64((const uint8_t *)e->data +
						  at));
	return e->value && is_traceback(ctx, ctx_u64(ctx, e->value + at));
}

struct sorting {
	struct search *s;
	const struct pyhashtable *t;
	unsigned seen;
	raddr *slot;		/* of the variable that this would be */
	bool torn;
};

/* The variable that a table with this entry would be, or NULL. */
static raddr *variable_for(const struct sorting *st,
			   const struct pyhashentry *e)
{
	struct pyctx *ctx = st->s->ctx;
	struct tracemalloc *tm = st->s->ret;
	struct pyhashtable inner;

	if (is_trace(ctx, st->t, e))
		return &tm->traces;
	if (st->t->data_size)
		return NULL;
	if (e->value)
		return e->hash == e->key &&
		       pyhashtable_read(&inner, ctx, e->value) ?
		       &tm->domains : NULL;
	if (is_str(ctx, e->key))
		return has_its_hash(ctx, e, ctx->abi->str_hash) ?
		       &tm->filenames : NULL;
	return has_its_hash(ctx, e, 0) && is_traceback(ctx, e->key) ?
	       &tm->tracebacks : NULL;
}

static bool look_at_entry(void *arg, const struct pyhashentry *e,
			  struct err *err)
{
	struct sorting *st = arg;
	raddr *slot = variable_for(st, e);

	st->torn |= !slot || (st->slot && st->slot != slot);
	st->slot = slot;
	return !st->torn && ++st->seen < ENOUGH ? true :
	       err_set(err, ERR_LIMIT, "enough was seen");
}

/* Do the words behind what is known of the table at @at lead to functions? */
static bool has_functions(const struct search *s, raddr at)
{
	const struct abi *abi = s->ctx->abi;
	uint32_t off = (abi->hashtable == HASHTABLE_SIZED ?
			abi->hashtable_data_size : abi->hashtable_buckets) + 8;
	unsigned n = 0;

	for (; off < abi->hashtable_sizeof; off += 8) {
		const raddr to = ctx_u64(s->ctx, at + off);
		const struct map *map = to ? maps_find(s->maps, to) : NULL;

		if (to && (!map || !map->exec))
			return false;
		n += to != 0;
	}
	return n >= LEAST_FUNCTIONS;
}

static bool is_heap(const struct maps *maps, raddr at)
{
	const struct map *map = at % 8 || !at ? NULL : maps_find(maps, at);

	return map && map->write && !map->exec && !map->inode;
}

/* The variable at @var has @to in it. */
static bool try_variable(struct search *s, raddr var, raddr to,
			 struct err *err)
{
	struct pyhashtable table;
	struct sorting st = { .s = s, .t = &table };
	uint64_t found;

	if (!is_heap(s->maps, to) ||
	    !pyhashtable_read(&table, s->ctx, to) || !table.entries ||
	    !is_heap(s->maps, table.buckets) || !has_functions(s, to))
		return true;
	if (!pyhashtable_walk(&table, s->ctx, PYHASH_OTHER, look_at_entry, &st,
			      &found, err) && err->code != ERR_LIMIT)
		return false;
	err->code = ERR_NONE;
	if (st.slot && !st.torn && !*st.slot)
		*st.slot = var;
	return true;
}

static bool search_data(struct search *s, raddr start, raddr end,
			struct err *err)
{
	uint64_t words[PIECE / sizeof(uint64_t)];

	while (start < end) {
		const size_t len = end - start < PIECE ? end - start : PIECE;
		const int64_t got = mem_read_some(s->ctx->mem, start, words,
						  len, err);

		if (got < 0)
			return false;
		for (size_t i = 0; i < (size_t)got / sizeof(*words); i++) {
			if (!try_variable(s, start + 8 * i, words[i], err))
				return false;
		}
		start += (size_t)got < len ?
			 addr_down((uint64_t)got, ADDR_PAGE) + ADDR_PAGE : len;
	}
	return true;
}

bool tracemalloc_search(struct tracemalloc *ret, raddr start, raddr end,
			const struct maps *maps, struct pyctx *ctx,
			struct err *err)
{
	struct search s = { .ret = ret, .ctx = ctx, .maps = maps };

	return search_data(&s, start, end, err);
}

static void find_by_name(struct tracemalloc *ret, const struct runtime *rt)
{
	const struct {
		const char *name;
		raddr *slot;
	} names[] = {
		{ "_Py_tracemalloc_config", &ret->config },	/* 3.8 .. */
		{ "tracemalloc_traced_memory", &ret->traced },
		{ "tracemalloc_peak_traced_memory", &ret->peak },
		{ "tracemalloc_traces", &ret->traces },
		{ "tracemalloc_domains", &ret->domains },
		{ "tracemalloc_tracebacks", &ret->tracebacks },
		{ "tracemalloc_filenames", &ret->filenames },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		*names[i].slot = runtime_symbol(rt, names[i].name);
}

static void find_in_runtime(struct tracemalloc *ret, const struct runtime *rt)
{
	const struct abi *abi = &rt->abi;
	const raddr at = rt->runtime + abi->runtime_tracemalloc;

	ret->config = at + abi->tracemalloc_config;
	ret->traced = at + abi->tracemalloc_traced_memory;
	ret->peak = at + abi->tracemalloc_peak_traced_memory;
	ret->traces = at + abi->tracemalloc_traces;
	ret->domains = at + abi->tracemalloc_domains;
	ret->tracebacks = at + abi->tracemalloc_tracebacks;
	ret->filenames = at + abi->tracemalloc_filenames;
}

int tracemalloc_is_tracing(const struct tracemalloc *tm, struct pyctx *ctx)
{
	const uint32_t at = ctx->abi->tmconfig_tracing;

	/* Up to 3.7 its configuration is of no named type. */
	if (!tm->config || !abi_has(at))
		return DUMP_UNKNOWN;
	return ctx_u32(ctx, tm->config + at) != 0;
}

bool tracemalloc_find(struct tracemalloc *ret, const struct runtime *rt,
		      const struct maps *maps, struct pyctx *ctx,
		      struct err *err)
{
	raddr start, end;

	*ret = (struct tracemalloc){ 0 };
	if (rt->abi.tracemalloc == TRACEMALLOC_STATICS)
		find_by_name(ret, rt);
	else if (abi_has(rt->abi.runtime_tracemalloc))
		find_in_runtime(ret, rt);
	/* Of what does not trace there is nothing to be found. */
	return ret->traces || !tracemalloc_is_tracing(ret, ctx) ||
	       !module_writable(rt->module, &start, &end) ||
	       tracemalloc_search(ret, start, end, maps, ctx, err);
}
