/* SPDX-License-Identifier: MIT */
#ifndef PYABI_ABIFILE_H
#define PYABI_ABIFILE_H

#include <stddef.h>
#include <stdio.h>

#include "pyabi/abi.h"

/**
 * The text form of struct abi: the files of offsets/ and --offsets FILE.
 *
 *	# CPython 3.12, x86_64, default build.
 *	abi             cpython-3.12-x86_64
 *	python          3.12.0..3.12.99
 *	build           default
 *	arch            x86_64
 *	checked         3.12.1,3.12.3		# may be left out
 *	frames          cframe			# a shape: see shape.h
 *	pool_size       16384			# a number: see shape.h
 *	object.ob_type  8			# a field: see fields.h
 *	gc.frame        -			# a field it does not have
 *
 * A key, a value, and '#' before what is not read.  The first five come first;
 * after them any order.  Nothing may be missing, unknown or said twice: a file
 * that forgets a field would look like a CPython that has none.
 *
 * All failures are ERR_BADDATA, with the line where there is one.
 */

/** Parse a whole file of @len bytes.  @ret is valid only if it succeeds. */
MUST_CHECK bool abifile_parse(const char *text, size_t len, struct abi *ret,
			      struct err *err);

/** As far as the first five keys go; the rest is not looked at. */
MUST_CHECK bool abifile_head(const char *text, size_t len, struct abi *ret,
			     struct err *err);

/** Read and parse a file, of at most MAX_OFFSETS_FILE bytes. */
MUST_CHECK bool abifile_read(const char *path, struct abi *ret,
			     struct err *err);

/** Write @abi in this form, without comments. */
void abifile_print(FILE *to, const struct abi *abi);

/** A file that was compiled in; made by offsets/builtin.awk. */
struct abi_builtin {
	const char *name;
	const char *text;
	size_t len;
};

extern const struct abi_builtin abi_builtins[];
extern const size_t abi_n_builtins;

#endif
