/* SPDX-License-Identifier: MIT */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"

/**
 * A growable array of any element type:
 *
 *	VEC(struct map) maps = {0};
 *	struct map *m = vec_add(&maps, err);	(zeroed; NULL: out of memory)
 *	vec_free(&maps);
 *
 * Growing moves the elements.
 */
#define VEC(type) struct { type *v; size_t n, room; }

#define vec_add(vec, err) \
	((__typeof__((vec)->v))vec_add_raw((void **)&(vec)->v, &(vec)->n, \
					   &(vec)->room, sizeof(*(vec)->v), \
					   (err)))
#define vec_free(vec) \
	vec_free_raw((void **)&(vec)->v, &(vec)->n, &(vec)->room)

void *vec_add_raw(void **v, size_t *n, size_t *room, size_t size,
		  struct err *err);
void vec_free_raw(void **v, size_t *n, size_t *room);

#endif
