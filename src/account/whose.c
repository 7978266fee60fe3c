/* SPDX-License-Identifier: MIT */
/*
 * Whose each chunk of malloc, each buffer in a pool and each mapping is, as far
 * as objects of Python tell, by what a sweep noted of them (ledger.h): who comes
 * first has it.  First data (an array's items), then what objects consist of
 * (themselves, hash tables), at last what is only inferred: objects whose
 * layout nobody described, one of whose words leads to the start of something
 * that nobody has.
 *
 * Of data and of what is inferred first is who has the lowest address.  Parts
 * are many, and are given out in threads: where objects of several types have
 * one, first is the type with the lowest address.
 */
#include <stdlib.h>
#include <string.h>

#include "account/claims.h"
#include "base/parallel.h"
#include "heap/records.h"

/* -- Data, and what is inferred ------------------------------------------- */

static bool claim_data(struct claims *cl, const struct pydata *data,
		       const struct pytype *t)
{
	const struct glibc_chunk *c = claims_chunk(cl, data->addr);
	const bool given = cl->look->libs.allocator && !data->mapped;

	if (c)
		return claims_take_data(cl, c, TYPELEAF_DATA_MALLOC,
					data->owner, t);
	if (given && data->len < ADDR_PAGE)
		return claims_take_block(cl, data->addr, data->len,
					 TYPELEAF_DATA_OTHER, t);
	return claims_take_mapped(cl, data->addr, data->len,
				  given ? TYPELEAF_DATA_OTHER :
					  TYPELEAF_DATA_MAPPED,
				  data->owner, t);
}

static int data_order(const void *a, const void *b)
{
	const struct ledger_data *l = a, *r = b;

	if (l->finder != r->finder)
		return l->finder < r->finder ? -1 : 1;
	return (l->order > r->order) - (l->order < r->order);
}

/* All that was noted of it, but of whom was refused, by who has it. */
static bool gather_data(struct claims *cl)
{
	const struct ledger *lg = &cl->look->ledger;

	for (size_t i = 0; i < lg->n_pages; i++) {
		for (size_t k = 0; k < lg->page[i]->data.n; k++) {
			const struct ledger_data *d = &lg->page[i]->data.v[k];
			struct ledger_data *to;

			if (ledger_is_refused(lg, d->finder))
				continue;
			to = vec_add(&cl->data, cl->err);
			if (!to)
				return false;
			*to = *d;
		}
	}
	if (cl->data.n)
		qsort(cl->data.v, cl->data.n, sizeof(*cl->data.v), data_order);
	return true;
}

static bool claim_all_data(struct claims *cl)
{
	const struct pytypes *types = &cl->look->cap->types;

	for (size_t i = 0; i < cl->data.n; i++) {
		const struct ledger_data *d = &cl->data.v[i];

		if (d->claim == LEDGER_DATA &&
		    !claim_data(cl, &d->data, types->all.v[d->type]))
			return false;
	}
	return true;
}

static bool infer_all(struct claims *cl)
{
	const struct pytypes *types = &cl->look->cap->types;

	for (size_t i = 0; i < cl->data.n; i++) {
		const struct ledger_data *d = &cl->data.v[i];
		const struct pytype *t = types->all.v[d->type];

		if (d->claim == LEDGER_EXPORTED &&
		    !claim_data(cl, &d->data, t))
			return false;
		if (d->claim == LEDGER_WORD &&
		    !claims_infer(cl, d->data.addr, CLAIMS_NEAR, d->finder, t))
			return false;
	}
	return true;
}

/* -- Objects and their buffers -------------------------------------------- */

struct parts {
	struct claims *cl;
	uint32_t *type;		/* by chunk: pytype.index + 1, or 0 */
};

static void give_chunk(const struct parts *parts, uint32_t *to, uint32_t type)
{
	const struct pytypes *types = &parts->cl->look->cap->types;
	uint32_t was = __atomic_load_n(to, __ATOMIC_RELAXED);

	while ((!was || types->all.v[type]->addr <
			types->all.v[was - 1]->addr) &&
	       !__atomic_compare_exchange_n(to, &was, type + 1, false,
					    __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED))
		;
}

static void give_parts(void *arg, unsigned i)
{
	struct parts *parts = arg;
	const struct claims *cl = parts->cl;
	const struct ledger *lg = &cl->look->ledger;
	const struct ledger_page *page = lg->page[i];

	for (size_t k = 0; k < page->parts.n; k++) {
		const struct ledger_part *part = &page->parts.v[k];
		const struct glibc_chunk *c;

		if (ledger_is_refused(lg, part->owner) ||
		    (part->is_buffer && ledger_give(lg, part)))
			continue;
		c = claims_chunk(cl, part->addr);
		if (c)
			give_chunk(parts, &parts->type[c - cl->look->gm.chunks.v],
				   (uint32_t)part->type);
	}
}

/* What is in no chunk. */
static bool take_blocks(struct claims *cl, const struct ledger_page *page)
{
	const struct account_look *look = cl->look;
	const struct ledger_cell *cell;

	for (size_t k = 0; k < page->parts.n; k++) {
		const struct ledger_part *part = &page->parts.v[k];

		if (!ledger_is_refused(&look->ledger, part->owner) &&
		    !ledger_block(&look->ledger, part->addr, &cell) &&
		    !claims_chunk(cl, part->addr) &&
		    !claims_take_block(cl, part->addr, part->len,
				       TYPELEAF_OTHER,
				       look->cap->types.all.v[part->type]))
			return false;
	}
	return true;
}

static bool take_chunks(struct claims *cl, const uint32_t *type)
{
	const struct glibc_malloc *gm = &cl->look->gm;

	for (size_t i = 0; i < gm->chunks.n; i++) {
		if (type[i] &&
		    !claims_take(cl, &gm->chunks.v[i], TYPELEAF_MALLOC,
				 cl->look->cap->types.all.v[type[i] - 1]))
			return false;
	}
	return true;
}

static bool claim_parts(struct claims *cl)
{
	const struct ledger *lg = &cl->look->ledger;
	struct parts parts = {
		.cl = cl,
		.type = calloc(cl->look->gm.chunks.n + 1, sizeof(*parts.type)),
	};
	bool ok = parts.type || err_nomem(cl->err);

	if (ok) {
		parallel_run((unsigned)lg->n_pages, give_parts, &parts);
		ok = take_chunks(cl, parts.type);
	}
	for (size_t i = 0; ok && cl->look->libs.allocator && i < lg->n_pages;
	     i++)
		ok = take_blocks(cl, lg->page[i]);
	free(parts.type);
	return ok;
}

/* -- What Python itself has ----------------------------------------------- */

/** A leaf for records. */
struct claim_states {
	struct claims *cl;
	uint32_t leaf;
};

static bool claim_state(void *arg, const struct interp_record *record,
			struct err *err)
{
	const struct claim_states *cs = arg;
	const struct glibc_chunk *c = claims_chunk(cs->cl, record->used);

	(void)err;
	if (c)
		cs->cl->look->chunk_leaf[c - cs->cl->look->gm.chunks.v] =
			cs->leaf + 1;
	return true;
}

static bool claim_states(struct claims *cl)
{
	struct capture *cap = cl->look->cap;
	int64_t leaf = account_leaf(cl->acc, "python", "malloc",
				    "(interpreters and threads)", NULL,
				    cl->err);
	struct claim_states cs = { cl, (uint32_t)leaf };

	return leaf >= 0 &&
	       records_each(cap, &cap->ctx, claim_state, &cs, cl->err);
}

/* -- All ------------------------------------------------------------------ */

bool account_claims(struct account_look *look, struct account *acc,
		    struct err *err)
{
	struct claims cl;
	/* Without all of the heap it is not known what is nobody's. */
	bool ok = claims_init(&cl, look, acc, err) &&
		  ledger_settle(&look->ledger, err) && claim_states(&cl) &&
		  gather_data(&cl) && claim_all_data(&cl) &&
		  claim_parts(&cl) &&
		  claims_point(&cl) && claims_settle_others(&cl) &&
		  infer_all(&cl) &&
		  (look->cap->cut_short || claims_reach(&cl)) &&
		  (!look->cap->runs_on || claims_recheck(&cl)) &&
		  claims_tell(&cl);

	claims_fini(&cl);
	return ok;
}
