/* SPDX-License-Identifier: MIT */
#ifndef TUI_NUMBER_H
#define TUI_NUMBER_H

#include <stdint.h>
#include <time.h>

/**
 * Numbers for narrow columns; "-" for what is unknown (negative, or NAN).
 * K, M, G are powers of 1024 for bytes and of 1000 for all else.
 * Written into @buf, which is returned.
 */
enum { NUMBER_TEXT = 32 };

/** "184", "12.4M": at most 5 columns. */
const char *number_bytes(char buf[NUMBER_TEXT], int64_t bytes);

/** "1,261,640", or "12.3M" where that has more than @cols columns. */
const char *number_count(char buf[NUMBER_TEXT], int64_t count, int cols);

/** The same with a sign, "" for no difference. */
const char *number_more_bytes(char buf[NUMBER_TEXT], int64_t bytes);
const char *number_more_count(char buf[NUMBER_TEXT], int64_t count, int cols);

/** A second: "+500", "-12.5K", "" for nothing, "-" for not known. */
const char *number_rate(char buf[NUMBER_TEXT], double rate);
const char *number_bytes_rate(char buf[NUMBER_TEXT], double rate);

/** "61 ms", "2.3 s", "12:41", "2:13:05", "3 d 02:13". */
const char *number_time(char buf[NUMBER_TEXT], double seconds);

/** The time of day, local. */
const char *number_clock(char buf[NUMBER_TEXT], time_t at);

/** @part of @whole in percent: "12.5", "0.1"; "" for nothing. */
const char *number_share(char buf[NUMBER_TEXT], int64_t part, int64_t whole);

#endif
