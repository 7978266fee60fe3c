/* SPDX-License-Identifier: MIT */
/*
 * Types of annotations: generic aliases, unions, type variables, templates.
 *
 * Facts: CPython 3.9 to 3.15, Objects/genericaliasobject.c,
 *        Objects/unionobject.c, Objects/typevarobject.c,
 *        Objects/templateobject.c, Objects/interpolationobject.c.
 */
#include "pyabi/types/rows.h"

/* Their names are visited, or only owned. */
#define NAMED(type)							\
	static void type##_refs(struct pyctx *ctx, const struct pyobj *o, \
				struct addrs *ret)			\
	{								\
		add_name(ctx, o, ctx->abi->type##_name,			\
			 PARAM_NAMES_VISITED, ret);			\
	}								\
	static void type##_owned(struct pyctx *ctx, const struct pyobj *o, \
				 struct addrs *ret)			\
	{								\
		add_name(ctx, o, ctx->abi->type##_name,			\
			 PARAM_NAMES_OWNED, ret);			\
	}

static void add_name(struct pyctx *ctx, const struct pyobj *o, uint32_t name,
		     enum abi_param_names shape, struct addrs *ret)
{
	if (ctx->abi->param_names == shape)
		addrs_add(ctx, ret, obj_u64(ctx, o, name));
}

NAMED(typevar)
NAMED(paramspec)
NAMED(typevartuple)
NAMED(typealias)

const struct layout typing_rows[] = {
	{ .name = "types.GenericAlias", .basicsize = AT(ga_sizeof),
	  .visit = { AT(ga_origin), AT(ga_args), AT(ga_parameters) } },
	{ .name = "generic_alias_iterator|types.generic_alias_iterator",
	  .basicsize = AT(gaiter_sizeof), .visit = { AT(gaiter_obj) } },
	{ .name = "types.UnionType|types.Union|typing.Union",
	  .basicsize = AT(union_sizeof),
	  .visit = { AT(union_args), AT(union_hashable_args),
		     AT(union_unhashable_args), AT(union_parameters) } },
	{ .name = "typing.TypeVar", .basicsize = AT(typevar_sizeof),
	  .visit = { AT(typevar_bound), AT(typevar_evaluate_bound),
		     AT(typevar_constraints), AT(typevar_evaluate_constraints),
		     AT(typevar_default_value), AT(typevar_evaluate_default) },
	  .refs = typevar_refs, .owned = typevar_owned },
	{ .name = "typing.ParamSpec", .basicsize = AT(paramspec_sizeof),
	  .visit = { AT(paramspec_bound), AT(paramspec_default_value),
		     AT(paramspec_evaluate_default) },
	  .refs = paramspec_refs, .owned = paramspec_owned },
	{ .name = "typing.TypeVarTuple", .basicsize = AT(typevartuple_sizeof),
	  .visit = { AT(typevartuple_bound), AT(typevartuple_default_value),
		     AT(typevartuple_evaluate_default) },
	  .refs = typevartuple_refs, .owned = typevartuple_owned },
	{ .name = "typing.TypeAliasType", .basicsize = AT(typealias_sizeof),
	  .visit = { AT(typealias_type_params), AT(typealias_compute_value),
		     AT(typealias_value), AT(typealias_module),
		     AT(typealias_qualname) },
	  .refs = typealias_refs, .owned = typealias_owned },
	{ .name = "typing.ParamSpecArgs|typing.ParamSpecKwargs",
	  .opaque = OPAQUE_VISITS, .visits_no_type = true },
	{ .name = "typing.Generic|NoDefaultType|typing.NoDefaultType" },
	{ .name = "string.templatelib.Template",
	  .basicsize = AT(template_sizeof),
	  .visit = { AT(template_strings), AT(template_interpolations) } },
	{ .name = "string.templatelib.Interpolation",
	  .basicsize = AT(interpolation_sizeof),
	  .visit = { AT(interpolation_value), AT(interpolation_expression),
		     AT(interpolation_conversion),
		     AT(interpolation_format_spec) } },
	{ .name = "string.templatelib.TemplateIter", .opaque = OPAQUE_VISITS },
	{ .name = "sentinel", .basicsize = AT(sentinel_sizeof),
	  .visit = { AT(sentinel_name), AT(sentinel_module),
		     AT(sentinel_repr) } },
	{ .name = "lazy_import", .basicsize = AT(lazyimport_sizeof),
	  .visit = { AT(lazyimport_lz_builtins), AT(lazyimport_lz_from),
		     AT(lazyimport_lz_attr), AT(lazyimport_lz_code) } },
	{ 0 }
};
