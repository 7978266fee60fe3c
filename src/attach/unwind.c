/* SPDX-License-Identifier: MIT */
/*
 * The door to libunwind.
 *
 * Its accessors are ours: words of the stack come from the copy, all others
 * from the files that are mapped; so it works for containers, chroot and files
 * that were replaced, where libunwind's own way by /proc/PID/root finds none.
 * Where a file's table lies we find ourselves; the search in it and the
 * evaluation are libunwind's.
 *
 * Tables are foreign, and their programs may loop: every step of libunwind's
 * reads a word through us, so counting words ends everything.
 *
 * The accessors of libunwind-ptrace find no more than that: they open the file
 * by its path below /proc/PID/root, and map it, so that who truncates it kills
 * us; what they read of the stack needs a thread that stands.
 *
 * A frame without tables libunwind passes by its frame pointer, believing what
 * it finds; we look at that ourselves.
 *
 * Facts: libunwind 1.6; dwarf_search_unwind_table is in its library, though
 *        not in its headers, for those that bring their own find_proc_info.
 */
#include "attach/unwind.h"

#include <libunwind-ptrace.h>
#include <stdlib.h>
#include <string.h>

#include "attach/code.h"
#include "attach/regs.h"
#include "attach/stackcopy.h"
#include "base/clock.h"

int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t as, unw_word_t ip,
				       unw_dyn_info_t *di, unw_proc_info_t *pi,
				       int need_unwind_info, void *arg);

enum { CACHED_PLACES = 4096 };	/* whose rules libunwind remembers */

/* rbx, rbp, r12 to r15: System V ABI, AMD64 supplement, 3.2.1. */
const unsigned unwind_kept[UNWIND_KEPT] = { 3, 6, 12, 13, 14, 15 };

struct unwinder {
	unw_addr_space_t space;
	struct code *code;
	unsigned generation;	/* of the code that libunwind remembers */

	/* What is being unwound. */
	const struct stackcopy_thread *thread;
	unsigned words;		/* read since the last step */
	bool no_table;		/* looked for and not found since */
	bool past_copy;		/* asked for the stack above it since */
	uint64_t until;		/* by the CPU clock of this thread */

	unwind_fn *fn;		/* gets each frame, or NULL */
	void *fn_arg;

	/* Of the look. */
	uint64_t look_until;
	size_t n_frames;
};

/* -- What libunwind asks -------------------------------------------------- */

static bool code_word(struct unwinder *un, raddr at, uint64_t *ret)
{
	struct err err;
	int64_t got;

	*ret = 0;
	got = mem_read_some(&un->code->mem, at, ret, sizeof(*ret), &err);
	return got > 0;		/* the last word may end behind the file */
}

static int access_mem(unw_addr_space_t space, unw_word_t at, unw_word_t *word,
		      int write, void *arg)
{
	struct unwinder *un = arg;
	uint64_t value;

	(void)space;
	if (write || ++un->words > UNWIND_WORDS)
		return -UNW_EUNSPEC;
	if (stackcopy_word(un->thread, at, &value) ||
	    code_word(un, at, &value)) {
		*word = value;
		return 0;
	}
	un->past_copy |= addr_in(at, un->thread->start + un->thread->len - 7,
				 STACKCOPY_MOST);
	return -UNW_EINVAL;
}

static int access_reg(unw_addr_space_t space, unw_regnum_t number,
		      unw_word_t *word, int write, void *arg)
{
	struct unwinder *un = arg;

	(void)space;
	if (write)
		return -UNW_EREADONLYREG;
	if (number < 0 || (unsigned)number >= regs_n)
		return -UNW_EBADREG;
	*word = un->thread->regs.v[number];
	return 0;
}

static int access_fpreg(unw_addr_space_t space, unw_regnum_t number,
			unw_fpreg_t *value, int write, void *arg)
{
	(void)space;
	(void)number;
	(void)value;
	(void)write;
	(void)arg;
	return -UNW_EBADREG;
}

static int find_proc_info(unw_addr_space_t space, unw_word_t ip,
			  unw_proc_info_t *info, int need, void *arg)
{
	struct unwinder *un = arg;
	struct code_file *file = code_find(un->code, ip);
	unw_dyn_info_t table = { .format = UNW_INFO_FORMAT_REMOTE_TABLE };
	int ret = -UNW_ENOINFO;

	if (file && code_table(un->code, file)) {
		table.start_ip = file->start;
		table.end_ip = file->end;
		table.u.rti.segbase = file->hdr;
		table.u.rti.table_data = file->table;
		table.u.rti.table_len = file->n_table * 8 / sizeof(unw_word_t);
		ret = UNW_OBJ(dwarf_search_unwind_table)(space, ip, &table,
							 info, need, arg);
	}
	un->no_table |= ret < 0;
	return ret;
}

static void put_unwind_info(unw_addr_space_t space, unw_proc_info_t *info,
			    void *arg)
{
	(void)space;
	(void)arg;
	free(info->unwind_info);
	info->unwind_info = NULL;
}

static int no_dyn_info(unw_addr_space_t space, unw_word_t *list, void *arg)
{
	(void)space;
	(void)list;
	(void)arg;
	return -UNW_ENOINFO;
}

static int no_resume(unw_addr_space_t space, unw_cursor_t *cursor, void *arg)
{
	(void)space;
	(void)cursor;
	(void)arg;
	return -UNW_EINVAL;
}

struct unwinder *unwinder_new(struct code *code, struct err *err)
{
	unw_accessors_t ours = {
		.find_proc_info = find_proc_info,
		.put_unwind_info = put_unwind_info,
		.get_dyn_info_list_addr = no_dyn_info,
		.access_mem = access_mem,
		.access_reg = access_reg,
		.access_fpreg = access_fpreg,
		.resume = no_resume,
	};
	struct unwinder *un = calloc(1, sizeof(*un));

	if (un)
		un->space = unw_create_addr_space(&ours, 0);
	if (!un || !un->space) {
		free(un);
		err_nomem(err);
		return NULL;
	}
	un->code = code;
	unw_set_caching_policy(un->space, UNW_CACHE_GLOBAL);
	unw_set_cache_size(un->space, CACHED_PLACES, 0);
	unwinder_begin(un);
	return un;
}

void unwinder_free(struct unwinder *un)
{
	if (!un)
		return;
	unw_destroy_addr_space(un->space);
	free(un);
}

/* -- Step by step --------------------------------------------------------- */

static bool where(unw_cursor_t *cursor, struct unwind_frame *ret)
{
	unw_word_t pc, sp;

	if (unw_get_reg(cursor, UNW_REG_IP, &pc) < 0 ||
	    unw_get_reg(cursor, UNW_REG_SP, &sp) < 0)
		return false;
	*ret = (struct unwind_frame){ .pc = pc, .sp = sp };
	return true;
}

/* Code that was made at run time is in no file. */
static bool is_behind_call(struct unwinder *un, raddr pc)
{
	uint8_t before[REGS_CALL_MAX];
	struct err err;

	if (pc < sizeof(before))
		return false;
	if (!mem_read(&un->code->mem, pc - sizeof(before), before,
		      sizeof(before), &err) &&
	    !mem_read(un->code->live, pc - sizeof(before), before,
		      sizeof(before), &err))
		return false;
	return regs_ends_with_call(before + sizeof(before), sizeof(before));
}

/* May @next have called @frame? */
static bool makes_sense(struct unwinder *un, const struct unwind_frame *frame,
			const struct unwind_frame *next)
{
	const struct stackcopy_thread *thread = un->thread;

	if (!code_is_exec(un->code, next->pc))
		return false;
	/* A handler may run on a stack of its own. */
	if (next->is_exact)
		return true;
	if (next->sp <= frame->sp ||
	    !addr_in(next->sp, thread->start, thread->len + 1))
		return false;
	return !next->is_guess || is_behind_call(un, next->pc);
}

/* Why is there no next frame? */
static enum unwind_end why_not(const struct unwinder *un, int stepped)
{
	if (stepped == 0 && !un->no_table)
		return UNWIND_WHOLE;
	return un->thread->cut && un->past_copy ? UNWIND_CUT : UNWIND_LOST;
}

/* @ret->end if there is none. */
static bool next_frame(struct unwinder *un, unw_cursor_t *cursor,
		       struct unwind_stack *ret, struct unwind_frame *frame)
{
	struct unwind_frame next;
	bool signal;
	int stepped;

	un->words = 0;
	un->no_table = un->past_copy = false;
	signal = unw_is_signal_frame(cursor) > 0;
	stepped = unw_step(cursor);
	if (stepped <= 0 || !where(cursor, &next) || next.pc == 0) {
		ret->end = why_not(un, stepped);
		return false;
	}
	next.is_exact = signal;
	next.is_guess = un->no_table && !signal;
	if (!makes_sense(un, frame, &next)) {
		ret->end = why_not(un, -1);
		return false;
	}
	if (next.is_guess && ret->n_guessed++ == 0)
		ret->guessed_at = frame->pc;
	*frame = next;
	return true;
}

/* The clock is asked now and then: that takes as long as a frame. */
static bool is_enough(const struct unwinder *un,
		      const struct unwind_stack *ret)
{
	uint64_t now;

	if (ret->frames.n >= UNWIND_FRAMES ||
	    un->n_frames >= UNWIND_ALL_FRAMES)
		return true;
	if (ret->frames.n % 16 != 1)
		return false;
	now = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	return now > un->until || now > un->look_until;
}

static bool add_frame(struct unwind_stack *ret,
		      const struct unwind_frame *frame, struct err *err)
{
	struct unwind_frame *added = vec_add(&ret->frames, err);

	if (added)
		*added = *frame;
	return added != NULL;
}

static bool wants_more(struct unwinder *un, unw_cursor_t *cursor,
		       const struct unwind_frame *frame)
{
	uint64_t kept[UNWIND_KEPT] = { 0 };

	for (int i = 0; i < UNWIND_KEPT; i++) {
		unw_word_t word;

		if (unw_get_reg(cursor, (unw_regnum_t)unwind_kept[i],
				&word) == 0)
			kept[i] = word;
	}
	return un->fn(un->fn_arg, frame, kept);
}

static bool follow(struct unwinder *un, unw_cursor_t *cursor,
		   struct unwind_stack *ret, struct err *err)
{
	struct unwind_frame frame;

	ret->end = UNWIND_NOTHING;
	if (!where(cursor, &frame))
		return true;
	frame.is_exact = true;
	do {
		if (!add_frame(ret, &frame, err))
			return false;
		un->n_frames++;
		ret->end = UNWIND_LIMIT;
		if (is_enough(un, ret) ||
		    (un->fn && !wants_more(un, cursor, &frame)))
			return true;
	} while (next_frame(un, cursor, ret, &frame));
	return true;
}

void unwinder_begin(struct unwinder *un)
{
	un->look_until = clock_ns(CLOCK_THREAD_CPUTIME_ID) +
			 UNWIND_ALL_MS * 1000000ull;
	un->n_frames = 0;
}

bool unwind_thread(struct unwinder *un, const struct stackcopy_thread *thread,
		   struct unwind_stack *ret, struct err *err)
{
	unw_cursor_t cursor;

	ret->frames.n = 0;
	ret->n_guessed = 0;
	ret->end = UNWIND_NOTHING;
	if (!thread->has_regs)
		return true;
	if (un->generation != un->code->generation) {
		unw_flush_cache(un->space, 0, 0);
		un->generation = un->code->generation;
	}
	un->thread = thread;
	un->words = 0;
	un->until = clock_ns(CLOCK_THREAD_CPUTIME_ID) +
		    UNWIND_MS * 1000000ull;
	if (unw_init_remote(&cursor, un->space, un) < 0)
		return true;
	return follow(un, &cursor, ret, err);
}

bool unwind_each(struct unwinder *un, const struct stackcopy_thread *thread,
		 struct unwind_stack *ret, unwind_fn *fn, void *arg,
		 struct err *err)
{
	bool ok;

	un->fn = fn;
	un->fn_arg = arg;
	ok = unwind_thread(un, thread, ret, err);
	un->fn = NULL;
	return ok;
}

void unwind_stack_fini(struct unwind_stack *stack)
{
	vec_free(&stack->frames);
}
