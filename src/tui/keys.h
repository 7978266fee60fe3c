/* SPDX-License-Identifier: MIT */
#ifndef TUI_KEYS_H
#define TUI_KEYS_H

#include <stddef.h>

#include "tui/input.h"
#include "tui/ui.h"

/**
 * What each key does: one table is bindings, function bar and help.
 */
struct key {
	int codes[3];		/* 0: no more */
	const char *shown;	/* "F3 /" */
	const char *label;	/* in the function bar; NULL: not there */
	const char *help;	/* a line */
	void (*press)(struct ui *ui, int code);
};

extern const struct key keys[];
extern const size_t n_keys;

/** @code was pressed, whatever is shown. */
void keys_press(struct ui *ui, int code);
void keys_mouse(struct ui *ui, const struct mouse *mouse);

/** The name that the function bar gives to a key: the first word of shown. */
int keys_bar_width(const struct key *key);

#endif
