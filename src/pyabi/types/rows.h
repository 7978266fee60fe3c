/* SPDX-License-Identifier: MIT */
#ifndef PYABI_TYPES_ROWS_H
#define PYABI_TYPES_ROWS_H

#include "pyabi/layout.h"
#include "pyabi/pytype.h"

/** The rows of each file here, ended by one without name.  For layout.c. */
extern const struct layout asyncio_rows[];
extern const struct layout bytes_rows[];
extern const struct layout code_rows[];
extern const struct layout collections_rows[];
extern const struct layout compress_rows[];
extern const struct layout context_rows[];
extern const struct layout ctypes_rows[];
extern const struct layout datetime_rows[];
extern const struct layout decimal_rows[];
extern const struct layout descr_rows[];
extern const struct layout dict_rows[];
extern const struct layout exc_rows[];
extern const struct layout frame_rows[];
extern const struct layout func_rows[];
extern const struct layout functools_rows[];
extern const struct layout gen_rows[];
extern const struct layout int_rows[];
extern const struct layout io_rows[];
extern const struct layout iter_rows[];
extern const struct layout itertools_rows[];
extern const struct layout memory_rows[];
extern const struct layout misc_rows[];
extern const struct layout module_rows[];
extern const struct layout numpy_rows[];
extern const struct layout os_rows[];
extern const struct layout pickle_rows[];
extern const struct layout re_rows[];
extern const struct layout seq_rows[];
extern const struct layout set_rows[];
extern const struct layout sqlite_rows[];
extern const struct layout str_rows[];
extern const struct layout thread_rows[];
extern const struct layout type_rows[];
extern const struct layout typing_rows[];
extern const struct layout xml_rows[];

/** A field of struct abi, for the columns of a row. */
#define AT(name) LAYOUT_FIELD(name)

/** For rows whose tp_traverse differs between point releases. */
static inline bool always_guesses(struct pyctx *ctx, const struct pyobj *o)
{
	(void)ctx;
	(void)o;
	return true;
}

/** tp_basicsize, of the object's own type. */
static inline uint64_t base_size(const struct pyobj *o)
{
	return (uint64_t)o->type->basicsize;
}

/** ob_size of an object that has one. */
static inline uint64_t ob_size(struct pyctx *ctx, const struct pyobj *o)
{
	return obj_u64(ctx, o, ctx->abi->var_ob_size);
}

/** A pointer, or 0 where this CPython has no such field. */
static inline raddr field(struct pyctx *ctx, const struct pyobj *o,
			  uint32_t off)
{
	return abi_has(off) ? obj_u64(ctx, o, off) : 0;
}

/** No length in a living process is larger: half the address space. */
static inline bool is_length(uint64_t n)
{
	return n >> 47 == 0;
}

#endif
