/* SPDX-License-Identifier: MIT */
#include "base/nomem.h"

#include <string.h>

/* The one thing that is the process's and nobody's: its memory. */
static bool happened;

void nomem_note(void)
{
	__atomic_store_n(&happened, true, __ATOMIC_RELAXED);
}

bool nomem_take(void)
{
	return __atomic_exchange_n(&happened, false, __ATOMIC_RELAXED);
}

char *nomem_strdup(const char *s)
{
	char *copy = s ? strdup(s) : NULL;

	if (s && !copy)
		nomem_note();
	return copy;
}
