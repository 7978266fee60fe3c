/* SPDX-License-Identifier: MIT */
#ifndef PYABI_SHAPE_H
#define PYABI_SHAPE_H

#include <stdint.h>

/**
 * What offsets alone cannot say about a CPython.
 *
 * A shape is a choice between structures that need different code; its words
 * stand in the files of offsets/ ("frames cframe") and its enumerators in a
 * switch or, better, as index of a const table.  A number is a constant of
 * CPython's source that is in no struct ("pool_size 16384").  When CPython
 * changes a shape, that is one new word here, one function behind it and the
 * change cited beside it.
 *
 * Where a question can be put as "has this field?" there is no shape for it.
 */

/*
 * The lists of the collector.  An incremental collector has one young and two
 * old spaces (gh-108362); 3.14.5 went back to generations (gh-142516).  Builds
 * without a GIL have no lists (gh-112529).
 */
#define ABI_SHAPE_GC(W)							\
	W(GC_GENERATIONS, "generations")	/* .. 3.13, 3.14.5 .. */ \
	W(GC_INCREMENTAL, "incremental")	/* 3.14.0 .. 3.14.4 */	\
	W(GC_NONE, "none")			/* no GIL */

/* Where they hang: bpo-36854 gave each interpreter its own. */
#define ABI_SHAPE_GC_PLACE(W)						\
	W(GC_PLACE_STATICS, "statics")		/* 3.6 */		\
	W(GC_PLACE_RUNTIME, "runtime")		/* 3.7, 3.8 */		\
	W(GC_PLACE_INTERP, "interp")		/* 3.9 .. */

/* 3.15 keeps rings of past collections behind a pointer. */
#define ABI_SHAPE_GC_STATS(W)						\
	W(GC_STATS_ARRAY, "array")		/* one a generation */	\
	W(GC_STATS_RINGS, "rings")		/* 3.15: see gcring */

/* PyGC_Head: bpo-33597 packed gc_refs and flags into the two links. */
#define ABI_SHAPE_GC_LINKS(W)						\
	W(GC_LINKS_REFS, "refs")		/* 3.6, 3.7: state in
						   gc_refs, links clean */ \
	W(GC_LINKS_PACKED, "packed")		/* 3.8 ..: mask both */	\
	W(GC_LINKS_NONE, "none")		/* no GIL: ob_gc_bits */

/* Counting references: PEP 683 (3.12), gh-125174 (3.14), PEP 703. */
#define ABI_SHAPE_REFCNT(W)						\
	W(REFCNT_PLAIN, "plain")		/* .. 3.10: 64 bits */	\
	W(REFCNT_HIGH_STATIC, "high_static")	/* 3.11: and those in data
						   segments begin high */ \
	W(REFCNT_IMMORTAL32, "immortal32")	/* 3.12, 3.13: immortal if
						   the low half, signed, is
						   negative */		\
	W(REFCNT_SPLIT, "split")		/* 3.14 ..: so too; but only
						   the low half counts */ \
	W(REFCNT_LOCAL_SHARED, "local_shared")	/* no GIL */

/* How many digits: gh-101291 moved the sign out of ob_size. */
#define ABI_SHAPE_INT(W)						\
	W(INT_OB_SIZE, "ob_size")		/* .. 3.11: sign * digits */ \
	W(INT_LV_TAG, "lv_tag")			/* 3.12 ..: digits << 3 */

/*
 * The bits of PyASCIIObject.state.  Packed: interned 0-1, kind 2-4, compact 5,
 * ascii 6, and 7 is "ready" up to 3.11, "statically allocated" later.
 * Bytes: interned is a byte of its own, then kind 0-2, compact 3, ascii 4.
 */
#define ABI_SHAPE_STR_STATE(W)						\
	W(STR_STATE_PACKED, "packed")					\
	W(STR_STATE_BYTES, "bytes")		/* 3.14 .. without GIL */

/* PyDictKeysObject: bpo-46845 (3.11) has str-only tables and logarithms. */
#define ABI_SHAPE_DICT_KEYS(W)						\
	W(DICT_KEYS_SIZE, "size")		/* .. 3.10: dk_size */	\
	W(DICT_KEYS_LOG2, "log2")		/* 3.11 .. */

/* The values of a split dict. */
#define ABI_SHAPE_VALUES(W)						\
	W(VALUES_ARRAY, "array")		/* .. 3.10: usable(size) */ \
	W(VALUES_PREFIXED, "prefixed")		/* 3.11, 3.12: order bytes,
						   count, prefix length in
						   front (bpo-45340) */	\
	W(VALUES_STRUCT, "struct")		/* 3.13 ..: see values.*,
						   maybe inside the instance
						   (gh-115776) */

/*
 * Where an instance with Py_TPFLAGS_MANAGED_DICT keeps its attributes: the
 * numbers managed_dict_at and managed_values_at say at which distance.
 */
#define ABI_SHAPE_MANAGED_DICT(W)					\
	W(MANAGED_DICT_NONE, "none")		/* .. 3.10 */		\
	W(MANAGED_DICT_PAIR, "pair")		/* 3.11: a word for values, a
						   word for the dict */	\
	W(MANAGED_DICT_TAGGED, "tagged")	/* 3.12: bit 0 set: values - 1
						   (gh-95245) */	\
	W(MANAGED_DICT_PLAIN, "plain")		/* 3.13 ..: dict or NULL */

/*
 * Traversing an instance that has both, attribute values inside itself and a
 * dict: which is visited?  Debian has the later way since 3.13.5.
 */
#define ABI_SHAPE_INLINE_VISIT(W)					\
	W(INLINE_VISIT_DICT, "dict")		/* .. 3.12, 3.13.13 ..,
						   3.14.4 .. */		\
	W(INLINE_VISIT_VALUES, "values")	/* 3.13.0 .. 3.13.12, 3.14.0 ..
						   3.14.3: not the dict, and
						   it visits nothing */

/* Which types put two words in front of the GC head. */
#define ABI_SHAPE_PREHEADER(W)						\
	W(PREHEADER_NONE, "none")		/* .. 3.10 */		\
	W(PREHEADER_DICT, "dict")		/* 3.11: MANAGED_DICT */ \
	W(PREHEADER_DICT_OR_WEAKREF, "dict_or_weakref")	/* 3.12 .. */

/* What sys.getsizeof() adds for a type in the data segment. */
#define ABI_SHAPE_STATIC_TYPE_SIZE(W)					\
	W(STATIC_TYPE_SIZE_BARE, "bare")				\
	W(STATIC_TYPE_SIZE_PREHEADER, "preheader")	/* 3.11, 3.12: that of
							   its metatype */

/* Does traversing an instance of a Python class visit the class? */
#define ABI_SHAPE_TYPE_VISIT(W)						\
	W(TYPE_VISIT_ALWAYS, "always")		/* .. 3.8 */		\
	W(TYPE_VISIT_UNLESS_BASE, "unless_base") /* 3.9 ..: not if a heap type
						    below does (bpo-40217) */

/* tp_dict and so on of built-in types: PEP 684 moved them (gh-94673). */
#define ABI_SHAPE_STATIC_TYPES(W)					\
	W(STATIC_TYPES_OWN, "own")		/* .. 3.11: in the type */ \
	W(STATIC_TYPES_BUILTINS, "builtins")	/* 3.12: types.builtins */ \
	W(STATIC_TYPES_MANAGED, "managed")	/* 3.13 ..: so too, and
						   types.for_extensions */

/* Where the frames of a thread begin. */
#define ABI_SHAPE_FRAMES(W)						\
	W(FRAMES_HEAP, "heap")			/* .. 3.10: tstate.frame */ \
	W(FRAMES_CFRAME, "cframe")		/* 3.11, 3.12: tstate.cframe,
						   cframe.current_frame */ \
	W(FRAMES_CURRENT, "current")		/* 3.13 ..: tstate
						   .current_frame */

/* How deep a frame's value stack is. */
#define ABI_SHAPE_FRAME_STACK(W)					\
	W(FRAME_STACK_TOP, "top")		/* .. 3.9: f_stacktop, NULL
						   while it runs */	\
	W(FRAME_STACK_DEPTH, "depth")		/* 3.10: f_stackdepth */ \
	W(FRAME_STACK_INDEX, "index")		/* 3.11 .. 3.13: stacktop, in
						   slots, -1 while it runs */ \
	W(FRAME_STACK_POINTER, "pointer")	/* 3.14 ..: stackpointer */

/* Slots of a frame: gh-127705 tags them (3.14). */
#define ABI_SHAPE_STACKREFS(W)						\
	W(STACKREFS_PLAIN, "plain")		/* .. 3.13 */		\
	W(STACKREFS_TAGGED, "tagged")		/* 3.14: low bits 00 owned, 01
						   borrowed or NULL, 11 int */ \
	W(STACKREFS_MARKED, "marked")		/* 3.15: and 10 a marker */

/* Where a frame is in its code. */
#define ABI_SHAPE_LASTI(W)						\
	W(LASTI_BYTES, "bytes")			/* .. 3.9: f_lasti */	\
	W(LASTI_UNITS, "units")			/* 3.10: f_lasti * 2 */	\
	W(LASTI_POINTER, "pointer")		/* 3.11 ..: less code.co_code
						   _adaptive */		\
	W(LASTI_TLBC, "tlbc")			/* 3.14 .. without GIL: less
						   that of the thread */

/* From that to a line: PEP 626 (3.10), PEP 657 (3.11). */
#define ABI_SHAPE_CODE_LINES(W)						\
	W(CODE_LINES_LNOTAB, "lnotab")		/* .. 3.9 */		\
	W(CODE_LINES_LINETABLE, "linetable")	/* 3.10 */		\
	W(CODE_LINES_LOCATIONS, "locations")	/* 3.11 .. */

/* Where the state of a generator is; the numbers frame_* say what it means. */
#define ABI_SHAPE_GEN_STATE(W)						\
	W(GEN_STATE_POINTERS, "pointers")	/* .. 3.9: gi_frame NULL, or
						   its f_executing */	\
	W(GEN_STATE_FRAME, "frame")		/* 3.10: its f_state */	\
	W(GEN_STATE_GEN, "gen")			/* 3.11 ..: gi_frame_state */

/* Who says which thread runs. */
#define ABI_SHAPE_GIL(W)						\
	W(GIL_STATICS, "statics")		/* 3.6: a symbol */	\
	W(GIL_RUNTIME, "runtime")		/* 3.7 .. 3.11 */	\
	W(GIL_INTERP, "interp")			/* 3.12 ..: interp.ceval_gil
						   points at it (PEP 684) */

/* What is known as _PyRuntime. */
#define ABI_SHAPE_RUNTIME(W)						\
	W(RUNTIME_STATICS, "statics")		/* 3.6: nothing is */	\
	W(RUNTIME_SYMBOL, "symbol")		/* 3.7 .. 3.12 */	\
	W(RUNTIME_SELF, "self")			/* 3.13 ..: it begins with
						   _Py_DebugOffsets */

/* Where the arenas of pymalloc are listed: gh-81057, gh-101659. */
#define ABI_SHAPE_ARENAS(W)						\
	W(ARENAS_STATICS, "statics")		/* .. 3.11: symbols */	\
	W(ARENAS_EMBEDDED, "embedded")		/* 3.12: interp.obmalloc is the
						   _obmalloc_state */	\
	W(ARENAS_POINTER, "pointer")		/* 3.13 ..: it points there */ \
	W(ARENAS_NONE, "none")			/* no GIL: mimalloc */

/* The three records of PyMem_SetAllocator(). */
#define ABI_SHAPE_ALLOCATORS(W)						\
	W(ALLOCATORS_STATICS, "statics")	/* .. 3.11: symbols */	\
	W(ALLOCATORS_RUNTIME, "runtime")	/* 3.12 ..: runtime
						   .allocators_* */

/*
 * Dead objects kept for reuse (see freelist.*).
 * Arrays: dead tuples, floats, frames, contexts are chained, other kinds are
 * arrays of pointers; a dead object has ob_refcnt 0.
 * Chains: all are chained through their first word, which was ob_refcnt
 * (gh-100240).
 */
#define ABI_SHAPE_FREE_LISTS(W)						\
	W(FREE_LISTS_STATICS, "statics")	/* .. 3.9: symbols */	\
	W(FREE_LISTS_ARRAYS, "arrays")		/* 3.10 .. 3.13 */	\
	W(FREE_LISTS_CHAINS, "chains")		/* 3.14 .. */

/* Small ints and one-character strings. */
#define ABI_SHAPE_SMALL_INTS(W)						\
	W(SMALL_INTS_STATICS, "statics")	/* .. 3.8: symbol, array of
						   ints */		\
	W(SMALL_INTS_INTERP, "interp")		/* 3.9, 3.10: array of pointers
						   to the heap */	\
	W(SMALL_INTS_RUNTIME, "runtime")	/* 3.11 ..: in _PyRuntime */

/* The dict of interned strings: do its two references count in ob_refcnt? */
#define ABI_SHAPE_INTERNED(W)						\
	W(INTERNED_STATICS, "statics")		/* .. 3.11: symbol; no */ \
	W(INTERNED_IMMORTAL, "immortal")	/* 3.12: interp
						   .interned_strings; they are
						   immortal */		\
	W(INTERNED_MORTAL, "mortal")		/* 3.13 ..: so; no */

/* Where tracemalloc's tables are. */
#define ABI_SHAPE_TRACEMALLOC(W)					\
	W(TRACEMALLOC_STATICS, "statics")	/* .. 3.11: symbols */	\
	W(TRACEMALLOC_RUNTIME, "runtime")	/* 3.12 .. */

/* _Py_hashtable_t: bpo-40602 gave entries a fixed form. */
#define ABI_SHAPE_HASHTABLE(W)						\
	W(HASHTABLE_SIZED, "sized")		/* .. 3.8: key_size bytes of
						   key, then the data */ \
	W(HASHTABLE_FIXED, "fixed")		/* 3.9 ..: key, value */

/* The file of a frame in a trace. */
#define ABI_SHAPE_TRACE_FILE(W)						\
	W(TRACE_FILE_OBJECT, "object")		/* .. 3.14: a str */	\
	W(TRACE_FILE_CSTR, "cstr")		/* 3.15: char *, UTF-8 */

/* What queue.SimpleQueue holds its items in, and whether it says so. */
#define ABI_SHAPE_SIMPLEQUEUE(W)					\
	W(SIMPLEQUEUE_LIST, "list")		/* .. 3.12 */		\
	W(SIMPLEQUEUE_RING, "ring")		/* 3.13, 3.14 */	\
	W(SIMPLEQUEUE_RING_SIZED, "ring_sized")	/* 3.15: counted in
						   __sizeof__ */

/* Do Pickler and Unpickler show their memos to the collector? */
#define ABI_SHAPE_PICKLE_MEMO(W)					\
	W(PICKLE_MEMO_OWNED, "owned")		/* .. 3.10 */		\
	W(PICKLE_MEMO_VISITED, "visited")	/* 3.11 .. */

/* And type variables their names?  gh-140000, in 3.13.10 and in 3.14. */
#define ABI_SHAPE_PARAM_NAMES(W)					\
	W(PARAM_NAMES_OWNED, "owned")		/* .. 3.13.9 */		\
	W(PARAM_NAMES_VISITED, "visited")	/* 3.13.10 .. */

/* (name in struct abi and in the files, its words) */
#define ABI_SHAPES(S)						\
	S(gc, ABI_SHAPE_GC)					\
	S(gc_place, ABI_SHAPE_GC_PLACE)				\
	S(gc_stats, ABI_SHAPE_GC_STATS)				\
	S(gc_links, ABI_SHAPE_GC_LINKS)				\
	S(refcnt, ABI_SHAPE_REFCNT)				\
	S(int_shape, ABI_SHAPE_INT)				\
	S(str_bits, ABI_SHAPE_STR_STATE)			\
	S(dict_keys, ABI_SHAPE_DICT_KEYS)			\
	S(dict_values, ABI_SHAPE_VALUES)			\
	S(managed_dict, ABI_SHAPE_MANAGED_DICT)			\
	S(inline_visit, ABI_SHAPE_INLINE_VISIT)			\
	S(preheader, ABI_SHAPE_PREHEADER)			\
	S(static_type_size, ABI_SHAPE_STATIC_TYPE_SIZE)		\
	S(type_visit, ABI_SHAPE_TYPE_VISIT)			\
	S(static_types, ABI_SHAPE_STATIC_TYPES)			\
	S(frames, ABI_SHAPE_FRAMES)				\
	S(frame_stack, ABI_SHAPE_FRAME_STACK)			\
	S(stackrefs, ABI_SHAPE_STACKREFS)			\
	S(lasti, ABI_SHAPE_LASTI)				\
	S(code_lines, ABI_SHAPE_CODE_LINES)			\
	S(gen_state, ABI_SHAPE_GEN_STATE)			\
	S(gil, ABI_SHAPE_GIL)					\
	S(runtime, ABI_SHAPE_RUNTIME)				\
	S(arenas, ABI_SHAPE_ARENAS)				\
	S(allocators, ABI_SHAPE_ALLOCATORS)			\
	S(free_lists, ABI_SHAPE_FREE_LISTS)			\
	S(small_ints, ABI_SHAPE_SMALL_INTS)			\
	S(interned, ABI_SHAPE_INTERNED)				\
	S(tracemalloc, ABI_SHAPE_TRACEMALLOC)			\
	S(hashtable, ABI_SHAPE_HASHTABLE)			\
	S(trace_file, ABI_SHAPE_TRACE_FILE)			\
	S(simplequeue, ABI_SHAPE_SIMPLEQUEUE)			\
	S(pickle_memo, ABI_SHAPE_PICKLE_MEMO)			\
	S(param_names, ABI_SHAPE_PARAM_NAMES)

/* A number that a version does not have; '-' in the files. */
#define ABI_NO_NUMBER INT64_MIN

/*
 * (name in struct abi, after "n_")
 *
 * arena_size, pool_size, pool_alignment, small_request: pymalloc's ARENA_SIZE,
 * POOL_SIZE, ALIGNMENT, SMALL_REQUEST_THRESHOLD.  Alignment was 8 before 3.7.4
 * (bpo-27987), and where that patch was carried back it is 16.
 * arena_map_*: the bits of an address that index each level of the radix tree
 * of arenas, from the top; none before 3.10 (bpo-37448).
 * pre_gc, pre_managed: what precedes an object with a GC head, and one of a
 * type with PREHEADER besides.
 * managed_dict_at, managed_values_at, managed_weakref_at: the distance of those
 * words from the object, negative.
 * debug_extra, debug_forbidden: what a debug hook adds to a block, and the byte
 * around it (bpo-36389 changed 0xfb to 0xfd).
 * small_int_first, small_int_last: the cached ints.
 * int_min_digits: what an int counts at least in __sizeof__ (3.11: 1).
 * co_extra_header: what __sizeof__ counts of co_extra's block besides 8 bytes
 * an item.
 * cell2arg: bytes of an item of co_cell2arg (.. 3.10).
 * thread_lock: bytes of the block of a PyThread_type_lock (a sem_t; 3.15: a
 * PyMutex).
 * frame_*: _PyFrameState; none: not told apart, or no such state.
 * frame_owner_entry: _PyInterpreterFrame.owner from which on a frame has no
 * Python code.
 * await_depth: how far below the top of a suspended coroutine's stack the
 * awaited object is (3.15 keeps an index on top).
 * unicode: ten times the version of its character database.
 */
#define ABI_NUMBERS(N)				\
	N(arena_size)				\
	N(pool_size)				\
	N(pool_alignment)			\
	N(small_request)			\
	N(arena_map_top)			\
	N(arena_map_mid)			\
	N(arena_map_bot)			\
	N(pre_gc)				\
	N(pre_managed)				\
	N(managed_dict_at)				\
	N(managed_values_at)			\
	N(managed_weakref_at)			\
	N(debug_extra)				\
	N(debug_forbidden)			\
	N(small_int_first)			\
	N(small_int_last)			\
	N(int_min_digits)			\
	N(co_extra_header)			\
	N(cell2arg)				\
	N(thread_lock)				\
	N(frame_created)			\
	N(frame_suspended)			\
	N(frame_suspended_yield_from)		\
	N(frame_suspended_locked)		\
	N(frame_executing)			\
	N(frame_completed)			\
	N(frame_cleared)			\
	N(frame_owner_entry)			\
	N(await_depth)				\
	N(unicode)

/* From here on, what follows from the lists above. */

#define ABI_SHAPE_WORD(name, word) name,
#define ABI_SHAPE_ENUM(name, words) enum abi_##name { words(ABI_SHAPE_WORD) };
ABI_SHAPES(ABI_SHAPE_ENUM)

#endif
