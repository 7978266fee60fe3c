/* SPDX-License-Identifier: MIT */
/*
 * The input is a pool, whole: whatever its header says, reading it ends, and
 * what it calls live lies within it.
 */
#include <assert.h>
#include <string.h>

#include "pyabi/pool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { BASE = 0x7f0000000000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint32_t versions[] = {
		ABI_VERSION(3, 6, 15), ABI_VERSION(3, 12, 1),
	};
	static uint8_t bytes[POOL_MAX_SIZE];
	struct err err;

	for (size_t v = 0; v < ARRAY_SIZE(versions); v++) {
		struct abi_target want = { .version = versions[v] };
		struct pool pool;
		struct abi abi;

		if (!abi_builtin_find(&want, &abi, &err))
			continue;
		memset(bytes, 0, sizeof(bytes));
		memcpy(bytes, data, len < sizeof(bytes) ? len : sizeof(bytes));
		if (pool_parse(&abi, BASE, bytes, &pool) != POOL_USED)
			continue;
		assert(pool.n_live <= pool.count + 1);
		assert(pool.count <= pool.n_live + 1);
		assert(pool_offset(&abi, &pool, pool.n_blocks) <=
		       (uint64_t)abi.n_pool_size);
	}
	return 0;
}
