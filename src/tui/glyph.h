/* SPDX-License-Identifier: MIT */
#ifndef TUI_GLYPH_H
#define TUI_GLYPH_H

#include <stdbool.h>

/** Signs that are not letters, each with a stand-in of ASCII; all are one
 *  column wide. */
enum glyph {
	GLYPH_LEVEL_0, GLYPH_LEVEL_1, GLYPH_LEVEL_2, GLYPH_LEVEL_3,
	GLYPH_LEVEL_4, GLYPH_LEVEL_5, GLYPH_LEVEL_6, GLYPH_LEVEL_7,
	GLYPH_UP,	/* growing */
	GLYPH_DOWN,	/* sorted, largest first */
	GLYPH_ASCENDING,
	GLYPH_OPEN,	/* a group that shows its rows */
	GLYPH_CLOSED,
	GLYPH_TAG,
	GLYPH_BAR,	/* a full piece of a bar */
	GLYPH_BAR_REST,
	GLYPH_ELLIPSIS,
	GLYPH_N
};

enum { GLYPH_LEVELS = 8 };

const char *glyph_text(enum glyph glyph, bool ascii);

#endif
