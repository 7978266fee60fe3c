/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_SUBJECT_H
#define GRAPH_SUBJECT_H

#include "graph/graph.h"

/**
 * What somebody asks about, in words that people use:
 *
 *	0x7f0123456780		the object there
 *	app.Session, Session	all objects of a type: its name, or the end of
 *				it, if no other type that has objects is called
 *				so
 *	app.CACHE.rows[3]	what the program calls so: a module, its
 *				variable, an attribute, an item of a list;
 *				without a module, of __main__
 *
 * A type comes before a variable.
 *
 * Cost:  a bit an object.
 * Owner: subject_fini().
 */
struct subject {
	uint32_t *bits;		/* by number */
	uint32_t one;		/* that object alone, or LINK_NONE */
	const struct pytype *type;	/* theirs */
	int64_t count, bytes;
};

/** Without @types names are those of variables only: that of a class is the
 *  class.  ERR_USAGE: nothing is called @what, or more than one type: then the
 *  text says which. */
MUST_CHECK bool subject_find(struct subject *ret, const struct graph *g,
			     const char *what, bool types, struct err *err);
void subject_fini(struct subject *subject);

#endif
