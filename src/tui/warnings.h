/* SPDX-License-Identifier: MIT */
#ifndef TUI_WARNINGS_H
#define TUI_WARNINGS_H

#include "tui/grid.h"
#include "tui/model.h"

/**
 * What is to be doubted of the numbers shown, as a dump would print it: the
 * warnings of the last census and of the last sample.
 */

/** The @i-th of them, foreign text; NULL: there are no more. */
const char *warnings_get(const struct model *model, size_t i);

/** How many there are. */
size_t warnings_count(const struct model *model);

/** The lines they take, wrapped to @cols columns; @most at most. */
int warnings_lines(const struct model *model, int cols, int most);

/** Draw them into @rows lines from @y on; the last says if there are more. */
void warnings_draw(const struct model *model, struct grid *grid, int y,
		   int rows);

#endif
