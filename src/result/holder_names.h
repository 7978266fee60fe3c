/* SPDX-License-Identifier: MIT */
#ifndef RESULT_HOLDER_NAMES_H
#define RESULT_HOLDER_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/vec.h"

/**
 * What containers are called, and what is in them: of some, by address and
 * type.
 *
 * Owner: holder_names_fini().  Names are foreign: escape them.
 */
struct holder_name {
	raddr address, type;	/* that are asked for */
	char *name;		/* a way to it; NULL: none was found there */
	char *held;		/* the type of most that is in it, or NULL */
	int64_t n_held;
};

struct holder_names {
	VEC(struct holder_name) v;
};

void holder_name_fini(struct holder_name *name);
void holder_names_fini(struct holder_names *names);

/** One more to be asked for. */
MUST_CHECK bool holder_names_ask(struct holder_names *names, raddr address,
				 raddr type, struct err *err);

/** That of the container of this type at @address, or NULL. */
const struct holder_name *holder_names_find(const struct holder_names *names,
					    raddr address, raddr type);

#endif
