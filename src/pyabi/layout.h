/* SPDX-License-Identifier: MIT */
#ifndef PYABI_LAYOUT_H
#define PYABI_LAYOUT_H

#include "pyabi/abi.h"
#include "pyabi/refs.h"

/**
 * How the objects of one C type look: a row per type, in pyabi/types/.
 *
 * Fields are named by their place in struct abi, so that one row serves every
 * CPython: a field that a version lacks is ABI_ABSENT there and is skipped.
 * What fixed fields cannot say, the functions do; each may be NULL.
 *
 * Facts: the tp_traverse, tp_dealloc and __sizeof__ of the type.
 */
#define LAYOUT_FIELD(name) ((uint16_t)offsetof(struct abi, name))
enum { LAYOUT_MAX_FIELDS = 20, LAYOUT_MAX_HEAP_FIELDS = 4 };

enum layout_opaque {
	OPAQUE_NOT,
	OPAQUE_VISITS,		/* it visits them all */
	OPAQUE_OWNS,		/* it visits none */
};

struct layout {
	/** tp_name: "dict", "collections.deque"; versions that call it
	 *  otherwise are further rows or, with '|', alternatives. */
	const char *name;
	/** The field of struct abi that tp_basicsize must equal; 0: any. */
	uint16_t basicsize;
	/** PyObject pointers that tp_traverse visits. */
	uint16_t visit[LAYOUT_MAX_FIELDS];
	/** Those that it visits once it is a heap type; before it owns them. */
	uint16_t visit_heap[LAYOUT_MAX_HEAP_FIELDS];
	/** PyObject pointers that are owned but not visited. */
	uint16_t own[LAYOUT_MAX_FIELDS];

	/** __sizeof__(), without what precedes the object.  NULL: basicsize +
	 *  itemsize * ob_size. */
	uint64_t (*size)(struct pyctx *ctx, const struct pyobj *o);
	/** What the allocator was asked for, without what precedes the
	 *  object, where that is not basicsize + itemsize * ob_size; 0: not
	 *  known exactly, then @at_least, all told, may be raised.  Not asked
	 *  of instances of Python classes: they all come from
	 *  PyType_GenericAlloc(). */
	uint64_t (*block)(struct pyctx *ctx, const struct pyobj *o,
			  uint64_t *at_least);
	/** How many items an instance of a Python class was made with, where
	 *  ob_size does not say. */
	uint64_t (*items)(struct pyctx *ctx, const struct pyobj *o);
	void (*buffers)(struct pyctx *ctx, const struct pyobj *o,
			struct pybufs *ret);
	/** The field of struct abi that counts its items, of a container to
	 *  which they are added one by one; 0: it is none. */
	uint16_t length;
	/** See obj_data().  NULL: it holds none. */
	void (*data)(struct pyctx *ctx, const struct pyobj *o,
		     struct pydata *ret);
	/** See obj_fill().  NULL: it is no container. */
	void (*fill)(struct pyctx *ctx, const struct pyobj *o,
		     struct pyfill *ret);
	/** What @visit and @own do not say. */
	void (*refs)(struct pyctx *ctx, const struct pyobj *o,
		     struct refs *to);
	bool (*plausible)(struct pyctx *ctx, const struct pyobj *o);
	/** A heap type whose tp_traverse skips the type. */
	bool visits_no_type;
	/** The size is as said here; references are the words that point at
	 *  objects. */
	enum layout_opaque opaque;
	/** Are some of its references inferred from what memory looks like, so
	 *  that they may be wrong?  NULL: never. */
	bool (*guesses)(struct pyctx *ctx, const struct pyobj *o);
};

/**
 * The row for a C type of this tp_name and tp_basicsize, or NULL.
 *
 * @type: the type itself, or NULL.  A tuple with names is read like any struct
 * sequence, whatever it is called.
 */
const struct layout *layout_find(const struct abi *abi, const char *tp_name,
				 uint64_t basicsize,
				 const struct pytype *type);

/**
 * The field of struct abi by which objects of this tp_name should have another
 * tp_basicsize than @basicsize; 0: they may have it, or nobody knows the name.
 */
uint16_t layout_misfit(const struct abi *abi, const char *tp_name,
		       uint64_t basicsize);

#endif
