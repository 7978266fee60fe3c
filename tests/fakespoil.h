/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAKESPOIL_H
#define TESTS_FAKESPOIL_H

#include "fakepast.h"

/**
 * A small heap in which words are wrong, from the input of a fuzzer: a byte
 * that chooses one of the heaps of fakepast.h, of pools or of malloc's chunks,
 * then twelve for each word: where it is, of which kind the wrong value is, the
 * value.  To be released by fakepast_fini(); @len is 1 at least.
 */
void fakespoil_init(struct fakepast *fp, const uint8_t *data, size_t len);

#endif
