/* SPDX-License-Identifier: MIT */
#ifndef TUI_INPUT_H
#define TUI_INPUT_H

/**
 * What the user does, whatever the terminal calls it.  A key is its character
 * (Unicode) or one of these.
 */
enum {
	INPUT_UP = 0x200000, INPUT_DOWN, INPUT_LEFT, INPUT_RIGHT, INPUT_PGUP,
	INPUT_PGDN, INPUT_HOME, INPUT_END, INPUT_BACKTAB, INPUT_BACKSPACE,
	INPUT_F0,	/* INPUT_F0 + 1 is F1 */
	INPUT_LAST = INPUT_F0 + 12,
	INPUT_TAB = '\t', INPUT_ENTER = '\n', INPUT_ESC = 033,
	INPUT_REDRAW = 014,
};

enum mouse_kind { MOUSE_CLICK, MOUSE_DOUBLE, MOUSE_WHEEL_UP,
		  MOUSE_WHEEL_DOWN };

struct mouse {
	enum mouse_kind kind;
	int y, x;
};

#endif
