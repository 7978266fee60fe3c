/* SPDX-License-Identifier: MIT */
#ifndef RESULT_INSPECT_H
#define RESULT_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/vec.h"

/**
 * One object: what it is, what it refers to, who refers to it.  Plain data, as
 * struct dump, whose rules on units, text and DUMP_UNKNOWN hold.
 *
 * Owner: inspect_fini().
 */
struct inspect_ref {
	char *name;		/* of the reference; NULL: it has none */
	char *type;		/* of the object; NULL: not readable, or a frame */
	char *value;		/* in short, only if asked for; or NULL */
	raddr address;		/* of the object; 0: it is none (a frame) */
};

struct inspect {
	/* What is asked for. */
	const char *what;
	size_t most;		/* who refers to it that are to be named */
	bool values;		/* and keys of dicts may be told */

	raddr address;
	char *type;
	char *value;
	int64_t size, allocated;	/* bytes */
	int64_t retained, retained_objects;	/* would go with it, itself too */
	int64_t refcount;	/* DUMP_UNKNOWN: immortal */
	int64_t found;		/* counted references that were found */
	int generation;		/* DUMP_UNKNOWN: the collector does not know it */
	bool frozen;
	char *path;		/* a way to it; NULL: it is garbage */
	VEC(struct inspect_ref) fields, referrers;
	bool fields_cut;	/* there are more */
	bool torn;		/* something in it could not be read */
	int64_t n_referrers;	/* all of them */
};

void inspect_fini(struct inspect *inspect);

#endif
