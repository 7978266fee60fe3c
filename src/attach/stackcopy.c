/* SPDX-License-Identifier: MIT */
/*
 * Copy registers and stacks.
 *
 * A stack ends where its mapping ends.  With guard regions (glibc 2.42, Linux
 * 6.13) the stacks of several threads are one mapping, and a read ends at the
 * guard.  A thread younger than the maps has a mapping that we do not know:
 * then a little is read, and what lies behind the stack does no harm.
 */
#include "attach/stackcopy.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "attach/stop.h"
#include "attach/target.h"

enum {
	USUAL = 32 * 1024,	/* bytes of a stack in use, to be touched */
	BLIND = 64 * 1024,	/* read where no mapping is known */
};

static uint64_t at_most(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool make_pool(struct stackcopy *copy, struct err *err)
{
	void *pool = mmap(NULL, STACKCOPY_ALL, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (pool == MAP_FAILED)
		return err_sys(err, errno, "cannot set aside memory for "
			       "stacks");
	copy->pool = pool;
	return true;
}

static bool make_room(struct stackcopy *copy, size_t n, struct err *err)
{
	size_t had = copy->threads.n;

	while (copy->threads.room < n) {
		if (!vec_add(&copy->threads, err))
			return false;
	}
	copy->threads.n = had;
	return true;
}

bool stackcopy_prepare(struct stackcopy *copy, size_t n, struct err *err)
{
	uint64_t want = at_most(STACKCOPY_LEAST + (uint64_t)n * USUAL,
				STACKCOPY_ALL);

	if (!copy->pool && !make_pool(copy, err))
		return false;
	if (want > copy->touched) {
		memset(copy->pool + copy->touched, 0, want - copy->touched);
		copy->touched = want;
	}
	return make_room(copy, n, err);
}

void stackcopy_fini(struct stackcopy *copy)
{
	if (copy->pool)
		munmap(copy->pool, STACKCOPY_ALL);
	vec_free(&copy->threads);
	*copy = (struct stackcopy){0};
}

/* How far does the stack in which @at lies go? */
static raddr stack_end(const struct maps *maps, raddr at)
{
	const struct map *map = maps_find(maps, at);

	if (map && map->read)
		return map->end;
	return at < UINT64_MAX - BLIND ? at + BLIND : at;
}

/* Below the stack pointer as well, as far as what is there is mapped: a stack
 * may just have grown as far as to the pointer. */
static raddr stack_start(const struct maps *maps, raddr sp)
{
	const struct map *map = maps_find(maps, sp);
	raddr start = sp - at_most(sp, regs_red_zone);
	raddr least = map && map->read ? map->start : addr_down(sp, ADDR_PAGE);

	return start > least ? start : least;
}

bool stackcopy_add(struct stackcopy *copy, struct stackcopy_thread *thread,
		   uint64_t most, const struct maps *maps, struct mem *live,
		   struct err *err)
{
	raddr sp = thread->regs.v[regs_sp];
	raddr start = stack_start(maps, sp);
	uint64_t used = stack_end(maps, sp) - start;
	uint64_t want = at_most(used, at_most(most,
					      STACKCOPY_ALL - copy->used));
	uint8_t *to = copy->pool + copy->used;
	int64_t got = mem_read_some(live, start, to, want, err);

	if (got < 0)
		return false;
	thread->start = start;
	thread->len = (uint64_t)got;
	thread->bytes = to;
	thread->cut = want < used && thread->len == want;
	copy->used += (thread->len + 15) & ~(uint64_t)15;
	return true;
}

static bool take_thread(struct stackcopy *copy, pid_t tid, uint64_t most,
			const struct maps *maps, struct target *target,
			struct err *err)
{
	struct stackcopy_thread *thread = vec_add(&copy->threads, err);
	struct err one;

	if (!thread)
		return false;
	thread->tid = tid;
	thread->has_regs = target_registers(target, tid, &thread->regs,
					    &one);
	return !thread->has_regs ||
	       stackcopy_add(copy, thread, most, maps, target->mem, err);
}

bool stackcopy_take(struct stackcopy *copy, const struct stop *stop,
		    const struct maps *maps, struct target *target,
		    struct err *err)
{
	uint64_t most = STACKCOPY_ALL / (stop->n ? stop->n : 1);

	if (most < STACKCOPY_LEAST)
		most = STACKCOPY_LEAST;
	most = at_most(most, STACKCOPY_MOST);
	copy->threads.n = 0;
	copy->used = 0;
	for (size_t i = 0; i < stop->n; i++) {
		pid_t tid = stop_tid(stop, i);

		if (tid > 0 &&
		    !take_thread(copy, tid, most, maps, target, err))
			return false;
	}
	return true;
}

const struct stackcopy_thread *stackcopy_find(const struct stackcopy *copy,
					      pid_t tid, size_t *next)
{
	for (size_t i = 0; i < copy->threads.n; i++) {
		size_t at = (*next + i) % copy->threads.n;

		if (copy->threads.v[at].tid == tid) {
			*next = at + 1;
			return &copy->threads.v[at];
		}
	}
	return NULL;
}

bool stackcopy_word(const struct stackcopy_thread *thread, raddr at,
		    uint64_t *ret)
{
	if (thread->len < sizeof(*ret) ||
	    !addr_in(at, thread->start, thread->len - sizeof(*ret) + 1))
		return false;
	memcpy(ret, thread->bytes + (at - thread->start), sizeof(*ret));
	return true;
}
