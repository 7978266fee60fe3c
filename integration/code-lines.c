/* SPDX-License-Identifier: MIT */
/*
 * Where instructions come from, as we decode it, for checks/lines-are-exact.
 *
 * Each line of the input is "SHAPE FIRST-LINE UNITS HEX": a word of the shape
 * code_lines, co_firstlineno, instructions of two bytes, the table.  Each line
 * of the output has a word for each instruction: line:end:column:end-column,
 * "-" for none.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "pyabi/codelines.h"

enum { UNIT = 2 };

#define WORD(name, word) word,
static const char *const words[] = { ABI_SHAPE_CODE_LINES(WORD) };

static size_t from_hex(const char *hex, uint8_t *table)
{
	size_t n = 0;
	unsigned byte;

	while (sscanf(hex + 2 * n, "%2x", &byte) == 1)
		table[n++] = (uint8_t)byte;
	return n;
}

static void put(int64_t number, char behind)
{
	if (number < 0)
		printf("-%c", behind);
	else
		printf("%" PRId64 "%c", number, behind);
}

static void decode(enum abi_code_lines shape, int64_t first, int64_t units,
		   const uint8_t *table, size_t len)
{
	for (int64_t i = 0; i < units; i++) {
		struct code_position pos;

		pos = codelines_find(shape, table, len, first, i * UNIT);
		put(pos.line, ':');
		put(pos.end_line, ':');
		put(pos.column, ':');
		put(pos.end_column, i + 1 < units ? ' ' : '\n');
	}
}

static bool take(const char *line, uint8_t *table)
{
	char word[32];
	long first, units;
	int at = 0;

	if (sscanf(line, "%31s %ld %ld %n", word, &first, &units, &at) < 3)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i], word) == 0) {
			decode((enum abi_code_lines)i, first, units, table,
			       from_hex(line + at, table));
			return true;
		}
	}
	return false;
}

int main(void)
{
	char *line = NULL;
	size_t room = 0;
	bool fine = true;

	while (fine && getline(&line, &room, stdin) > 0) {
		uint8_t *table = malloc(room);

		fine = table && take(line, table);
		free(table);
	}
	free(line);
	return fine ? 0 : 1;
}
