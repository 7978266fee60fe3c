/* SPDX-License-Identifier: MIT */
/*
 * The input is a stopped thread: its registers, its stack, and the only file
 * it has mapped, with unwind tables and symbols of its own making.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "attach/budget.h"
#include "attach/code.h"
#include "attach/stackcopy.h"
#include "attach/symbols.h"
#include "attach/unwind.h"
#include "fakemem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char text[] =
	"7f0000000000-7f0000100000 r-xp 00000000 00:00 0 [vdso]\n"
	"7ffc00000000-7ffc00100000 rw-p 00000000 00:00 0 [stack]\n";

enum { IMAGE = 0, STACK = 1, N_REGS = 17 };

struct input {
	uint64_t regs[N_REGS];
	uint16_t stack_len;
};

static void look(struct code *code, const struct stackcopy_thread *thread)
{
	struct unwind_stack stack = {0};
	struct err err;
	struct unwinder *un = unwinder_new(code, &err);
	struct symbols *sy = symbols_new(code, &err);
	struct budget budget;

	assert(un && sy);
	assert(unwind_thread(un, thread, &stack, &err));
	assert(stack.frames.n > 0 && stack.frames.n <= UNWIND_FRAMES);
	for (size_t i = 0; i < stack.frames.n; i++)
		assert(symbols_want(sy, stack.frames.v[i].pc, &err));
	budget_begin(&budget);
	assert(symbols_resolve(sy, &budget, &err));
	assert(symbols_describe(sy, &budget, &err));
	for (size_t i = 0; i < stack.frames.n; i++) {
		struct symbol *sym = symbols_get(sy, stack.frames.v[i].pc);

		assert(sym ? sym->function != NULL : !stack.frames.v[i].pc);
	}
	unwind_stack_fini(&stack);
	symbols_free(sy);
	unwinder_free(un);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct stackcopy_thread thread = { .has_regs = true };
	struct maps maps = {0};
	struct code code;
	struct fakemem fm;
	struct input in;
	struct err err;

	if (len < sizeof(in))
		return 0;
	memcpy(&in, data, sizeof(in));
	data += sizeof(in);
	len -= sizeof(in);
	assert(maps_parse(&maps, text, sizeof(text) - 1, &err));
	thread.start = maps.v[STACK].start;
	thread.len = in.stack_len < len ? in.stack_len : len;
	thread.bytes = data;
	thread.cut = in.stack_len & 1;
	memcpy(thread.regs.v, in.regs, sizeof(in.regs));
	fake_init_bytes(&fm, maps.v[IMAGE].start, data + thread.len,
			len - thread.len);
	assert(code_init(&code, NULL, &fm.mem, &err));
	assert(code_update(&code, &maps, &err));
	look(&code, &thread);
	code_fini(&code);
	fake_fini(&fm);
	return 0;
}
