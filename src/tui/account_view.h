/* SPDX-License-Identifier: MIT */
#ifndef TUI_ACCOUNT_VIEW_H
#define TUI_ACCOUNT_VIEW_H

#include "tui/ui.h"

/**
 * The account of the Memory panel: its rows, with what changed since the
 * baseline; the leaves that changed most; how full the arenas are.
 *
 * All of it is of model.account, which must be there.
 */

/** So many lines at most. */
int account_view_rows(const struct ui *ui);

/** From line @y on; returns the line behind. */
int account_view_draw(const struct ui *ui, struct grid *grid, int y,
		      const struct rect *at);

#endif
