/* SPDX-License-Identifier: MIT */
/* The input is what a ring of page faults holds: record after record. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "grow/faultrec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct faultrec rec;
	size_t took;

	for (; (took = faultrec_parse(data, len, &rec)); data += took) {
		const struct fault *fault = &rec.fault;
		uint8_t last;

		assert(took <= len && rec.kind != FAULTREC_BROKEN);
		len -= took;
		if (rec.kind != FAULTREC_FAULT || !fault->stack_len)
			continue;
		assert(fault->stack >= data && fault->stack + fault->stack_len
						       <= data + took);
		memcpy(&last, fault->stack + fault->stack_len - 1, 1);
		assert(last == data[fault->stack - data +
				    (ptrdiff_t)fault->stack_len - 1]);
	}
	assert(rec.kind == FAULTREC_BROKEN);
	return 0;
}
