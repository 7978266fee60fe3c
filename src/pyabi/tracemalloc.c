/* SPDX-License-Identifier: MIT */
/*
 * From tracemalloc's tables to blocks, tracebacks and files.
 *
 * A trace is reached through the table of its domain (3.9 ..), or has the
 * domain in its key (.. 3.8).  Many share a traceback, and tracebacks share
 * files: each is read once, and known by its address, for they are only given
 * back when tracing ends.
 */
#include "pyabi/tracemalloc.h"

#include <stdlib.h>
#include <string.h>

#include "base/addrmap.h"
#include "base/bounds.h"
#include "base/load.h"
#include "pyabi/pyhashtable.h"
#include "pyabi/strobj.h"
#include "result/dump.h"

enum {
	MOST_DOMAINS = 1 << 16,
	MOST_NFRAME = 1 << 16,	/* UINT16_MAX from 3.9 on */
	FRAMES_AT_ONCE = 64,
	FRAME_BYTES = 12,	/* it is packed */
	ASK_TIME = 4096,	/* blocks between two looks at the clock */
	AROUND = 16,		/* words */
	MALLOC_UNIT = 16,
};

#define MOST_PEAK (1ull << 43)

struct reading {
	struct traces *to;
	struct pyctx *ctx;
	uint32_t domain;		/* of the table that is being read */
	unsigned domains;
	struct addrmap tracebacks, files;	/* by address */
	bool has_table;			/* all tracebacks are known */
	uint64_t most;			/* bytes that were ever traced */
	uint64_t entries;		/* that its tables say to have */
	bool (*has_time)(void *arg);
	void *arg;
	char text[MAX_CODE_NAME];
};

static bool file_text(struct reading *r, raddr at)
{
	struct err ignored;

	if (r->ctx->abi->trace_file == TRACE_FILE_CSTR)
		return mem_cstr(r->ctx->mem, at, r->text, sizeof(r->text),
				&ignored);
	return strobj_text(r->ctx, at, r->text, sizeof(r->text));
}

/* One that cannot be read is "?". */
static bool read_file_name(struct reading *r, raddr at, uint32_t *ret,
			   struct err *err)
{
	*ret = addrmap_get(&r->files, at);
	if (*ret != ADDRMAP_NONE)
		return true;
	if (!at || !file_text(r, at))
		strcpy(r->text, "?");
	*ret = strset_add(&r->to->files, r->text, err);
	return *ret != STRSET_NONE &&
	       (!at || addrmap_put(&r->files, at, *ret, err));
}

static bool add_frames(struct reading *r, const uint8_t *p, uint32_t n,
		       struct err *err)
{
	const struct abi *abi = r->ctx->abi;

	for (uint32_t i = 0; i < n; i++, p += abi->tmframe_sizeof) {
		struct traces_frame *frame = vec_add(&r->to->frames, err);

		if (!frame)
			return false;
		frame->line = load_u32(p + abi->tmframe_lineno);
		if (!read_file_name(r, load_u64(p + abi->tmframe_filename),
				    &frame->file, err))
			return false;
	}
	return true;
}

/* All of it or nothing. */
static bool read_frames(struct reading *r, raddr at, uint32_t n,
			struct err *err)
{
	uint8_t tmp[FRAMES_AT_ONCE * FRAME_BYTES];

	while (n) {
		const uint32_t k = n < FRAMES_AT_ONCE ? n : FRAMES_AT_ONCE;
		const uint8_t *p = ctx_bytes(r->ctx, at, k * FRAME_BYTES, tmp);

		if (!p)
			return err_at(err, ERR_FAULT, at, "a traceback is not "
				      "readable");
		if (!add_frames(r, p, k, err))
			return false;
		at += k * FRAME_BYTES;
		n -= k;
	}
	return true;
}

/* How many frames it has; 0: it cannot be one. */
static uint32_t frames_of(struct reading *r, raddr at, uint32_t *ret_total)
{
	const struct abi *abi = r->ctx->abi;
	const unsigned faults = r->ctx->faults;
	uint32_t n = ctx_u32(r->ctx, at + abi->tmtraceback_nframe);

	*ret_total = 0;
	if (abi_has(abi->tmtraceback_total_nframe)) {
		*ret_total = n >> 16;
		n &= 0xffff;
	}
	if (r->ctx->faults != faults || n > MOST_NFRAME ||
	    r->to->frames.n + n > MAX_TRACE_FRAMES)
		return 0;
	return n;
}

/* ADDRMAP_NONE: it cannot be read. */
static bool read_traceback(struct reading *r, raddr at, uint32_t *ret,
			   struct err *err)
{
	struct traces *to = r->to;
	const size_t first = to->frames.n;
	struct traces_traceback *tb;
	uint32_t n, total;

	*ret = at ? addrmap_get(&r->tracebacks, at) : ADDRMAP_NONE;
	if (!at || *ret != ADDRMAP_NONE)
		return true;
	n = frames_of(r, at, &total);
	if (!n)
		return true;
	if (!read_frames(r, at + r->ctx->abi->tmtraceback_frames, n, err)) {
		to->frames.n = first;
		return err->code == ERR_FAULT;
	}
	tb = vec_add(&to->tracebacks, err);
	if (!tb)
		return false;
	*tb = (struct traces_traceback){ (uint32_t)first, n, total };
	*ret = (uint32_t)(to->tracebacks.n - 1);
	to->records += r->ctx->abi->tmtraceback_frames +
		       (int64_t)n * FRAME_BYTES;
	return addrmap_put(&r->tracebacks, at, *ret, err);
}

/* It begins with its hash. */
static bool take_traceback(void *arg, const struct pyhashentry *e,
			   struct err *err)
{
	struct reading *r = arg;
	uint32_t number;

	return ctx_u64(r->ctx, e->key) != e->hash ||
	       read_traceback(r, e->key, &number, err);
}

/* Those of its table are there as long as it traces, and all there are. */
static bool read_tracebacks(struct reading *r, const struct tracemalloc *tm,
			    struct err *err)
{
	struct pyhashtable table;
	uint64_t found;

	r->has_table = tm->tracebacks &&
		       pyhashtable_read(&table, r->ctx,
					ctx_u64(r->ctx, tm->tracebacks));
	return !r->has_table ||
	       pyhashtable_walk(&table, r->ctx, PYHASH_OTHER, take_traceback,
				r, &found, err);
}

/* But for one, a variable, which stands for none. */
static bool is_no_traceback(struct reading *r, raddr at)
{
	const struct abi *abi = r->ctx->abi;
	const raddr frame = at + abi->tmtraceback_frames;
	uint32_t total;

	return frames_of(r, at, &total) == 1 &&
	       ctx_u32(r->ctx, frame + abi->tmframe_lineno) == 0 &&
	       file_text(r, ctx_u64(r->ctx, frame + abi->tmframe_filename)) &&
	       strcmp(r->text, "<unknown>") == 0;
}

/* That of a trace; ADDRMAP_NONE: what was taken for one leads elsewhere. */
static bool find_traceback(struct reading *r, raddr at, uint32_t *ret,
			   struct err *err)
{
	*ret = at ? addrmap_get(&r->tracebacks, at) : ADDRMAP_NONE;
	if (!at || *ret != ADDRMAP_NONE ||
	    (r->has_table && !is_no_traceback(r, at)))
		return true;
	return read_traceback(r, at, ret, err);
}

static bool add_block(struct reading *r, const struct traces_block *block,
		      raddr traceback, struct err *err)
{
	struct traces_block *slot;
	uint32_t number;

	if (!find_traceback(r, traceback, &number, err))
		return false;
	if (number == ADDRMAP_NONE || block->size > r->most)
		return true;	/* it counts as lost */
	slot = vec_add(&r->to->blocks, err);
	if (!slot)
		return false;
	*slot = *block;
	slot->traceback = number;
	slot->type = STRSET_NONE;
	return true;
}

static bool take_sized(void *arg, const struct pyhashentry *e,
		       struct err *err)
{
	const struct abi *abi = ((struct reading *)arg)->ctx->abi;
	const uint8_t *data = (const uint8_t *)e->data;
	const struct traces_block block = {
		.at = e->key, .domain = e->more,
		.size = load_u64(data + abi->trace_size),
	};

	return add_block(arg, &block, load_u64(data + abi->trace_traceback),
			 err);
}

static bool take_fixed(void *arg, const struct pyhashentry *e,
		       struct err *err)
{
	struct reading *r = arg;
	const struct abi *abi = r->ctx->abi;
	uint8_t tmp[2 * sizeof(uint64_t)];
	const uint8_t *p = ctx_bytes(r->ctx, e->value, sizeof(tmp), tmp);
	struct traces_block block = { .at = e->key, .domain = r->domain };

	if (!p)
		return true;
	block.size = load_u64(p + abi->trace_size);
	r->to->records += abi->trace_sizeof;
	return add_block(r, &block, load_u64(p + abi->trace_traceback), err);
}

/* A table of traces, at @at. */
static bool read_traces(struct reading *r, raddr at, struct err *err)
{
	struct pyhashtable table;
	uint64_t found;

	if (!pyhashtable_read(&table, r->ctx, at))
		return true;
	r->to->tables += (int64_t)pyhashtable_size(&table, r->ctx->abi);
	r->entries += table.entries;
	return pyhashtable_walk(&table, r->ctx, PYHASH_POINTER,
				r->ctx->abi->hashtable == HASHTABLE_SIZED ?
				take_sized : take_fixed, r, &found, err);
}

static bool take_domain(void *arg, const struct pyhashentry *e,
			struct err *err)
{
	struct reading *r = arg;

	if (r->domains++ >= MOST_DOMAINS)
		return true;
	r->domain = (uint32_t)e->key;
	return read_traces(r, e->value, err);
}

static bool read_tables(struct reading *r, const struct tracemalloc *tm,
			struct err *err)
{
	const raddr domains = tm->domains ? ctx_u64(r->ctx, tm->domains) : 0;
	struct pyhashtable table;
	uint64_t found;

	r->most = tm->peak ? ctx_u64(r->ctx, tm->peak) : UINT64_MAX >> 1;
	return read_tracebacks(r, tm, err) &&
	       read_traces(r, ctx_u64(r->ctx, tm->traces), err) &&
	       (!domains || !pyhashtable_read(&table, r->ctx, domains) ||
		pyhashtable_walk(&table, r->ctx, PYHASH_NUMBER, take_domain, r,
				 &found, err));
}

/* The table that the variable at @at points at, as get_tracemalloc_memory()
 * counts it. */
static bool weigh(struct reading *r, raddr at)
{
	struct pyhashtable table;

	if (!at || !pyhashtable_read(&table, r->ctx, ctx_u64(r->ctx, at)))
		return false;
	r->to->tables += (int64_t)pyhashtable_size(&table, r->ctx->abi);
	return true;
}

static int64_t sum_of(const struct traces *t)
{
	int64_t sum = 0;

	for (size_t i = 0; i < t->blocks.n; i++)
		sum += (int64_t)t->blocks.v[i].size;
	return sum;
}

/* Can @word, at @at, be a peak of what is @sum now, and no pointer?  Those that
 * stand there point at what malloc gave. */
static bool is_peak(const struct tracemalloc *tm, struct pyctx *ctx, raddr at,
		    uint64_t word, uint64_t sum)
{
	return word >= sum && word < MOST_PEAK && at != tm->tracebacks &&
	       at != tm->filenames && at != tm->domains &&
	       !(word % MALLOC_UNIT == 0 && ctx->may_hold &&
		 ctx->may_hold(ctx->places, word));
}

/* Compilers put static variables side by side, in either order: that which is
 * the sum of all traces is known by that, and its neighbour is the peak. */
static int64_t find_peak(const struct tracemalloc *tm, struct pyctx *ctx,
			 uint64_t sum)
{
	const raddr first = tm->traces - AROUND * sizeof(sum);
	uint64_t words[2 * AROUND + 1];
	int64_t peak = DUMP_UNKNOWN;
	struct err ignored;

	if (!mem_read(ctx->mem, first, words, sizeof(words), &ignored))
		return DUMP_UNKNOWN;
	for (int i = 1; i < 2 * AROUND; i++) {
		for (int to = i - 1; words[i] == sum && to <= i + 1; to += 2) {
			if (!is_peak(tm, ctx, first + 8 * (raddr)to, words[to],
				     sum))
				continue;
			if (peak >= 0 && (uint64_t)peak != words[to])
				return DUMP_UNKNOWN;
			peak = (int64_t)words[to];
		}
	}
	return peak;
}

static void read_totals(struct traces *t, const struct tracemalloc *tm,
			struct pyctx *ctx)
{
	t->traced = t->peak = DUMP_UNKNOWN;
	if (!t->tracing) {
		t->traced = t->peak = 0;
	} else if (tm->traced && tm->peak) {
		t->traced = (int64_t)ctx_u64(ctx, tm->traced);
		t->peak = (int64_t)ctx_u64(ctx, tm->peak);
	} else if (!t->lost) {
		t->traced = sum_of(t);
		t->peak = find_peak(tm, ctx, (uint64_t)t->traced);
	}
}

/* If nothing says whether it is tracing, that it has traces does. */
static void read_config(struct traces *t, const struct tracemalloc *tm,
			struct pyctx *ctx)
{
	const uint32_t at = ctx->abi->tmconfig_max_nframe;

	t->tracing = tracemalloc_is_tracing(tm, ctx);
	if (t->tracing == DUMP_UNKNOWN)
		t->tracing = t->blocks.n != 0;
	t->max_frames = DUMP_UNKNOWN;
	if (tm->config && abi_has(at))
		t->max_frames = (int32_t)ctx_u32(ctx, tm->config + at);
}

/* --- touching ------------------------------------------------------------- */

struct touching {
	struct reading r;		/* of which nothing is kept */
	uint64_t n;
};

static bool touch_time(struct touching *t, struct err *err)
{
	return t->n++ % ASK_TIME || t->r.has_time(t->r.arg) ||
	       err_set(err, ERR_LIMIT, "no time is left to read what "
		       "tracemalloc has");
}

static bool touch_trace(void *arg, const struct pyhashentry *e,
			struct err *err)
{
	struct touching *t = arg;
	uint8_t tmp[2 * sizeof(uint64_t)];

	if (e->value)
		(void)ctx_bytes(t->r.ctx, e->value, sizeof(tmp), tmp);
	return touch_time(t, err);
}

static bool touch_traceback(void *arg, const struct pyhashentry *e,
			    struct err *err)
{
	struct touching *t = arg;
	uint8_t tmp[FRAME_BYTES];
	uint32_t total, n = frames_of(&t->r, e->key, &total);

	for (uint32_t i = 0; i < n; i++)
		(void)ctx_bytes(t->r.ctx, e->key + FRAME_BYTES * (i + 1),
				sizeof(tmp), tmp);
	return touch_time(t, err);
}

static bool touch_file(void *arg, const struct pyhashentry *e,
		       struct err *err)
{
	struct touching *t = arg;

	(void)file_text(&t->r, e->key);
	return touch_time(t, err);
}

static bool touch_table(struct touching *t, raddr at, pyhashtable_fn *fn,
			struct err *err)
{
	struct pyhashtable table;
	uint64_t found;

	return !pyhashtable_read(&table, t->r.ctx, at) ||
	       pyhashtable_walk(&table, t->r.ctx, PYHASH_OTHER, fn, t, &found,
				err);
}

static bool touch_domain(void *arg, const struct pyhashentry *e,
			 struct err *err)
{
	struct touching *t = arg;

	return t->r.domains++ >= MOST_DOMAINS ||
	       touch_table(t, e->value, touch_trace, err);
}

bool tracemalloc_touch(const struct tracemalloc *tm, struct pyctx *ctx,
		       bool (*has_time)(void *arg), void *arg,
		       struct err *err)
{
	struct traces none = { 0 };
	struct touching t = {
		.r = { .to = &none, .ctx = ctx, .has_time = has_time,
		       .arg = arg },
	};
	const struct {
		raddr variable;
		pyhashtable_fn *fn;
	} tables[] = {
		{ tm->tracebacks, touch_traceback },
		{ tm->filenames, touch_file },
		{ tm->domains, touch_domain },
		{ tm->traces, touch_trace },
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		if (tables[i].variable &&
		    !touch_table(&t, ctx_u64(ctx, tables[i].variable),
				 tables[i].fn, err))
			return false;
	}
	return true;
}

/* --- all ------------------------------------------------------------------ */

bool tracemalloc_read(struct traces *ret, const struct tracemalloc *tm,
		      struct pyctx *ctx, struct err *err)
{
	struct reading r = { .to = ret, .ctx = ctx };
	bool ok;

	traces_fini(ret);
	ok = !tm->traces || read_tables(&r, tm, err);
	addrmap_fini(&r.tracebacks);
	addrmap_fini(&r.files);
	if (!ok)
		return false;
	ret->lost = llabs((long long)r.entries - (long long)ret->blocks.n);
	if (!weigh(&r, tm->tracebacks) || !weigh(&r, tm->filenames))
		ret->tables = DUMP_UNKNOWN;
	read_config(ret, tm, ctx);
	read_totals(ret, tm, ctx);
	return true;
}
