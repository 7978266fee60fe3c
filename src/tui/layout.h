/* SPDX-License-Identifier: MIT */
#ifndef TUI_LAYOUT_H
#define TUI_LAYOUT_H

#include "tui/ui.h"

enum { MIN_ROWS = 8, MIN_COLS = 40, FULL_ROWS = 20, FULL_COLS = 64,
       FULL_HEADER = 5, SMALL_HEADER = 2 };

/** What is where on the screen: for those who draw and those who click. */
struct layout {
	bool is_full;		/* the header of five lines, not of two */
	int header;		/* lines of it, the notice included */
	int notice_y;		/* -1: no notice, or no room */
	int warnings_y, warnings_rows;	/* below that */
	int tabs_y, bar_y;
	struct rect body;
};

struct layout layout_of(const struct ui *ui);

/** Too small to draw anything? */
bool layout_is_tiny(const struct ui *ui);

/** Where the tab is; the next begins at the end of this. */
int layout_tab_x(enum panel_id panel);

/** Which one is at column @x, or PANEL_N. */
enum panel_id layout_tab_at(int x);

#endif
