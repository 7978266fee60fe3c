/* SPDX-License-Identifier: MIT */
#include "tui/prompt.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <bsd/string.h>

#include "tui/input.h"

void prompt_open(struct ui *ui, const struct prompt *prompt, const char *text)
{
	ui->prompt = *prompt;
	strlcpy(ui->prompt.text, text, sizeof(ui->prompt.text));
	ui->mode = MODE_PROMPT;
}

static void changed(struct ui *ui)
{
	if (ui->prompt.changed)
		ui->prompt.changed(ui, ui->prompt.text);
}

/* The last character, all bytes of it. */
static void erase(struct ui *ui)
{
	char *text = ui->prompt.text;
	size_t n = strlen(text);

	if (!n)
		return;
	while (n > 1 && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
		n--;
	text[n - 1] = '\0';
	changed(ui);
}

static void type(struct ui *ui, int code)
{
	char *text = ui->prompt.text;
	size_t n = strlen(text), len;
	mbstate_t state = { 0 };
	char bytes[32];

	if (code < ' ' || code == 0x7f || code >= INPUT_UP)
		return;
	len = wcrtomb(bytes, (wchar_t)code, &state);
	if (len > MB_CUR_MAX || n + len >= sizeof(ui->prompt.text))
		return;
	memcpy(text + n, bytes, len);
	text[n + len] = '\0';
	changed(ui);
}

void prompt_press(struct ui *ui, int code)
{
	switch (code) {
	case INPUT_ESC:
		ui->mode = MODE_PANEL;
		if (ui->prompt.cancelled)
			ui->prompt.cancelled(ui);
		break;
	case INPUT_ENTER:
		ui->mode = MODE_PANEL;
		if (ui->prompt.done)
			ui->prompt.done(ui, ui->prompt.text);
		break;
	case INPUT_BACKSPACE:
		erase(ui);
		break;
	case 'U' - '@':
		*ui->prompt.text = '\0';
		changed(ui);
		break;
	default:
		type(ui, code);
	}
}

void prompt_draw(const struct ui *ui, struct grid *grid, int y)
{
	struct pen pen = pen_at(grid, y, 0, grid->cols);

	grid_fill(grid, y, 0, grid->cols, EL_PROMPT);
	pen_printf(&pen, EL_KEY_TEXT, "%s: ", ui->prompt.label);
	pen_foreign(&pen, EL_PROMPT, ui->prompt.text, grid->cols);
	pen_printf(&pen, EL_PROMPT, "_   Enter does it, Esc does not");
}
