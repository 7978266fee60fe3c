/* SPDX-License-Identifier: MIT */
/* The input is the tracee, whole: a ring anchored at its first byte. */
#include <assert.h>

#include "fakemem.h"
#include "pyabi/gcstate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { LIMIT = 1000 };

static void count(void *arg, raddr object)
{
	(void)object;
	++*(size_t *)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct abi_target want = { .version = ABI_VERSION(3, 12, 1) };
	static struct abi abi;
	struct fakemem fm;
	struct pyctx ctx = { .abi = &abi, .mem = &fm.mem };
	struct err err;
	size_t seen = 0;

	if (!len || (!*abi.name && !abi_builtin_find(&want, &abi, &err)))
		return 0;
	fake_init_bytes(&fm, 0x1000, data, len);
	(void)gcstate_walk(&ctx, 0x1000, LIMIT, count, &seen);
	assert(seen <= LIMIT);
	fake_fini(&fm);
	return 0;
}
