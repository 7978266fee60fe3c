/* SPDX-License-Identifier: MIT */
#ifndef PYABI_CODELINES_H
#define PYABI_CODELINES_H

#include <stddef.h>
#include <stdint.h>

#include "pyabi/shape.h"

/**
 * From an instruction to the place in the source that it was made of.
 *
 * Lines count from 1, columns are offsets in UTF-8 bytes from 0; -1: none.
 * Up to 3.10 only the line is known.
 */
struct code_position {
	int64_t line, end_line, column, end_column;
};

/**
 * The position of the instruction at byte @lasti of the bytecode; negative:
 * the code has not started, and its first line is what there is.  @table: the
 * @len bytes of co_lnotab or co_linetable.
 *
 * Past the end of a table, or where it breaks off, the line is what
 * PyCode_Addr2Line() says: the last one (lnotab) or none.
 */
struct code_position codelines_find(enum abi_code_lines shape,
				    const uint8_t *table, size_t len,
				    int64_t first_line, int64_t lasti);

#endif
