/* SPDX-License-Identifier: MIT */
#include "tui/glyph.h"

static const struct {
	const char *utf8, *ascii;
} glyphs[GLYPH_N] = {
	[GLYPH_LEVEL_0] = { "\u2581", "_" },
	[GLYPH_LEVEL_1] = { "\u2582", "." },
	[GLYPH_LEVEL_2] = { "\u2583", "," },
	[GLYPH_LEVEL_3] = { "\u2584", "-" },
	[GLYPH_LEVEL_4] = { "\u2585", "=" },
	[GLYPH_LEVEL_5] = { "\u2586", "+" },
	[GLYPH_LEVEL_6] = { "\u2587", "*" },
	[GLYPH_LEVEL_7] = { "\u2588", "#" },
	[GLYPH_UP] = { "\u25b2", "^" },
	[GLYPH_DOWN] = { "\u25bd", "v" },
	[GLYPH_ASCENDING] = { "\u25b3", "^" },
	[GLYPH_OPEN] = { "\u25be", "-" },
	[GLYPH_CLOSED] = { "\u25b8", "+" },
	[GLYPH_TAG] = { "\u2022", "*" },
	[GLYPH_BAR] = { "\u2588", "#" },
	[GLYPH_BAR_REST] = { "\u2591", "." },
	[GLYPH_ELLIPSIS] = { "\u2026", "~" },
};

const char *glyph_text(enum glyph glyph, bool ascii)
{
	return ascii ? glyphs[glyph].ascii : glyphs[glyph].utf8;
}
