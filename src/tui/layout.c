/* SPDX-License-Identifier: MIT */
#include "tui/layout.h"

#include <string.h>

#include "tui/header.h"
#include "tui/panel.h"
#include "tui/warnings.h"

bool layout_is_tiny(const struct ui *ui)
{
	return ui->rows < MIN_ROWS || ui->cols < MIN_COLS;
}

/* A part of the screen at most; none where numbers would have to go. */
static int rows_for_warnings(const struct ui *ui)
{
	return ui->rows < MIN_ROWS + 3 ? 0 : ui->rows / 5;
}

struct layout layout_of(const struct ui *ui)
{
	struct layout l = { .is_full = ui->rows >= FULL_ROWS };
	bool notice = header_has_notice(ui);

	l.header = l.is_full ? FULL_HEADER : SMALL_HEADER;
	l.notice_y = notice ? l.header : -1;
	/* Where every line counts it takes the place of numbers. */
	if (notice && ui->rows < MIN_ROWS + 3)
		l.notice_y = 1;
	else
		l.header += notice;
	l.warnings_y = l.header;
	l.warnings_rows = warnings_lines(&ui->model, ui->cols,
					 rows_for_warnings(ui));
	l.header += l.warnings_rows;
	l.tabs_y = l.header;
	l.bar_y = ui->rows - 1;
	l.body = (struct rect){ l.tabs_y + 1, 0, l.bar_y - l.tabs_y - 1,
				ui->cols };
	return l;
}

int layout_tab_x(enum panel_id panel)
{
	int x = 0;

	for (enum panel_id p = 0; p < panel; p++)
		x += (int)strlen(panels[p]->name) + 4;
	return x;
}

enum panel_id layout_tab_at(int x)
{
	for (enum panel_id p = 0; p < PANEL_N; p++) {
		if (x >= layout_tab_x(p) && x < layout_tab_x(p + 1))
			return p;
	}
	return PANEL_N;
}
