/* SPDX-License-Identifier: MIT */
/*
 * Functions, methods and what wraps them.
 *
 * Facts: CPython 3.6 to 3.15, Objects/funcobject.c, Objects/methodobject.c,
 *        Objects/classobject.c, Objects/cellobject.c, Objects/descrobject.c.
 */
#include "pyabi/types/rows.h"

enum { METH_METHOD = 0x200 };	/* 3.9: mm_class is there */

/* A builtin's class, if its definition says that it has one. */
static void cfunction_refs(struct pyctx *ctx, const struct pyobj *o,
			   struct refs *to)
{
	const struct abi *abi = ctx->abi;
	raddr def;

	if (!abi_has(abi->cfunction_mm_class) ||
	    abi->cfunction_mm_class + sizeof(raddr) > o->avail)
		return;
	def = obj_u64(ctx, o, abi->cfunction_m_ml);
	if (ctx_u32(ctx, def + abi->methoddef_ml_flags) & METH_METHOD)
		refs_field(ctx, to, o, AT(cfunction_mm_class));
}

const struct layout func_rows[] = {
	{ .name = "function", .basicsize = AT(function_sizeof),
	  .visit = { AT(function_func_code), AT(function_func_globals),
		     AT(function_func_builtins), AT(function_func_defaults),
		     AT(function_func_kwdefaults), AT(function_func_closure),
		     AT(function_func_doc), AT(function_func_name),
		     AT(function_func_dict), AT(function_func_module),
		     AT(function_func_annotations),
		     AT(function_func_annotate), AT(function_func_typeparams),
		     AT(function_func_qualname) } },
	{ .name = "method", .basicsize = AT(method_sizeof),
	  .visit = { AT(method_im_func), AT(method_im_self) } },
	{ .name = "instancemethod", .basicsize = AT(instancemethod_sizeof),
	  .visit = { AT(instancemethod_func) } },
	{ .name = "builtin_function_or_method",
	  .basicsize = AT(cfunction_sizeof),
	  .visit = { AT(cfunction_m_self), AT(cfunction_m_module) } },
	{ .name = "builtin_method", .basicsize = AT(cfunction_cmethod_sizeof),
	  .visit = { AT(cfunction_m_self), AT(cfunction_m_module) },
	  .refs = cfunction_refs },
	{ .name = "cell", .basicsize = AT(cell_sizeof),
	  .visit = { AT(cell_ob_ref) } },
	{ .name = "classmethod", .basicsize = AT(classmethod_sizeof),
	  .visit = { AT(classmethod_cm_callable), AT(classmethod_cm_dict) } },
	{ .name = "staticmethod", .basicsize = AT(staticmethod_sizeof),
	  .visit = { AT(staticmethod_sm_callable),
		     AT(staticmethod_sm_dict) } },
	{ .name = "property", .basicsize = AT(property_sizeof),
	  .visit = { AT(property_prop_get), AT(property_prop_set),
		     AT(property_prop_del), AT(property_prop_doc),
		     AT(property_prop_name) } },
	{ 0 }
};
