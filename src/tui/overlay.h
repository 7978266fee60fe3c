/* SPDX-License-Identifier: MIT */
#ifndef TUI_OVERLAY_H
#define TUI_OVERLAY_H

#include "tui/ui.h"

/** The help page: lines of it, and the page itself on the whole screen. */
size_t help_lines(void);
void help_draw(const struct ui *ui, struct grid *grid);

/** The columns to sort by, in the body of the table. */
void sort_draw(const struct ui *ui, struct grid *grid, const struct rect *at);

#endif
