/* SPDX-License-Identifier: MIT */
#ifndef ACCOUNT_ALLOCATORS_H
#define ACCOUNT_ALLOCATORS_H

#include "attach/module.h"

/**
 * The allocator that @mod has in place of the C library's malloc(), linked into
 * it or as a library of its own: "jemalloc", "tcmalloc", "mimalloc", "musl's
 * malloc"; NULL: none that has a name here.
 *
 * It is one that defines malloc() and, beside it, a function that only such an
 * allocator has.  Those that a library keeps to itself under other names, as
 * pyarrow does, serve nobody else and are none.
 *
 * Facts: jemalloc 3 to 5, gperftools 2, tcmalloc of 2020 and later, mimalloc 1
 *        to 3, musl 1.1 and 1.2.
 */
const char *allocator_of(struct module *mod);

/** By how many bits it shifts the addresses of pages to number them in its
 *  books; 0: it notes addresses.  @name: as allocator_of() has it, or NULL. */
unsigned allocator_page_shift(const char *name);

#endif
