/* SPDX-License-Identifier: MIT */
#ifndef PYABI_REFS_H
#define PYABI_REFS_H

#include "pyabi/object.h"

/**
 * References of an object: what its type's reader emits, obj_refs() collects
 * and whoever asked takes.
 *
 *	struct refs refs = { .named = true, .owned = true };
 *
 *	refs_begin(&refs);
 *	obj_refs(ctx, o, &refs);
 *	... refs.v[i] is held by refs.names[i] ...
 *	refs_fini(&refs);
 *
 * Most who ask want addresses only, and millions of them: so names are beside
 * the addresses, not with them, and what it takes to find them is read only
 * for who wants them.
 */
enum ref_how {
	REF_FIELD,	/* of the C struct: .field */
	REF_ATTRIBUTE,	/* that the instance has itself: .key is a str */
	REF_SLOT,	/* of __slots__: .key is a C string */
	REF_KEY,	/* of a hash table: .index of the entry */
	REF_VALUE,	/* of a dict: .key */
	REF_ITEM,	/* .index */
	REF_LOCAL,	/* variable of a frame: .key is a str */
	REF_CELL,	/* the cell of such a variable: .key is a str */
	REF_STACK,	/* what a frame computes with: .index from its bottom */
	REF_TYPE,
	REF_BASE,	/* of a class: __base__ */
	REF_WEAK,
	REF_INFERRED,	/* a word that looks like it: .index in bytes */
	REF_N_HOW
};

/** Two things may be said of a reference; most are both. */
enum ref_tie {
	REF_VISITED = 1,	/* tp_traverse visits it */
	REF_COUNTED = 2,	/* it is in the ob_refcnt of what it leads to */
	REF_BOTH = REF_VISITED | REF_COUNTED,
};

struct ref_name {
	uint8_t how;		/* enum ref_how */
	uint8_t tie;		/* of enum ref_tie; 0: a weak one, say */
	union {
		uint64_t index;
		raddr key;
		const char *field;	/* lives for ever */
	};
};

/**
 * A list of references that is reused from object to object.
 *
 * Without @take it grows.  With it, it is handed over and emptied whenever a
 * few thousand are in it: a list of ten million items would cost memory, and
 * page faults while the tracee stands still.  When @take returns false, it is
 * not called again.
 */
struct refs {
	raddr *v;
	struct ref_name *names;		/* as many, if @named or @tied */
	size_t n, room;

	bool named;
	/** Of @names only how and tie are of interest: what it takes to find
	 *  the rest is not read. */
	bool tied;
	/* What is asked for besides those that are visited: those that are
	 * counted only; those that are neither. */
	bool owned, loose;
	/** For obj_refs(): what would be visited is not. */
	bool unvisited;

	/** About so many are enough, and words looked at for them; 0: all. */
	size_t most;
	bool (*take)(void *arg, const raddr *v, size_t n);
	void *arg;
	bool refused;		/* by @take, or @most are here: that will do */
	bool cut;		/* of so many words only @most were looked at */
};

/** Empty @to, for the next object. */
void refs_begin(struct refs *to);
/** Hand over what is left.  False: @take did not want it, or one before. */
MUST_CHECK bool refs_end(struct refs *to);
void refs_fini(struct refs *to);

/* --- for readers of types ------------------------------------------------ */

static inline struct ref_name ref_field(const char *field)
{
	return (struct ref_name){ .how = REF_FIELD, .tie = REF_BOTH,
				  .field = field };
}

static inline struct ref_name ref_index(enum ref_how how, uint64_t index)
{
	return (struct ref_name){ .how = (uint8_t)how, .tie = REF_BOTH,
				  .index = index };
}

static inline struct ref_name ref_key(enum ref_how how, raddr key)
{
	return (struct ref_name){ .how = (uint8_t)how, .tie = REF_BOTH,
				  .key = key };
}

static inline struct ref_name ref_tied(unsigned tie, struct ref_name name)
{
	name.tie = (uint8_t)tie;
	return name;
}

/** Counted, but not visited. */
static inline struct ref_name ref_owned(struct ref_name name)
{
	return ref_tied(REF_COUNTED, name);
}

/** Are references of this @tie asked for?  What takes long to find need not be
 *  looked for otherwise. */
static inline bool refs_want(const struct refs *to, unsigned tie)
{
	if (to->unvisited)
		tie &= ~(unsigned)REF_VISITED;
	return tie & REF_VISITED || (tie ? to->owned : to->loose);
}

/** Are there names beside the addresses? */
static inline bool refs_has_names(const struct refs *to)
{
	return to->named || to->tied;
}

/** Room for @more in @to. */
bool refs_room(struct pyctx *ctx, struct refs *to, size_t more);

/** Add the reference to @a; 0 is skipped.  Out of memory is a fault. */
static inline void refs_add(struct pyctx *ctx, struct refs *to,
			    struct ref_name name, raddr a)
{
	ctx->words++;
	if (!a || !refs_want(to, name.tie) ||
	    (to->n == to->room && !refs_room(ctx, to, 1)))
		return;
	if (refs_has_names(to)) {
		if (to->unvisited)
			name.tie &= REF_COUNTED;
		to->names[to->n] = name;
	}
	to->v[to->n++] = a;
}

/** The @n words at @at (a list's items, say), skipping 0; @first is the name of
 *  the first, an index.  More than MAX_REFS are a fault. */
void refs_words(struct pyctx *ctx, struct refs *to, struct ref_name first,
		raddr at, uint64_t n);

/** The @n words of @o from @off on: those that are at hand from there, the rest
 *  from memory. */
void refs_own_words(struct pyctx *ctx, struct refs *to, struct ref_name first,
		    const struct pyobj *o, uint64_t off, uint64_t n);

/** The field of @o at this place in struct abi, if this CPython has it. */
void refs_field(struct pyctx *ctx, struct refs *to, const struct pyobj *o,
		uint16_t member);
void refs_owned_field(struct pyctx *ctx, struct refs *to,
		      const struct pyobj *o, uint16_t member);
/** The same of a struct at @at that is no object. */
void refs_field_at(struct pyctx *ctx, struct refs *to, raddr at,
		   uint16_t member);

/* --- names as text ------------------------------------------------------- */

/** "attribute", "item" ... */
const char *ref_how_word(enum ref_how how);

/**
 * What is written where such a reference stands in a program: the name of an
 * attribute, of a slot, of a variable, of a field.  False: it has no name, but
 * an index, or a key, or cannot be read.
 */
MUST_CHECK bool ref_name_text(struct pyctx *ctx, const struct ref_name *name,
			      char *buf, size_t size);

#endif
