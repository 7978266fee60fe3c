/* SPDX-License-Identifier: MIT */
#include "faketypes.h"

#include <assert.h>
#include <string.h>

void faketypes_init(struct faketypes *ft, unsigned minor)
{
	const struct abi_target target = {
		.version = ABI_VERSION(3, minor, 0),
		.build = BUILD_DEFAULT,
		.arch = ARCH_X86_64,
	};
	struct err err;
	bool found;

	memset(ft, 0, sizeof(*ft));
	found = abi_builtin_find(&target, &ft->abi, &err);
	assert(found);
	(void)found;
	fake_init(&ft->fm, 0x1000);
	fake_segment(&ft->fm, FAKETYPES, FAKETYPES_ROOM * FAKETYPES_STEP);
	ft->ctx.abi = &ft->abi;
	ft->ctx.mem = &ft->fm.mem;
	faketypes_put(ft, FAKETYPES, "type", ft->abi.heaptype_sizeof,
		      ft->abi.memberdef_sizeof,
		      TPF_TYPE_SUBCLASS | TPF_HAVE_GC);
}

void faketypes_fini(struct faketypes *ft)
{
	if (ft->is_read)
		pytypes_fini(&ft->types);
	fake_fini(&ft->fm);
}

void faketypes_put(struct faketypes *ft, raddr at, const char *name,
		   uint64_t basicsize, uint64_t itemsize, uint64_t flags)
{
	const struct abi *abi = &ft->abi;
	struct fakemem *fm = &ft->fm;

	fake_u64(fm, at, 1);
	fake_u64(fm, at + abi->object_ob_type, FAKETYPES);
	fake_u64(fm, at + abi->type_tp_flags, flags | TPF_READY);
	fake_u64(fm, at + abi->type_tp_basicsize, basicsize);
	fake_u64(fm, at + abi->type_tp_itemsize, itemsize);
	fake_u64(fm, at + abi->type_tp_name, at + FAKETYPES_NAME);
	fake_str(fm, at + FAKETYPES_NAME, name);
}

bool faketypes_read(struct faketypes *ft)
{
	struct err err;

	if (ft->is_read)
		pytypes_fini(&ft->types);
	ft->is_read = true;
	ft->ctx.types = &ft->types;
	return pytypes_init(&ft->types, &ft->ctx, FAKETYPES, &err);
}
