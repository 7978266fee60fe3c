/* SPDX-License-Identifier: MIT */
#ifndef TUI_TERM_H
#define TUI_TERM_H

#include <stdbool.h>

#include "base/err.h"
#include "tui/grid.h"
#include "tui/input.h"

/**
 * The terminal, which there is one of: the only door to curses.
 *
 * From term_open() to term_close() it is ours, and so are the signals that
 * would leave it in a bad state.  Those that are fatal (SIGSEGV, SIGABRT...)
 * restore it and kill the program, whichever thread they hit.  All others
 * only make term_signal_fd() readable.
 *
 * Threads: that of term_open(); others should block nothing fatal.
 */
struct term_options {
	bool no_color, no_mouse;
};

/** ERR_OS: stdin or stdout is no terminal, or one that cannot be drawn on. */
MUST_CHECK bool term_open(const struct term_options *opt, struct err *err);

/** As it was before; a no-op if it is not open. */
void term_close(void);

int term_signal_fd(void);

/** The oldest signal that came in, or 0. */
int term_next_signal(void);

/** Stop ourselves, as SIGTSTP would have; returns when continued. */
void term_suspend(void);

/** Take note of its size, and draw everything anew next time. */
void term_resized(void);

void term_size(int *ret_rows, int *ret_cols);

/** Only what differs from the last picture is sent. */
void term_draw(const struct grid *grid);

enum term_input { TERM_NOTHING, TERM_KEY, TERM_MOUSE };

/** What the user did, without waiting for it. */
enum term_input term_read(int *ret_code, struct mouse *ret_mouse);

#endif
