/* SPDX-License-Identifier: MIT */
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>

void *vec_add_raw(void **v, size_t *n, size_t *room, size_t size,
		  struct err *err)
{
	char *slot;

	if (*n == *room) {
		size_t more = *room ? *room * 2 : 16;
		void *grown = reallocarray(*v, more, size);

		if (!grown) {
			err_nomem(err);
			return NULL;
		}
		*v = grown;
		*room = more;
	}
	slot = (char *)*v + (*n)++ * size;
	return memset(slot, 0, size);
}

void vec_free_raw(void **v, size_t *n, size_t *room)
{
	free(*v);
	*v = NULL;
	*n = *room = 0;
}
