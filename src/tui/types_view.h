/* SPDX-License-Identifier: MIT */
#ifndef TUI_TYPES_VIEW_H
#define TUI_TYPES_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"
#include "tui/history.h"
#include "tui/list.h"

/**
 * Which types are shown, and in which order: filtered, sorted, as a tree.
 *
 * Owner: types_view_fini().  Lines point into the history they were made of
 *        and are gone with its next sample.
 */
enum type_column {
	COLUMN_AUTO,		/* by growth once there is any, else by size */
	COLUMN_COUNT, COLUMN_BYTES, COLUMN_SHARE, COLUMN_ALLOCATED,
	COLUMN_MORE, COLUMN_MORE_BYTES, COLUMN_RATE, COLUMN_BYTES_RATE,
	COLUMN_GRAPH,
	COLUMN_NAME,
	COLUMN_N
};

struct type_line {
	const char *name;	/* as shown */
	const char *key;	/* as found again */
	const struct history_row *row;	/* NULL: a module */
	uint32_t group;		/* of groups[]; only in a tree */
	int64_t count, bytes, allocated, more, more_bytes;
	double rate, bytes_rate;
	bool growing, tagged;
};

struct type_group {
	struct type_line line;	/* the sums */
	bool is_closed;
};

struct types_view {
	struct list list;
	/** What is to be shown: the lines are made anew when it changed. */
	struct types_choice {
		enum type_column sort;
		bool reversed, tree, kinds;
		char filter[256];
	} choice;
	char search[256];
	VEC(char *) closed;	/* modules that hide their types */

	VEC(struct type_line) lines;
	VEC(struct type_group) groups;
	enum type_column sorted_by;	/* what COLUMN_AUTO came to */
	int64_t total_bytes;

	/* What the lines were made of: types_view_update()'s own. */
	struct types_made {
		const struct history *history;
		uint32_t changes, toggles;
		struct types_choice choice;
	} made;
	uint32_t toggles;	/* of modules */
};

void types_view_fini(struct types_view *view);

/** Make the lines, if they are not up to date; short of memory: fewer. */
void types_view_update(struct types_view *view, const struct history *history);

/** Text sorts upwards at first, numbers downwards. */
bool types_view_is_text(enum type_column column);

/** The lines are no longer what they were made of. */
void types_view_forget(struct types_view *view);

/** Open or close a module. */
void types_view_toggle(struct types_view *view, const char *module);

/** Does @name contain @text, in whatever case? */
bool types_view_matches(const char *name, const char *text);

#endif
