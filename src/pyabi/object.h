/* SPDX-License-Identifier: MIT */
#ifndef PYABI_OBJECT_H
#define PYABI_OBJECT_H

#include <stddef.h>
#include <string.h>

#include "attach/mem.h"
#include "base/addr.h"
#include "base/err.h"
#include "pyabi/abi.h"

struct pytypes;
struct pytype;
struct refs;

/** The lowest bits of a link between GC heads (3.8 on) and of a reference on a
 *  stack (3.14 on) are flags, not address. */
enum { LINK_FLAGS = 3 };

/** Memory that an object owns besides its own block. */
struct pybuf {
	raddr addr;		/* as returned by the tracee's malloc */
	uint64_t len;		/* as requested from it */
};

/** How full a container is. */
struct pyfill {
	uint64_t used, room;	/* items, and how many its memory is for */
	/** Bytes that sys.getsizeof() would say less of a copy: of a dict with
	 *  the smallest table of its kind, of l[:], of set(s). */
	uint64_t spare;
};

struct pybufs {
	struct pybuf *v;
	size_t n, room;
};

/** Memory that an object is there to hold, whoever set it aside: the items of
 *  an array, a mapping of mmap. */
struct pydata {
	raddr addr;
	uint64_t len;		/* 0: none */
	raddr owner;		/* the object that has it, maybe another */
	bool mapped;		/* by itself: no malloc() gave it */
};

/**
 * What reading objects needs; one a thread.
 *
 * Decoders of objects do not pass errors from hand to hand: a word that cannot
 * be read is 0 and counts in @faults, a list that outgrows memory or a bound
 * too.  Who asks about an object sets @faults to 0 and looks at it afterwards.
 */
struct pyctx {
	const struct abi *abi;
	struct mem *mem;
	struct pytypes *types;
	unsigned faults;
	/** References looked at so far, null ones too.  Lengths that lie make
	 *  this grow beyond what the tracee's memory can hold. */
	uint64_t words;
	/** The size class of the pool @addr lies in, or 0: in no pool or not
	 *  known.  NULL: ask nobody. */
	uint32_t (*size_class)(void *arg, raddr addr);
	void *arg;
	/** May an object be at @addr at all: in the heap, in a data segment?
	 *  Saves reading what cannot be one.  NULL: ask nobody. */
	bool (*may_hold)(const void *places, raddr addr);
	const void *places;
	/** The function lookdict(), which tables with any keys have for
	 *  dk_lookup (.. 3.10).  0: not known; learned from the first table
	 *  seen that has other keys than str. */
	raddr lookdict;
};

/** One object: its address, its type, and the bytes from @addr on. */
struct pyobj {
	raddr addr;
	const struct pytype *type;
	const uint8_t *p;	/* the bytes at addr */
	uint64_t avail;		/* how many of them may be looked at */
	const uint8_t *pre;	/* the type->pre bytes before addr */
	/** In a block of a pool that is larger than it had to be: set by
	 *  block_object() alone. */
	bool loose;
};

/* Words of the tracee, anywhere: 0 and a fault where unreadable. */
uint64_t ctx_u64(struct pyctx *ctx, raddr at);
uint32_t ctx_u32(struct pyctx *ctx, raddr at);
uint8_t ctx_u8(struct pyctx *ctx, raddr at);
/** @len bytes at @at: a pointer that holds until the next call, or NULL and a
 *  fault.  @tmp, @len bytes, serves where a copy is needed. */
const void *ctx_bytes(struct pyctx *ctx, raddr at, size_t len, void *tmp);

/** Room for @more elements of @size in @v, of which there are @n and for which
 *  @room is set.  False, and a fault: out of memory or of bounds. */
bool ctx_grow(struct pyctx *ctx, void **v, size_t n, size_t *room, size_t more,
	      size_t size);

/** Does @a look like the address of an object: is there the address of a type
 *  at the right place?  Takes a lock; no fault where it does not. */
bool ctx_is_object(struct pyctx *ctx, raddr a);

/* Words of an object. */
static inline uint64_t obj_u64(struct pyctx *ctx, const struct pyobj *o,
			       uint32_t off)
{
	uint64_t v = 0;

	if ((uint64_t)off + 8 <= o->avail)
		memcpy(&v, o->p + off, 8);
	else
		ctx->faults++;
	return v;
}

static inline uint32_t obj_u32(struct pyctx *ctx, const struct pyobj *o,
			       uint32_t off)
{
	uint32_t v = 0;

	if ((uint64_t)off + 4 <= o->avail)
		memcpy(&v, o->p + off, 4);
	else
		ctx->faults++;
	return v;
}

static inline uint8_t obj_u8(struct pyctx *ctx, const struct pyobj *o,
			     uint32_t off)
{
	if (off < o->avail)
		return o->p[off];
	ctx->faults++;
	return 0;
}

void bufs_add(struct pyctx *ctx, struct pybufs *list, raddr addr,
	      uint64_t len);

/**
 * Make @ret the object at @addr of type @type (known already).  The bytes are
 * borrowed from ctx->mem (peek); where that has none, they are copied to
 * @store, which must hold @room bytes: up to that much of the object and of
 * what precedes it is seen.  Room for @type's pre + basicsize + 32 is enough:
 * items beyond are read where they are needed.
 *
 * False: not even its first bytes can be read; counts as a fault.
 */
bool obj_at(struct pyctx *ctx, raddr addr, const struct pytype *type,
	    void *store, size_t room, struct pyobj *ret);

/** What sys.getsizeof() says: the object, its buffers, what precedes it. */
uint64_t obj_size(struct pyctx *ctx, const struct pyobj *o);

/** What was requested from the allocator for the object's own block, with
 *  what precedes it; 0 where only a lower bound is known (see *at_least). */
uint64_t obj_block_size(struct pyctx *ctx, const struct pyobj *o,
			uint64_t *at_least);

/** The same for all objects of type @t, which is read but for this; 0: it
 *  depends on the object. */
uint32_t obj_same_block(const struct pytype *t);

/** Fill in what is the same for all objects of type @t, which is read but for
 *  this: most are asked for it once each. */
void obj_learn(struct pytype *t);

/** The blocks it owns alone, as sys.getsizeof() counts them and those that it
 *  does not count (attribute values, caches).  Appends. */
void obj_buffers(struct pyctx *ctx, const struct pyobj *o,
		 struct pybufs *ret);

/** The data that @o holds, or keeps another from giving back (a memoryview's).
 *  That of a bytes object that it has for itself is the whole object.  len is
 *  what the object says, believed by nobody. */
void obj_data(struct pyctx *ctx, const struct pyobj *o, struct pydata *ret);

/** How many items has it?  Those of what is no dict, list, set or deque, nor of
 *  a class that is derived from them, are not counted: 0. */
uint64_t obj_length(struct pyctx *ctx, const struct pyobj *o);

/** How full is it?  Of what is no list, dict or set, or shares its table: 0. */
void obj_fill(struct pyctx *ctx, const struct pyobj *o, struct pyfill *ret);

/**
 * Its references, as many of them as @to asks for: what gc.get_referents()
 * says, with multiplicity; on demand also objects that it keeps alive but
 * tp_traverse does not visit (a class's name, str keys of a dict, a code
 * object's constants).  Appends.  Unless obj_knows_refs(), they are inferred:
 * what looks like it.
 */
void obj_refs(struct pyctx *ctx, const struct pyobj *o, struct refs *to);

bool obj_knows_refs(struct pyctx *ctx, const struct pyobj *o);

/** Is @o in a list of the collector, as far as its head says? */
bool obj_is_tracked(const struct abi *abi, const struct pyobj *o);

/** ... and do the links of its neighbours there lead back to it?  While a
 *  collection is under way, one direction holds something else. */
bool obj_is_linked(struct pyctx *ctx, const struct pyobj *o);

/** The dict of an instance, if it exists as an object, else 0. */
raddr obj_dict(struct pyctx *ctx, const struct pyobj *o);

/** Would an object of this type, with these bytes, be consistent with itself?
 *  (lengths not negative, states in range).  For telling objects from
 *  buffers that look like one. */
bool obj_plausible(struct pyctx *ctx, const struct pyobj *o);

#endif
