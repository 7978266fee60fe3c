/* SPDX-License-Identifier: MIT */
#include "tui/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

static const char *text(char buf[NUMBER_TEXT], const char *s)
{
	snprintf(buf, NUMBER_TEXT, "%s", s);
	return buf;
}

/* @v, not negative, in units of @step, behind @sign. */
static const char *scaled(char buf[NUMBER_TEXT], const char *sign, double v,
			  double step)
{
	static const char unit[] = " KMGTPE";
	size_t i = 0;

	/* 999.5 would be printed as 1000. */
	while (v >= (i ? 999.5 : step) && i + 2 < sizeof(unit)) {
		v /= step;
		i++;
	}
	if (i == 0 && (v == (double)(int64_t)v || v >= 99.95))
		snprintf(buf, NUMBER_TEXT, "%s%.0f", sign, v);
	else if (i == 0)
		snprintf(buf, NUMBER_TEXT, "%s%.1f", sign, v);
	else
		snprintf(buf, NUMBER_TEXT, "%s%.*f%c", sign, v < 99.95, v,
			 unit[i]);
	return buf;
}

const char *number_bytes(char buf[NUMBER_TEXT], int64_t bytes)
{
	if (bytes < 0)
		return text(buf, "-");
	return scaled(buf, "", (double)bytes, 1024);
}

const char *number_count(char buf[NUMBER_TEXT], int64_t count, int cols)
{
	units_count(buf, count);
	if (count < 0 || (int)strlen(buf) <= cols)
		return buf;
	return scaled(buf, "", (double)count, 1000);
}

const char *number_more_bytes(char buf[NUMBER_TEXT], int64_t bytes)
{
	if (bytes == 0)
		return text(buf, "");
	return scaled(buf, bytes < 0 ? "-" : "+", fabs((double)bytes), 1024);
}

const char *number_more_count(char buf[NUMBER_TEXT], int64_t count, int cols)
{
	char digits[UNITS_TEXT];

	if (count == 0)
		return text(buf, "");
	units_count(digits, llabs(count));
	if ((int)strlen(digits) + 1 > cols)
		return scaled(buf, count < 0 ? "-" : "+",
			      fabs((double)count), 1000);
	snprintf(buf, NUMBER_TEXT, "%c%.30s", count < 0 ? '-' : '+', digits);
	return buf;
}

static const char *rate_of(char buf[NUMBER_TEXT], double rate, double step)
{
	if (isnan(rate))
		return text(buf, "-");
	if (fabs(rate) < 0.05)
		return text(buf, "");
	return scaled(buf, rate < 0 ? "-" : "+",
		      (double)(int64_t)(fabs(rate) * 10 + 0.5) / 10, step);
}

const char *number_rate(char buf[NUMBER_TEXT], double rate)
{
	return rate_of(buf, rate, 1000);
}

const char *number_bytes_rate(char buf[NUMBER_TEXT], double rate)
{
	/* A part of a byte is none. */
	return rate_of(buf, fabs(rate) < 0.5 ? 0 : rate, 1024);
}

const char *number_time(char buf[NUMBER_TEXT], double seconds)
{
	long s = (long)seconds;

	if (isnan(seconds) || seconds < 0)
		return text(buf, "-");
	if (seconds < 0.9995)
		snprintf(buf, NUMBER_TEXT, "%.*f ms", seconds < 0.00995,
			 seconds * 1000);
	else if (seconds < 9.95)
		snprintf(buf, NUMBER_TEXT, "%.1f s", seconds);
	else if (s < 60)
		snprintf(buf, NUMBER_TEXT, "%ld s", s);
	else if (s < 3600)
		snprintf(buf, NUMBER_TEXT, "%ld:%02ld", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, NUMBER_TEXT, "%ld:%02ld:%02ld", s / 3600,
			 s / 60 % 60, s % 60);
	else
		snprintf(buf, NUMBER_TEXT, "%ld d %02ld:%02ld", s / 86400,
			 s / 3600 % 24, s / 60 % 60);
	return buf;
}

const char *number_clock(char buf[NUMBER_TEXT], time_t at)
{
	struct tm tm;

	if (!localtime_r(&at, &tm) ||
	    strftime(buf, NUMBER_TEXT, "%H:%M:%S", &tm) == 0)
		return text(buf, "-");
	return buf;
}

const char *number_share(char buf[NUMBER_TEXT], int64_t part, int64_t whole)
{
	double share = whole > 0 ? (double)part * 100 / (double)whole : 0;

	if (share < 0.05)
		return text(buf, "");
	snprintf(buf, NUMBER_TEXT, "%.*f", share < 99.95, share);
	return buf;
}
