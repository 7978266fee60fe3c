/* SPDX-License-Identifier: MIT */
#ifndef PYABI_ABI_H
#define PYABI_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "pyabi/fields.h"
#include "pyabi/shape.h"

/** The offset of a field that this CPython has not.  Never 0: 0 is one. */
#define ABI_ABSENT UINT32_MAX

/** No offset or size is larger: the greatest is that of a _PyRuntimeState. */
#define ABI_MAX_OFFSET (1u << 24)

/** More releases are not named in a file. */
enum { ABI_MAX_CHECKED = 16 };

/** Builds of one version whose structs differ. */
enum abi_build {
	BUILD_DEFAULT,
	BUILD_FREE_THREADED,	/* --disable-gil */
	BUILD_DEBUG,		/* --with-pydebug */
	BUILD_N
};

enum abi_arch {
	ARCH_X86_64,
	ARCH_AARCH64,
	ARCH_N
};

/** A version as PY_VERSION_HEX has it, without level: 3.12.1 is 0x030c0100. */
#define ABI_VERSION(major, minor, micro) \
	((uint32_t)(major) << 24 | (uint32_t)(minor) << 16 | \
	 (uint32_t)(micro) << 8)
#define ABI_MINOR_MASK 0xffff0000u

/**
 * How one CPython lays out its memory: what the rest of pyabi/ asks.
 *
 * An offset is abi->dict_ma_keys, a size abi->dict_sizeof, a shape
 * abi->frames, a number abi->n_pool_size.  Nobody compares versions.
 *
 * Owner: the caller of what filled it; it owns nothing itself.
 */
struct abi {
	char name[48];			/* of its file: "cpython-3.12-x86_64" */
	uint32_t first, last;		/* the releases it was made for */
	/** Those that it was compared with, in DWARF or object by object. */
	uint32_t checked[ABI_MAX_CHECKED];
	uint32_t n_checked;
	enum abi_build build;
	enum abi_arch arch;
#define ABI_MEMBER(name, words) enum abi_##name name;
	ABI_SHAPES(ABI_MEMBER)
#undef ABI_MEMBER
#define ABI_MEMBER(name) int64_t n_##name;
	ABI_NUMBERS(ABI_MEMBER)
#undef ABI_MEMBER
#define ABI_MEMBER(s, f, path) uint32_t s##_##f;
	ABI_FIELDS(ABI_MEMBER)
#undef ABI_MEMBER
};

static inline bool abi_has(uint32_t offset)
{
	return offset != ABI_ABSENT;
}

/** One row of ABI_FIELDS, for those who walk the table. */
struct abi_field {
	const char *key;	/* "dict.ma_keys" */
	const char *path;	/* "PyDictObject.ma_keys" */
	uint16_t key_len;
	uint16_t member;	/* its place in struct abi */
};

extern const struct abi_field abi_fields[];
extern const size_t abi_n_fields;

static inline uint32_t abi_get(const struct abi *abi,
			       const struct abi_field *field)
{
	return *(const uint32_t *)((const char *)abi + field->member);
}

static inline void abi_put(struct abi *abi, const struct abi_field *field,
			   uint32_t offset)
{
	*(uint32_t *)((char *)abi + field->member) = offset;
}

/** The row of this place in struct abi, or NULL. */
const struct abi_field *abi_field_at(size_t member);

/** The row called @key, or NULL. */
const struct abi_field *abi_field_find(const char *key, size_t len);

/** One row of ABI_SHAPES: the words by enumerator. */
struct abi_shape {
	const char *key;	/* "frames" */
	const char *const *words;
	uint16_t n_words;
	uint16_t member;	/* its place in struct abi, an int */
};

extern const struct abi_shape abi_shapes[];
extern const size_t abi_n_shapes;

/** One row of ABI_NUMBERS. */
struct abi_number {
	const char *key;	/* "pool_size" */
	uint16_t member;	/* its place in struct abi, an int64_t */
};

extern const struct abi_number abi_numbers[];
extern const size_t abi_n_numbers;

extern const char *const abi_build_words[BUILD_N];
extern const char *const abi_arch_words[ARCH_N];

/** What a tracee is, before its layout is known. */
struct abi_target {
	uint32_t version;	/* PY_VERSION_HEX; the level is not looked at */
	enum abi_build build;
	enum abi_arch arch;
};

/** Files compiled into the program, by number; NULL past the last. */
const char *abi_builtin_name(size_t i);
/** Its text, @ret_len bytes. */
const char *abi_builtin_text(size_t i, size_t *ret_len);

enum { ABI_MAX_CANDIDATES = 8 };

/**
 * The compiled-in files that may fit: same minor version, build and machine.
 *
 * Those made for exactly this release come first.  There can be several: point
 * releases differ, distributors carry patches forward and back.  Try them in
 * this order and take the first that the tracee bears out: its own debug
 * offsets (debugoffsets.h), then a walk of its own lists.
 *
 * Returns how many, with their numbers in @ret; 0: this CPython is unknown.
 */
size_t abi_builtin_candidates(const struct abi_target *target,
			      size_t ret[ABI_MAX_CANDIDATES]);

/**
 * The newest release that any of these files was compared with, as ABI_VERSION;
 * 0: none was.
 */
uint32_t abi_builtin_newest(const struct abi_target *target);

/** Parse the compiled-in file @i. */
MUST_CHECK bool abi_builtin_load(size_t i, struct abi *ret, struct err *err);

/**
 * A compiled-in file for the same minor version, build and machine as @abi in
 * which the field at @size_member (offsetof(struct abi, mmap_sizeof)) is @size:
 * point releases change structs, and the tracee says how large one is.
 * Returns false if there is none.
 */
bool abi_sibling(const struct abi *abi, size_t size_member, uint32_t size,
		 struct abi *ret);

/** Copy the fields of one struct, that of the field at @member. */
void abi_take_struct(struct abi *abi, const struct abi *from, size_t member);

/** The first candidate; ERR_VERSION if there is none. */
MUST_CHECK bool abi_builtin_find(const struct abi_target *target,
				 struct abi *ret, struct err *err);

#endif
