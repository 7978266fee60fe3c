/* SPDX-License-Identifier: MIT */
/*
 * The input is the tracee: a byte for the version, then what lies at BASE, a
 * thread state first.  Its frames, their code, variables and generators.
 */
#include <assert.h>

#include "base/bounds.h"
#include "fakemem.h"
#include "pyabi/pycode.h"
#include "pyabi/pyframe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { BASE = 0x1000, FIRST = 6, LAST = 15, N = LAST - FIRST + 1, FEW = 16 };

struct seen {
	struct pyctx *ctx;
	struct pycodes codes;
	size_t frames, locals;
};

static bool see_local(void *arg, raddr name, raddr value, bool is_argument)
{
	struct seen *seen = arg;

	(void)name;
	(void)is_argument;
	assert(value);
	return ++seen->locals < MAX_SLOTS_SHOWN;
}

static bool see_frame(void *arg, const struct pyframe *frame)
{
	struct seen *seen = arg;
	const struct pycode *code;
	raddr gen;

	assert(++seen->frames <= MAX_FRAMES);
	if (seen->frames > FEW)
		return true;
	code = pycodes_get(&seen->codes, seen->ctx, frame->code);
	assert(!code || code->table_len <= MAX_CODE_TABLE);
	pyframe_is_hidden(frame, code);
	if (code)
		pycode_position(seen->ctx->abi, code, frame->lasti);
	pyframe_locals(seen->ctx, frame, see_local, seen);
	pyframe_first_argument(seen->ctx, frame);
	gen = pyframe_generator(seen->ctx, frame);
	pygen_awaits(seen->ctx, gen);
	return true;
}

static const struct abi *version(unsigned n)
{
	static struct abi abis[N];
	struct abi_target want = { .version = ABI_VERSION(3, FIRST + n, 0) };
	struct err err;

	if (!*abis[n].name && !abi_builtin_find(&want, &abis[n], &err))
		return NULL;
	return &abis[n];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct abi *abi = len > 1 ? version(data[0] % N) : NULL;
	struct fakemem fm;
	struct pyctx ctx = { .abi = abi, .mem = &fm.mem };
	struct seen seen = { .ctx = &ctx };

	if (!abi)
		return 0;
	fake_init_bytes(&fm, BASE, data + 1, len - 1);
	(void)pyframe_walk(&ctx, BASE, see_frame, &seen);
	pycodes_fini(&seen.codes);
	fake_fini(&fm);
	return 0;
}
