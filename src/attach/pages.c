/* SPDX-License-Identifier: MIT */
#include "attach/pages.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/clock.h"

enum { BATCH = 256, ASKED_A_LOOK = 256 };

/* Numbers by address: page 0 is unreadable anyway, and 0 is no key. */
#define UNREADABLE (ADDRMAP_NONE - 1)

static struct pages *pages_of(struct mem *mem)
{
	return (struct pages *)mem;
}

static raddr key_of(raddr at)
{
	return at / PAGES_SIZE;
}

static uint8_t *local(const struct pages *pages, uint32_t n)
{
	return pages->chunks.v[n / PAGES_CHUNK] +
	       (size_t)(n % PAGES_CHUNK) * PAGES_SIZE;
}

bool pages_reserve(struct pages *pages, size_t n, struct err *err)
{
	while (pages->chunks.n * PAGES_CHUNK < pages->n + n) {
		uint8_t *chunk = malloc(PAGES_CHUNK * PAGES_SIZE);
		uint8_t **slot = chunk ? vec_add(&pages->chunks, err) : NULL;

		if (!slot) {
			free(chunk);
			return err_nomem(err);
		}
		memset(chunk, 0, PAGES_CHUNK * PAGES_SIZE);
		*slot = chunk;
	}
	return true;
}

void pages_allow(struct pages *pages, unsigned ms)
{
	const uint64_t ns = ms * 1000000ull;

	pages->is_spent = false;
	pages->asked = 0;
	pages->cpu_end = clock_ns(CLOCK_THREAD_CPUTIME_ID) + ns;
	pages->end = clock_now_ns() + 3 * ns;
}

/* May more be read?  Asked for each page, that is often. */
static bool goes_on(struct pages *pages)
{
	if (!pages->end || pages->is_spent || ++pages->asked < ASKED_A_LOOK)
		return !pages->is_spent;
	pages->asked = 0;
	pages->is_spent = clock_ns(CLOCK_THREAD_CPUTIME_ID) >= pages->cpu_end ||
			  clock_now_ns() >= pages->end;
	return !pages->is_spent;
}

static bool has_room(struct pages *pages)
{
	pages->is_full |= pages->n >= MAX_COPIED_PAGES;
	return pages->n < MAX_COPIED_PAGES;
}

/* A place for the page of @at, which is not known yet; its number. */
static bool add(struct pages *pages, raddr at, uint32_t *ret, struct err *err)
{
	if (!pages_reserve(pages, 1, err) ||
	    !addrmap_put(&pages->by_page, key_of(at), (uint32_t)pages->n, err))
		return false;
	*ret = (uint32_t)pages->n++;
	return true;
}

static bool forget(struct pages *pages, raddr at, struct err *err)
{
	return addrmap_put(&pages->by_page, key_of(at), UNREADABLE, err);
}

/* The page of @at, loaded if need be; NULL: unreadable.  False: gone. */
static bool page(struct pages *pages, raddr at, const uint8_t **ret,
		 struct err *err)
{
	uint32_t n = key_of(at) ? addrmap_get(&pages->by_page, key_of(at)) :
				  UNREADABLE;
	int64_t got;

	*ret = NULL;
	if (n == UNREADABLE || (n == ADDRMAP_NONE && pages->sealed) ||
	    !goes_on(pages) || (n == ADDRMAP_NONE && !has_room(pages)))
		return true;
	if (n == ADDRMAP_NONE) {
		if (!add(pages, at, &n, err))
			return false;
		got = mem_read_some(pages->from, addr_down(at, PAGES_SIZE),
				    local(pages, n), PAGES_SIZE, err);
		if (got < 0)
			return false;
		if (got != PAGES_SIZE)
			return forget(pages, at, err);
	}
	*ret = local(pages, n);
	return true;
}

static int64_t pages_read(struct mem *mem, raddr at, void *buf, size_t len,
			  struct err *err)
{
	size_t done = 0;

	while (done < len) {
		raddr here = at + done;
		size_t off = here % PAGES_SIZE, some = PAGES_SIZE - off;
		const uint8_t *p;

		if (!page(pages_of(mem), here, &p, err))
			return -1;
		if (!p)
			break;
		if (some > len - done)
			some = len - done;
		memcpy((uint8_t *)buf + done, p + off, some);
		done += some;
	}
	return (int64_t)done;
}

static const void *pages_peek(struct mem *mem, raddr at, size_t len)
{
	size_t off = at % PAGES_SIZE;
	struct err ignored;
	const uint8_t *p;

	if (len > PAGES_SIZE - off || !page(pages_of(mem), at, &p, &ignored) ||
	    !p)
		return NULL;
	return p + off;
}

static const struct mem_ops pages_ops = {
	.read = pages_read,
	.peek = pages_peek,
};

void pages_init(struct pages *pages, struct mem *from)
{
	*pages = (struct pages){ .mem.ops = &pages_ops, .from = from };
}

void pages_fini(struct pages *pages)
{
	for (size_t i = 0; i < pages->chunks.n; i++)
		free(pages->chunks.v[i]);
	vec_free(&pages->chunks);
	addrmap_fini(&pages->by_page);
}

static bool load_batch(struct pages *pages, struct mem_piece *piece, size_t n,
		       struct err *err)
{
	if (!mem_read_batch(pages->from, piece, n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!piece[i].ok && !forget(pages, piece[i].at, err))
			return false;
	}
	return true;
}

bool pages_load(struct pages *pages, const raddr *at, size_t n,
		struct err *err)
{
	struct mem_piece piece[BATCH];
	size_t waiting = 0;
	uint32_t number = 0;

	for (size_t i = 0; i < n && !pages->sealed; i++) {
		if (!goes_on(pages) || !has_room(pages))
			break;
		if (!key_of(at[i]) || addrmap_get(&pages->by_page,
						  key_of(at[i])) !=
					      ADDRMAP_NONE)
			continue;
		if (!add(pages, at[i], &number, err))
			return false;
		piece[waiting++] = (struct mem_piece){
			.at = addr_down(at[i], PAGES_SIZE),
			.buf = local(pages, number), .len = PAGES_SIZE,
		};
		if (waiting == BATCH) {
			if (!load_batch(pages, piece, waiting, err))
				return false;
			waiting = 0;
		}
	}
	return load_batch(pages, piece, waiting, err);
}

void pages_seal(struct pages *pages)
{
	pages->sealed = true;
}

void pages_clear(struct pages *pages)
{
	addrmap_fini(&pages->by_page);
	memset(&pages->by_page, 0, sizeof(pages->by_page));
	pages->n = 0;
	pages->sealed = false;
}
