/* SPDX-License-Identifier: MIT */
/*
 * Iterators of built-in types.
 *
 * Facts: CPython 3.6 to 3.15, Objects/iterobject.c, Objects/enumobject.c,
 *        Objects/rangeobject.c, Python/bltinmodule.c and the iterators of each
 *        type in its own file.
 */
#include "pyabi/types/rows.h"

const struct layout iter_rows[] = {
	{ .name = "list_iterator", .basicsize = AT(listiter_sizeof),
	  .visit = { AT(listiter_it_seq) } },
	{ .name = "list_reverseiterator", .basicsize = AT(listreviter_sizeof),
	  .visit = { AT(listreviter_it_seq) } },
	{ .name = "tuple_iterator", .basicsize = AT(tupleiter_sizeof),
	  .visit = { AT(tupleiter_it_seq) } },
	{ .name = "dict_keyiterator|dict_valueiterator|dict_itemiterator"
		  "|dict_reversekeyiterator|dict_reversevalueiterator"
		  "|dict_reverseitemiterator",
	  .basicsize = AT(dictiter_sizeof),
	  .visit = { AT(dictiter_di_dict), AT(dictiter_di_result) } },
	{ .name = "odict_iterator", .basicsize = AT(odictiter_sizeof),
	  .visit = { AT(odictiter_di_odict), AT(odictiter_di_current),
		     AT(odictiter_di_result) } },
	{ .name = "set_iterator", .basicsize = AT(setiter_sizeof),
	  .visit = { AT(setiter_si_set) } },
	{ .name = "str_iterator|str_ascii_iterator",
	  .basicsize = AT(striter_sizeof), .visit = { AT(striter_it_seq) } },
	{ .name = "bytes_iterator|bytearray_iterator",
	  .basicsize = AT(bytesiter_sizeof),
	  .visit = { AT(bytesiter_it_seq) } },
	{ .name = "iterator", .basicsize = AT(seqiter_sizeof),
	  .visit = { AT(seqiter_it_seq) } },
	{ .name = "callable_iterator", .basicsize = AT(calliter_sizeof),
	  .visit = { AT(calliter_it_callable), AT(calliter_it_sentinel) } },
	{ .name = "range_iterator", .basicsize = AT(rangeiter_sizeof) },
	{ .name = "longrange_iterator", .basicsize = AT(longrangeiter_sizeof),
	  .visit = { AT(longrangeiter_index), AT(longrangeiter_start),
		     AT(longrangeiter_step), AT(longrangeiter_len) } },
	{ .name = "range", .basicsize = AT(range_sizeof),
	  .visit = { AT(range_start), AT(range_stop), AT(range_step),
		     AT(range_length) } },
	{ .name = "slice", .basicsize = AT(slice_sizeof),
	  .visit = { AT(slice_start), AT(slice_stop), AT(slice_step) } },
	{ .name = "enumerate", .basicsize = AT(enum_sizeof),
	  .visit = { AT(enum_en_sit), AT(enum_en_result),
		     AT(enum_en_longindex) },
	  .own = { AT(enum_one) } },
	{ .name = "reversed", .basicsize = AT(reversed_sizeof),
	  .visit = { AT(reversed_seq) } },
	{ .name = "zip", .basicsize = AT(zip_sizeof),
	  .visit = { AT(zip_ittuple), AT(zip_result) } },
	{ .name = "map", .basicsize = AT(map_sizeof),
	  .visit = { AT(map_iters), AT(map_func) } },
	{ .name = "filter", .basicsize = AT(filter_sizeof),
	  .visit = { AT(filter_func), AT(filter_it) } },
	{ 0 }
};
