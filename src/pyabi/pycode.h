/* SPDX-License-Identifier: MIT */
#ifndef PYABI_PYCODE_H
#define PYABI_PYCODE_H

#include "base/addrmap.h"
#include "base/vec.h"
#include "pyabi/codelines.h"
#include "pyabi/object.h"

/* Bits of co_flags.  Facts: CPython, Include/cpython/code.h. */
#define CODE_VARARGS 0x04
#define CODE_VARKEYWORDS 0x08
#define CODE_GENERATOR 0x20
#define CODE_COROUTINE 0x80
#define CODE_ITERABLE_COROUTINE 0x100
#define CODE_ASYNC_GENERATOR 0x200

/** A code object, as far as naming its frames needs it.  All text is foreign:
 *  generalised UTF-8, cut to MAX_CODE_NAME bytes; NULL: unreadable. */
struct pycode {
	raddr addr;
	char *file, *name;
	char *qualname;		/* NULL before 3.11 */
	raddr name_object;	/* co_name, mostly interned */
	raddr file_object, table_object;
	int64_t first_line;
	uint32_t flags;
	uint32_t n_args;	/* positional and keyword-only */
	uint32_t n_locals;	/* names of locals, arguments among them */
	uint32_t n_plus;	/* slots: locals, cells, free variables */
	int32_t first_traceable;	/* in instructions; 0 before 3.11 */
	raddr bytecode;		/* of its first instruction; 0 before 3.11 */
	/** The first argument's name: 0, 's' for self, 'c' for cls. */
	char first_arg;
	uint8_t *table;		/* of positions */
	size_t table_len;
};

/** Code objects by address, each read once. */
struct pycodes {
	VEC(struct pycode *) all;
	struct addrmap by_addr;
	size_t bytes;		/* of their text and tables */
	bool is_full;		/* some were not read: MAX_CODE_BYTES */
};

void pycodes_fini(struct pycodes *codes);

/**
 * The code object at @addr; NULL: there is none, or no memory.  Its type is
 * compared with that of the first one found, so the first has to be right.
 */
const struct pycode *pycodes_get(struct pycodes *codes, struct pyctx *ctx,
				 raddr addr);

/** The same of a tracee that runs: what is known is compared with what is there
 *  now, and read anew if another code object took its place. */
const struct pycode *pycodes_get_again(struct pycodes *codes,
				       struct pyctx *ctx, raddr addr);

/** Is @addr the address of a code object?  Reads little. */
bool pycode_is(struct pyctx *ctx, raddr addr);

struct code_position pycode_position(const struct abi *abi,
				     const struct pycode *code, int64_t lasti);

#endif
