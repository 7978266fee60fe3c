/* SPDX-License-Identifier: MIT */
/*
 * The objects of a heap, a line each (NDJSON).  Ten million lines are nothing
 * unusual, so they are put together by hand: a million of them with their
 * references is to take a second.
 */
#include "report/report_objects.h"

#include "report/json_writer.h"
#include "report/out.h"

static void put_int(struct out *out, int64_t value)
{
	if (value == DUMP_UNKNOWN)
		out_const(out, "null");
	else
		out_i64(out, value);
}

static void put_bool(struct out *out, int value)
{
	if (value == DUMP_UNKNOWN)
		out_const(out, "null");
	else if (value)
		out_const(out, "true");
	else
		out_const(out, "false");
}

static void put_raddr(struct out *out, raddr at)
{
	out_char(out, '"');
	out_raddr(out, at);
	out_char(out, '"');
}

static void put_refs(struct out *out, const raddr *refs, size_t n)
{
	if (!refs) {
		out_const(out, "null");
		return;
	}
	out_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			out_const(out, ", ");
		put_raddr(out, refs[i]);
	}
	out_char(out, ']');
}

static void put_name(struct out *out, const struct dump_ref_name *name)
{
	out_char(out, '[');
	json_quote(out, name->how);
	out_const(out, ", ");
	if (name->text)
		json_quote(out, name->text);
	else if (name->key)
		put_raddr(out, name->key);
	else
		put_int(out, name->index);
	out_char(out, ']');
}

static void put_names(struct out *out, const struct dump_ref_name *names,
		      size_t n)
{
	out_const(out, ", \"names\": [");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			out_const(out, ", ");
		put_name(out, &names[i]);
	}
	out_char(out, ']');
}

bool report_object(void *arg, const struct dump_object *obj, struct err *err)
{
	struct out *out = arg;

	out_const(out, "{\"address\": ");
	put_raddr(out, obj->address);
	out_const(out, ", \"type\": ");
	json_quote(out, obj->type ? obj->type : "");
	out_const(out, ", \"size\": ");
	put_int(out, obj->size);
	out_const(out, ", \"bound\": ");
	if (obj->bound)
		json_quote(out, obj->bound);
	else
		out_const(out, "null");
	out_const(out, ", \"allocated\": ");
	put_int(out, obj->allocated);
	out_const(out, ", \"static\": ");
	put_bool(out, obj->is_static);
	out_const(out, ", \"tracked\": ");
	put_bool(out, obj->tracked);
	out_const(out, ", \"generation\": ");
	put_int(out, obj->generation);
	out_const(out, ", \"refs\": ");
	put_refs(out, obj->inferred ? NULL : obj->refs, obj->n_refs);
	if (obj->inferred) {
		out_const(out, ", \"inferred\": ");
		put_refs(out, obj->refs, obj->n_refs);
	}
	if (obj->names)
		put_names(out, obj->names, obj->n_refs);
	out_const(out, "}\n");
	return out_check(out, err);
}
