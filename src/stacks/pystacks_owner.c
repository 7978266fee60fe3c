/* SPDX-License-Identifier: MIT */
/*
 * Which thread of the kernel a thread state belongs to.
 *
 * Registers of a stopped thread tell, else the thread state (3.11 on), else the
 * descriptor of the C library that its ident points at.  That is memory of the
 * tracee like all else: it is read when frames are.
 */
#include "attach/threads.h"
#include "stacks/pystacks.h"

enum {	/* where struct pthread has its number, x86-64 */
	TID_GLIBC = 0x2d0,
	TID_MUSL = 0x30,
};

const struct thread_info *pystacks_os(const struct pystacks *ps, pid_t tid)
{
	for (size_t i = 0; i < ps->os.v.n; i++) {
		if (ps->os.v.v[i].tid == tid)
			return &ps->os.v.v[i];
	}
	return NULL;
}

static const struct thread_info *os_by_inner(const struct pystacks *ps,
					     int64_t tid)
{
	for (size_t i = 0; i < ps->os.v.n; i++) {
		if (ps->os.v.v[i].inner_tid == tid)
			return &ps->os.v.v[i];
	}
	return NULL;
}

static const struct thread_info *os_by_pthread(struct pystacks *ps,
					       raddr ident)
{
	static const uint32_t places[] = { TID_GLIBC, TID_MUSL };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const struct thread_info *os;
		struct err ignored;
		uint32_t tid;

		if (!mem_u32(&ps->pages.mem, ident + places[i], &tid,
			     &ignored))
			continue;
		os = tid ? os_by_inner(ps, tid) : NULL;
		if (os)
			return os;
	}
	return NULL;
}

const struct thread_info *pystacks_owner(struct pystacks *ps,
					 const struct pythread *thread)
{
	for (size_t i = 0; thread->ident && i < ps->registers.n; i++) {
		if (ps->registers.v[i].regs.thread_pointer == thread->ident)
			return pystacks_os(ps, ps->registers.v[i].tid);
	}
	if (thread->native_id > 0)
		return os_by_inner(ps, thread->native_id);
	return thread->ident ? os_by_pthread(ps, thread->ident) : NULL;
}
