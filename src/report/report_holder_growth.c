/* SPDX-License-Identifier: MIT */
/* What grows from look to look, and who holds it. */
#include "report/report_holder_growth.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "report/json_writer.h"
#include "report/report_envelope.h"
#include "report/report_held.h"
#include "report/report_title.h"

enum { NAME_COLUMNS = 100, TYPE_COLUMNS = 50 };

/* --- as JSON ------------------------------------------------------------- */

static void growth_put_look(struct json *json, const struct growth_look *look)
{
	json_object(json, NULL, JSON_ROW);
	report_time(json, "time", &look->time);
	json_double(json, "seconds", look->seconds);
	json_double(json, "pause_ms", look->pause_ms);
	json_int(json, "objects", look->objects);
	json_int(json, "bytes", look->bytes);
	json_close(json);
}

static void growth_put_head(struct json *json,
			    const struct growth_holder *row)
{
	json_object(json, NULL, JSON_ROW);
	json_string(json, "name", row->name);
	json_string(json, "type", row->type);
	if (row->address)
		json_raddr(json, "address", row->address);
	else
		json_null(json, "address");
}

static void growth_put_holds(struct json *json,
			     const struct growth_holder *row)
{
	report_held_json(json, &row->held);
	json_close(json);
}

static void growth_put_containers(struct json *json,
				  const struct growth_holders *containers)
{
	json_array(json, "growing", JSON_LINES);
	for (size_t i = 0; i < containers->v.n; i++) {
		const struct growth_holder *row = &containers->v.v[i];

		growth_put_head(json, row);
		json_int(json, "items", row->length);
		json_int(json, "more", row->more);
		json_double(json, "per_second", row->rate);
		json_int(json, "retained", row->retained);
		growth_put_holds(json, row);
	}
	json_close(json);
	json_int(json, "more_growing",
		 containers->all - (int64_t)containers->v.n);
}

static void growth_put_survivors(struct json *json,
				 const struct holder_growth *growth)
{
	const struct growth_holders *owners = &growth->owners;

	json_object(json, "survivors", JSON_LINES);
	json_int(json, "objects", growth->survivors);
	json_int(json, "bytes", growth->survivor_bytes);
	json_array(json, "holders", JSON_LINES);
	for (size_t i = 0; i < owners->v.n; i++) {
		growth_put_head(json, &owners->v.v[i]);
		json_int(json, "objects", owners->v.v[i].objects);
		json_int(json, "bytes", owners->v.v[i].bytes);
		growth_put_holds(json, &owners->v.v[i]);
	}
	json_close(json);
	json_int(json, "more_holders", owners->all - (int64_t)owners->v.n);
	json_close(json);
}

void report_holder_growth_json(struct out *out, const struct dump *dump,
			       const struct holder_growth *growth)
{
	const struct holders *holders = &growth->holders;
	struct json json;

	json_init(&json, out);
	report_envelope(&json, "pyheapspy.why/1", dump, JSON_LINES);
	json_object(&json, "watch", JSON_LINES);
	json_array(&json, "looks", JSON_LINES);
	for (size_t i = 0; i < growth->looks.n; i++)
		growth_put_look(&json, &growth->looks.v[i]);
	json_close(&json);
	json_object(&json, "watched", JSON_ROW);
	json_int(&json, "containers", (int64_t)holders->rows.n);
	json_int(&json, "least", holders->least);
	json_int(&json, "lost", holders_missing(holders));
	json_int(&json, "came", holders->came);
	json_close(&json);
	growth_put_containers(&json, &growth->containers);
	growth_put_survivors(&json, growth);
	json_close(&json);
	json_close(&json);
}

/* --- to read ------------------------------------------------------------- */

static void growth_signed(struct out *out, int64_t more,
			  const char *(*units)(char *, int64_t))
{
	char text[UNITS_TEXT];

	out_str(out, more < 0 ? "-" : "+");
	out_str(out, units(text, more < 0 ? -more : more));
}

static void growth_say_looks(struct out *out,
			     const struct holder_growth *growth)
{
	const struct growth_look *first = &growth->looks.v[0];
	const struct growth_look *last = &first[growth->looks.n - 1];
	char objects[UNITS_TEXT], bytes[UNITS_TEXT];

	out_printf(out, "%zu looks in %.1f s: %s objects, %s at the last, ",
		   growth->looks.n, last->seconds,
		   units_count(objects, last->objects),
		   units_bytes(bytes, last->bytes));
	growth_signed(out, last->objects - first->objects, units_count);
	out_const(out, ", ");
	growth_signed(out, last->bytes - first->bytes, units_bytes);
	out_char(out, '\n');
}

/* Of who runs on, links of another moment may be missing. */
static void growth_say_who(struct out *out, const struct dump *dump,
			   size_t number, const struct growth_holder *row)
{
	out_printf(out, "%3zu  ", number);
	if (row->name) {
		out_visible(out, row->name, NAME_COLUMNS);
		out_const(out, "  ");
		out_visible(out, row->type, TYPE_COLUMNS);
	} else {
		out_str(out, dump->mode == DUMP_LIVE ?
			"nobody who was seen" :
			"nobody: cyclic garbage, not collected");
	}
}

static void growth_say_held(struct out *out, const struct growth_holder *row)
{
	out_const(out, "      ");
	report_held_text(out, &row->held);
	out_char(out, '\n');
}

static void growth_say_more(struct out *out,
			    const struct growth_holders *holders)
{
	char count[UNITS_TEXT];
	int64_t more = holders->all - (int64_t)holders->v.n;

	if (more)
		out_printf(out, "     and %s more\n", units_count(count, more));
}

/* Three digits, or all there are before the point. */
static const char *growth_rate(char buf[UNITS_TEXT], double rate)
{
	if (rate >= 1000 && rate < (double)(1ll << 53))
		return units_count(buf, (int64_t)(rate + .5));
	snprintf(buf, UNITS_TEXT, "%.3g", rate);
	return buf;
}

static void growth_say_containers(struct out *out, const struct dump *dump,
				  const struct growth_holders *containers,
				  bool color)
{
	char items[UNITS_TEXT], bytes[UNITS_TEXT], rate[UNITS_TEXT];

	out_const(out, "\nContainers that had more items each time\n\n");
	for (size_t i = 0; i < containers->v.n; i++) {
		const struct growth_holder *row = &containers->v.v[i];

		growth_say_who(out, dump, i + 1, row);
		out_str(out, color ? "  " BOLD : "  ");
		growth_signed(out, row->more, units_count);
		out_printf(out, " items%s, now %s, %s a second; retains "
			   "%s\n", color ? PLAIN : "",
			   units_count(items, row->length),
			   growth_rate(rate, row->rate),
			   units_bytes(bytes, row->retained));
		if (row->held.n)
			growth_say_held(out, row);
	}
	if (!containers->v.n)
		out_const(out, "     none\n");
	growth_say_more(out, containers);
}

static void growth_say_survivors(struct out *out, const struct dump *dump,
				 const struct holder_growth *growth,
				 bool color)
{
	const struct growth_holders *owners = &growth->owners;
	char objects[UNITS_TEXT], bytes[UNITS_TEXT];

	out_printf(out, "\nMade after the first look and there %s: %s "
		   "objects, %s\n\n", growth->looks.n > 2 ?
		   "ever since" : "at the second",
		   units_count(objects, growth->survivors),
		   units_bytes(bytes, growth->survivor_bytes));
	for (size_t i = 0; i < owners->v.n; i++) {
		const struct growth_holder *row = &owners->v.v[i];

		growth_say_who(out, dump, i + 1, row);
		out_printf(out, "  %s%s objects%s, %s\n", color ? BOLD : "",
			   units_count(objects, row->objects),
			   color ? PLAIN : "", units_bytes(bytes, row->bytes));
		growth_say_held(out, row);
	}
	growth_say_more(out, owners);
}

/* What was not seen each time, or is too short. */
static void growth_say_limits(struct out *out, const struct holders *holders)
{
	char rows[UNITS_TEXT], least[UNITS_TEXT], lost[UNITS_TEXT],
	     came[UNITS_TEXT];

	out_printf(out, "\n%s containers of %s items or more were watched; "
		   "%s were lost (gone, replaced,\nor shorter now), %s came "
		   "after the first look.  Address and type tell that\none "
		   "is the same: what took the place of another of its type "
		   "is taken for it.\n",
		   units_count(rows, (int64_t)holders->rows.n),
		   units_count(least, holders->least),
		   units_count(lost, holders_missing(holders)),
		   units_count(came, holders->came));
}

void report_holder_growth_text(struct out *out, const struct dump *dump,
			       const struct holder_growth *growth, bool color)
{
	report_title(out, dump, color);
	growth_say_looks(out, growth);
	growth_say_containers(out, dump, &growth->containers, color);
	growth_say_survivors(out, dump, growth, color);
	growth_say_limits(out, &growth->holders);
	if (dump->warnings.n)
		out_char(out, '\n');
	report_warnings(out, dump, color);
}
