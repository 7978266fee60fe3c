/* SPDX-License-Identifier: MIT */
#ifndef PYABI_FIELDS_H
#define PYABI_FIELDS_H

#include "pyabi/fields_core.h"
#include "pyabi/fields_lib.h"
#include "pyabi/fields_state.h"

/**
 * Every fact about CPython's structs, named once.
 *
 *	F(dict, ma_keys, "PyDictObject.ma_keys")
 *
 * is the member dict_ma_keys of struct abi, the key dict.ma_keys of the files
 * in offsets/, and where DWARF has it.  Alternatives are separated by '|': the
 * first that a version has counts, and one that starts with '.' is in the
 * struct of the alternative before it.  A path may go through members that
 * are structs or unions; "[]" is the first element of an array.
 *
 *	"A.b"		the offset of b in A
 *	"sizeof(A)"	the size of A, a struct or a member
 *	"count(A.b)"	the number of elements of the array b
 *
 * A name is CPython's, that of the newest version where it changed; where the
 * path goes through another struct, that is left out of it.  Bit-fields have
 * no offset.  The order is that of the files: append within a group.
 *
 * Most members are pointers or 64-bit numbers.  Those that are narrower have
 * their width in the code that reads them; where a version changed the width
 * or the meaning, shape.h has a word for it.
 */
#define ABI_FIELDS(F)		\
	ABI_FIELDS_CORE(F)	\
	ABI_FIELDS_CALLABLE(F)	\
	ABI_FIELDS_BUFFER(F)	\
	ABI_FIELDS_EXC(F)	\
	ABI_FIELDS_CODE(F)	\
	ABI_FIELDS_CONTEXT(F)	\
	ABI_FIELDS_TYPING(F)	\
	ABI_FIELDS_ITER(F)	\
	ABI_FIELDS_TOOLS(F)	\
	ABI_FIELDS_STDLIB(F)	\
	ABI_FIELDS_ALLOC(F)	\
	ABI_FIELDS_GC(F)	\
	ABI_FIELDS_RUNTIME(F)	\
	ABI_FIELDS_FREELIST(F)

#endif
