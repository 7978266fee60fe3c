/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_TITLE_H
#define REPORT_REPORT_TITLE_H

#include <stdbool.h>

#include "report/out.h"
#include "result/dump.h"

/** What text reports mark with, where the user's terminal has colours. */
#define BOLD "\033[1m"
#define DIM "\033[2m"
#define YELLOW "\033[33m"
#define PLAIN "\033[m"

/** The first line of a text report: process, version, how it was read. */
void report_title(struct out *out, const struct dump *dump, bool color);

/** Its last lines: what is to be doubted. */
void report_warnings(struct out *out, const struct dump *dump, bool color);

#endif
