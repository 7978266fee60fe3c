/* SPDX-License-Identifier: MIT */
#include "tui/keys.h"

#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "base/compiler.h"
#include "tui/columns.h"
#include "tui/layout.h"
#include "tui/panel.h"
#include "tui/prompt.h"

#define F(n) (INPUT_F0 + (n))

/* --- leaving, help, panels ----------------------------------------------- */

static void on_quit(struct ui *ui, int code)
{
	(void)code;
	ui->quit = true;
}

static void on_help(struct ui *ui, int code)
{
	(void)code;
	list_reset(&ui->help);
	ui->mode = MODE_HELP;
}

static void on_panel(struct ui *ui, int code)
{
	ui_show_panel(ui, (enum panel_id)(code - '1'));
}

static void on_next_panel(struct ui *ui, int code)
{
	int step = code == INPUT_TAB ? 1 : PANEL_N - 1;

	ui_show_panel(ui, ((int)ui->panel + step) % PANEL_N);
}

static void on_enter(struct ui *ui, int code)
{
	(void)code;
	if (panels[ui->panel]->enter)
		panels[ui->panel]->enter(ui);
}

static void on_back(struct ui *ui, int code)
{
	(void)code;
	if (panels[ui->panel]->back && panels[ui->panel]->back(ui))
		return;
	if (ui->panel == PANEL_TYPES && *ui->types.choice.filter)
		*ui->types.choice.filter = '\0';
}

/* --- moving -------------------------------------------------------------- */

static int page_of(const struct ui *ui)
{
	int rows = layout_of(ui).body.rows - 2;

	return rows > 1 ? rows : 1;
}

static void move(struct ui *ui, long by)
{
	const struct panel *panel = panels[ui->panel];

	list_move(panel_list(ui), by);
	if (panel->hold)
		panel->hold(ui);
}

static void on_move(struct ui *ui, int code)
{
	switch (code) {
	case INPUT_UP:
		move(ui, -1);
		break;
	case INPUT_DOWN:
		move(ui, 1);
		break;
	case INPUT_PGUP:
		move(ui, -page_of(ui));
		break;
	case INPUT_PGDN:
		move(ui, page_of(ui));
		break;
	case INPUT_HOME:
		move(ui, -(long)panel_list(ui)->n);
		/* At the top again: on whoever is there. */
		list_reset(panel_list(ui));
		break;
	case INPUT_END:
		move(ui, (long)panel_list(ui)->n);
		break;
	}
}

/* --- search and filter --------------------------------------------------- */

static bool go_to(struct ui *ui, const char *text, size_t from)
{
	const struct panel *panel = panels[ui->panel];
	struct list *list = panel_list(ui);

	for (size_t i = 0; panel->text && i < list->n; i++) {
		size_t row = (from + i) % list->n;
		const char *has = panel->text(ui, row);

		if (!has || !types_view_matches(has, text))
			continue;
		list_go(list, row);
		if (panel->hold)
			panel->hold(ui);
		return true;
	}
	return false;
}

static void search_changed(struct ui *ui, const char *text)
{
	if (*text)
		go_to(ui, text, panel_list(ui)->at);
}

static void search_done(struct ui *ui, const char *text)
{
	strlcpy(ui->types.search, text, sizeof(ui->types.search));
	if (*text && !go_to(ui, text, panel_list(ui)->at))
		model_note(&ui->model, "nothing here is named like that");
}

static void on_search(struct ui *ui, int code)
{
	static const struct prompt prompt = {
		.label = "Search", .changed = search_changed,
		.done = search_done,
	};

	(void)code;
	prompt_open(ui, &prompt, "");
}

static void on_search_next(struct ui *ui, int code)
{
	(void)code;
	if (*ui->types.search)
		go_to(ui, ui->types.search, panel_list(ui)->at + 1);
	else
		on_search(ui, code);
}

static void filter_changed(struct ui *ui, const char *text)
{
	strlcpy(ui->types.choice.filter, text, sizeof(ui->types.choice.filter));
}

static void filter_cancelled(struct ui *ui)
{
	*ui->types.choice.filter = '\0';
}

static void on_filter(struct ui *ui, int code)
{
	static const struct prompt prompt = {
		.label = "Filter", .changed = filter_changed,
		.done = filter_changed, .cancelled = filter_cancelled,
	};

	(void)code;
	ui_show_panel(ui, PANEL_TYPES);
	prompt_open(ui, &prompt, ui->types.choice.filter);
}

/* --- the table of types -------------------------------------------------- */

static void on_tree(struct ui *ui, int code)
{
	(void)code;
	ui->types.choice.tree = !ui->types.choice.tree;
	if (ui->types.choice.kinds && ui->types.choice.tree)
		model_note(&ui->model, "kinds make no tree: k shows types");
	ui_show_panel(ui, PANEL_TYPES);
}

static void on_sort(struct ui *ui, int code)
{
	(void)code;
	ui_show_panel(ui, PANEL_TYPES);
	ui->sort.n = COLUMN_N;
	list_go(&ui->sort, ui->types.choice.sort);
	ui->mode = MODE_SORT;
}

static void on_invert(struct ui *ui, int code)
{
	(void)code;
	ui->types.choice.reversed = !ui->types.choice.reversed;
}

static void on_tag(struct ui *ui, int code)
{
	struct history *history = ui->types.choice.kinds ? &ui->model.kinds :
						    &ui->model.types;
	size_t at = ui->types.list.at;
	struct history_row *row;

	(void)code;
	if (ui->panel != PANEL_TYPES || at >= ui->types.lines.n ||
	    !ui->types.lines.v[at].row)
		return;
	row = history_find(history, ui->types.lines.v[at].key);
	if (row)
		history_tag(history, row);
	move(ui, 1);
}

static void on_kinds(struct ui *ui, int code)
{
	(void)code;
	ui->types.choice.kinds = !ui->types.choice.kinds;
	list_reset(&ui->types.list);
	ui_show_panel(ui, PANEL_TYPES);
}

static void on_baseline(struct ui *ui, int code)
{
	if (!ui->model.heap) {
		model_note(&ui->model, "no sample to compare with yet");
	} else if (code == 'b') {
		model_baseline(&ui->model);
		model_note(&ui->model, "compared with this sample from now "
			   "on; B: with the first one");
	} else {
		model_clear_baseline(&ui->model);
		model_note(&ui->model, "compared with the first sample again");
	}
}

/* --- samples ------------------------------------------------------------- */

static void on_freeze(struct ui *ui, int code)
{
	struct feed_ask ask = { 0 };

	(void)code;
	ui->frozen = !ui->frozen;
	ui->one_more = 0;
	ask.kind = ui->frozen ? ASK_PAUSE : ASK_RESUME;
	ui_ask(ui, &ask);
}

static void on_sample(struct ui *ui, int code)
{
	struct feed_ask ask = { .kind = code == 'x' ? ASK_EXACT : ASK_SAMPLE };

	if (model_is_gone(&ui->model)) {
		model_note(&ui->model, "there is no process to look at");
		return;
	}
	if (code == 'x')
		model_note(&ui->model, "asked for one exact sample");
	ui->one_more = ui_ask(ui, &ask);
}

static void on_interval(struct ui *ui, int code)
{
	static const int steps[] = { 100, 200, 500, 1000, 2000, 5000, 10000,
				     30000, 60000 };
	struct feed_ask ask = { .kind = ASK_INTERVAL };
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(steps) && steps[i] < ui->interval_ms)
		i++;
	if (code == '-' && i + 1 < ARRAY_SIZE(steps) &&
	    steps[i] <= ui->interval_ms)
		i++;
	if (code != '-' && i > 0)
		i--;
	ui->interval_ms = steps[i];
	ask.interval_ms = steps[i];
	ui_ask(ui, &ask);
	model_note(&ui->model, "a sample every %g s, if that is not too much",
		   (double)steps[i] / 1000);
}

static void on_frames(struct ui *ui, int code)
{
	struct threads_view *view = &ui->threads;

	if (code == 'n')
		view->native = !view->native;
	else
		view->locals = !view->locals;
	list_reset(&view->stack);
	ui_show_panel(ui, PANEL_THREADS);
}

static void on_referrers(struct ui *ui, int code)
{
	(void)code;
	if (ui->panel == PANEL_DETAILS)
		ui_show_referrers(ui);
	else
		model_note(&ui->model, "of an object in Details: 5 shows them");
}

static void write_done(struct ui *ui, const char *path)
{
	struct feed_ask ask = { .kind = ASK_WRITE, .path = path };

	ask.sample = ui->model.heap;
	if (*path && ask.sample)
		ui_ask(ui, &ask);
}

static void on_write(struct ui *ui, int code)
{
	static const struct prompt prompt = {
		.label = "Write as JSON to", .done = write_done,
	};
	char path[64];

	(void)code;
	if (!ui->model.heap) {
		model_note(&ui->model, "no sample to write yet");
		return;
	}
	snprintf(path, sizeof(path), "pyheapspy-%d.json",
		 ui->model.heap->dump.pid);
	prompt_open(ui, &prompt,
		    ui->opt.write_path ? ui->opt.write_path : path);
}

/* clang-format off */
const struct key keys[] = {
	{ { F(1), 'h', '?' },	"F1 h ?",  "Help",
	  "this page", on_help },
	{ { F(3), '/' },	"F3 /",	   "Search",
	  "go to the next row named like what you type", on_search },
	{ { 'N' },		"N",	   NULL,
	  "search the same once more", on_search_next },
	{ { F(4), '\\' },	"F4 \\",   "Filter",
	  "show only types named like what you type; Esc: all", on_filter },
	{ { F(5), 't' },	"F5 t",	   "Tree",
	  "types below their modules; Enter opens and closes one", on_tree },
	{ { F(6), '>' },	"F6 >",	   "Sort",
	  "choose the column to sort by", on_sort },
	{ { 'I' },		"I",	   NULL,
	  "sort the other way round", on_invert },
	{ { ' ' },		"Space",   NULL,
	  "tag the type: a filter no longer hides it", on_tag },
	{ { 'k' },		"k",	   NULL,
	  "kinds: dicts by whose they are", on_kinds },
	{ { 'b' },		"b",	   "Base",
	  "baseline: compare with this sample from now on", on_baseline },
	{ { 'B' },		"B",	   NULL,
	  "clear it: compare with the first sample", on_baseline },
	{ { 'Z', 'z' },		"Z",	   "Freeze",
	  "freeze the picture, or go on", on_freeze },
	{ { 'x' },		"x",	   "Exact",
	  "one exact sample: the process is paused for it", on_sample },
	{ { 'r' },		"r",	   NULL,
	  "one sample now", on_sample },
	{ { '+', '=' },		"+",	   NULL,
	  "sample more often", on_interval },
	{ { '-' },		"-",	   NULL,
	  "sample less often", on_interval },
	{ { 'w' },		"w",	   "Write",
	  "write the sample shown to a file, as dump --json does", on_write },
	{ { 'n' },		"n",	   NULL,
	  "native frames in stacks, or not", on_frames },
	{ { 'l' },		"l",	   NULL,
	  "local variables in stacks, or not", on_frames },
	{ { 'o' },		"o",	   NULL,
	  "who refers to the object in details, and what it retains",
	  on_referrers },
	{ { INPUT_ENTER },	"Enter",   NULL,
	  "details: of the type, the object, the thread", on_enter },
	{ { INPUT_ESC },	"Esc",	   NULL,
	  "back", on_back },
	{ { INPUT_TAB, INPUT_BACKTAB }, "Tab", NULL,
	  "the next panel; with Shift the one before", on_next_panel },
	{ { '1', '2', '3' },	"1 2 3",   NULL,
	  "types, threads, GC", on_panel },
	{ { '4', '5', '6' },	"4 5 6",   NULL,
	  "memory, details, holders", on_panel },
	{ { INPUT_UP, INPUT_DOWN }, "Up Down", NULL,
	  "move", on_move },
	{ { INPUT_PGUP, INPUT_PGDN }, "PgUp PgDn", NULL,
	  "move by a page", on_move },
	{ { INPUT_HOME, INPUT_END }, "Home End", NULL,
	  "first row, whoever that is; last row", on_move },
	{ { F(10), 'q' },	"F10 q",   "Quit",
	  "leave", on_quit },
};
/* clang-format on */

const size_t n_keys = ARRAY_SIZE(keys);

static const struct key *key_of(int code)
{
	for (size_t i = 0; code && i < n_keys; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(keys[i].codes); j++) {
			if (keys[i].codes[j] == code)
				return &keys[i];
		}
	}
	return NULL;
}

/* --- what is not a panel ------------------------------------------------- */

static bool move_in(struct list *list, int code, int page)
{
	switch (code) {
	case INPUT_UP:
		list_move(list, -1);
		return true;
	case INPUT_DOWN:
		list_move(list, 1);
		return true;
	case INPUT_PGUP:
		list_move(list, -page);
		return true;
	case INPUT_PGDN:
	case ' ':
		list_move(list, page);
		return true;
	case INPUT_HOME:
		list_go(list, 0);
		return true;
	case INPUT_END:
		list_go(list, list->n);
		return true;
	default:
		return false;
	}
}

static void press_sort(struct ui *ui, int code)
{
	if (move_in(&ui->sort, code, 5))
		return;
	if (code != INPUT_ENTER && code != INPUT_ESC && code != 'q')
		return;
	if (code == INPUT_ENTER) {
		ui->types.choice.sort = (enum type_column)ui->sort.at;
		ui->types.choice.reversed = false;
	}
	ui->mode = MODE_PANEL;
}

void keys_press(struct ui *ui, int code)
{
	const struct key *key;

	if (layout_is_tiny(ui) && code != 'q' && code != F(10))
		return;
	switch (ui->mode) {
	case MODE_PROMPT:
		prompt_press(ui, code);
		return;
	case MODE_SORT:
		press_sort(ui, code);
		return;
	case MODE_HELP:
		if (!move_in(&ui->help, code, ui->rows - 3))
			ui->mode = MODE_PANEL;
		return;
	case MODE_PANEL:
		break;
	}
	key = key_of(code);
	if (key)
		key->press(ui, code);
}

/* --- the mouse ----------------------------------------------------------- */

int keys_bar_width(const struct key *key)
{
	return (int)(strcspn(key->shown, " ") + strlen(key->label)) + 1;
}

static void click_bar(struct ui *ui, int x)
{
	int at = 0;

	for (size_t i = 0; i < n_keys; i++) {
		if (!keys[i].label)
			continue;
		at += keys_bar_width(&keys[i]);
		if (x < at) {
			keys[i].press(ui, keys[i].codes[0]);
			return;
		}
	}
}

static void click_title(struct ui *ui, int x, int cols)
{
	enum type_column column = column_at(x, cols);

	if (column == ui->types.choice.sort)
		ui->types.choice.reversed = !ui->types.choice.reversed;
	else
		ui->types.choice.reversed = false;
	ui->types.choice.sort = column;
}

static void click_body(struct ui *ui, const struct mouse *mouse,
		       const struct layout *l)
{
	const struct panel *panel = panels[ui->panel];
	struct list *list = panel_list(ui);
	int y = mouse->y - l->body.y;
	int first = panel->list_y ? panel->list_y(ui, l->body.rows) : 0;

	if (ui->panel == PANEL_TYPES && y == 0) {
		click_title(ui, mouse->x, ui->cols);
		return;
	}
	if (!panel->list || y < first ||
	    list->top + (size_t)(y - first) >= list->n)
		return;
	list_go(list, list->top + (size_t)(y - first));
	if (panel->hold)
		panel->hold(ui);
	if (mouse->kind == MOUSE_DOUBLE)
		on_enter(ui, INPUT_ENTER);
}

static void click(struct ui *ui, const struct mouse *mouse)
{
	struct layout l = layout_of(ui);

	if (mouse->y == l.tabs_y && layout_tab_at(mouse->x) < PANEL_N)
		ui_show_panel(ui, layout_tab_at(mouse->x));
	else if (mouse->y == l.bar_y)
		click_bar(ui, mouse->x);
	else if (mouse->y >= l.body.y && mouse->y < l.bar_y)
		click_body(ui, mouse, &l);
}

void keys_mouse(struct ui *ui, const struct mouse *mouse)
{
	switch (mouse->kind) {
	case MOUSE_WHEEL_UP:
	case MOUSE_WHEEL_DOWN:
		for (int i = 0; i < 3; i++)
			keys_press(ui, mouse->kind == MOUSE_WHEEL_UP ?
				   INPUT_UP : INPUT_DOWN);
		break;
	case MOUSE_CLICK:
	case MOUSE_DOUBLE:
		if (layout_is_tiny(ui))
			return;
		if (ui->mode == MODE_PANEL)
			click(ui, mouse);
		else
			keys_press(ui, INPUT_ESC);
		break;
	}
}
