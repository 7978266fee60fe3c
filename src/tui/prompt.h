/* SPDX-License-Identifier: MIT */
#ifndef TUI_PROMPT_H
#define TUI_PROMPT_H

#include "tui/ui.h"

/** Begin to type a line; @text is there already. */
void prompt_open(struct ui *ui, const struct prompt *prompt, const char *text);

/** A key while typing. */
void prompt_press(struct ui *ui, int code);

void prompt_draw(const struct ui *ui, struct grid *grid, int y);

#endif
