#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: terminals.sh [TERM]... >terminals_builtin.c
#
# Make what this machine's terminfo knows of these terminals part of the
# program, as ncurses takes it from the variable TERMINFO.
cat <<'END'
#include <stddef.h>

#include "tui/terminals.h"

const struct terminal_builtin terminal_builtins[] = {
END
for name
do
	text=$(infocmp -0 -Q1 -q "$name" 2>/dev/null) || continue
	printf '\t{ "%s",\n\t  "%s" },\n' "$name" "$text"
done
printf '\t{ NULL, NULL }\n};\n'
