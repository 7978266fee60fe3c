/* SPDX-License-Identifier: MIT */
#include "base/compiler.h"

#include <stdlib.h>
#include <unistd.h>

void auto_free_cleanup(void *p)
{
	free(*(void **)p);
}

void auto_close_cleanup(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
