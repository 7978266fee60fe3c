/* SPDX-License-Identifier: MIT */
#include "report/report_envelope.h"

#include <stdio.h>

#include "report/version.h"

static const char *const mode_names[] = {
	[DUMP_STOP] = "stop",
	[DUMP_LIVE] = "live",
	[DUMP_NONE] = "none",
};

static const char *const abi_source_names[] = {
	[DUMP_ABI_SELF] = "self",
	[DUMP_ABI_FILE] = "file",
	[DUMP_ABI_DWARF] = "dwarf",
	[DUMP_ABI_GIVEN] = "given",
};

static void put_strings(struct json *json, const char *key,
			char *const *v, size_t n, enum json_style style)
{
	json_array(json, key, style);
	for (size_t i = 0; i < n; i++)
		json_string(json, NULL, v[i]);
	json_close(json);
}

/* In UTC; with milliseconds unless @ms is negative. */
static void put_time(struct json *json, const char *key, time_t at, long ms)
{
	char text[64];
	size_t len;
	struct tm tm;

	if (at <= 0 || !gmtime_r(&at, &tm)) {
		json_null(json, key);
		return;
	}
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	if (ms >= 0)
		snprintf(text + len, sizeof(text) - len, ".%03ldZ", ms % 1000);
	else
		snprintf(text + len, sizeof(text) - len, "Z");
	json_string(json, key, text);
}

void report_time(struct json *json, const char *key,
		 const struct timespec *time)
{
	put_time(json, key, time->tv_sec, time->tv_nsec / 1000000);
}

static void put_target(struct json *json, const struct dump *dump)
{
	json_object(json, "target", JSON_LINES);
	json_int(json, "pid", dump->pid);
	put_strings(json, "command", dump->command.v, dump->command.n,
		    JSON_ROW);
	json_string(json, "executable", dump->executable);
	put_time(json, "started", dump->started, -1);
	json_string(json, "source", dump->source);
	json_close(json);
}

static void put_python(struct json *json, const struct dump *dump)
{
	json_object(json, "python", JSON_LINES);
	json_string(json, "implementation", "cpython");
	json_string(json, "version", dump->version);
	json_string(json, "abi", dump->abi);
	json_string(json, "abi_source", abi_source_names[dump->abi_source]);
	json_bool(json, "free_threaded", dump->free_threaded);
	json_bool(json, "debug", dump->debug);
	json_string(json, "allocator", dump->allocator);
	json_int(json, "interpreters", dump->interpreters);
	json_close(json);
}

static void put_capture(struct json *json, const struct dump *dump)
{
	json_object(json, "capture", JSON_LINES);
	json_string(json, "mode", mode_names[dump->mode]);
	report_time(json, "time", &dump->time);
	json_double(json, "pause_ms", dump->pause_ms);
	json_double(json, "duration_ms", dump->duration_ms);
	json_int(json, "bytes_read", dump->bytes_read);
	json_int(json, "bytes_copied", dump->bytes_copied);
	json_int(json, "unreadable", dump->unreadable);
	json_int(json, "skipped", dump->skipped);
	json_close(json);
}

void report_envelope_members(struct json *json, const char *schema,
			     const struct dump *dump)
{
	json_string(json, "schema", schema);
	json_string(json, "pyheapspy", PYHEAPSPY_VERSION);
	json_bool(json, "complete", dump->complete);
	put_strings(json, "warnings", dump->warnings.v, dump->warnings.n,
		    JSON_LINES);
	put_target(json, dump);
	put_python(json, dump);
	put_capture(json, dump);
}

void report_envelope(struct json *json, const char *schema,
		     const struct dump *dump, enum json_style style)
{
	json_object(json, NULL, style);
	report_envelope_members(json, schema, dump);
}
