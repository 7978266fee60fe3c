/* SPDX-License-Identifier: MIT */
#include "report/report_title.h"

#include <string.h>

#include "report/command_line.h"

enum { VERSION_COLUMNS = 60, COMMAND_COLUMNS = 48 };

static void put_capture(struct out *out, const struct dump *dump)
{
	switch (dump->mode) {
	case DUMP_STOP:
		out_printf(out, "paused %.1f ms", dump->pause_ms);
		break;
	case DUMP_LIVE:
		out_str(out, "read while it ran");
		break;
	case DUMP_NONE:
		out_str(out, strcmp(dump->source, "core") == 0 ?
			"from a core file" : "not running");
		break;
	}
	out_printf(out, ", done in %.1f ms\n", dump->duration_ms);
}

void report_title(struct out *out, const struct dump *dump, bool color)
{
	auto_free char *command = command_line(dump->command.v,
					       dump->command.n);

	out_printf(out, "%sprocess %d", color ? BOLD : "", dump->pid);
	if (command && *command) {
		out_const(out, " (");
		out_visible(out, command, COMMAND_COLUMNS);
		out_const(out, ")");
	}
	out_const(out, ": CPython ");
	out_visible(out, dump->version ? dump->version : "?", VERSION_COLUMNS);
	out_printf(out, "%s, ", color ? PLAIN : "");
	put_capture(out, dump);
}

void report_warnings(struct out *out, const struct dump *dump, bool color)
{
	for (size_t i = 0; i < dump->warnings.n; i++) {
		out_printf(out, "%sWarning:%s ", color ? YELLOW : "",
			   color ? PLAIN : "");
		out_visible(out, dump->warnings.v[i], SIZE_MAX);
		out_char(out, '\n');
	}
}
