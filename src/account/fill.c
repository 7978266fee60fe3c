/* SPDX-License-Identifier: MIT */
/*
 * From all that is known of the address space to leaves: pieces (an arena of
 * pymalloc, a region of malloc, a stack, what a library has behind its file),
 * in order of their addresses, each cut into the blocks in it.  What no piece
 * has is its mapping's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "account/sweep.h"
#include "pyabi/blocksource.h"

enum piece_kind { PIECE_ARENA, PIECE_MALLOC, PIECE_LEAF };

struct piece {
	raddr start, end;
	enum piece_kind kind;
	size_t index;		/* of the arena, of the region; or the leaf */
};

/* Leaves that chunks and blocks go to. */
enum leaf {
	LEAF_POOL_USED, LEAF_POOL_FREE_BLOCKS, LEAF_POOL_FREE, LEAF_POOL_HEAD,
	LEAF_POOL_BAD, LEAF_MALLOC_HEAD,
	LEAF_MALLOC_BAD, LEAF_MALLOC_USED, LEAF_OTHER, LEAVES
};

static const char *const leaf_paths[LEAVES][3] = {
	/* Whose it is can be told only if all of the heap was copied. */
	[LEAF_POOL_USED] = { "unknown", "pymalloc", "in use" },
	[LEAF_POOL_FREE_BLOCKS] = { "free", "pymalloc", "blocks" },
	[LEAF_POOL_FREE] = { "free", "pymalloc", "pools" },
	[LEAF_POOL_HEAD] = { "overhead", "pymalloc" },
	[LEAF_POOL_BAD] = { "unknown", "pymalloc" },
	[LEAF_MALLOC_HEAD] = { "overhead", "malloc" },
	[LEAF_MALLOC_BAD] = { "unknown", "malloc" },
	[LEAF_MALLOC_USED] = { "unknown", "malloc", "in use" },
	[LEAF_OTHER] = { "unknown", "elsewhere" },
};

static const char *const free_names[GLIBC_STATES] = {
	[GLIBC_FREE] = "bins", [GLIBC_FAST] = "fast bins",
	[GLIBC_CACHED] = "thread caches", [GLIBC_TOP] = "top",
};

/* C code's blocks. */
enum native_kind { NATIVE_POOLS, NATIVE_MALLOC, NATIVES };

static const char *const native_names[NATIVES] = { "pools", "malloc" };

enum { SIZE_CLASSES = 64 };	/* powers of two */

struct fill {
	struct account_look *look;
	struct account *acc;
	struct sweep sweep;
	VEC(struct piece) pieces;
	uint32_t leaf[LEAVES];
	uint32_t *of_map;
	uint32_t of_state[GLIBC_STATES];	/* in this arena */
	/** Of C code's blocks, + 1, or 0: by library, then by size. */
	uint32_t *native[NATIVES];
	struct err *err;
};

static bool fill_leaf(struct fill *f, uint32_t *ret, const char *a,
		      const char *b, const char *c, const char *d)
{
	int64_t leaf = account_leaf(f->acc, a, b, c, d, f->err);

	*ret = (uint32_t)leaf;
	return leaf >= 0;
}

static bool fill_fixed_leaves(struct fill *f)
{
	for (int i = 0; i < LEAVES; i++) {
		if (!fill_leaf(f, &f->leaf[i], leaf_paths[i][0],
			       leaf_paths[i][1], leaf_paths[i][2], NULL))
			return false;
	}
	return true;
}

/* -- Mappings ------------------------------------------------------------- */

static bool is_code(struct fill *f, const struct map *map)
{
	struct module *mod = modules_find(f->look->cap->now.mods, map->start);

	return mod && mod->has_exec;
}

/* What a mapping of a program's or library's has.  What the loader filled in and
 * then made read-only lies beside its data. */
static const char *part_of_file(struct fill *f, const struct map *map)
{
	if (map->exec)
		return "code";
	if (map->write)
		return "data";
	return libraries_of(&f->look->libs, map->start) ? "relocated" :
							  "constants";
}

static bool leaf_of_map(struct fill *f, const struct map *map, uint32_t *ret)
{
	const struct account_look *look = f->look;
	unsigned whose = look->pointed[map - look->maps.v];
	char text[32];
	bool ok;

	snprintf(text, sizeof(text), "%llu",
		 (unsigned long long)map_size(map));
	if (look->is_others[map - look->maps.v])
		ok = fill_leaf(f, ret, "native", look->libs.allocator, text,
			       look->is_others[map - look->maps.v] ==
					       OTHERS_INFERRED ?
				       "inferred" : NULL);
	else if (map->inode)
		ok = is_code(f, map) && !map->shared ?
		     fill_leaf(f, ret, "files", map->path,
			       part_of_file(f, map), NULL) :
		     fill_leaf(f, ret, "mappings", "files", map->path, NULL);
	else if (strcmp(map->path, "[stack]") == 0) {
		snprintf(text, sizeof(text), "%d", f->look->cap->tr.target->pid);
		ok = fill_leaf(f, ret, "stacks", text, *look->main_name ?
			       look->main_name : NULL, NULL);
	} else if (strcmp(map->path, "[heap]") == 0) {
		ok = fill_leaf(f, ret, "unknown", "[heap]", NULL, NULL);
	} else if (strncmp(map->path, "[v", 2) == 0) {
		ok = fill_leaf(f, ret, "files", map->path, NULL, NULL);
	} else {
		ok = fill_leaf(f, ret, "mappings",
			       map->shared ? "shared" : "anonymous", text,
			       whose ? look->libs.all.v[whose - 1].path : NULL);
	}
	if (ok)
		f->acc->leaves.v[*ret].count++;
	return ok;
}

static bool fill_maps(struct fill *f)
{
	const struct maps *maps = &f->look->maps;

	f->of_map = calloc(maps->n + 1, sizeof(*f->of_map));
	if (!f->of_map)
		return err_nomem(f->err);
	for (size_t i = 0; i < maps->n; i++) {
		if (!leaf_of_map(f, &maps->v[i], &f->of_map[i]))
			return false;
	}
	return true;
}

/* -- Pieces --------------------------------------------------------------- */

static bool add_piece(struct fill *f, raddr start, raddr end,
		      enum piece_kind kind, size_t index)
{
	struct piece *p = vec_add(&f->pieces, f->err);

	if (p)
		*p = (struct piece){ start, end, kind, index };
	return p != NULL;
}

static int piece_order(const void *a, const void *b)
{
	const struct piece *l = a, *r = b;

	return (l->start > r->start) - (l->start < r->start);
}

static bool add_arenas(struct fill *f)
{
	const struct arenas *arenas = capture_pools(f->look->cap);

	for (size_t i = 0; i < arenas->v.n; i++) {
		if (!add_piece(f, arenas->v.v[i].start, arenas->v.v[i].limit,
			       PIECE_ARENA, i))
			return false;
	}
	return true;
}

static bool add_malloc(struct fill *f)
{
	const struct glibc_malloc *gm = &f->look->gm;

	for (size_t i = 0; f->look->has_malloc && i < gm->regions.n; i++) {
		const struct glibc_region *r = &gm->regions.v[i];

		if (r->arena == GLIBC_NO_ARENA && !gm->mapped_known)
			continue;
		if (!add_piece(f, r->start, r->end, PIECE_MALLOC, i))
			return false;
	}
	return true;
}

/* What a file's segment has behind its end is memory of no file. */
static bool add_data(struct fill *f)
{
	struct modules *mods = f->look->cap->now.mods;

	for (size_t i = 0; i < mods->n; i++) {
		struct module *mod = &mods->v[i];
		const struct map *map;
		raddr start, end;
		uint32_t leaf;

		if (!mod->has_exec || !module_writable(mod, &start, &end))
			continue;
		end = addr_up(end, ADDR_PAGE);
		map = maps_find(&f->look->maps, end - 1);
		if (!map || map->inode || *map->path || map->start < start)
			continue;
		if (!fill_leaf(f, &leaf, "files", mod->path, "data", NULL) ||
		    !add_piece(f, map->start, end, PIECE_LEAF, leaf))
			return false;
	}
	return true;
}

static bool add_stacks(struct fill *f)
{
	for (size_t i = 0; i < f->look->stacks.n; i++) {
		const struct account_stack *s = &f->look->stacks.v[i];
		char text[16];
		uint32_t leaf;

		snprintf(text, sizeof(text), "%d", (int)s->tid);
		if (s->start == s->tls)
			continue;
		if (!fill_leaf(f, &leaf, "stacks", text, *s->name ? s->name :
			       NULL, NULL) ||
		    !add_piece(f, s->start, s->tls, PIECE_LEAF, leaf))
			return false;
		f->acc->leaves.v[leaf].count = 1;
	}
	return true;
}

static bool add_tls(struct fill *f)
{
	for (size_t i = 0; i < f->look->stacks.n; i++) {
		const struct account_stack *s = &f->look->stacks.v[i];
		int64_t leaf;

		if (s->tls == s->end)
			continue;
		leaf = account_tls_leaf(f->look, f->acc, s->start == s->tls ?
					"mappings" : "stacks", s->tid, f->err);
		if (leaf < 0 || !add_piece(f, s->tls, s->end, PIECE_LEAF,
					   (size_t)leaf))
			return false;
		f->acc->leaves.v[leaf].count++;
	}
	return account_tls_claim(f->look, f->acc, f->err);
}

static bool add_claims(struct fill *f, const struct account_claim *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!add_piece(f, v[i].start, v[i].end, PIECE_LEAF, v[i].leaf))
			return false;
	}
	return true;
}

static bool fill_pieces(struct fill *f)
{
	const struct account_look *look = f->look;

	if (!add_arenas(f) || !add_malloc(f) || !add_data(f) ||
	    !add_stacks(f) || !add_tls(f) ||
	    !add_claims(f, look->claims.v, look->claims.n) ||
	    !add_claims(f, look->blocks.v, look->blocks.n))
		return false;
	if (f->pieces.n)
		qsort(f->pieces.v, f->pieces.n, sizeof(*f->pieces.v),
		      piece_order);
	return true;
}

/* -- Blocks --------------------------------------------------------------- */

static void fill_add(struct fill *f, raddr start, raddr end, uint32_t leaf)
{
	sweep_add(&f->sweep, start, end, leaf);
}

/* The leaf of a block of @size bytes of C code's: its library's, or of all
 * that are as large. */
static bool fill_native(struct fill *f, enum native_kind kind, unsigned whose,
			uint64_t size, uint32_t *ret)
{
	unsigned class = size > 1 ? 64 - (unsigned)__builtin_clzll(size - 1) :
				    0;
	unsigned i = whose ? whose - 1 :
			     (unsigned)f->look->libs.all.n + class;
	char text[48];

	if (f->native[kind][i]) {
		*ret = f->native[kind][i] - 1;
		return true;
	}
	snprintf(text, sizeof(text), "up to %llu bytes", 1ull << class);
	if (!fill_leaf(f, ret, "native", native_names[kind], whose ?
		       f->look->libs.all.v[whose - 1].path : text, NULL))
		return false;
	f->native[kind][i] = *ret + 1;
	return true;
}

/* Of an object, or its buffer: its type's. */
static bool fill_leaf_of_block(struct fill *f, struct ledger_block block,
			       uint32_t size, uint32_t *ret)
{
	struct account_look *look = f->look;
	int64_t leaf;

	if (block.state == LEDGER_FREE) {
		*ret = f->leaf[LEAF_POOL_FREE_BLOCKS];
		return true;
	}
	if (block.state == LEDGER_NOBODYS) {
		*ret = f->leaf[LEAF_POOL_USED];
		return look->cap->cut_short ||
		       fill_native(f, NATIVE_POOLS, block.number, size, ret);
	}
	leaf = typeleaf_get(&look->typed, TYPELEAF_POOLS,
			    look->cap->types.all.v[block.number], f->err);
	*ret = (uint32_t)leaf;
	return leaf >= 0;
}

/* A part of a pool.  Of most pools all pages are alike. */
static void fill_part(struct fill *f, raddr start, uint64_t len, bool alike,
		      unsigned flags, uint32_t leaf)
{
	if (alike)
		sweep_give(&f->sweep, len, flags, leaf);
	else
		fill_add(f, start, start + len, leaf);
}

static bool fill_cell(struct fill *f, raddr base, raddr end,
		      const struct ledger_cell *cell)
{
	const raddr first = base + cell->head;
	const raddr last = first + (uint64_t)cell->room * cell->size;
	raddr at = first;
	unsigned flags;
	const bool alike = sweep_enter(&f->sweep, base, end, &flags);

	fill_part(f, base, cell->head, alike, flags, f->leaf[LEAF_POOL_HEAD]);
	for (uint32_t i = 0; i < cell->n; i++, at += cell->size) {
		uint32_t leaf;

		if (!fill_leaf_of_block(f, cell->block[i], cell->size, &leaf))
			return false;
		fill_part(f, at, cell->size, alike, flags, leaf);
		f->acc->leaves.v[leaf].count++;
	}
	fill_part(f, at, last - at, alike, flags,
		  f->leaf[LEAF_POOL_FREE_BLOCKS]);
	fill_part(f, last, end - last, alike, flags, f->leaf[LEAF_POOL_HEAD]);
	return true;
}

static bool fill_pool_at(struct fill *f, raddr base, uint64_t size)
{
	const struct account_look *look = f->look;
	const size_t n = blocksource_cell(&look->cap->source, base);
	const struct ledger_cell *cell = &look->ledger.cell[n];
	enum leaf leaf = LEAF_POOL_BAD;

	if (n != SIZE_MAX && cell->state == LEDGER_TOLD)
		return fill_cell(f, base, base + size, cell);
	if (n != SIZE_MAX && cell->state == LEDGER_EMPTY)
		leaf = LEAF_POOL_FREE;
	fill_add(f, base, base + size, f->leaf[leaf]);
	f->acc->leaves.v[f->leaf[leaf]].count += leaf == LEAF_POOL_FREE;
	return true;
}

static bool fill_arena(struct fill *f, const struct arena *a)
{
	uint64_t size = (uint64_t)f->look->cap->tr.rt.abi.n_pool_size;
	raddr at = a->start;

	for (; at + size <= a->end; at += size) {
		if (!fill_pool_at(f, at, size))
			return false;
	}
	fill_add(f, at, a->limit, f->leaf[LEAF_POOL_FREE]);
	return true;
}

/*
 * Of a process that ran, chunks came and went while its heap was copied: of who
 * was not there all the while, nobody knows whose it was.
 */
static bool is_native(const struct account_look *look, size_t i)
{
	return !look->cap->cut_short &&
	       (!look->changed || !heap_bit(look->changed, i));
}

/* That of the chunk number @i, which is in use. */
static bool fill_leaf_of_chunk(struct fill *f, size_t i, uint32_t *ret)
{
	struct account_look *look = f->look;
	const struct glibc_chunk *c = &look->gm.chunks.v[i];
	const struct pytype *t;
	int64_t leaf;

	*ret = look->chunk_leaf[i] ? look->chunk_leaf[i] - 1 :
				     f->leaf[LEAF_MALLOC_USED];
	if (look->chunk_leaf[i])
		return true;
	if (is_native(look, i))
		return fill_native(f, NATIVE_MALLOC, c->whose, c->size, ret);
	t = !c->type ? NULL : pytypes_get(&look->cap->types,
					  glance_address(&look->glance,
							 c->type));
	if (!t)
		return true;
	leaf = typeleaf_get(&look->typed, TYPELEAF_MALLOC, t, f->err);
	*ret = (uint32_t)leaf;
	return leaf >= 0;
}

/* A chunk's size stands before what its owner has, which goes on into the
 * first word of the next chunk. */
static bool fill_chunk(struct fill *f, const struct glibc_region *r, size_t i)
{
	const struct glibc_chunk *c = &f->look->gm.chunks.v[i];
	raddr body = c->at + GLIBC_HEAD, end = c->at + c->size + 8;
	uint32_t leaf = f->of_state[c->state];

	if (c->state == GLIBC_USED || c->state == GLIBC_MAPPED) {
		if (!fill_leaf_of_chunk(f, i, &leaf))
			return false;
		f->look->chunk_leaf[i] = leaf + 1;
	} else if (c->state != GLIBC_FENCE) {
		body = c->at + 8;
	}
	if (end > r->end)
		end = r->end;
	fill_add(f, c->at, body, f->leaf[LEAF_MALLOC_HEAD]);
	fill_add(f, body, end, leaf);
	f->acc->leaves.v[leaf].count++;
	return true;
}

static bool fill_arena_leaves(struct fill *f, uint32_t arena)
{
	char name[32] = "main arena";

	f->of_state[GLIBC_FENCE] = f->leaf[LEAF_MALLOC_HEAD];
	if (arena == GLIBC_NO_ARENA)
		return true;
	if (arena)
		snprintf(name, sizeof(name), "arena 0x%llx",
			 (unsigned long long)f->look->gm.arenas.v[arena].at);
	for (int i = 0; i < GLIBC_STATES; i++) {
		if (free_names[i] &&
		    !fill_leaf(f, &f->of_state[i], "free", "malloc", name,
			       free_names[i]))
			return false;
	}
	return true;
}

static bool fill_region(struct fill *f, const struct glibc_region *r)
{
	if (!fill_arena_leaves(f, r->arena))
		return false;
	/* The header of a heap, the arena itself, what aligns a chunk. */
	fill_add(f, r->start, r->n ? f->look->gm.chunks.v[r->first].at :
		 r->start, f->leaf[LEAF_MALLOC_HEAD]);
	for (size_t i = r->first; i < r->first + r->n; i++) {
		if (!fill_chunk(f, r, i))
			return false;
	}
	fill_add(f, r->known_end, r->end, f->leaf[LEAF_MALLOC_BAD]);
	return true;
}

static bool fill_blocks_of(struct fill *f, const struct piece *p)
{
	switch (p->kind) {
	case PIECE_ARENA:
		return fill_arena(f, &f->look->cap->arenas.v.v[p->index]);
	case PIECE_MALLOC:
		return fill_region(f, &f->look->gm.regions.v[p->index]);
	case PIECE_LEAF:
		fill_add(f, p->start, p->end, (uint32_t)p->index);
		return true;
	}
	return true;
}

/* -- All ------------------------------------------------------------------ */

bool account_fill(struct account_look *look, struct account *acc,
		  struct err *err)
{
	struct fill f = { .look = look, .acc = acc, .err = err };
	bool ok = fill_fixed_leaves(&f) && fill_maps(&f) && fill_pieces(&f);

	for (int i = 0; ok && i < NATIVES; i++) {
		f.native[i] = calloc(look->libs.all.n + SIZE_CLASSES + 1,
				     sizeof(*f.native[i]));
		if (!f.native[i])
			ok = err_nomem(err);
	}

	if (ok)
		sweep_init(&f.sweep, acc, &look->pages, &look->maps, f.of_map,
			   f.leaf[LEAF_OTHER]);
	for (size_t i = 0; ok && i < f.pieces.n; i++)
		ok = fill_blocks_of(&f, &f.pieces.v[i]);
	if (ok) {
		sweep_end(&f.sweep);
		acc->rss = account_sum(acc, NULL, NULL, NULL);
		ok = account_sums(look, acc, err) &&
		     account_sparse_malloc(look, acc, err);
		account_sort(acc);
	}
	for (int i = 0; i < NATIVES; i++)
		free(f.native[i]);
	free(f.of_map);
	vec_free(&f.pieces);
	return ok;
}
