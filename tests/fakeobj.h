/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAKEOBJ_H
#define TESTS_FAKEOBJ_H

#include "fakemem.h"
#include "pyabi/object.h"
#include "pyabi/pytype.h"
#include "pyabi/refs.h"

/**
 * A tracee with objects, laid out as those of CPython 3.MINOR.
 *
 *	struct fakeobj fo;
 *
 *	fakeobj_init(&fo, 12);
 *	list = fakeobj_type(&fo, "list", fo.abi.list_sizeof, 0, TPF_HAVE_GC);
 *	fake_u64(&fo.fm, FAKEOBJ + fo.abi.var_ob_size, 3);
 *	fakeobj_refs(&fo, list);
 *	... fo.refs.v[0] ...
 *	fakeobj_fini(&fo);
 *
 * The object is at FAKEOBJ, amid zeros: FAKEOBJ_BEFORE bytes and many behind.
 * Types are structs of the test, not of the tracee.
 */
enum {
	FAKEOBJ = 0x10100,
	FAKEOBJ_BEFORE = 0x100,
	FAKEOBJ_TYPES = 8,
};

struct fakeobj {
	struct fakemem fm;
	struct abi abi;
	struct pyctx ctx;
	struct pytype type[FAKEOBJ_TYPES];
	size_t n_types;
	/** What the last question found. */
	struct refs refs;
	struct pybufs bufs;
	char how[80];
	uint8_t store[4096];
};

void fakeobj_init(struct fakeobj *fo, unsigned minor);
void fakeobj_fini(struct fakeobj *fo);

/** A C type. */
struct pytype *fakeobj_type(struct fakeobj *fo, const char *tp_name,
			    uint64_t basicsize, uint64_t itemsize,
			    uint64_t flags);

/** A Python class of that base, with @more bytes behind it. */
struct pytype *fakeobj_class(struct fakeobj *fo, const struct pytype *base,
			     uint64_t more, uint64_t flags);

/** Write the object's field of this offset. */
void fakeobj_put(struct fakeobj *fo, uint32_t off, uint64_t value);

/** The object as one of @type; ctx.faults is 0 afterwards. */
struct pyobj fakeobj_at(struct fakeobj *fo, const struct pytype *type);

/* Questions about it; ctx.faults says how that went. */
uint64_t fakeobj_size(struct fakeobj *fo, const struct pytype *type);
uint64_t fakeobj_block(struct fakeobj *fo, const struct pytype *type,
		       uint64_t *at_least);
size_t fakeobj_refs(struct fakeobj *fo, const struct pytype *type);
/** Those that are counted, but not visited. */
size_t fakeobj_owned(struct fakeobj *fo, const struct pytype *type);
/** All of them with their names, weak ones too. */
size_t fakeobj_named(struct fakeobj *fo, const struct pytype *type);
/** How the last question was answered for the reference to @to: "item 3",
 *  "value 0x5000", "field func_globals", with "visited", "counted" or "loose"
 *  behind it unless it is both; "none".  Holds until the next call. */
const char *fakeobj_how(struct fakeobj *fo, raddr to);
size_t fakeobj_buffers(struct fakeobj *fo, const struct pytype *type);
bool fakeobj_plausible(struct fakeobj *fo, const struct pytype *type);

#endif
