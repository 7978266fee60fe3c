/* SPDX-License-Identifier: MIT */
/*
 * Read _Py_DebugOffsets.
 *
 * A struct of u64 that nowhere says how long it is: which entry is where goes
 * by the minor version, a column of the table below.  An entry that is not
 * there is at NOT; one that is 0 where no offset can be 0 means "no such
 * field" and is skipped too (tlbc in builds with a GIL).
 */
#include "pyabi/debugoffsets.h"

#include <stdio.h>
#include <string.h>

enum {
	NOT = 0,
	AT_VERSION = 8,
	AT_FREE_THREADED = 16,
	MAX_SIZE = 888,		/* of the longest */
};

/* What a difference from the file means. */
enum role {
	OFFSET,		/* a surprise: reported */
	SIZE,		/* varies with the release: look for who has it */
	VARIES,		/* so too, but nothing depends on it */
	FIXED,		/* else another collector, or object: refused */
	MAYBE,		/* OFFSET, but 0 means none */
};

enum { N_COLUMNS = 3 };

static const struct column {
	uint32_t version;
	uint32_t size;
} columns[N_COLUMNS] = {
	{ ABI_VERSION(3, 13, 0), 584 },
	{ ABI_VERSION(3, 14, 0), 760 },
	{ ABI_VERSION(3, 15, 0), 888 },
};

#define AT(name) offsetof(struct abi, name)

/* clang-format off */
static const struct entry {
	uint16_t member;
	uint16_t at[N_COLUMNS];		/* 3.13, 3.14, 3.15 */
	enum role role;
} entries[] = {
	{ AT(runtime_sizeof),		{  24,  24,  24 }, SIZE },
	{ AT(runtime_finalizing),	{  32,  32,  32 }, OFFSET },
	{ AT(runtime_interpreters_head),{  40,  40,  40 }, OFFSET },

	{ AT(interp_sizeof),		{  48,  48,  48 }, SIZE },
	{ AT(interp_id),		{  56,  56,  56 }, OFFSET },
	{ AT(interp_next),		{  64,  64,  64 }, OFFSET },
	{ AT(interp_tstate_head),	{  72,  72,  72 }, OFFSET },
	{ AT(interp_threads_main),	{ NOT,  80,  80 }, OFFSET },
	{ AT(interp_gc),		{  80,  88,  88 }, OFFSET },
	{ AT(interp_modules),		{  88,  96,  96 }, OFFSET },
	{ AT(interp_sysdict),		{  96, 104, 104 }, OFFSET },
	{ AT(interp_builtins),		{ 104, 112, 112 }, OFFSET },
	{ AT(interp_ceval_gil),		{ 112, 120, 120 }, OFFSET },
	{ AT(interp__gil),		{ 120, 128, 128 }, OFFSET },
	{ AT(interp_code_object_generation), { NOT, 160, 160 }, OFFSET },

	{ AT(tstate_sizeof),		{ 152, 176, 176 }, SIZE },
	{ AT(tstate_prev),		{ 160, 184, 184 }, OFFSET },
	{ AT(tstate_next),		{ 168, 192, 192 }, OFFSET },
	{ AT(tstate_interp),		{ 176, 200, 200 }, OFFSET },
	{ AT(tstate_current_frame),	{ 184, 208, 208 }, OFFSET },
	{ AT(tstate_base_frame),	{ NOT, NOT, 216 }, OFFSET },
	{ AT(tstate_thread_id),		{ 192, 216, 240 }, OFFSET },
	{ AT(tstate_native_thread_id),	{ 200, 224, 248 }, OFFSET },
	{ AT(tstate_datastack_chunk),	{ 208, 232, 256 }, OFFSET },
	{ AT(tstate__status),		{ 216, 240, 264 }, OFFSET },
	{ AT(tstate_holds_gil),		{ NOT, NOT, 272 }, OFFSET },
	{ AT(tstate_gil_requested),	{ NOT, NOT, 280 }, OFFSET },
	{ AT(tstate_current_exception),	{ NOT, NOT, 288 }, OFFSET },
	{ AT(tstate_exc_state),		{ NOT, NOT, 296 }, OFFSET },
	{ AT(excitem_exc_value),	{ NOT, NOT, 304 }, OFFSET },

	{ AT(iframe_sizeof),		{ 224, 248, 312 }, OFFSET },
	{ AT(iframe_previous),		{ 232, 256, 320 }, OFFSET },
	{ AT(iframe_f_executable),	{ 240, 264, 328 }, OFFSET },
	{ AT(iframe_instr_ptr),		{ 248, 272, 336 }, OFFSET },
	{ AT(iframe_localsplus),	{ 256, 280, 344 }, OFFSET },
	{ AT(iframe_owner),		{ 264, 288, 352 }, OFFSET },
	{ AT(iframe_stackpointer),	{ NOT, 296, 360 }, OFFSET },
	{ AT(iframe_tlbc_index),	{ NOT, 304, 368 }, MAYBE },

	{ AT(code_sizeof),		{ 272, 312, 376 }, OFFSET },
	{ AT(code_co_filename),		{ 280, 320, 384 }, OFFSET },
	{ AT(code_co_name),		{ 288, 328, 392 }, OFFSET },
	{ AT(code_co_qualname),		{ 296, 336, 400 }, OFFSET },
	{ AT(code_co_linetable),	{ 304, 344, 408 }, OFFSET },
	{ AT(code_co_firstlineno),	{ 312, 352, 416 }, OFFSET },
	{ AT(code_co_argcount),		{ 320, 360, 424 }, OFFSET },
	{ AT(code_co_localsplusnames),	{ 328, 368, 432 }, OFFSET },
	{ AT(code_co_localspluskinds),	{ 336, 376, 440 }, OFFSET },
	{ AT(code_co_code_adaptive),	{ 344, 384, 448 }, OFFSET },
	{ AT(code_co_tlbc),		{ NOT, 392, 456 }, MAYBE },

	{ AT(object_sizeof),		{ 352, 400, 464 }, FIXED },
	{ AT(object_ob_type),		{ 360, 408, 472 }, FIXED },

	{ AT(type_sizeof),		{ 368, 416, 480 }, OFFSET },
	{ AT(type_tp_name),		{ 376, 424, 488 }, OFFSET },
	{ AT(type_tp_repr),		{ 384, 432, 496 }, OFFSET },
	{ AT(type_tp_flags),		{ 392, 440, 504 }, OFFSET },
	{ AT(type_tp_basicsize),	{ NOT, NOT, 512 }, OFFSET },
	{ AT(type_tp_dictoffset),	{ NOT, NOT, 520 }, OFFSET },
	{ AT(heaptype_sizeof),		{ NOT, NOT, 528 }, OFFSET },
	{ AT(heaptype_ht_cached_keys),	{ NOT, NOT, 536 }, OFFSET },

	{ AT(tuple_sizeof),		{ 400, 448, 544 }, OFFSET },
	{ AT(tuple_ob_item),		{ 408, 456, 552 }, OFFSET },
	{ AT(var_ob_size),		{ 416, 464, 560 }, OFFSET },
	{ AT(list_sizeof),		{ 424, 472, 568 }, OFFSET },
	{ AT(list_ob_item),		{ 432, 480, 576 }, OFFSET },
	{ AT(set_sizeof),		{ NOT, 496, 592 }, OFFSET },
	{ AT(set_used),			{ NOT, 504, 600 }, OFFSET },
	{ AT(set_table),		{ NOT, 512, 608 }, OFFSET },
	{ AT(set_mask),			{ NOT, 520, 616 }, OFFSET },
	{ AT(dict_sizeof),		{ 448, 528, 624 }, OFFSET },
	{ AT(dict_ma_keys),		{ 456, 536, 632 }, OFFSET },
	{ AT(dict_ma_values),		{ 464, 544, 640 }, OFFSET },
	{ AT(float_sizeof),		{ 472, 552, 648 }, OFFSET },
	{ AT(float_ob_fval),		{ 480, 560, 656 }, OFFSET },
	{ AT(int_sizeof),		{ 488, 568, 664 }, OFFSET },
	{ AT(int_lv_tag),		{ 496, 576, 672 }, OFFSET },
	{ AT(int_ob_digit),		{ 504, 584, 680 }, OFFSET },
	{ AT(bytes_sizeof),		{ 512, 592, 688 }, OFFSET },
	{ AT(bytes_ob_sval),		{ 528, 608, 704 }, OFFSET },
	{ AT(str_sizeof),		{ 536, 616, 712 }, OFFSET },
	{ AT(str_state),		{ 544, 624, 720 }, OFFSET },
	{ AT(str_length),		{ 552, 632, 728 }, OFFSET },
	{ AT(str_ascii_sizeof),		{ 560, 640, 736 }, OFFSET },
	{ AT(str_compact_sizeof),	{ NOT, NOT, 744 }, OFFSET },

	{ AT(gc_sizeof),		{ 568, 648, 752 }, FIXED },
	{ AT(gc_collecting),		{ 576, 656, 760 }, OFFSET },
	{ AT(gc_frame),			{ NOT, NOT, 768 }, OFFSET },
	{ AT(gcring_sizeof),		{ NOT, NOT, 776 }, VARIES },
	{ AT(gc_generation_stats),	{ NOT, NOT, 784 }, OFFSET },

	{ AT(gen_sizeof),		{ NOT, 664, 792 }, OFFSET },
	{ AT(gen_gi_name),		{ NOT, 672, 800 }, OFFSET },
	{ AT(gen_gi_iframe),		{ NOT, 680, 808 }, OFFSET },
	{ AT(gen_gi_frame_state),	{ NOT, 688, 816 }, OFFSET },
	{ AT(llist_next),		{ NOT, 696, 824 }, OFFSET },
	{ AT(llist_prev),		{ NOT, 704, 832 }, OFFSET },
};
/* clang-format on */

/* Their offsets are counted in another struct: they move with it. */
static const struct companion {
	uint16_t size, also;
} companions[] = {
	{ AT(interp_sizeof), AT(freelist_sizeof) },
	{ AT(tstate_sizeof), AT(tstateimpl_sizeof) },
};

/* Behind what changes in a runtime of unknown size: rather none than wrong. */
static const uint16_t runtime_tail[] = {
	AT(runtime_preconfig),
	AT(runtime_tracemalloc),
	AT(runtime_interned_strings),
	AT(runtime_static_objects),
	AT(runtime_main_interpreter),
};

struct reading {
	const struct column *column;
	size_t n;			/* its number */
	uint8_t bytes[MAX_SIZE];
};

static uint64_t word(const struct reading *r, size_t at)
{
	uint64_t v;

	memcpy(&v, r->bytes + at, sizeof(v));
	return v;
}

static bool find_column(struct reading *r, const struct abi *abi)
{
	for (r->n = 0; r->n < N_COLUMNS; r->n++) {
		r->column = &columns[r->n];
		if (!((r->column->version ^ abi->first) & ABI_MINOR_MASK))
			return true;
	}
	return false;
}

static bool read_in(struct reading *r, const struct abi *abi, struct mem *mem,
		    raddr runtime, struct err *err)
{
	if (!mem_read(mem, runtime, r->bytes, r->column->size, err))
		return err_context(err, "debug offsets");
	if (memcmp(r->bytes, "xdebugpy", 8) != 0)
		return err_set(err, ERR_VERSION,
			       "no debug offsets at %" PRIraddr, runtime);
	if ((word(r, AT_VERSION) ^ abi->first) & ABI_MINOR_MASK)
		return err_set(err, ERR_VERSION,
			       "debug offsets of version %#" PRIx64
			       ", not for %s", word(r, AT_VERSION), abi->name);
	if ((word(r, AT_FREE_THREADED) != 0) !=
	    (abi->build == BUILD_FREE_THREADED))
		return err_set(err, ERR_VERSION,
			       "free-threaded: %" PRIu64 ", not as in %s",
			       word(r, AT_FREE_THREADED), abi->name);
	return true;
}

static void forget_tail(struct abi *abi, uint32_t runtime_size)
{
	abi->runtime_sizeof = runtime_size;
	for (size_t i = 0; i < ARRAY_SIZE(runtime_tail); i++)
		abi_put(abi, abi_field_at(runtime_tail[i]), ABI_ABSENT);
}

/* A struct of another size: whose is it?  If nobody's, apply_offsets() will
 * report it. */
static void adopt(struct abi *abi, uint16_t size_member, uint32_t size)
{
	struct abi from;

	if (!abi_sibling(abi, size_member, size, &from)) {
		if (size_member == AT(runtime_sizeof))
			forget_tail(abi, size);
		return;
	}
	abi_take_struct(abi, &from, size_member);
	for (size_t i = 0; i < ARRAY_SIZE(companions); i++) {
		if (companions[i].size == size_member)
			abi_take_struct(abi, &from, companions[i].also);
	}
}

static void report(char *text, size_t size, const struct abi_field *field,
		   uint32_t self, uint32_t file)
{
	size_t len = strlen(text);

	if (len + 1 >= size)
		return;
	snprintf(text + len, size - len, abi_has(file) ? "%s%s %u not %u"
						       : "%s%s %u not none",
		 len ? ", " : "", field->key, self, file);
}

/* The sizes go first: they decide which file the other fields are from. */
static bool apply_sizes(const struct reading *r, struct abi *abi,
			struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		const struct entry *e = &entries[i];
		const struct abi_field *field = abi_field_at(e->member);
		uint64_t self;

		if (e->at[r->n] == NOT)
			continue;
		self = word(r, e->at[r->n]);
		if (self > ABI_MAX_OFFSET)
			return err_set(err, ERR_VERSION,
				       "debug offsets: %s is %" PRIu64,
				       field->key, self);
		if (self == abi_get(abi, field))
			continue;
		if (e->role == FIXED)
			return err_set(err, ERR_VERSION,
				       "%s is %" PRIu64 ", not %u as in %s",
				       field->key, self, abi_get(abi, field),
				       abi->name);
		if (e->role == SIZE)
			adopt(abi, e->member, (uint32_t)self);
	}
	return true;
}

static void apply_offsets(const struct reading *r, struct abi *abi,
			  char *disagreement, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		const struct entry *e = &entries[i];
		const struct abi_field *field = abi_field_at(e->member);
		uint32_t self, file = abi_get(abi, field);

		if (e->at[r->n] == NOT)
			continue;
		self = (uint32_t)word(r, e->at[r->n]);
		if (self == file || (e->role == MAYBE && !self))
			continue;
		if (e->role != VARIES)
			report(disagreement, size, field, self, file);
		abi_put(abi, field, self);
	}
}

bool debugoffsets_apply(struct abi *abi, struct mem *mem, raddr runtime,
			char *disagreement, size_t size, struct err *err)
{
	struct reading r;
	struct abi mine = *abi;

	*disagreement = '\0';
	if (!find_column(&r, abi))
		return err_set(err, ERR_VERSION,
			       "debug offsets of a version unknown to us");
	if (!read_in(&r, abi, mem, runtime, err) ||
	    !apply_sizes(&r, &mine, err))
		return false;
	apply_offsets(&r, &mine, disagreement, size);
	*abi = mine;
	return true;
}
