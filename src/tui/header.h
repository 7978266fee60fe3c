/* SPDX-License-Identifier: MIT */
#ifndef TUI_HEADER_H
#define TUI_HEADER_H

#include "tui/ui.h"

/**
 * The top of the screen: who is looked at, its memory, how old the data is,
 * what it cost and what is missing.
 */
bool header_has_notice(const struct ui *ui);

/** What the user should know now, on one line. */
void header_draw_notice(const struct ui *ui, struct grid *grid, int y);

/** Five lines. */
void header_draw_full(const struct ui *ui, struct grid *grid, int y);

/** The most important of it in two. */
void header_draw_small(const struct ui *ui, struct grid *grid, int y);

#endif
