/* SPDX-License-Identifier: MIT */
#ifndef PYABI_PYTYPE_H
#define PYABI_PYTYPE_H

#include <pthread.h>

#include "base/addrmap.h"
#include "base/strset.h"
#include "base/vec.h"
#include "pyabi/object.h"

struct layout;

/* Bits of tp_flags.  Facts: CPython, Include/object.h. */
#define TPF_STATIC_BUILTIN (1ull << 1)		/* 3.12+ */
#define TPF_INLINE_VALUES (1ull << 2)		/* 3.13+ */
#define TPF_MANAGED_WEAKREF (1ull << 3)		/* 3.12+ */
#define TPF_MANAGED_DICT (1ull << 4)		/* 3.11+ */
#define TPF_HEAPTYPE (1ull << 9)
#define TPF_READY (1ull << 12)
#define TPF_HAVE_GC (1ull << 14)
#define TPF_ITEMS_AT_END (1ull << 23)		/* 3.12+ */
#define TPF_LONG_SUBCLASS (1ull << 24)
#define TPF_LIST_SUBCLASS (1ull << 25)
#define TPF_TUPLE_SUBCLASS (1ull << 26)
#define TPF_BYTES_SUBCLASS (1ull << 27)
#define TPF_STR_SUBCLASS (1ull << 28)
#define TPF_DICT_SUBCLASS (1ull << 29)
#define TPF_EXC_SUBCLASS (1ull << 30)
#define TPF_TYPE_SUBCLASS (1ull << 31)

struct pytype_slot {
	uint32_t off;		/* in an instance */
	uint32_t member;	/* which of the definitions behind the type */
};

/**
 * A type of the tracee, as far as reading its instances needs it.  Read once,
 * never changed afterwards, freed with the table.
 */
struct pytype {
	raddr addr;
	uint32_t index;			/* in the table, from 0 */
	uint64_t flags;
	int64_t basicsize, itemsize, dictoffset, weaklistoffset;
	raddr cached_keys;		/* ht_cached_keys or 0 */
	raddr traverse, dealloc;	/* tp_traverse, tp_dealloc */
	/** Whether the collector knows an instance, its own code decides
	 *  (tp_is_gc; that of `type`, of which we know how, not counted). */
	bool asks_is_gc;
	const struct pytype *meta;	/* its ob_type; itself for `type` */
	const struct pytype *base;	/* tp_base or NULL */
	/** Made by a class statement: its instances are traversed by the
	 *  generic code for such, then by that of @cbase. */
	bool python_class;
	const struct pytype *cbase;	/* the first C type along base */
	/** The row that describes its objects, or how they begin: that of the
	 *  nearest base that has one.  NULL: all that is known of them is that
	 *  they are objects. */
	const struct layout *layout;
	/** How far that row describes them, where a C type that has none added
	 *  to its base; else 0. */
	uint32_t described;
	/** ...and does not leave it to the base what is visited. */
	bool own_traverse;
	bool gc;			/* instances have a GC head, as far as
					   the type tells: see type_instance */
	uint8_t pre;			/* bytes that precede an instance */
	/** What the allocator is asked for, for any instance; 0: it depends
	 *  on the instance. */
	uint32_t same_block;
	/** What sys.getsizeof() says of any instance; 0: it depends. */
	uint32_t same_size;
	/** No instance refers to others: its words are text and numbers. */
	bool is_leaf;
	bool no_buffers;	/* ... has blocks besides its own */
	/** Its buffers are for what obj_data() tells, and no references: those
	 *  of numpy's arrays may be of objects. */
	bool has_data;
	bool any_bytes;		/* ... can contradict itself */
	/** The members of __slots__ that hold objects, of this type alone
	 *  (bases have their own). */
	struct pytype_slot *slots;
	uint32_t n_slots;
	/** Does its dict define __sizeof__()?  For sizebound.c, which asks
	 *  once. */
	bool own_sizeof, asked_sizeof;
	/** Set by pytypes_name(); NULL before.  Types of one name share them,
	 *  and the number of @full. */
	const char *module, *name, *full;
	uint32_t full_id;
};

/** Does C code that nobody described decide what an object of type @t refers
 *  to?  Then its words are looked at, and those that look like it are taken. */
static inline bool pytype_is_foreign(const struct pytype *t)
{
	return !t->layout || t->own_traverse;
}

/** May objects of type @t refer to others?  Of what does not, the words may
 *  look like references. */
static inline bool obj_may_refer(const struct pytype *t)
{
	return !t->is_leaf;
}

/** May what is in their buffers?  Data may look like anything, and be large. */
static inline bool obj_buffers_may_refer(const struct pytype *t)
{
	return !t->is_leaf && !t->has_data;
}

struct pytypes {
	const struct abi *abi;
	struct mem *mem;
	VEC(struct pytype *) all;
	struct addrmap by_addr;		/* index, or not a type */
	struct strset names;		/* what types are called */
	uint64_t n_refused;		/* more than MAX_TYPES */
	uint64_t n_nameless;		/* static, and called "?" */
	raddr type_type;		/* &PyType_Type */
	struct pytype *type_self;	/* what is there */
	/** tp_dealloc and tp_traverse of Python classes; 0 before known. */
	raddr subtype_dealloc, subtype_traverse;
	pthread_mutex_t lock;
	struct pyctx ctx;
};

/** What @ctx points at is borrowed; &PyType_Type is at @type_type. */
MUST_CHECK bool pytypes_init(struct pytypes *types, const struct pyctx *ctx,
			     raddr type_type, struct err *err);
void pytypes_fini(struct pytypes *types);

/**
 * The type at @addr, read when it is first asked for; NULL if what is there is
 * no type: its own type must lead to `type` within a few steps, and its sizes
 * must be possible.  Any number of threads may ask.
 */
const struct pytype *pytypes_get(struct pytypes *types, raddr addr);

/** Each address that was asked for and is that of no type. */
void pytypes_refused(const struct pytypes *types,
		     void (*fn)(void *arg, raddr addr), void *arg);

/**
 * Tell Python classes by the tp_dealloc and tp_traverse they share.  Before
 * this none is known as one, so it must come before anything else is asked for.
 */
void pytypes_know_classes(struct pytypes *types, raddr subtype_dealloc,
			  raddr subtype_traverse);

/**
 * Find out the names of @t: module, qualified name and what it is called in
 * reports, as generalised UTF-8 (lone surrogates are kept as three bytes).
 * What cannot be read is called "?".  One thread at a time.
 */
MUST_CHECK bool pytypes_name(struct pytypes *types, const struct pytype *t,
			     struct err *err);

/** The bytes that precede an object of type @t whose own flags, if it is a
 *  type itself, are @own_flags: static types have no GC head. */
static inline uint8_t pytype_pre(const struct pytype *t, uint64_t own_flags)
{
	if ((t->flags & TPF_TYPE_SUBCLASS) && !(own_flags & TPF_HEAPTYPE))
		return 0;
	return t->pre;
}

#endif
