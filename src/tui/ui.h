/* SPDX-License-Identifier: MIT */
#ifndef TUI_UI_H
#define TUI_UI_H

#include <stdbool.h>
#include <stdint.h>

#include "tui/feed.h"
#include "tui/grid.h"
#include "tui/list.h"
#include "tui/model.h"
#include "tui/tui.h"
#include "tui/types_view.h"

/**
 * What the user looks at: the model, and what they chose to see of it.
 *
 * It changes with keys, with news and with the clock; ui_update() brings the
 * lists up to date, and then drawing is a function of it alone.
 *
 * Owner: ui_fini().
 */
enum panel_id {
	PANEL_TYPES, PANEL_THREADS, PANEL_GC, PANEL_MEMORY, PANEL_DETAILS,
	PANEL_HOLDERS, PANEL_N
};

enum ui_mode {
	MODE_PANEL, MODE_HELP,
	MODE_SORT,	/* choosing a column */
	MODE_PROMPT,	/* typing a line */
};

enum { PROMPT_SIZE = 256, UI_PATH_MAX = 64 };

struct ui;

/** A line being typed at the bottom. */
struct prompt {
	const char *label;
	char text[PROMPT_SIZE];
	/** Called with each change, and at the end. */
	void (*changed)(struct ui *ui, const char *text);
	void (*done)(struct ui *ui, const char *text);
	void (*cancelled)(struct ui *ui);
};

struct threads_view {
	struct list list, stack;
	bool in_stack;		/* the arrows move in the stack */
	bool native, locals;
};

struct holders_view {
	struct list list;
	const struct holder **rows;	/* of model.holders, by growth */
	size_t n;
	uint32_t names_id;		/* the last ask, if it is not answered */
};

struct details_view {
	char *type;		/* whose, or NULL */
	struct list instances, fields;
	/** The objects gone into, one inside the other. */
	raddr path[UI_PATH_MAX];
	size_t n_path;		/* 0: the instances are shown */
	bool referrers;		/* not what is in it, but who refers to it */
	uint32_t instances_id, fields_id, referrers_id;
};

struct ui {
	struct model model;
	struct feed *feed;	/* NULL: nobody to ask */
	struct tui_options opt;
	int rows, cols;		/* of the screen */
	bool ascii;

	enum panel_id panel;
	enum ui_mode mode;
	struct prompt prompt;
	struct list help, sort;
	struct list page[PANEL_N];	/* of panels without a list */

	struct types_view types;
	struct threads_view threads;
	struct details_view details;
	struct holders_view holders;

	bool frozen;
	uint32_t one_more;	/* the ask whose samples are shown all the same */
	int interval_ms;
	unsigned wanted;	/* what the feed was told */
	uint32_t last_id;
	bool quit;
};

void ui_init(struct ui *ui, struct feed *feed, const struct tui_options *opt);
void ui_fini(struct ui *ui);

/** Takes @news over.  While the picture is frozen samples are dropped. */
MUST_CHECK bool ui_news(struct ui *ui, struct news *news, struct err *err);

/** Bring what is shown up to date with what is known and chosen, and tell the
 *  feed what is needed. */
void ui_update(struct ui *ui);

/** Ask the feed; the id goes to @ask and is returned. */
uint32_t ui_ask(struct ui *ui, struct feed_ask *ask);

void ui_show_panel(struct ui *ui, enum panel_id panel);

/** Show details of the type, and ask for its instances. */
void ui_show_type(struct ui *ui, const char *type);

/** Show what is in the object. */
void ui_show_object(struct ui *ui, const char *type, raddr address);

/** Show who refers to the object that is shown, or selected; or no longer. */
void ui_show_referrers(struct ui *ui);

/** The whole picture. */
void ui_draw(const struct ui *ui, struct grid *grid);

#endif
