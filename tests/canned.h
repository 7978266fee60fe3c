/* SPDX-License-Identifier: MIT */
#ifndef CANNED_H
#define CANNED_H

#include "tui/sample.h"
#include "tui/ui.h"

/**
 * Samples made by hand, of a service that leaks 500 Sessions a second, and
 * some names that no terminal should see.
 */
enum { CANNED_PID = 4711 };

/** Nanoseconds at which sample @i is taken; one every two seconds. */
uint64_t canned_ns(int i);

/** Sample number @i, 0 and up, of @kind. */
struct news *canned_sample(int i, enum tui_sample_kind kind);

/** The same with an account, of which a cgroup with a limit counts more and
 *  more. */
struct news *canned_account(int i);

/** The answer to ASK_NAMES @id, of the longest container. */
struct news *canned_names(uint32_t id);

struct news *canned_event(enum event_kind kind, const char *text);
struct news *canned_instances(uint32_t id);
struct news *canned_fields(uint32_t id);
struct news *canned_referrers(uint32_t id);

/** Add a row to a sample. */
void canned_type(struct dump *dump, const char *module, const char *name,
		 int64_t count, int64_t bytes);

/** A screen of that size which has seen @n samples. */
void canned_ui(struct ui *ui, int rows, int cols, int n);

/** Hand @news to it; fails the test if that fails. */
void canned_news(struct ui *ui, struct news *news);

#endif
