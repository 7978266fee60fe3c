/* SPDX-License-Identifier: MIT */
#include "heap/native.h"

#include <stdlib.h>

#include "heap/tracee.h"

struct native {
	struct tracee *tr;
};

struct native *native_of(struct tracee *tr, struct err *err)
{
	if (tr->native)
		return tr->native;
	tr->native = calloc(1, sizeof(*tr->native));
	if (!tr->native) {
		err_nomem(err);
		return NULL;
	}
	tr->native->tr = tr;
	return tr->native;
}

void native_free(struct native *nat)
{
	free(nat);
}

bool native_prepare(struct native *nat, struct err *err)
{
	(void)nat;
	(void)err;
	return true;
}

bool native_copy(struct native *nat, const struct stop *stop, struct err *err)
{
	(void)nat;
	(void)stop;
	(void)err;
	return true;
}

/* NEEDSWORK: no frames of C are found yet. */
bool native_merge(struct native *nat, struct stacks *stacks, struct err *err)
{
	(void)nat;
	(void)stacks;
	(void)err;
	return true;
}
