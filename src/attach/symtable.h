/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_SYMTABLE_H
#define ATTACH_SYMTABLE_H

#include <elf.h>
#include <stddef.h>

#include "base/addr.h"

struct budget;
struct elffile;

/**
 * Which function is it: one pass over the symbols of a file for all addresses
 * that are asked for.  Nothing is sorted and nothing kept: 30,000 symbols take
 * 0.3 ms, and names only of those that are found are read.
 *
 * A function is where its symbol says it begins and ends.  What lies between
 * two has no name: the nearest one before it would often be wrong.
 */
struct symtable_want {
	raddr at;		/* as in the file */
	Elf64_Sym sym;		/* st_size 0: none found */
	char *name;		/* NULL: none; to be freed by the caller */
};

/** Fill in sym and name of @n wants, which get sorted by address.  What is read
 *  is charged to @budget; when that is spent some names are missing, or all. */
void symtable_find(struct elffile *elf, struct symtable_want *want, size_t n,
		   struct budget *budget);

#endif
