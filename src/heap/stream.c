/* SPDX-License-Identifier: MIT */
/*
 * The window through which a process that runs passes by.
 *
 * A pool is understood by itself: its blocks are classified and measured with
 * what stands in them.  Of malloc's heaps it is told first where blocks begin:
 * then they pass by as pools do.  Where a size depends on another block (the keys
 * of a dict), the size class of that block's pool tells it.
 *
 * Who speaks for an object, or owns it as a buffer, may come later than the
 * object: all are doubted, and who nobody spoke for in the end is read again.
 * What a sleeping process has is the same as the exact census finds, but for
 * objects in data segments: they are not counted.
 */
#include "heap/stream.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attach/headroom.h"
#include "base/container.h"
#include "heap/fill.h"
#include "heap/lengths.h"
#include "heap/sweep.h"
#include "pyabi/blocksource.h"

enum {
	MAX_READERS = 3,
	ASK_AGAIN = 16,		/* pieces of one reader, until we ask for headroom
				   again */
	HEAD_BEFORE = 16,	/* bytes of a chunk, before its owner's */
	ROOM_BEHIND = 1 << 16,	/* for the last of malloc's blocks */
	MAX_TRIES = 8,		/* readings of a pool that changes */
	ADDRESS_EACH = 64,	/* bytes of the tracee; more are not believed */
	MAX_SEEN = 1 << 25,	/* addresses of large objects */
	SEEN_BYTES = 64,	/* that one takes, at the very most */
	MAX_LATE = 64,		/* pools that are waited for, */
	LATE_TRIES = 6,		/* ... so often, */
	LATE_NAP_NS = 2000000,	/* ... a slice of time apart */
};

struct passage {
	struct capture *cap;
	const struct snapshot_options *opt;
	/** Of each cell of cap->source. */
	struct cell {
		uint32_t row;		/* of its first object */
		uint16_t block;		/* bytes; 0: unknown; atomic */
		uint8_t reader;		/* in whose table the row is; + 1 */
	} *cells;
	struct sweep sweep;
	struct witness witness;
	struct dump_blocks *blocks;	/* by size class only */
};

/* A span, and which of its blocks are in use. */
struct read_span {
	struct span span;
	uint64_t live[SPAN_MAX_BLOCKS / 64];
};

struct reader {
	struct sweeper w;		/* first */
	struct passage *s;
	struct objtable table;		/* of the objects in pools that passed */
	struct window win;
	unsigned n_pieces;
	struct dump_blocks blocks;
	struct containers containers;	/* that passed, if they are wanted */
	raddr late[MAX_LATE];		/* pools that would not come to rest */
	unsigned n_late;
	struct read_span again;		/* one that is looked at again, */
	raddr settled;			/* ... in the cell that the window is
					   at */
};

static struct reader *reader_of(struct looker *lk)
{
	return container_of(lk, struct reader, w.lk);
}

/* What one reader saw, another may ask for at the same time. */
static void remember(struct cell *cell, uint32_t block)
{
	__atomic_store_n(&cell->block, (uint16_t)block, __ATOMIC_RELAXED);
}

static uint32_t size_class(void *arg, raddr addr)
{
	struct reader *rd = arg;
	const struct blocksource *src = &rd->s->cap->source;
	const raddr base = blocksource_start(src, addr);
	size_t number = blocksource_cell(src, addr);
	struct cell *cell;
	struct err ignored;
	struct span span;
	uint8_t head[64];
	uint32_t block;

	/* malloc has none: what is there has to be read. */
	if (number == SIZE_MAX || src->chunks)
		return 0;
	cell = &rd->s->cells[number];
	block = __atomic_load_n(&cell->block, __ATOMIC_RELAXED);
	if (!block &&
	    mem_read(&rd->win.mem, base, head, src->abi->pool_sizeof,
		     &ignored) &&
	    blocksource_head(src, base, head, &span) == SPAN_USED) {
		block = span.block;
		remember(cell, block);
	}
	return block;
}

/* What was mapped since we looked is malloc's. */
static uint64_t claim_buffer(struct looker *lk, const struct pybuf *buf)
{
	struct reader *rd = reader_of(lk);
	uint64_t class = lk->br.chunks ? looker_chunk(lk, buf->addr) :
					 size_class(rd, buf->addr);

	if (class)
		witness_claim(lk->witness, buf->addr);
	if (class || places_kind(&lk->cap->places, buf->addr))
		return class;
	return addr_up(buf->len, 16);
}

static bool note_length(struct looker *lk, const struct pyobj *o, uint32_t row)
{
	struct reader *rd = reader_of(lk);

	return !rd->s->opt->want_containers ||
	       lengths_note(&rd->containers, lk, o, row);
}

static bool found(struct looker *lk, const struct spot *at,
		  const struct pyobj *o, struct objrow row,
		  const struct object_sizes *sizes)
{
	struct reader *rd = reader_of(lk);

	(void)at;
	witness_link(lk->witness, o);
	return note_length(lk, o, rd->table.n) &&
	       objtable_add(&rd->table, row, sizes, &lk->err) &&
	       (!obj_buffers_may_refer(o->type) || trail_buffers(lk->trail));
}

static bool words(struct looker *lk, const struct pyobj *o, const uint8_t *p,
		  uint64_t len)
{
	return o ? trail_object(lk->trail, o, p, len) :
		   trail_words(lk->trail, p, len);
}

/* Nobody is doubted here, and nobody taken back. */
static enum outside_found count_outside(struct looker *lk,
					const struct pyobj *o, uint64_t asked,
					bool sure)
{
	struct object_sizes sizes;
	struct tally *tally;

	if (!witness_is_count(lk->witness, o) ||
	    (!sure && !witness_is_outside(lk->witness, &lk->ctx, o, asked)))
		return OUTSIDE_NOTHING;
	tally = census_tally(&lk->part, o->type, &lk->err);
	if (!tally)
		return OUTSIDE_FAILED;
	looker_measure(lk, o, 0, &sizes);
	tally_count(&lk->part, tally, looker_flags(lk, o, GEN_NONE), &sizes);
	witness_link(lk->witness, o);
	return note_length(lk, o, LENGTHS_SURE) ? OUTSIDE_OBJECT :
						  OUTSIDE_FAILED;
}

static bool read_apart(struct looker *lk, const struct spot *at, uint32_t size)
{
	return trail_block(lk->trail, spot_addr(at) + block_lead(&lk->br),
			   size);
}

/* The cell at @at, in the window, as it comes to rest: one that was caught in a
 * change is read again, a few times, for it is soon over. */
static enum span_state parse_calm(struct reader *rd, raddr at,
				  struct read_span *ret)
{
	const uint64_t off = at - rd->win.start, hand = rd->win.len - off;
	const struct blocksource *src = &rd->s->cap->source;
	uint8_t *p = rd->win.buf + off;
	enum span_state state;
	struct err ignored;

	for (int i = 0;; i++) {
		state = blocksource_read(src, at, p, &ret->span, ret->live);
		if (state != SPAN_TORN || i == MAX_TRIES ||
		    mem_read_some(rd->win.live, at, p, src->cell, &ignored) !=
		    (int64_t)src->cell)
			break;
	}
	if (state == SPAN_USED && ret->span.uneven && ret->span.hand > hand)
		ret->span.hand = hand;
	return state;
}

static const struct image running;

static bool count_span(struct reader *rd, const struct read_span *r)
{
	const struct span *span = &r->span;
	struct passage *s = rd->s;
	struct cell *cell = &s->cells[blocksource_cell(&s->cap->source,
						       span->start)];

	cell->row = rd->table.n;
	cell->reader = (uint8_t)(rd->w.number + 1);
	if (!span->uneven) {
		remember(cell, span->block);
		rd->w.lk.part.in_use += span->n_live;
		fill_pool(&rd->blocks, rd->w.lk.ctx.abi, span);
	}
	return looker_span(&rd->w.lk, &running, (struct spot){ .span = span }, r->live);
}

static bool read_cell(struct reader *rd, raddr at)
{
	struct read_span r;

	switch (parse_calm(rd, at, &r)) {
	case SPAN_FREE:
		if (rd->w.lk.onlooker)
			rd->w.lk.onlooker->empty(rd->w.lk.onlooker, at);
		return true;
	case SPAN_USED:
		return count_span(rd, &r);
	case SPAN_TORN:
		break;
	}
	if (rd->n_late < MAX_LATE)
		rd->late[rd->n_late++] = at;
	else
		rd->w.lk.part.torn++;
	return true;
}

/* Move the window to the cells from @at to @end.  Of malloc's blocks the first
 * has its size before it, and the last may end behind.  Returns how many bytes of
 * the cells are in it; -1: the tracee is gone. */
static int64_t move_to_cells(struct reader *rd, raddr at, raddr end)
{
	const bool chunks = rd->w.lk.br.chunks;
	/* The first of a heap begins behind its books. */
	const bool first = places_find(&rd->s->cap->places, at)->start == at;
	const uint64_t before = chunks && !first ? HEAD_BEFORE : 0;
	const uint64_t behind = chunks ? ROOM_BEHIND : 0;
	uint64_t got;

	if (!window_move(&rd->win, at - before, before + (end - at) + behind,
			 &rd->w.lk.err))
		return -1;
	got = rd->win.len < before ? 0 : rd->win.len - before;
	return (int64_t)(got < end - at ? got : end - at);
}

/* What cannot be read is stepped over, a pool at a time. */
static bool read_cells(struct reader *rd, raddr at, raddr end)
{
	uint64_t size = rd->s->cap->source.cell;

	while (at + size <= end) {
		int64_t got = move_to_cells(rd, at, end);

		if (got < 0)
			return false;
		for (uint64_t n = (uint64_t)got / size; n; n--, at += size) {
			if (!read_cell(rd, at))
				return false;
		}
		if (at + size <= end) {
			rd->w.lk.part.unreadable += size;
			at += size;
		}
	}
	return true;
}

static bool read_piece(struct sweeper *w, raddr start, raddr end)
{
	struct reader *rd = reader_of(&w->lk);

	if (++rd->n_pieces % ASK_AGAIN == 0 &&
	    !headroom_ask(HEADROOM_GO_ON, "to go on", &w->lk.err))
		return false;
	return read_cells(rd, start, end) &&
	       (!trail_is_long(&w->trail) || trail_follow(&w->trail));
}

/* Who was at work on a pool lost the CPU meanwhile: it takes until he has it
 * again.  Those that are torn still are put off once more. */
static bool read_late(struct sweeper *w)
{
	const struct timespec nap = { .tv_nsec = LATE_NAP_NS };
	struct reader *rd = reader_of(&w->lk);

	for (int i = 0; rd->n_late && i < LATE_TRIES; i++) {
		unsigned n = rd->n_late;

		if (i)
			nanosleep(&nap, NULL);
		rd->n_late = 0;
		for (unsigned k = 0; k < n; k++) {
			if (!capture_goes_on(rd->s->cap, &w->lk.err) ||
			    !read_cells(rd, rd->late[k], rd->late[k] +
						rd->s->cap->source.cell))
				return false;
		}
	}
	w->lk.part.torn += rd->n_late;
	return trail_tables(&w->trail);
}

/* The row of the object that was seen at @addr, in @block: each that was is
 * doubted. */
static struct objrow *row_of(const struct reader *rd, raddr block, raddr addr)
{
	const struct passage *s = rd->s;
	const struct blocksource *src = &s->cap->source;
	const struct cell *cell = &s->cells[blocksource_cell(src, block)];
	uint32_t rank = witness_rank(rd->w.lk.witness,
				     blocksource_first(src, block), addr);

	return &reader_of(&s->sweep.sweeper[cell->reader - 1]->lk)->
		table.row[cell->row + rank];
}

/* Read the block at @addr, in a pool, once more: the window is moved to its
 * pool.  Is an object of this type there still?  If not, what was there is taken
 * for what it looked like. */
static enum look_again read_again(struct looker *lk, raddr addr,
				  struct objrow **ret_row, struct pyobj *ret)
{
	struct reader *rd = reader_of(lk);
	const struct blocksource *src = &rd->s->cap->source;
	raddr block = blocksource_block(src, addr);
	raddr base = blocksource_start(src, block);
	struct read_span *r = &rd->again;
	struct spot at;
	uint32_t size;
	int k;

	if (!block)
		return AGAIN_GONE;
	if (rd->settled != base &&
	    move_to_cells(rd, base, base + src->cell) < 0)
		return AGAIN_FAILED;
	rd->settled = base;
	if (rd->win.start + rd->win.len < base + src->cell ||
	    parse_calm(rd, base, r) != SPAN_USED)
		return AGAIN_GONE;
	k = span_index(&r->span, block);
	if (k < 0 || !(r->live[k / 64] >> (k % 64) & 1))
		return AGAIN_GONE;
	at = (struct spot){ .span = &r->span, .k = (uint32_t)k };
	size = span_size(&r->span, (uint32_t)k);
	*ret_row = row_of(rd, block, addr);
	return span_has(&r->span, (uint32_t)k, size) &&
	       block_object(&lk->br, spot_addr(&at), spot_bytes(&at),
			    size, ret) && ret->addr == addr &&
	       ret->type->index == (*ret_row)->type &&
	       witness_believes(lk->witness, &lk->ctx, ret, LISTED_UNTOLD) ?
		AGAIN_THERE : AGAIN_GONE;
}

/* A process that runs: what passes by gets a row, and who nobody spoke for in
 * the end is read again. */
static const struct image running = {
	.found = found,
	.apart = read_apart,
	.outside = count_outside,
	.words = words,
	.buffer = claim_buffer,
	.again = read_again,
};

static bool reader_init(struct sweeper *w, struct err *err)
{
	struct reader *rd = reader_of(&w->lk);
	struct passage *s = w->sweep->arg;

	rd->s = s;
	objtable_begin(&rd->table);
	if (!window_init(&rd->win, s->cap->tr.target->mem, err) ||
	    !looker_init(&w->lk, &running, s->cap, &s->witness, &rd->win.mem,
			 err))
		return false;
	trail_init(&w->trail, &w->sweep->seen, &w->lk, &rd->win);
	w->lk.ctx.size_class = size_class;
	w->lk.ctx.arg = rd;
	return true;
}

static void reader_fini(struct sweeper *w)
{
	struct reader *rd = reader_of(&w->lk);

	fill_add_pools(rd->s->blocks, &rd->blocks);
	window_fini(&rd->win);
	objtable_fini(&rd->table);
	containers_fini(&rd->containers);
}

static bool group(struct sweeper *w)
{
	const struct objtable *table = &reader_of(&w->lk)->table;

	return census_group(&w->lk.part, table, 0, table->n,
			    w->lk.cap->types.all.n, NULL, &w->lk.err);
}

static const struct sweep_ops sweep_of_passage = {
	.size = sizeof(struct reader),
	.init = reader_init,
	.fini = reader_fini,
	.cells = read_piece,
	.late = read_late,
	.group = group,
};

/* An object outside the pools takes 512 bytes of the tracee, mostly; some words
 * for each may only look as if they led to one. */
static size_t most_seen(const struct capture *cap, const struct headroom *room)
{
	uint64_t most = cap->most_words / ADDRESS_EACH;

	if (most > room->memory / SEEN_BYTES)
		most = room->memory / SEEN_BYTES;
	return most < MAX_SEEN ? (size_t)most : MAX_SEEN;
}

/* Each takes 3 MiB, and reading is what takes the time. */
static unsigned readers(const struct snapshot_options *opt)
{
	unsigned width = opt->gentle ? 1 : parallel_width();

	return width < MAX_READERS ? width : MAX_READERS;
}

static bool tell_lengths(struct passage *s, struct stream *ret, struct err *err)
{
	for (unsigned i = 0; i < s->sweep.width && s->opt->want_containers;
	     i++) {
		struct reader *rd = reader_of(&s->sweep.sweeper[i]->lk);

		if (!lengths_tell(&ret->containers, &rd->containers,
				  &rd->table, &s->cap->types, err))
			return false;
	}
	return true;
}

bool stream_take(struct stream *ret, struct capture *cap,
		 const struct snapshot_options *opt, struct err *err)
{
	struct passage s = {
		.cap = cap, .opt = opt, .blocks = &ret->blocks,
		.sweep = {
			.ops = &sweep_of_passage, .arg = &s, .cap = cap,
			.partial = true, .width = readers(opt),
			.most = WINDOW_SIZE, .progress = opt->progress,
			.progress_arg = opt->progress_arg,
		},
	};
	struct headroom room;
	bool ok;

	memset(ret, 0, sizeof(*ret));
	if (opt->object)
		return err_set(err, ERR_USAGE,
			       "--objects needs a stopped tracee");
	headroom_read(&room);
	if (!headroom_check(&room, HEADROOM_RUNNING, "a look while it runs",
			    err))
		return false;
	ok = capture_watch(cap, err) &&
	     witness_init(&s.witness, &cap->places, &cap->tr.rt.abi, err);
	if (cap->source.chunks)
		s.sweep.most -= ROOM_BEHIND + ADDR_PAGE;
	s.cells = calloc(cap->source.n_cells + 1, sizeof(*s.cells));
	ok = ok && (s.cells || err_nomem(err)) &&
	     sweep_run(&s.sweep, most_seen(cap, &room), &ret->census, err) &&
	     tell_lengths(&s, ret, err);
	memcpy(ret->cut_short, s.sweep.cut_short, sizeof(ret->cut_short));
	ret->n_seen = seen_shared_count(&s.sweep.seen, &ret->n_dropped);
	sweep_fini(&s.sweep);
	witness_fini(&s.witness);
	free(s.cells);
	return ok;
}
