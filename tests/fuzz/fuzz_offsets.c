/* SPDX-License-Identifier: MIT */
/*
 * The input is an offsets file, or what stands where debug offsets should.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach/mem.h"
#include "pyabi/abi.h"
#include "pyabi/abifile.h"
#include "pyabi/debugoffsets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct tracee {
	struct mem mem;
	const uint8_t *bytes;
	size_t len;
};

static int64_t tracee_read(struct mem *mem, raddr at, void *buf, size_t len,
			   struct err *err)
{
	struct tracee *t = (struct tracee *)mem;

	(void)err;
	if (at >= t->len)
		return 0;
	if (len > t->len - at)
		len = t->len - at;
	memcpy(buf, t->bytes + at, len);
	return (int64_t)len;
}

static const struct mem_ops tracee_ops = { .read = tracee_read };

/* What a file says comes back in the form in which we write it. */
static void print_and_parse_again(const struct abi *abi)
{
	struct abi again;
	struct err err;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return;
	abifile_print(f, abi);
	fclose(f);
	if (!abifile_parse(text, len, &again, &err) ||
	    memcmp(abi, &again, sizeof(again)) != 0)
		abort();
	free(text);
}

static void as_file(const char *text, size_t len)
{
	struct abi abi, head;
	struct err err = { 0 };

	if (!abifile_parse(text, len, &abi, &err)) {
		assert(err.code == ERR_BADDATA);
		return;
	}
	if (!abifile_head(text, len, &head, &err) ||
	    strcmp(abi.name, head.name) != 0)
		abort();
	print_and_parse_again(&abi);
}

static void as_debug_offsets(const uint8_t *data, size_t len)
{
	static const uint32_t versions[] = {
		ABI_VERSION(3, 12, 0), ABI_VERSION(3, 13, 0),
		ABI_VERSION(3, 14, 0), ABI_VERSION(3, 14, 5),
		ABI_VERSION(3, 15, 0),
	};
	struct tracee t = { .mem.ops = &tracee_ops, .bytes = data, .len = len };

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct abi_target target = { versions[i], BUILD_DEFAULT,
					     ARCH_X86_64 };
		char text[64];
		struct abi abi;
		struct err err = { 0 };

		if (!abi_builtin_find(&target, &abi, &err))
			abort();
		if (!debugoffsets_apply(&abi, &t.mem, 0, text, sizeof(text),
					&err))
			assert(err.code == ERR_VERSION ||
			       err.code == ERR_FAULT);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len >= 8 && memcmp(data, "xdebugpy", 8) == 0)
		as_debug_offsets(data, len);
	else
		as_file((const char *)data, len);
	return 0;
}
