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
				struct refs *to)			\
	{								\
		add_name(ctx, o, AT(type##_name), to);			\
	}

static void add_name(struct pyctx *ctx, const struct pyobj *o, uint16_t name,
		     struct refs *to)
{
	if (ctx->abi->param_names == PARAM_NAMES_VISITED)
		refs_field(ctx, to, o, name);
	else if (ctx->abi->param_names == PARAM_NAMES_OWNED)
		refs_owned_field(ctx, to, o, name);
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
	  .refs = typevar_refs },
	{ .name = "typing.ParamSpec", .basicsize = AT(paramspec_sizeof),
	  .visit = { AT(paramspec_bound), AT(paramspec_default_value),
		     AT(paramspec_evaluate_default) },
	  .refs = paramspec_refs },
	{ .name = "typing.TypeVarTuple", .basicsize = AT(typevartuple_sizeof),
	  .visit = { AT(typevartuple_bound), AT(typevartuple_default_value),
		     AT(typevartuple_evaluate_default) },
	  .refs = typevartuple_refs },
	{ .name = "typing.TypeAliasType", .basicsize = AT(typealias_sizeof),
	  .visit = { AT(typealias_type_params), AT(typealias_compute_value),
		     AT(typealias_value), AT(typealias_module),
		     AT(typealias_qualname) },
	  .refs = typealias_refs },
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
