/* SPDX-License-Identifier: MIT */
#include "fakestacks.h"

#include <assert.h>
#include <string.h>

#include "pyabi/pytype.h"

enum {
	LINES = 30,
	UNIT = 2,		/* bytes of an instruction */
	FRAME_ROOM = 256,
	NO_COLUMNS = 13,	/* of an entry of co_linetable */
	OWNER_THREAD = 0, OWNER_C = 3,
	STR_KIND_1 = 1 << 2, STR_COMPACT = 1 << 5, STR_ASCII = 1 << 6,
};

static struct fakemem *memory(struct fakestacks *fs)
{
	return &fs->fh->ft.fm;
}

static void put(struct fakestacks *fs, raddr at, uint64_t value)
{
	fake_u64(memory(fs), at, value);
}

static uint64_t get(struct fakestacks *fs, raddr at)
{
	uint64_t value;

	memcpy(&value, fake_at(memory(fs), at, sizeof(value)), sizeof(value));
	return value;
}

static raddr new_str(struct fakestacks *fs, const char *text)
{
	const struct abi *abi = &fs->fh->abi;
	size_t len = strlen(text);
	raddr at = fakeheap_new(fs->fh, fs->str_type,
				abi->str_ascii_sizeof + len + 1);

	put(fs, at + abi->str_length, len);
	fake_u32(memory(fs), at + abi->str_state,
		 STR_KIND_1 | STR_COMPACT | STR_ASCII);
	fake_str(memory(fs), at + abi->str_ascii_sizeof, text);
	return at;
}

/* An entry for each line: one unit long, one line on, but for the first. */
static raddr new_table(struct fakestacks *fs)
{
	const struct abi *abi = &fs->fh->abi;
	raddr at = fakeheap_new(fs->fh, fs->bytes_type,
				abi->bytes_ob_sval + 2 * LINES + 1u);

	put(fs, at + abi->var_ob_size, 2 * LINES);
	for (uint32_t i = 0; i < LINES; i++) {
		raddr entry = at + abi->bytes_ob_sval + 2 * i;

		fake_u8(memory(fs), entry, 0x80 | NO_COLUMNS << 3);
		fake_u8(memory(fs), entry + 1, i ? 1 << 1 : 0);
	}
	return at;
}

void fakestacks_init(struct fakestacks *fs, struct fakeheap *fh)
{
	const struct abi *abi = &fh->abi;

	*fs = (struct fakestacks){ .fh = fh };
	fs->str_type = fakeheap_type(fh, "str", abi->str_sizeof, 0,
				     TPF_STR_SUBCLASS);
	fs->code_type = fakeheap_type(fh, "code", abi->code_co_code_adaptive,
				      UNIT, 0);
	fs->bytes_type = fakeheap_type(fh, "bytes", abi->bytes_ob_sval + 1u,
				       1, TPF_BYTES_SUBCLASS);
	fs->gil = fakeheap_raw(fh, abi->gil_sizeof);
	put(fs, fh->interp + abi->interp_ceval_gil, fs->gil);
}

raddr fakestacks_ident(pid_t tid)
{
	return 0x7e0000000000 + (raddr)tid * 0x1000;
}

static void set_top(struct fakestacks *fs, raddr thread, raddr frame)
{
	const struct abi *abi = &fs->fh->abi;

	put(fs, get(fs, thread + abi->tstate_cframe) +
		abi->cframe_current_frame, frame);
}

static raddr top(struct fakestacks *fs, raddr thread)
{
	const struct abi *abi = &fs->fh->abi;

	return get(fs, get(fs, thread + abi->tstate_cframe) +
		       abi->cframe_current_frame);
}

raddr fakestacks_thread(struct fakestacks *fs, pid_t tid)
{
	const struct abi *abi = &fs->fh->abi;
	raddr head = fs->fh->interp + abi->interp_tstate_head;
	raddr at = fakeheap_raw(fs->fh, abi->tstate_sizeof);
	raddr shim = fakeheap_raw(fs->fh, FRAME_ROOM);
	struct regs regs = { .thread_pointer = fakestacks_ident(tid),
			     .call = -1 };

	faketarget_thread(&fs->fh->ft, tid, &regs);
	put(fs, at + abi->tstate_next, get(fs, head));
	put(fs, head, at);
	put(fs, at + abi->tstate_interp, fs->fh->interp);
	put(fs, at + abi->tstate_thread_id, fakestacks_ident(tid));
	put(fs, at + abi->tstate_native_thread_id, (uint64_t)tid);
	put(fs, at + abi->tstate_cframe, at + abi->tstate_root_cframe);
	fake_u8(memory(fs), shim + abi->iframe_owner, OWNER_C);
	set_top(fs, at, shim);
	return at;
}

raddr fakestacks_code(struct fakestacks *fs, const char *file,
		      const char *name, int first_line)
{
	const struct abi *abi = &fs->fh->abi;
	raddr at = fakeheap_new(fs->fh, fs->code_type,
				abi->code_co_code_adaptive + UNIT * LINES);

	put(fs, at + abi->var_ob_size, LINES);
	fake_u32(memory(fs), at + abi->code_co_firstlineno,
		 (uint32_t)first_line);
	put(fs, at + abi->code_co_filename, new_str(fs, file));
	put(fs, at + abi->code_co_name, new_str(fs, name));
	put(fs, at + abi->code_co_qualname, new_str(fs, name));
	put(fs, at + abi->code_co_linetable, new_table(fs));
	return at;
}

raddr fakestacks_call(struct fakestacks *fs, raddr thread, raddr code,
		      int line)
{
	const struct abi *abi = &fs->fh->abi;
	raddr at = fakeheap_raw(fs->fh, FRAME_ROOM);

	assert(line < LINES);
	put(fs, at + abi->iframe_f_executable, code);
	put(fs, at + abi->iframe_previous, top(fs, thread));
	put(fs, at + abi->iframe_instr_ptr,
	    code + abi->code_co_code_adaptive + (raddr)line * UNIT);
	fake_u8(memory(fs), at + abi->iframe_owner, OWNER_THREAD);
	set_top(fs, thread, at);
	return at;
}

void fakestacks_return(struct fakestacks *fs, raddr thread)
{
	set_top(fs, thread, get(fs, top(fs, thread) +
				    fs->fh->abi.iframe_previous));
}

void fakestacks_hold_gil(struct fakestacks *fs, raddr thread)
{
	const struct abi *abi = &fs->fh->abi;
	raddr switches = fs->gil + abi->gil_switch_number;

	put(fs, fs->gil + abi->gil_last_holder, thread);
	fake_u32(memory(fs), fs->gil + abi->gil_locked, 1);
	put(fs, switches, get(fs, switches) + 1);
}
