/* SPDX-License-Identifier: MIT */
#include "heap/objtable.h"

#include <string.h>
#include <sys/mman.h>

#include "base/addr.h"
#include "base/err.h"

enum {
	HUGE_PAGE = 2 << 20,
	FIRST_ROOM = HUGE_PAGE / sizeof(struct objrow) - 1,
};

_Static_assert(sizeof(struct objrow) == 8, "a row is a word");
_Static_assert(MAX_TYPES <= 1 << 20, "a type fits in a row");

static size_t bytes_of(uint64_t n, size_t size)
{
	return (size_t)addr_up((n + 1) * size, HUGE_PAGE);
}

/* Zeros that cost nothing until they are written, in huge pages: the faults of
 * small ones take longer than the writing.  What is mapped beyond them, so that
 * they are aligned, is given back. */
static void *map_rows(uint64_t n, size_t size)
{
	size_t len = bytes_of(n, size), before;
	uint8_t *p = mmap(NULL, len + HUGE_PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)p % HUGE_PAGE;
	if (before)
		munmap(p, before);
	munmap(p + before + len, HUGE_PAGE - before);
	(void)madvise(p + before, len, MADV_HUGEPAGE);
	return p + before;
}

static void unmap_rows(void *p, uint64_t n, size_t size)
{
	if (p)
		munmap(p, bytes_of(n, size));
}

bool objtable_init(struct objtable *t, uint64_t n, struct err *err)
{
	memset(t, 0, sizeof(*t));
	pthread_mutex_init(&t->lock, NULL);
	if (n >= ADDRMAP_NONE)
		return err_set(err, ERR_LIMIT, "more than %u blocks in use",
			       ADDRMAP_NONE - 1);
	t->n = t->room = (uint32_t)n;
	t->row = map_rows(n, sizeof(*t->row));
	t->holder = map_rows(n, sizeof(*t->holder));
	return t->row && t->holder ? true : err_nomem(err);
}

void objtable_begin(struct objtable *t)
{
	memset(t, 0, sizeof(*t));
	pthread_mutex_init(&t->lock, NULL);
}

/* Pages move, not what is in them. */
bool objtable_grow(struct objtable *t, struct err *err)
{
	uint64_t room = t->room ? 2 * (uint64_t)t->room : FIRST_ROOM;
	void *row;

	if (room >= ADDRMAP_NONE)
		return err_set(err, ERR_LIMIT, "more than %u objects", t->room);
	if (t->room)
		row = mremap(t->row, bytes_of(t->room, sizeof(*t->row)),
			     bytes_of(room, sizeof(*t->row)), MREMAP_MAYMOVE);
	else
		row = map_rows(room, sizeof(*t->row));
	if (!row || row == MAP_FAILED)
		return err_nomem(err);
	t->row = row;
	t->room = (uint32_t)room;
	return true;
}

void objtable_fini(struct objtable *t)
{
	unmap_rows(t->row, t->room, sizeof(*t->row));
	unmap_rows(t->holder, t->room, sizeof(*t->holder));
	vec_free(&t->wide);
	addrmap_fini(&t->wide_at);
	pthread_mutex_destroy(&t->lock);
	memset(t, 0, sizeof(*t));
}

bool objtable_set_wide(struct objtable *t, uint32_t number,
		       const struct object_sizes *sizes, struct err *err)
{
	struct object_sizes *slot;
	bool ok;

	t->row[number].size = t->row[number].units = OBJROW_WIDE;
	pthread_mutex_lock(&t->lock);
	slot = vec_add(&t->wide, err);
	if (slot)
		*slot = *sizes;
	ok = slot && addrmap_put(&t->wide_at, (raddr)number + 1,
				 (uint32_t)(t->wide.n - 1), err);
	pthread_mutex_unlock(&t->lock);
	return ok;
}

struct object_sizes objtable_wide(const struct objtable *t, uint32_t number)
{
	return t->wide.v[addrmap_get(&t->wide_at, (raddr)number + 1)];
}
