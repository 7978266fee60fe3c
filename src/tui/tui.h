/* SPDX-License-Identifier: MIT */
#ifndef TUI_TUI_H
#define TUI_TUI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "tui/feed.h"

/** The screen, from its first picture until the user leaves. */
struct tui_options {
	int pid;		/* until the first sample says more */
	const char *title;	/* likewise: the command, foreign; or NULL */
	int interval_ms;	/* at the start; the feed was told already */
	bool no_color;		/* NO_COLOR says so too */
	bool ascii;		/* nothing but ASCII; else as the locale says */
	bool no_mouse;
	const char *write_path;	/* where `w` proposes to write, or NULL */
};

/**
 * Show what @feed delivers until the user leaves or a signal says so; the
 * terminal is then as it was before.
 *
 * @ret_signal is the signal that ended it (SIGINT, SIGTERM, SIGHUP, SIGQUIT)
 * or 0; the caller tidies up and dies of it.  Fatal signals (SIGSEGV,
 * SIGABRT...) restore the terminal and kill the program.
 *
 * ERR_OS: stdin or stdout is no terminal, or none that can be drawn on.
 */
MUST_CHECK bool tui_run(struct feed *feed, const struct tui_options *opt,
			int *ret_signal, struct err *err);

/**
 * The same tables as blocks of lines, for a pipe: hand it the news as they
 * come, and print after any of them.
 *
 * Owner: tui_text_free().
 */
struct tui_text;

enum tui_text_part {
	TEXT_HEADER = 1 << 0,
	TEXT_TYPES = 1 << 1,
	TEXT_THREADS = 1 << 2,
	TEXT_GC = 1 << 3,
	TEXT_MEMORY = 1 << 4,
};

struct tui_text_options {
	unsigned parts;		/* enum tui_text_part */
	int columns;		/* lines are cut there; 0: at 512 */
	int rows;		/* of the table of types; 0: all */
	bool kinds;
	bool ascii;		/* no graphs in UTF-8 */
};

struct tui_text *tui_text_new(struct err *err);
void tui_text_free(struct tui_text *text);

/** Takes @news over. */
MUST_CHECK bool tui_text_add(struct tui_text *text, struct news *news,
			     struct err *err);

/** @put gets each line, without \n, all foreign text escaped. */
MUST_CHECK bool tui_text_print(struct tui_text *text,
			       const struct tui_text_options *opt,
			       void (*put)(void *arg, const char *line),
			       void *arg, struct err *err);

#endif
