/* SPDX-License-Identifier: MIT */
#include "pyabi/layout.h"

#include <string.h>

#include "pyabi/pytype.h"
#include "pyabi/types/rows.h"

static const struct layout *const files[] = {
	asyncio_rows, bytes_rows, code_rows, collections_rows, compress_rows,
	context_rows, ctypes_rows, datetime_rows, decimal_rows, descr_rows,
	dict_rows, exc_rows, frame_rows, func_rows, functools_rows, gen_rows,
	int_rows, io_rows, iter_rows, itertools_rows, memory_rows, misc_rows,
	module_rows, numpy_rows, os_rows, pickle_rows, re_rows, seq_rows,
	set_rows, sqlite_rows, str_rows, thread_rows, type_rows, typing_rows,
	xml_rows,
};

/* Is @name one of the alternatives in @names? */
static bool is_one_of(const char *names, const char *name)
{
	size_t len = strlen(name);

	for (;;) {
		size_t n = strcspn(names, "|");

		if (n == len && memcmp(names, name, n) == 0)
			return true;
		if (!names[n])
			return false;
		names += n + 1;
	}
}

static bool has_size(const struct abi *abi, const struct layout *row,
		     uint64_t basicsize)
{
	uint32_t want;

	if (!row->basicsize)
		return true;
	memcpy(&want, (const char *)abi + row->basicsize, sizeof(want));
	return abi_has(want) && want == basicsize;
}

static const struct layout *find(const struct abi *abi, const char *tp_name,
				 uint64_t basicsize)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		for (const struct layout *row = files[i]; row->name; row++) {
			if (has_size(abi, row, basicsize) &&
			    is_one_of(row->name, tp_name))
				return row;
		}
	}
	return NULL;
}

static bool is_structseq(const struct abi *abi, const struct pytype *type)
{
	const struct pytype *base = type->base;

	return base && (type->flags & TPF_TUPLE_SUBCLASS) && base->layout &&
	       strcmp(base->layout->name, "tuple") == 0 &&
	       type->basicsize >= abi->structseq_ob_item &&
	       type->basicsize % (int64_t)sizeof(raddr) == 0 &&
	       type->itemsize == sizeof(raddr);
}

const struct layout *layout_find(const struct abi *abi, const char *tp_name,
				 uint64_t basicsize, const struct pytype *type)
{
	const struct layout *row = find(abi, tp_name, basicsize);

	if (!row && type && is_structseq(abi, type))
		return find(abi, "", basicsize);
	return row;
}

uint16_t layout_misfit(const struct abi *abi, const char *tp_name,
		       uint64_t basicsize)
{
	uint16_t misfit = 0;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		for (const struct layout *row = files[i]; row->name; row++) {
			if (!is_one_of(row->name, tp_name))
				continue;
			if (has_size(abi, row, basicsize))
				return 0;
			if (abi_has(abi_get(abi, abi_field_at(row->basicsize))))
				misfit = row->basicsize;
		}
	}
	return misfit;
}
