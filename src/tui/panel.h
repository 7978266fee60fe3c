/* SPDX-License-Identifier: MIT */
#ifndef TUI_PANEL_H
#define TUI_PANEL_H

#include "tui/ui.h"

/**
 * A panel: a file panel_NAME.c with one const entry, listed in panels[].
 *
 * It draws what the model has; it computes nothing about the heap.
 */
struct panel {
	const char *name;	/* on its tab */
	const char *help;	/* a line */
	/** What samples should hold while it is shown: enum feed_want. */
	unsigned (*want)(const struct ui *ui);
	/** Make its rows, for a body of @rows lines. */
	void (*update)(struct ui *ui, int rows);
	/** What the arrows move in; NULL: a page, to be scrolled. */
	struct list *(*list)(struct ui *ui);
	/** The line of the body where the rows of that list begin. */
	int (*list_y)(const struct ui *ui, int rows);
	/** How long the page is; only without a list. */
	int (*page_rows)(const struct ui *ui);
	/** The user moved: remember on what. */
	void (*hold)(struct ui *ui);
	/** The text of a row, to search in; NULL: none. */
	const char *(*text)(const struct ui *ui, size_t row);
	void (*enter)(struct ui *ui);
	/** One step back; false: there is none. */
	bool (*back)(struct ui *ui);
	void (*draw)(const struct ui *ui, struct grid *grid,
		     const struct rect *at);
};

extern const struct panel panel_types, panel_threads, panel_gc, panel_memory,
	panel_details, panel_holders;

/** By enum panel_id. */
extern const struct panel *const panels[PANEL_N];

/** The list that the arrows move in. */
struct list *panel_list(struct ui *ui);

#endif
