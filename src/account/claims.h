/* SPDX-License-Identifier: MIT */
#ifndef ACCOUNT_CLAIMS_H
#define ACCOUNT_CLAIMS_H

#include "account/account.h"

/**
 * Who claims a chunk of malloc or a part of a mapping first has it, and no byte
 * is had twice.
 *
 * What objects say of their data is not believed: of malloc they get chunks that
 * are in use, of mappings no more than is nobody's and lies in one.
 *
 * Cost:  a number a chunk; by owner 56 bytes.
 * Owner: claims_fini().
 */
enum { CLAIMS_NEAR = 64 };	/* bytes from a start: a header, an alignment */

struct range {
	raddr start, end;
};

/** A chunk that an object has, and whose words may lead further. */
struct reached {
	size_t chunk;
	raddr owner;
	const struct pytype *type;
};

struct claims {
	struct account_look *look;
	struct account *acc;
	VEC(struct ledger_data) data;	/* what objects say of theirs */
	VEC(struct range) taken;	/* outside malloc's heaps, too; sorted */
	struct addrmap block_at;	/* of look->blocks, by start */
	VEC(struct account_holding) holdings;
	struct addrmap holding_of;	/* owner, + 1 if inferred */
	VEC(struct reached) queue;	/* what was inferred, in that order */
	uint64_t lost;			/* claims and owners: too many */
	struct err *err;
};

MUST_CHECK bool claims_init(struct claims *cl, struct account_look *look,
			    struct account *acc, struct err *err);
void claims_fini(struct claims *cl);

/** The chunk in use that @addr lies in, or NULL. */
const struct glibc_chunk *claims_chunk(const struct claims *cl, raddr addr);

/** It is @t's, as far as it was nobody's. */
MUST_CHECK bool claims_take(struct claims *cl, const struct glibc_chunk *c,
			    enum typeleaf kind, const struct pytype *t);

/** The same as data of the object @owner. */
MUST_CHECK bool claims_take_data(struct claims *cl,
				 const struct glibc_chunk *c,
				 enum typeleaf kind, raddr owner,
				 const struct pytype *t);

/** [start, start + len), of an anonymous mapping, where there is one and no
 *  chunk. */
MUST_CHECK bool claims_take_mapped(struct claims *cl, raddr start, uint64_t len,
				   enum typeleaf kind, raddr owner,
				   const struct pytype *t);

/**
 * [start, start + len), which is @t's by what it says itself, where an allocator
 * serves that is not glibc's malloc.  Who comes first has a start.  If that
 * allocator is said to have given it, its mapping is known to be the
 * allocator's.
 */
MUST_CHECK bool claims_take_block(struct claims *cl, raddr start, uint64_t len,
				  enum typeleaf kind, const struct pytype *t);

/** Find out, after claims_point(), which other mappings are such an allocator's;
 *  data that it did not give, then, is data in a mapping. */
MUST_CHECK bool claims_settle_others(struct claims *cl);

/** Does @word lead to the start, or at most @near bytes behind, of what can be
 *  had: a chunk in use, an anonymous mapping? */
bool claims_leads(const struct account_look *look, raddr word, uint64_t near);

/** A word of @owner is @word: it is taken to have what begins there, at most
 *  @near bytes before. */
MUST_CHECK bool claims_infer(struct claims *cl, raddr word, uint64_t near,
			     raddr owner, const struct pytype *t);

/** Follow the words of chunks that were inferred, as they are by now. */
MUST_CHECK bool claims_reach(struct claims *cl);

/** Note, in look->changed, which chunks that nobody has are not as they were. */
MUST_CHECK bool claims_recheck(struct claims *cl);

/** Is @at in what somebody has?  Of malloc it always is. */
bool claims_is_taken(const struct claims *cl, raddr at);

/** Name, in look->pointed, who points at what nobody has. */
MUST_CHECK bool claims_point(struct claims *cl);

/** Who has the most. */
MUST_CHECK bool claims_tell(struct claims *cl);

#endif
