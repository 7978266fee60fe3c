/* SPDX-License-Identifier: MIT */
/*
 * Finding the arenas.
 *
 * A table is an array of struct arena_object, grown by doubling.  An unused
 * entry has address 0; a used one tells where the arena is, how far pools have
 * been cut from it (pool_address) and how many of them are free.  Each pool
 * names its entry (arenaindex), which makes a table hard to mistake.
 *
 * Facts: CPython Objects/obmalloc.c, 3.6 to 3.15.
 */
#include "pyabi/arenas.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/load.h"
#include "pyabi/object.h"
#include "pyabi/pool.h"

enum {
	BULK = 1 << 20,
	MAX_ENTRY = 64,		/* sizeof(struct arena_object) is 48 */
	BATCH = 512,		/* entries of one read */
	MAX_BAD = 4,		/* ... before a table is none */
	FIRST = 2 * MAX_BAD,	/* ... which these tell of nearly all that are
				   none: hundreds are tried in a stripped one */
};

struct finder {
	struct arenas *ret;
	const struct runtime *rt;
	const struct maps *maps;
	struct mem *mem;
	struct pyctx ctx;
};

static bool is_heap(const struct map *map)
{
	return map && map->read && map->write && !map->shared && !map->inode;
}

enum entry { ENTRY_BAD, ENTRY_UNUSED, ENTRY_USED };

static enum entry read_entry(const struct finder *f, const uint8_t *p,
			     struct arena *ret)
{
	const struct abi *abi = &f->rt->abi;
	uint64_t size = (uint64_t)abi->n_arena_size;
	uint64_t pool = (uint64_t)abi->n_pool_size;
	raddr at = load_u64(p + abi->arena_address);
	raddr next = load_u64(p + abi->arena_pool_address);
	uint32_t n_free = load_u32(p + abi->arena_nfreepools);
	uint32_t total = load_u32(p + abi->arena_ntotalpools);
	const struct map *map;

	if (!at)
		return ENTRY_UNUSED;
	if (at % 4096 || (total != size / pool && total != size / pool - 1) ||
	    n_free > total || next < at || next - at > size || next % pool)
		return ENTRY_BAD;
	map = maps_find(f->maps, at);
	/* One that is given back is unmapped before it is struck out. */
	if (!is_heap(map) || map->end - at < size)
		return n_free == total ? ENTRY_UNUSED : ENTRY_BAD;
	ret->start = addr_up(at, pool);
	ret->end = next < ret->start ? ret->start : next;
	ret->limit = ret->start + total * pool;
	return ENTRY_USED;
}

/* Does a pool in use in this arena name entry @i as its own? */
static bool named_by_pool(struct finder *f, const struct arena *arena,
			  uint32_t i)
{
	const struct abi *abi = &f->rt->abi;
	uint8_t head[64];
	struct err ignored;

	if (arena->end == arena->start)
		return true;
	return mem_read(f->mem, arena->start, head, sizeof(head), &ignored) &&
	       load_u32(head + abi->pool_arenaindex) == i;
}

static bool add(struct finder *f, const struct arena *arena, struct err *err)
{
	struct arena *slot;

	if (f->ret->v.n >= MAX_ARENAS)
		return err_set(err, ERR_LIMIT, "more than %d arenas",
			       MAX_ARENAS);
	slot = vec_add(&f->ret->v, err);
	if (!slot)
		return false;
	*slot = *arena;
	return true;
}

struct table {
	raddr at;
	uint32_t n;		/* entries; UINT32_MAX: nobody knows */
	bool keep;		/* add its arenas to those found */
	uint32_t used, bad, bad_in_a_row;
	uint32_t bad_before;	/* the last one used */
};

static enum entry judge(struct finder *f, const struct table *t, uint32_t i,
			const uint8_t *p, struct arena *ret)
{
	enum entry what = read_entry(f, p, ret);

	/* Who does not know where it ends looks closer. */
	if (what == ENTRY_USED && t->n == UINT32_MAX &&
	    !named_by_pool(f, ret, i))
		return ENTRY_BAD;
	return what;
}

static bool take_entry(struct finder *f, struct table *t, uint32_t i,
		       const uint8_t *p, struct err *err)
{
	struct arena arena;

	switch (judge(f, t, i, p, &arena)) {
	case ENTRY_BAD:
		t->bad++;
		t->bad_in_a_row++;
		return true;
	case ENTRY_UNUSED:
		t->bad_in_a_row = 0;
		return true;
	case ENTRY_USED:
		break;
	}
	t->used++;
	t->bad_in_a_row = 0;
	t->bad_before = t->bad;
	return !t->keep || add(f, &arena, err);
}

static bool is_over(const struct table *t)
{
	return t->n == UINT32_MAX && t->bad_in_a_row >= MAX_BAD;
}

/*
 * An entry may be caught while an arena comes or goes, and the maps may be
 * older than it: a few bad ones are left out, and counted.  A table of unknown
 * length ends where several in a row are bad.
 */
static bool read_table(struct finder *f, struct table *t, struct err *err)
{
	uint32_t step = f->rt->abi.arena_sizeof, i = 0;
	bool open_end = t->n == UINT32_MAX;
	auto_free uint8_t *buf = malloc(BATCH * MAX_ENTRY);

	if (!buf)
		return err_nomem(err);
	while (i < t->n && i < MAX_ARENAS && !is_over(t)) {
		uint32_t most = open_end && i < BATCH - FIRST ? i + FIRST :
								BATCH;
		uint32_t want = t->n - i < most ? t->n - i : most;
		int64_t got = mem_read_some(f->mem, t->at + (uint64_t)i * step,
					    buf, (size_t)want * step, err);

		if (got < 0)
			return false;
		want = (uint32_t)((uint64_t)got / step);
		if (!want)
			break;
		for (uint32_t k = 0; k < want && !is_over(t); k++) {
			if (!take_entry(f, t, i++, buf + k * step, err))
				return false;
		}
	}
	if (open_end)
		t->bad = t->bad_before;
	else if (i < t->n || t->bad > MAX_BAD + t->used / 8)
		return err_at(err, ERR_BADDATA, t->at, "the table at %" PRIraddr
			      " is not one of arenas: of %u entries %u are bad",
			      t->at, t->n, t->bad + (t->n - i));
	if (t->keep)
		f->ret->n_bad += t->bad;
	return true;
}

static bool known_table(struct finder *f, raddr table)
{
	for (size_t i = 0; i < f->ret->tables.n; i++) {
		if (f->ret->tables.v[i] == table)
			return true;
	}
	return false;
}

static bool take_table(struct finder *f, raddr table, uint32_t n,
		       struct err *err)
{
	struct table t = { .at = table, .n = n, .keep = true };
	raddr *slot;

	if (!table || known_table(f, table))
		return true;
	slot = vec_add(&f->ret->tables, err);
	if (!slot)
		return false;
	*slot = table;
	return read_table(f, &t, err);
}

/* From 3.12 on each interpreter has or shares an _obmalloc_state. */
static bool from_interps(struct finder *f, struct err *err)
{
	const struct abi *abi = &f->rt->abi;
	struct pyctx *ctx = &f->ctx;

	for (size_t i = 0; i < f->rt->interps.n; i++) {
		raddr state = f->rt->interps.v[i] + abi->interp_obmalloc;
		size_t before = f->ret->tables.n;
		raddr table;
		uint32_t n;

		ctx->faults = 0;
		if (abi->arenas == ARENAS_POINTER)
			state = ctx_u64(ctx, state);
		if (!state)
			continue;
		table = ctx_u64(ctx, state + abi->obmalloc_arenas);
		n = ctx_u32(ctx, state + abi->obmalloc_maxarenas);
		if (ctx->faults || n > MAX_ARENAS)
			return err_at(err, ERR_BADDATA, state,
				      "no table of arenas in interpreter %zu",
				      i);
		if (!take_table(f, table, n, err))
			return false;
		if (f->ret->tables.n > before)
			f->ret->raw_blocks += (int64_t)ctx_u64(ctx, state +
				abi->obmalloc_raw_allocated_blocks);
	}
	return true;
}

static int64_t counter(struct finder *f, const char *name)
{
	raddr at = runtime_symbol(f->rt, name);

	return at ? (int64_t)ctx_u64(&f->ctx, at) : -1;
}

static void read_counters(struct finder *f)
{
	int64_t all = counter(f, "_Py_AllocatedBlocks");

	f->ret->raw_blocks = counter(f, "raw_allocated_blocks");
	f->ret->all_blocks = all < 0 ? 0 : all;
}

static bool from_symbols(struct finder *f, bool *ret_found, struct err *err)
{
	raddr arenas = runtime_symbol(f->rt, "arenas");
	raddr max = runtime_symbol(f->rt, "maxarenas");
	struct table t = { 0 };

	*ret_found = false;
	if (!arenas || !max)
		return true;
	f->ctx.faults = 0;
	t.at = ctx_u64(&f->ctx, arenas);
	t.n = ctx_u32(&f->ctx, max);
	/* Another library may have a variable of this name. */
	if (f->ctx.faults || !is_heap(maps_find(f->maps, t.at)) ||
	    !read_table(f, &t, err) || !t.used)
		return true;
	*ret_found = true;
	read_counters(f);
	return take_table(f, t.at, t.n, err);
}

/* The word of [start, end) that points at the best table. */
static bool search_range(struct finder *f, raddr start, raddr end,
			 uint32_t *best_used, struct err *err)
{
	auto_free uint8_t *buf = malloc(BULK);
	raddr last = 0;

	if (!buf)
		return err_nomem(err);
	while (start < end) {
		uint64_t len = end - start < BULK ? end - start : BULK;
		int64_t got = mem_read_some(f->mem, start, buf, len, err);

		if (got < 0)
			return false;
		for (uint32_t off = 0; off + 8 <= (uint64_t)got; off += 8) {
			raddr at = load_u64(buf + off);
			struct table t = { .at = at, .n = UINT32_MAX };

			if (at == last || at % 16 || at < 4096 ||
			    !is_heap(maps_find(f->maps, at)))
				continue;
			last = at;
			if (!read_table(f, &t, err))
				return false;
			if (t.used > *best_used) {
				*best_used = t.used;
				f->ret->variable = start + off;
			}
		}
		start += len;
	}
	return true;
}

/* The variable `arenas` of a stripped program is somewhere in its data. */
static bool from_search(struct finder *f, bool *ret_found, struct err *err)
{
	uint32_t used = 0;
	raddr start, end;

	*ret_found = false;
	if (!module_writable(f->rt->module, &start, &end))
		return true;
	if (!search_range(f, start, end, &used, err))
		return false;
	*ret_found = used > 0;
	return !used || take_table(f, ctx_u64(&f->ctx, f->ret->variable),
				   UINT32_MAX, err);
}

static int by_start(const void *a, const void *b)
{
	const struct arena *l = a, *r = b;

	return (l->start > r->start) - (l->start < r->start);
}

static bool finish(struct arenas *arenas, struct err *err)
{
	size_t n = arenas->v.n;

	if (!n)
		return err_set(err, ERR_VERSION, "no memory of pymalloc");
	qsort(arenas->v.v, n, sizeof(*arenas->v.v), by_start);
	for (size_t i = 1; i < n; i++) {
		if (arenas->v.v[i].start < arenas->v.v[i - 1].limit)
			return err_at(err, ERR_BADDATA, arenas->v.v[i].start,
				      "arenas overlap at %" PRIraddr,
				      arenas->v.v[i].start);
	}
	return true;
}

static void finder_init(struct finder *f, struct arenas *ret,
			const struct runtime *rt, const struct maps *maps,
			struct mem *mem)
{
	memset(f, 0, sizeof(*f));
	memset(ret, 0, sizeof(*ret));
	f->ret = ret;
	f->rt = rt;
	f->maps = maps;
	f->mem = mem;
	f->ctx.abi = &rt->abi;
	f->ctx.mem = mem;
}

bool arenas_find(struct arenas *ret, const struct runtime *rt,
		 const struct maps *maps, struct mem *mem, struct err *err)
{
	struct finder f;
	bool found;

	finder_init(&f, ret, rt, maps, mem);
	if (rt->abi.arenas != ARENAS_STATICS)
		return from_interps(&f, err) && finish(ret, err);
	if (!from_symbols(&f, &found, err))
		return false;
	if (!found) {
		ret->source = ARENAS_FROM_SEARCH;
		ret->raw_blocks = -1;
		if (!from_search(&f, &found, err))
			return false;
	}
	if (!found)
		return arenas_scan(ret, rt, maps, mem, err);
	return finish(ret, err);
}

bool arenas_again(struct arenas *ret, const struct arenas *before,
		  const struct runtime *rt, const struct maps *maps,
		  struct mem *mem, struct err *err)
{
	struct finder f;

	if (before->source == ARENAS_FROM_TABLE)
		return arenas_find(ret, rt, maps, mem, err);
	if (before->source == ARENAS_FROM_SCAN)
		return arenas_scan(ret, rt, maps, mem, err);
	finder_init(&f, ret, rt, maps, mem);
	ret->source = before->source;
	ret->raw_blocks = -1;
	ret->variable = before->variable;
	return take_table(&f, ctx_u64(&f.ctx, before->variable), UINT32_MAX,
			  err) && finish(ret, err);
}

void arenas_fini(struct arenas *arenas)
{
	vec_free(&arenas->v);
	vec_free(&arenas->tables);
}

/*
 * The scan.  Pools are aligned to their size, so a mapping is a row of slots,
 * each a pool or not.  Runs of pools become arenas.
 */
static bool extend(struct finder *f, raddr pool, struct err *err)
{
	uint64_t size = (uint64_t)f->rt->abi.n_pool_size;
	struct arena *last = f->ret->v.n ? &f->ret->v.v[f->ret->v.n - 1] : NULL;
	struct arena one = { pool, pool + size, pool + size };

	if (last && last->end == pool) {
		last->end = last->limit = pool + size;
		return true;
	}
	return add(f, &one, err);
}

static bool scan_map(struct finder *f, const struct map *map, uint8_t *buf,
		     struct err *err)
{
	uint64_t size = (uint64_t)f->rt->abi.n_pool_size;

	for (raddr at = addr_up(map->start, size); at + size <= map->end;) {
		uint64_t len = map->end - at < BULK ? map->end - at : BULK;
		int64_t got = mem_read_some(f->mem, at, buf, len, err);

		if (got < 0)
			return false;
		for (uint64_t off = 0; off + size <= (uint64_t)got;
		     off += size) {
			if (pool_header_block(&f->rt->abi, at + off,
					      buf + off) &&
			    !extend(f, at + off, err))
				return false;
		}
		at += addr_down(len, size) ? addr_down(len, size) : size;
	}
	return true;
}

/* Arenas come from mmap(); 3.15 gives theirs a name. */
static bool may_hold_arenas(const struct map *map)
{
	return !*map->path || strncmp(map->path, "[anon", 5) == 0;
}

bool arenas_scan(struct arenas *ret, const struct runtime *rt,
		 const struct maps *maps, struct mem *mem, struct err *err)
{
	auto_free uint8_t *buf = malloc(BULK);
	struct finder f;

	finder_init(&f, ret, rt, maps, mem);
	ret->source = ARENAS_FROM_SCAN;
	ret->raw_blocks = -1;
	if (!buf)
		return err_nomem(err);
	for (size_t i = 0; i < maps->n; i++) {
		if (is_heap(&maps->v[i]) && may_hold_arenas(&maps->v[i]) &&
		    !scan_map(&f, &maps->v[i], buf, err))
			return false;
	}
	return finish(ret, err);
}
