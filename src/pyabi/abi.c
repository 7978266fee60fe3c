/* SPDX-License-Identifier: MIT */
/*
 * The tables behind struct abi, and the choice of a compiled-in file.
 *
 * A file is chosen by what it says of itself; which field a version has is
 * nowhere but in the files.
 */
#include "pyabi/abi.h"

#include <string.h>

#include "pyabi/abifile.h"

#define WORD(name, word) [name] = word,
#define WORDS(name, words) \
	static const char *const name##_words[] = { words(WORD) };
ABI_SHAPES(WORDS)

#define SHAPE(name, words) \
	{ #name, name##_words, ARRAY_SIZE(name##_words), \
	  offsetof(struct abi, name) },
const struct abi_shape abi_shapes[] = { ABI_SHAPES(SHAPE) };
const size_t abi_n_shapes = ARRAY_SIZE(abi_shapes);

#define NUMBER(name) { #name, offsetof(struct abi, n_##name) },
const struct abi_number abi_numbers[] = { ABI_NUMBERS(NUMBER) };
const size_t abi_n_numbers = ARRAY_SIZE(abi_numbers);

#define FIELD(s, f, path) \
	{ #s "." #f, path, sizeof(#s "." #f) - 1, \
	  offsetof(struct abi, s##_##f) },
const struct abi_field abi_fields[] = { ABI_FIELDS(FIELD) };
const size_t abi_n_fields = ARRAY_SIZE(abi_fields);

_Static_assert(sizeof(struct abi) <= UINT16_MAX, "members are 16-bit numbers");

const char *const abi_build_words[BUILD_N] = {
	[BUILD_DEFAULT] = "default",
	[BUILD_FREE_THREADED] = "free-threaded",
	[BUILD_DEBUG] = "debug",
};

const char *const abi_arch_words[ARCH_N] = {
	[ARCH_X86_64] = "x86_64",
	[ARCH_AARCH64] = "aarch64",
};

const struct abi_field *abi_field_at(size_t member)
{
	/* The fields are the last members of struct abi, in table order. */
	size_t first = abi_fields[0].member;
	size_t i = (member - first) / sizeof(uint32_t);

	if (member < first || i >= abi_n_fields ||
	    abi_fields[i].member != member)
		return NULL;
	return &abi_fields[i];
}

const struct abi_field *abi_field_find(const char *key, size_t len)
{
	for (size_t i = 0; i < abi_n_fields; i++) {
		if (abi_fields[i].key_len == len &&
		    memcmp(abi_fields[i].key, key, len) == 0)
			return &abi_fields[i];
	}
	return NULL;
}

const char *abi_builtin_name(size_t i)
{
	return i < abi_n_builtins ? abi_builtins[i].name : NULL;
}

const char *abi_builtin_text(size_t i, size_t *ret_len)
{
	*ret_len = abi_builtins[i].len;
	return abi_builtins[i].text;
}

enum fit { FIT_NONE, FIT_MINOR, FIT_EXACT };

static enum fit fit(const struct abi *abi, const struct abi_target *target)
{
	uint32_t version = target->version & ~0xffu;

	if (abi->build != target->build || abi->arch != target->arch ||
	    ((abi->first ^ version) & ABI_MINOR_MASK))
		return FIT_NONE;
	return version >= abi->first && version <= abi->last ? FIT_EXACT
							     : FIT_MINOR;
}

size_t abi_builtin_candidates(const struct abi_target *target,
			      size_t ret[ABI_MAX_CANDIDATES])
{
	size_t n = 0;

	for (enum fit want = FIT_EXACT; want > FIT_NONE; want--) {
		for (size_t i = 0; i < abi_n_builtins; i++) {
			struct abi head;
			struct err err;

			if (abifile_head(abi_builtins[i].text,
					 abi_builtins[i].len, &head, &err) &&
			    fit(&head, target) == want &&
			    n < ABI_MAX_CANDIDATES)
				ret[n++] = i;
		}
	}
	return n;
}

uint32_t abi_builtin_newest(const struct abi_target *target)
{
	size_t found[ABI_MAX_CANDIDATES];
	size_t n = abi_builtin_candidates(target, found);
	uint32_t newest = 0;

	for (size_t i = 0; i < n; i++) {
		const struct abi_builtin *file = &abi_builtins[found[i]];
		struct abi head;
		struct err err;

		if (!abifile_head(file->text, file->len, &head, &err))
			continue;
		for (uint32_t k = 0; k < head.n_checked; k++) {
			if (head.checked[k] > newest)
				newest = head.checked[k];
		}
	}
	return newest;
}

bool abi_builtin_load(size_t i, struct abi *ret, struct err *err)
{
	return abifile_parse(abi_builtins[i].text, abi_builtins[i].len, ret,
			     err) ||
	       err_context(err, "built-in offsets %s", abi_builtins[i].name);
}

bool abi_sibling(const struct abi *abi, size_t size_member, uint32_t size,
		 struct abi *ret)
{
	struct abi_target target = { abi->first, abi->build, abi->arch };
	const struct abi_field *field = abi_field_at(size_member);
	size_t found[ABI_MAX_CANDIDATES];
	size_t n = abi_builtin_candidates(&target, found);

	for (size_t i = 0; field && i < n; i++) {
		struct err err;

		if (abi_builtin_load(found[i], ret, &err) &&
		    abi_get(ret, field) == size)
			return true;
	}
	return false;
}

void abi_take_struct(struct abi *abi, const struct abi *from, size_t member)
{
	const struct abi_field *of = abi_field_at(member);
	size_t len = strcspn(of->key, ".") + 1;

	for (size_t i = 0; i < abi_n_fields; i++) {
		const struct abi_field *field = &abi_fields[i];

		if (strncmp(field->key, of->key, len) == 0)
			abi_put(abi, field, abi_get(from, field));
	}
}

bool abi_builtin_find(const struct abi_target *target, struct abi *ret,
		      struct err *err)
{
	size_t found[ABI_MAX_CANDIDATES];

	if (!abi_builtin_candidates(target, found))
		return err_set(err, ERR_VERSION,
			       "no offsets for CPython %u.%u, %s build, %s",
			       target->version >> 24,
			       target->version >> 16 & 0xff,
			       abi_build_words[target->build],
			       abi_arch_words[target->arch]);
	return abi_builtin_load(found[0], ret, err);
}
