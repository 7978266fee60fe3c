/* SPDX-License-Identifier: MIT */
#ifndef ACCOUNT_LEDGER_H
#define ACCOUNT_LEDGER_H

#include "account/libraries.h"
#include "base/parallel.h"
#include "heap/looker.h"

/**
 * What the sweep of a heap tells an account, noted as it passes by: whose each
 * block of a pool is, and what each object has elsewhere.  So an account needs
 * neither a copy of the heap nor a second visit to its objects.
 *
 *	ledger_init(&lg, cap, libs, &err);	cap knows its places
 *	cap->onlooker = &lg.onlooker;
 *	...					a sweep
 *	ledger_settle(&lg, &err);
 *	... ledger_give(), ledger_block() ...
 *	ledger_fini(&lg);
 *
 * What was refused in the end has nothing.
 *
 * Cost:    4 bytes a block, 24 bytes a pool; 24 bytes for each buffer and each
 *          object outside the pools, 56 for what holds data and for words of
 *          what nobody described.
 * Threads: as struct onlooker has it; then any number may ask.
 * Owner:   ledger_fini(), also of what is zeroed.
 */
enum ledger_state {
	LEDGER_FREE,
	LEDGER_NOBODYS,		/* in use; number: the library's, or 0 */
	LEDGER_BUFFER,		/* of an object; number: pytype.index */
	LEDGER_OBJECT,
};

struct ledger_block {
	uint32_t state : 2;
	uint32_t interned : 1;	/* a text */
	uint32_t number : 29;
};

enum ledger_cell_state { LEDGER_TORN, LEDGER_EMPTY, LEDGER_TOLD };

/** A pool.  Of malloc's pages nothing is noted. */
struct ledger_cell {
	struct ledger_block *block;	/* n; the rest of room is free */
	uint32_t size;			/* of a block */
	uint16_t head;			/* bytes before the first */
	uint16_t n, room;
	uint8_t state;			/* enum ledger_cell_state */
};

/** What an object is, outside the pools, or has as its buffer. */
struct ledger_part {
	raddr owner : 48;
	uint64_t is_buffer : 1;
	uint64_t : 15;
	raddr addr : 48;	/* what its malloc() returned */
	uint64_t : 16;
	uint64_t len : 40;	/* as it says: believed by nobody */
	uint64_t type : 24;	/* pytype.index, of the owner */
};

enum ledger_claim {
	LEDGER_DATA,		/* of its own, */
	LEDGER_EXPORTED,	/* ... or that it keeps another from giving back */
	LEDGER_WORD,		/* a word that leads to the start of something */
};

/** What the object @finder says of data: obj_data(), or a word of it. */
struct ledger_data {
	raddr finder;
	struct pydata data;
	uint32_t type;		/* pytype.index, of data.owner */
	uint32_t order;		/* of those of one finder */
	enum ledger_claim claim;
};

/** Of one thread. */
struct ledger_page {
	struct ledger *ledger;
	struct ledger_block now[SPAN_MAX_BLOCKS];	/* of the span that passes */
	struct ledger_block *room;	/* for more blocks, */
	size_t n_room;
	VEC(struct ledger_block *) slabs;
	VEC(struct ledger_part) parts;
	VEC(struct ledger_data) data;
	VEC(raddr) refused;
};

struct ledger {
	struct onlooker onlooker;
	const struct capture *cap;
	const struct libraries *libs;
	/** May @word lead to the start of something that can be had? */
	bool (*leads)(void *arg, raddr word);
	void *arg;
	struct ledger_cell *cell;	/* by number of cap->source */
	struct ledger_page *page[PARALLEL_MAX];
	size_t n_pages;
	struct addrmap refused;		/* objects that are none */
};

MUST_CHECK bool ledger_init(struct ledger *lg, const struct capture *cap,
			    const struct libraries *libs, struct err *err);
void ledger_fini(struct ledger *lg);

/** All have swept: know who was refused. */
MUST_CHECK bool ledger_settle(struct ledger *lg, struct err *err);

/** The object at @owner was. */
static inline bool ledger_is_refused(const struct ledger *lg, raddr owner)
{
	return addrmap_get(&lg->refused, owner) != ADDRMAP_NONE;
}

/** The block that holds @addr, of a pool that was told; or NULL.  @ret_cell: its
 *  pool. */
struct ledger_block *ledger_block(const struct ledger *lg, raddr addr,
				  const struct ledger_cell **ret_cell);

/** The block in a pool that holds @part, a buffer, is that of its type; false: in
 *  none.  Safe among threads; where several have it, who has it does not depend
 *  on who comes first. */
bool ledger_give(const struct ledger *lg, const struct ledger_part *part);

#endif
