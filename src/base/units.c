/* SPDX-License-Identifier: MIT */
#include "base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

static const char *unknown(char buf[UNITS_TEXT])
{
	return memcpy(buf, "-", 2);
}

const char *units_bytes(char buf[UNITS_TEXT], int64_t bytes)
{
	static const char *const name[] = {
		"KiB", "MiB", "GiB", "TiB", "PiB", "EiB",
	};
	double size = (double)bytes / 1024;
	size_t i = 0;

	if (bytes < 0)
		return unknown(buf);
	if (bytes < 1024) {
		snprintf(buf, UNITS_TEXT, "%" PRId64 " B", bytes);
		return buf;
	}
	/* 1023.95 would be printed as 1024.0. */
	while (size >= 1023.95 && i + 1 < ARRAY_SIZE(name)) {
		size /= 1024;
		i++;
	}
	snprintf(buf, UNITS_TEXT, "%.1f %s", size, name[i]);
	return buf;
}

const char *units_count(char buf[UNITS_TEXT], int64_t count)
{
	char digits[UNITS_TEXT];
	size_t len, to = 0;

	if (count < 0)
		return unknown(buf);
	len = (size_t)snprintf(digits, sizeof(digits), "%" PRId64, count);
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf[to++] = ',';
		buf[to++] = digits[i];
	}
	buf[to] = '\0';
	return buf;
}

const char *units_duration(char buf[UNITS_TEXT], int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} unit[] = {
		{ 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" },
	};
	size_t i = 0;
	int len;

	if (seconds < 0)
		return unknown(buf);
	while (i + 1 < ARRAY_SIZE(unit) && seconds < unit[i].seconds)
		i++;
	len = snprintf(buf, UNITS_TEXT, "%" PRId64 " %s",
		       seconds / unit[i].seconds, unit[i].name);
	seconds %= unit[i].seconds;
	if (i + 1 < ARRAY_SIZE(unit) && seconds >= unit[i + 1].seconds)
		snprintf(buf + len, UNITS_TEXT - (size_t)len,
			 " %" PRId64 " %s", seconds / unit[i + 1].seconds,
			 unit[i + 1].name);
	return buf;
}

int units_percent(int64_t part, int64_t whole)
{
	if (part <= 0 || whole <= 0)
		return 0;
	return (int)((double)part * 100 / (double)whole + 0.5);
}
