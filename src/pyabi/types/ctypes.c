/* SPDX-License-Identifier: MIT */
/*
 * ctypes.
 *
 * What ctypes knows of a C type is in a dict with more fields (StgDict), the
 * type's tp_dict, up to 3.12; then in a struct behind the type object.
 *
 * Facts: CPython 3.6 to 3.15, Modules/_ctypes/_ctypes.c (PyCData_traverse,
 *        PyCFuncPtr_traverse, CType_Type_traverse), stgdict.c, ctypes.h.
 */
#include "pyabi/types/blocks.h"
#include "pyabi/types/dict.h"
#include "pyabi/types/rows.h"
#include "pyabi/types/type.h"

enum {
	MAX_FORMAT = 1 << 20,
	MAX_DIMENSIONS = 1 << 16,
	MAX_FIELDS = 1 << 24,
};

/* --- instances ----------------------------------------------------------- */

static void cdata_buffers(struct pyctx *ctx, const struct pyobj *o,
			  struct pybufs *ret)
{
	const struct abi *abi = ctx->abi;
	raddr at = obj_u64(ctx, o, abi->cdata_b_ptr);

	if (obj_u32(ctx, o, abi->cdata_b_needsfree) &&
	    at != o->addr + abi->cdata_b_value)
		bufs_add(ctx, ret, at, obj_u64(ctx, o, abi->cdata_b_size));
}

static void cdata_data(struct pyctx *ctx, const struct pyobj *o,
		       struct pydata *ret)
{
	const struct abi *abi = ctx->abi;

	if (!obj_u32(ctx, o, abi->cdata_b_needsfree))
		return;
	ret->addr = obj_u64(ctx, o, abi->cdata_b_ptr);
	ret->len = obj_u64(ctx, o, abi->cdata_b_size);
}

#define CDATA								\
	AT(cdata_b_objects), AT(cdata_b_base)

/* --- what is known of a type --------------------------------------------- */

/* The same in both forms: format, shape and elements are blocks. */
struct info {
	raddr format, shape, elements;
	uint64_t ndim, length;
};

static uint64_t format_bytes(struct pyctx *ctx, const struct info *info)
{
	return text_bytes(ctx, info->format, MAX_FORMAT);
}

static uint64_t shape_bytes(const struct info *info)
{
	if (info->ndim > MAX_DIMENSIONS)
		return 0;
	return info->ndim * sizeof(uint64_t);
}

static uint64_t element_bytes(const struct info *info)
{
	if (!info->elements || info->length > MAX_FIELDS)
		return 0;
	return (info->length + 1) * sizeof(raddr);
}

static uint64_t info_bytes(struct pyctx *ctx, const struct info *info)
{
	return format_bytes(ctx, info) + shape_bytes(info) +
	       element_bytes(info);
}

static void info_buffers(struct pyctx *ctx, const struct info *info,
			 struct pybufs *ret)
{
	bufs_add(ctx, ret, info->format, format_bytes(ctx, info));
	bufs_add(ctx, ret, info->shape, shape_bytes(info));
	bufs_add(ctx, ret, info->elements, element_bytes(info));
}

/* --- StgDict, .. 3.12 ---------------------------------------------------- */

static void stgdict_info(struct pyctx *ctx, const struct pyobj *o,
			 struct info *ret)
{
	const struct abi *abi = ctx->abi;

	ret->format = obj_u64(ctx, o, abi->stgdict_format);
	ret->shape = obj_u64(ctx, o, abi->stgdict_shape);
	ret->elements = obj_u64(ctx, o, abi->stgdict_ffi_elements);
	ret->ndim = obj_u32(ctx, o, abi->stgdict_ndim);
	ret->length = obj_u64(ctx, o, abi->stgdict_length);
}

/* As that of a dict, which counts the struct, and the added fields again.  3.6
 * has no other __sizeof__() than dict's. */
static uint64_t stgdict_size(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;
	struct info info;

	if (!ctx_u64(ctx, o->type->addr + abi->type_tp_methods))
		return dict_size(ctx, o);
	stgdict_info(ctx, o, &info);
	return dict_size(ctx, o) + abi->stgdict_sizeof - abi->dict_sizeof +
	       info_bytes(ctx, &info);
}

static void stgdict_buffers(struct pyctx *ctx, const struct pyobj *o,
			    struct pybufs *ret)
{
	struct info info;

	stgdict_info(ctx, o, &info);
	dict_buffers(ctx, o, ret);
	info_buffers(ctx, &info, ret);
}

/* --- StgInfo, 3.13 .. ---------------------------------------------------- */

/* The type object ends with it, before its members. */
static raddr stginfo_at(const struct abi *abi, const struct pyobj *o)
{
	return o->addr + ((abi->heaptype_sizeof + 15) & ~15ull);
}

static bool has_stginfo(struct pyctx *ctx, const struct pyobj *o)
{
	const struct abi *abi = ctx->abi;

	return abi_has(abi->stginfo_sizeof) &&
	       ctx_u32(ctx, stginfo_at(abi, o) + abi->stginfo_initialized);
}

static void stginfo_info(struct pyctx *ctx, const struct pyobj *o,
			 struct info *ret)
{
	const struct abi *abi = ctx->abi;
	raddr at = stginfo_at(abi, o);

	ret->format = ctx_u64(ctx, at + abi->stginfo_format);
	ret->shape = ctx_u64(ctx, at + abi->stginfo_shape);
	ret->elements = ctx_u64(ctx, at + abi->stginfo_ffi_elements);
	ret->ndim = ctx_u32(ctx, at + abi->stginfo_ndim);
	ret->length = ctx_u64(ctx, at + abi->stginfo_length);
}

static uint64_t ctype_size(struct pyctx *ctx, const struct pyobj *o)
{
	uint64_t size;
	struct info info;

	if (!abi_has(ctx->abi->stginfo_sizeof))
		return type_size(ctx, o);
	size = base_size(o) + (uint64_t)o->type->itemsize * ob_size(ctx, o);
	if (!has_stginfo(ctx, o))
		return size;
	stginfo_info(ctx, o, &info);
	return size + info_bytes(ctx, &info);
}

static void ctype_buffers(struct pyctx *ctx, const struct pyobj *o,
			  struct pybufs *ret)
{
	struct info info;

	type_buffers(ctx, o, ret);
	if (!has_stginfo(ctx, o))
		return;
	stginfo_info(ctx, o, &info);
	info_buffers(ctx, &info, ret);
}

static void ctype_refs(struct pyctx *ctx, const struct pyobj *o,
		       struct refs *to)
{
	const struct abi *abi = ctx->abi;
	raddr at = stginfo_at(abi, o);

	type_refs(ctx, o, to);
	if (!has_stginfo(ctx, o))
		return;
	refs_field_at(ctx, to, at, AT(stginfo_proto));
	refs_field_at(ctx, to, at, AT(stginfo_argtypes));
	refs_field_at(ctx, to, at, AT(stginfo_converters));
	refs_field_at(ctx, to, at, AT(stginfo_restype));
	refs_field_at(ctx, to, at, AT(stginfo_checker));
	if (abi_has(abi->stginfo_pointer_type))
		refs_field_at(ctx, to, at, AT(stginfo_pointer_type));
	refs_field_at(ctx, to, at, AT(stginfo_module));
}

static bool is_stgdict(struct pyctx *ctx, raddr dict)
{
	const struct pytype *t;

	t = pytypes_get(ctx->types,
			ctx_u64(ctx, dict + ctx->abi->object_ob_type));
	return t && t->basicsize == ctx->abi->stgdict_sizeof;
}

/* Up to 3.12 a pointer type visits what its dict knows it points at. */
static void pointer_type_refs(struct pyctx *ctx, const struct pyobj *o,
			      struct refs *to)
{
	const struct abi *abi = ctx->abi;
	raddr dict = obj_u64(ctx, o, abi->type_tp_dict);

	ctype_refs(ctx, o, to);
	if (abi_has(abi->stgdict_proto) && is_stgdict(ctx, dict))
		refs_field_at(ctx, to, dict, AT(stgdict_proto));
}

const struct layout ctypes_rows[] = {
	{ .name = "_ctypes._CData|_ctypes._SimpleCData|_ctypes._Pointer"
		  "|_ctypes.Array|_ctypes.Structure|_ctypes.Union",
	  .basicsize = AT(cdata_sizeof), .visit = { CDATA },
	  .buffers = cdata_buffers, .data = cdata_data },
	{ .name = "_ctypes.CFuncPtr|_ctypes.PyCFuncPtr",
	  .basicsize = AT(cfuncptr_sizeof),
	  .visit = { CDATA, AT(cfuncptr_callable), AT(cfuncptr_converters),
		     AT(cfuncptr_argtypes), AT(cfuncptr_restype),
		     AT(cfuncptr_checker), AT(cfuncptr_errcheck),
		     AT(cfuncptr_paramflags), AT(cfuncptr_thunk) },
	  .buffers = cdata_buffers },
	{ .name = "_ctypes.CThunkObject", .basicsize = AT(cthunk_sizeof),
	  .visit = { AT(cthunk_converters), AT(cthunk_callable),
		     AT(cthunk_restype) } },
	{ .name = "CArgObject|_ctypes.CArgObject", .basicsize = AT(carg_sizeof),
	  .visit = { AT(carg_obj) } },
	{ .name = "_ctypes.CField|ctypes.CField",
	  .basicsize = AT(cfield_sizeof),
	  .visit = { AT(cfield_proto) }, .own = { AT(cfield_name) } },
	{ .name = "_ctypes.DictRemover|_ctypes.StructParam_Type",
	  .opaque = OPAQUE_VISITS },
	{ .name = "StgDict", .basicsize = AT(stgdict_sizeof),
	  .own = { AT(stgdict_proto), AT(stgdict_argtypes),
		   AT(stgdict_converters), AT(stgdict_restype),
		   AT(stgdict_checker) },
	  .size = stgdict_size, .buffers = stgdict_buffers, .refs = dict_refs, .plausible = dict_plausible },
	{ .name = "_ctypes.PyCPointerType", .visit = { TYPE_FIELDS },
	  .size = ctype_size, .block = type_block, .buffers = ctype_buffers,
	  .refs = pointer_type_refs },
	{ .name = "_ctypes.PyCStructType|_ctypes.UnionType"
		  "|_ctypes.PyCArrayType"
		  "|_ctypes.PyCSimpleType|_ctypes.PyCFuncPtrType"
		  "|_ctypes.CType_Type",
	  .visit = { TYPE_FIELDS }, .size = ctype_size, .block = type_block,
	  .buffers = ctype_buffers, .refs = ctype_refs },
	{ 0 }
};
