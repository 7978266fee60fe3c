/* SPDX-License-Identifier: MIT */
/*
 * The input is a table of positions: one byte for the shape, two for an
 * instruction, then the table.
 */
#include <assert.h>
#include <stdint.h>

#include "pyabi/codelines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { HEAD = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct code_position pos;

	if (len < HEAD)
		return 0;
	pos = codelines_find((enum abi_code_lines)(data[0] % 3), data + HEAD,
			     len - HEAD, 1, data[1] | data[2] << 8);
	assert(pos.column >= -1 && pos.end_column >= -1);
	return 0;
}
