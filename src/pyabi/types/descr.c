/* SPDX-License-Identifier: MIT */
/*
 * Descriptors, method wrappers, mapping proxies, super.
 *
 * Facts: CPython 3.6 to 3.15, Objects/descrobject.c, Objects/typeobject.c.
 */
#include "pyabi/types/rows.h"

#define DESCR							\
	.visit = { AT(descr_d_type) },				\
	.own = { AT(descr_d_name), AT(descr_d_qualname) }

const struct layout descr_rows[] = {
	{ .name = "member_descriptor", .basicsize = AT(memberdescr_sizeof),
	  DESCR },
	{ .name = "getset_descriptor", .basicsize = AT(getsetdescr_sizeof),
	  DESCR },
	{ .name = "method_descriptor|classmethod_descriptor",
	  .basicsize = AT(methoddescr_sizeof), DESCR },
	{ .name = "wrapper_descriptor", .basicsize = AT(wrapperdescr_sizeof),
	  DESCR },
	{ .name = "method-wrapper", .basicsize = AT(wrapper_sizeof),
	  .visit = { AT(wrapper_descr), AT(wrapper_self) } },
	{ .name = "mappingproxy", .basicsize = AT(mappingproxy_sizeof),
	  .visit = { AT(mappingproxy_mapping) } },
	{ .name = "super", .basicsize = AT(super_sizeof),
	  .visit = { AT(super_type), AT(super_obj), AT(super_obj_type) } },
	{ 0 }
};
