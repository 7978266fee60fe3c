/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into pyheapspy: there is no memory.
 *
 * STARVED_AT   the allocation, by number from 1, that fails; without it all
 *              succeed, and "allocations N" is said at the end
 * STARVED_ALL  that one, and all after it
 *
 * Whoever allocates is meant: we, the C library for us, libdw.  The sanitizer
 * of addresses has a malloc() of its own, which then serves.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

#define ASAN __attribute__((weak))
ASAN void *__interceptor_malloc(size_t size);
ASAN void *__interceptor_calloc(size_t n, size_t size);
ASAN void *__interceptor_realloc(void *p, size_t size);

static unsigned long count, fail;
static bool all, begun;

/* What the loader and the sanitizer need before main() is not counted. */
__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("STARVED_AT");

	fail = at ? strtoul(at, NULL, 10) : 0;
	all = getenv("STARVED_ALL");
	begun = true;
}

static bool fails(void)
{
	unsigned long i;

	if (!begun)
		return false;
	i = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
	if (!fail || (all ? i < fail : i != fail))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	if (fails())
		return NULL;
	return __interceptor_malloc ? __interceptor_malloc(size) :
				      __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	if (fails())
		return NULL;
	return __interceptor_calloc ? __interceptor_calloc(n, size) :
				      __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	if (fails())
		return NULL;
	return __interceptor_realloc ? __interceptor_realloc(p, size) :
				       __libc_realloc(p, size);
}

__attribute__((destructor)) static void end(void)
{
	char text[40];
	int len = snprintf(text, sizeof(text), "allocations %lu\n", count);

	begun = false;
	if (!fail && write(STDERR_FILENO, text, (size_t)len) < 0)
		_exit(1);
}
