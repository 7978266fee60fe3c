/* SPDX-License-Identifier: MIT */
/*
 * Three tables in the history of CPython:
 *
 *  - lnotab (.. 3.9): pairs of bytes, how far the address and the line advance;
 *    lines may go back (3.6).
 *  - linetable (3.10, PEP 626): pairs, the length of a range and how far its
 *    line is from that of the one before; -128: the range has none.
 *  - locations (3.11 .., PEP 657): entries of varying length, each with its
 *    bit 7 set in the first byte alone, that give line and column of both ends.
 *
 * Facts: CPython Objects/lnotab_notes.txt, Objects/locations.md (until 3.13),
 *        InternalDocs/code_objects.md.
 */
#include "pyabi/codelines.h"

#include <stdbool.h>

enum {
	NO_LINE = -128,		/* in a linetable */
	UNIT = 2,		/* bytes of a code unit */
	FIRST_BYTE = 0x80,	/* of an entry with a location */
	SHORT_LAST = 9,		/* codes 0..9: a line, columns below 80 */
	ONE_LINE_0 = 10,	/* 10..12: this line and the next two */
	ONE_LINE_LAST = 12,
	NO_COLUMNS = 13,
	LONG_FORM = 14,
	NO_LOCATION = 15,
};

static const struct code_position nowhere = { -1, -1, -1, -1 };

static struct code_position at_line(int64_t line)
{
	return (struct code_position){ line, -1, -1, -1 };
}

static struct code_position find_lnotab(const uint8_t *table, size_t len,
					int64_t line, int64_t lasti)
{
	int64_t at = 0;

	for (size_t i = 0; i + 1 < len; i += 2) {
		at += table[i];
		if (at > lasti)
			break;
		line += (int8_t)table[i + 1];
	}
	return at_line(line);
}

static struct code_position find_linetable(const uint8_t *table, size_t len,
					   int64_t line, int64_t lasti)
{
	int64_t end = 0;

	for (size_t i = 0; i + 1 < len; i += 2) {
		int8_t delta = (int8_t)table[i + 1];

		end += table[i];
		if (delta != NO_LINE)
			line += delta;
		if (lasti < end)
			return delta == NO_LINE ? nowhere : at_line(line);
	}
	return nowhere;
}

/* --- locations ----------------------------------------------------------- */

struct reader {
	const uint8_t *p, *end;
};

/* A byte that begins no entry; 0 where the table breaks off. */
static uint8_t next_byte(struct reader *r)
{
	if (r->p == r->end || *r->p & FIRST_BYTE)
		return 0;
	return *r->p++;
}

/* Six bits a byte, the lowest first; bit 6: more follow. */
static uint32_t next_varint(struct reader *r)
{
	uint32_t value = 0, byte;
	unsigned shift = 0;

	do {
		byte = next_byte(r);
		if (shift < 32)
			value |= (byte & 63) << shift;
		shift += 6;
	} while (byte & 64);
	return value;
}

/* The sign is in the lowest bit. */
static int64_t next_svarint(struct reader *r)
{
	uint32_t value = next_varint(r);

	return value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

/* Columns are stored one up: 0 is none. */
static int64_t next_column(struct reader *r)
{
	return (int64_t)next_varint(r) - 1;
}

/* An entry's location, behind its first byte; @line: of the entry before. */
static struct code_position location(struct reader *r, unsigned code,
				     int64_t *line)
{
	struct code_position pos = nowhere;
	uint8_t byte;

	if (code == NO_LOCATION)
		return pos;
	if (code == NO_COLUMNS || code == LONG_FORM)
		*line += next_svarint(r);
	else if (code >= ONE_LINE_0)
		*line += code - ONE_LINE_0;
	pos.line = pos.end_line = *line;
	if (code == LONG_FORM) {
		pos.end_line += next_varint(r);
		pos.column = next_column(r);
		pos.end_column = next_column(r);
	} else if (code <= SHORT_LAST) {
		byte = next_byte(r);
		pos.column = code << 3 | byte >> 4;
		pos.end_column = pos.column + (byte & 15);
	} else if (code <= ONE_LINE_LAST) {
		pos.column = next_byte(r);
		pos.end_column = next_byte(r);
	}
	return pos;
}

static struct code_position find_location(const uint8_t *table, size_t len,
					  int64_t line, int64_t lasti)
{
	struct reader r = { table, table + len };
	int64_t end = 0;

	while (r.p < r.end) {
		uint8_t first = *r.p++;
		struct code_position pos;

		pos = location(&r, first >> 3 & 15, &line);
		end += ((first & 7) + 1) * UNIT;
		if (lasti < end)
			return pos;
		/* Whatever else is there, an entry begins with bit 7. */
		while (r.p < r.end && !(*r.p & FIRST_BYTE))
			r.p++;
	}
	return nowhere;
}

struct code_position codelines_find(enum abi_code_lines shape,
				    const uint8_t *table, size_t len,
				    int64_t first_line, int64_t lasti)
{
	if (lasti < 0)
		return at_line(first_line);
	switch (shape) {
	case CODE_LINES_LNOTAB:
		return find_lnotab(table, len, first_line, lasti);
	case CODE_LINES_LINETABLE:
		return find_linetable(table, len, first_line, lasti);
	case CODE_LINES_LOCATIONS:
		break;
	}
	return find_location(table, len, first_line, lasti);
}
