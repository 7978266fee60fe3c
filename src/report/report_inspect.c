/* SPDX-License-Identifier: MIT */
#include "report/report_inspect.h"

#include "base/units.h"
#include "report/json_writer.h"
#include "report/report_envelope.h"
#include "report/report_title.h"

enum { TYPE_COLUMNS = 50, NAME_COLUMNS = 120, VALUE_COLUMNS = 200 };

/* --- JSON ---------------------------------------------------------------- */

static void put_address(struct json *json, raddr address)
{
	if (address)
		json_raddr(json, "address", address);
	else
		json_null(json, "address");
}

static void put_refs(struct json *json, const char *key,
		     const struct inspect_ref *refs, size_t n, bool values)
{
	json_array(json, key, JSON_LINES);
	for (size_t i = 0; i < n; i++) {
		json_object(json, NULL, JSON_ROW);
		json_string(json, "name", refs[i].name);
		json_string(json, "type", refs[i].type);
		put_address(json, refs[i].address);
		if (values)
			json_string(json, "value", refs[i].value);
		json_close(json);
	}
	json_close(json);
}

void report_inspect_json(struct out *out, const struct dump *dump,
			 const struct inspect *inspect)
{
	struct json json;

	json_init(&json, out);
	report_envelope(&json, "pyheapspy.inspect/1", dump, JSON_LINES);
	put_address(&json, inspect->address);
	json_string(&json, "type", inspect->type);
	json_string(&json, "value", inspect->value);
	json_int(&json, "size", inspect->size);
	json_int(&json, "allocated", inspect->allocated);
	json_int(&json, "retained", inspect->retained);
	json_int(&json, "retained_objects", inspect->retained_objects);
	json_int(&json, "refcount", inspect->refcount);
	json_int(&json, "found", inspect->found);
	json_int(&json, "generation", inspect->generation);
	json_bool(&json, "frozen", inspect->frozen);
	json_string(&json, "path", inspect->path);
	put_refs(&json, "fields", inspect->fields.v, inspect->fields.n, true);
	json_bool(&json, "fields_cut", inspect->fields_cut);
	json_bool(&json, "torn", inspect->torn);
	put_refs(&json, "referrers", inspect->referrers.v,
		 inspect->referrers.n, false);
	json_int(&json, "n_referrers", inspect->n_referrers);
	json_close(&json);
}

/* --- text ---------------------------------------------------------------- */

static void put_what(struct out *out, const struct inspect *inspect,
		     bool color)
{
	if (color)
		out_const(out, BOLD);
	out_visible(out, inspect->type, TYPE_COLUMNS);
	if (color)
		out_const(out, PLAIN);
	out_const(out, " at ");
	out_raddr(out, inspect->address);
	out_const(out, ": ");
	if (inspect->path)
		out_visible(out, inspect->path, NAME_COLUMNS);
	else
		out_const(out, "cyclic garbage, not collected");
	out_char(out, '\n');
	if (inspect->value) {
		out_visible(out, inspect->value, VALUE_COLUMNS);
		out_char(out, '\n');
	}
}

static void put_numbers(struct out *out, const struct inspect *inspect)
{
	char n[UNITS_TEXT], m[UNITS_TEXT], k[UNITS_TEXT], l[UNITS_TEXT];

	out_printf(out, "%s, allocated %s; with all that would go with it %s "
		   "(%s object%s)\n", units_bytes(n, inspect->size),
		   units_bytes(m, inspect->allocated),
		   units_bytes(k, inspect->retained),
		   units_count(l, inspect->retained_objects),
		   inspect->retained_objects == 1 ? "" : "s");
	if (inspect->refcount == DUMP_UNKNOWN)
		out_const(out, "immortal");
	else
		out_printf(out, "reference count %s, of which %s found",
			   units_count(n, inspect->refcount),
			   units_count(m, inspect->found));
	if (inspect->frozen)
		out_const(out, "; frozen");
	else if (inspect->generation == DUMP_UNKNOWN)
		out_const(out, "; not tracked by the collector");
	else
		out_printf(out, "; generation %d", inspect->generation);
	out_char(out, '\n');
}

static void put_ref(struct out *out, const struct inspect_ref *ref)
{
	out_const(out, "  ");
	out_visible(out, ref->name ? ref->name : "?", NAME_COLUMNS);
	out_const(out, "  ");
	if (ref->type)
		out_visible(out, ref->type, TYPE_COLUMNS);
	if (ref->address) {
		out_char(out, ' ');
		out_raddr(out, ref->address);
	}
	if (ref->value) {
		out_const(out, "  ");
		out_visible(out, ref->value, VALUE_COLUMNS);
	}
	out_char(out, '\n');
}

static void put_list(struct out *out, const char *what,
		     const struct inspect_ref *refs, size_t n, size_t most,
		     int64_t all, bool more)
{
	char count[UNITS_TEXT];

	if (!n)
		return;
	out_printf(out, "\n%s (%s%s)\n", what, units_count(count, all),
		   more ? " or more" : "");
	for (size_t i = 0; i < n && i < most; i++)
		put_ref(out, &refs[i]);
	if (all > (int64_t)most || more)
		out_const(out, "  ...\n");
}

void report_inspect_text(struct out *out, const struct dump *dump,
			 const struct inspect *inspect, bool color)
{
	report_title(out, dump, color);
	put_what(out, inspect, color);
	put_numbers(out, inspect);
	put_list(out, "Refers to", inspect->fields.v, inspect->fields.n,
		 inspect->most, (int64_t)inspect->fields.n,
		 inspect->fields_cut);
	put_list(out, "Referred to by", inspect->referrers.v,
		 inspect->referrers.n, inspect->most, inspect->n_referrers,
		 false);
	if (inspect->torn)
		out_const(out, "\nSome of it could not be read.\n");
	if (dump->warnings.n)
		out_char(out, '\n');
	report_warnings(out, dump, color);
}
