/* SPDX-License-Identifier: MIT */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include <stdbool.h>

/** What a cell means; how that looks is the theme's business.  Nothing is
 *  said by looks alone: a sign or a word always goes with it. */
enum element {
	EL_PLAIN,
	EL_TITLE,	/* who is looked at */
	EL_LABEL,	/* what a number is */
	EL_VALUE,	/* a number of the header */
	EL_GRAPH,
	EL_NOTICE,	/* what the user should know */
	EL_TAB,
	EL_TAB_ON,	/* the panel shown */
	EL_COLUMNS,	/* the head of a table */
	EL_COLUMN_ON,	/* ... the column it is sorted by */
	EL_MORE,	/* risen since the baseline */
	EL_LESS,
	EL_GROWING,	/* rises all the time */
	EL_DIM,		/* of less interest */
	EL_GROUP,	/* a row that stands for many */
	EL_TAGGED,
	EL_SELECTED,
	EL_NATIVE,	/* a frame that is not Python's */
	EL_KEY,		/* in the function bar and the help */
	EL_KEY_TEXT,
	EL_PROMPT,
	/* How full an arena is: not at all, at most three tenths, not
	 * quite, quite. */
	EL_EMPTY, EL_SPARSE, EL_PARTLY, EL_FULL,
	EL_N
};

enum theme { THEME_MONO, THEME_8, THEME_256, THEME_N };

/** Colours are numbers of the terminal's palette, -1 its default. */
struct look {
	short fg, bg;
	bool bold, dim, reverse, underline;
};

const struct look *theme_look(enum theme theme, enum element element);

#endif
