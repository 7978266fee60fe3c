/* SPDX-License-Identifier: MIT */
#include "tui/theme.h"

/* clang-format off */
#define ON(fg_, bg_, ...) { .fg = (fg_), .bg = (bg_), __VA_ARGS__ }
#define FG(fg_, ...) ON(fg_, -1, __VA_ARGS__)
#define PLAIN(...) ON(-1, -1, __VA_ARGS__)

static const struct look looks[THEME_N][EL_N] = {
	[THEME_MONO] = {
		[EL_PLAIN]	= PLAIN(),
		[EL_TITLE]	= PLAIN(.bold = true),
		[EL_LABEL]	= PLAIN(),
		[EL_VALUE]	= PLAIN(.bold = true),
		[EL_GRAPH]	= PLAIN(),
		[EL_NOTICE]	= PLAIN(.bold = true),
		[EL_TAB]	= PLAIN(),
		[EL_TAB_ON]	= PLAIN(.reverse = true, .bold = true),
		[EL_COLUMNS]	= PLAIN(.reverse = true),
		[EL_COLUMN_ON]	= PLAIN(.reverse = true, .bold = true,
					.underline = true),
		[EL_MORE]	= PLAIN(),
		[EL_LESS]	= PLAIN(),
		[EL_GROWING]	= PLAIN(.bold = true),
		[EL_DIM]	= PLAIN(),
		[EL_GROUP]	= PLAIN(.bold = true),
		[EL_TAGGED]	= PLAIN(.bold = true),
		[EL_SELECTED]	= PLAIN(.reverse = true),
		[EL_NATIVE]	= PLAIN(),
		[EL_KEY]	= PLAIN(),
		[EL_KEY_TEXT]	= PLAIN(.reverse = true),
		[EL_PROMPT]	= PLAIN(.reverse = true),
		[EL_EMPTY]	= PLAIN(),
		[EL_SPARSE]	= PLAIN(.bold = true),
		[EL_PARTLY]	= PLAIN(),
		[EL_FULL]	= PLAIN(),
	},
	[THEME_8] = {
		[EL_PLAIN]	= PLAIN(),
		[EL_TITLE]	= FG(2, .bold = true),
		[EL_LABEL]	= FG(6),
		[EL_VALUE]	= PLAIN(.bold = true),
		[EL_GRAPH]	= FG(2),
		[EL_NOTICE]	= FG(3, .bold = true),
		[EL_TAB]	= PLAIN(),
		[EL_TAB_ON]	= ON(0, 6),
		[EL_COLUMNS]	= ON(0, 2),
		[EL_COLUMN_ON]	= ON(0, 6),
		[EL_MORE]	= FG(3),
		[EL_LESS]	= FG(6),
		[EL_GROWING]	= FG(1, .bold = true),
		[EL_DIM]	= FG(4),
		[EL_GROUP]	= PLAIN(.bold = true),
		[EL_TAGGED]	= FG(3, .bold = true),
		[EL_SELECTED]	= ON(0, 6),
		[EL_NATIVE]	= FG(5),
		[EL_KEY]	= PLAIN(),
		[EL_KEY_TEXT]	= ON(0, 6),
		[EL_PROMPT]	= ON(0, 6),
		[EL_EMPTY]	= FG(6),
		[EL_SPARSE]	= FG(1, .bold = true),
		[EL_PARTLY]	= FG(3),
		[EL_FULL]	= FG(2),
	},
	[THEME_256] = {
		[EL_PLAIN]	= PLAIN(),
		[EL_TITLE]	= FG(114, .bold = true),
		[EL_LABEL]	= FG(73),
		[EL_VALUE]	= PLAIN(.bold = true),
		[EL_GRAPH]	= FG(114),
		[EL_NOTICE]	= FG(221, .bold = true),
		[EL_TAB]	= FG(250),
		[EL_TAB_ON]	= ON(16, 80, .bold = true),
		[EL_COLUMNS]	= ON(16, 114),
		[EL_COLUMN_ON]	= ON(16, 80),
		[EL_MORE]	= FG(221),
		[EL_LESS]	= FG(80),
		[EL_GROWING]	= FG(209, .bold = true),
		[EL_DIM]	= FG(245),
		[EL_GROUP]	= PLAIN(.bold = true),
		[EL_TAGGED]	= FG(221, .bold = true),
		[EL_SELECTED]	= ON(16, 80),
		[EL_NATIVE]	= FG(176),
		[EL_KEY]	= PLAIN(),
		[EL_KEY_TEXT]	= ON(16, 80),
		[EL_PROMPT]	= ON(16, 80),
		[EL_EMPTY]	= FG(80),
		[EL_SPARSE]	= FG(209, .bold = true),
		[EL_PARTLY]	= FG(221),
		[EL_FULL]	= FG(114),
	},
};
/* clang-format on */

const struct look *theme_look(enum theme theme, enum element element)
{
	return &looks[theme][element];
}
