/* SPDX-License-Identifier: MIT */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdint.h>

/** Room for any number below. */
#define UNITS_TEXT 32

/**
 * Numbers for people: "10.0 MiB", "375,287", and "-" for what is unknown (-1).
 * Written into @buf, which is returned.
 */
const char *units_bytes(char buf[UNITS_TEXT], int64_t bytes);
const char *units_count(char buf[UNITS_TEXT], int64_t count);

/** "12 s", "5 min 12 s", "13 h 5 min", "2 d 13 h". */
const char *units_duration(char buf[UNITS_TEXT], int64_t seconds);

/** @part of @whole in percent, rounded; 0 of nothing. */
int units_percent(int64_t part, int64_t whole);

#endif
