/* SPDX-License-Identifier: MIT */
/*
 * What a thread has beside its stack: variables of its own (TLS), as libraries
 * declare them, and what the C library notes of it.
 *
 * On x86-64 the thread pointer is the address of glibc's struct pthread, which
 * begins with itself, with the address of the thread's table of blocks (dtv),
 * and with itself again.  The table has two words for each library: where its
 * block is, and what to free for it, if it was made when it was first used.  All
 * others lie side by side below the thread pointer, so that the lowest of them is
 * where they begin.
 */
#include <stdio.h>

#include "account/account.h"

/* tcbhead_t and dtv_t of glibc, 2.28 to 2.43. */
#define DTV_NOT_MADE UINT64_MAX	/* yet: TLS_DTV_UNALLOCATED */

enum {
	TCB_SELF = 0, TCB_DTV = 1, TCB_SELF_TOO = 2,	/* words */
	DTV_LENGTH = -2,		/* in words: how many blocks */
	DTV_FIRST = 2,			/* behind a count of changes */
	DTV_BLOCK_WORDS = 2,
	MOST_BLOCKS = 1 << 9,
	MOST_STATIC = 1 << 20,		/* bytes below the thread pointer */
};

static bool tls_note(struct account_look *look, pid_t tid, raddr at,
		     struct err *err)
{
	struct account_tls *to = vec_add(&look->tls, err);

	if (to)
		*to = (struct account_tls){ tid, at };
	return to != NULL;
}

/* How many blocks it has; 0: it is none. */
static uint64_t tls_table(struct account_look *look, raddr dtv,
			  uint64_t words[MOST_BLOCKS * DTV_BLOCK_WORDS])
{
	struct mem *mem = look->cap->tr.target->mem;
	struct err ignored;
	uint64_t n;

	if (dtv % 8 || !mem_u64(mem, dtv + DTV_LENGTH * 8, &n, &ignored))
		return 0;
	if (n > MOST_BLOCKS)
		n = MOST_BLOCKS;
	if (!mem_read(mem, dtv + DTV_FIRST * 8, words,
		      n * DTV_BLOCK_WORDS * 8, &ignored))
		return 0;
	for (uint64_t i = 0; i < n; i++) {
		raddr at = words[DTV_BLOCK_WORDS * i];

		if (at >> 47 && at != DTV_NOT_MADE)
			return 0;
	}
	return n;
}

bool account_tls_find(struct account_look *look, pid_t tid, raddr thread,
		      const uint64_t *tcb, raddr *ret_start, struct err *err)
{
	uint64_t words[MOST_BLOCKS * DTV_BLOCK_WORDS], n;

	*ret_start = 0;
	if (tcb[TCB_SELF] != thread || tcb[TCB_SELF_TOO] != thread)
		return true;
	*ret_start = thread;
	n = tls_table(look, tcb[TCB_DTV], words);
	if (n && !tls_note(look, tid, tcb[TCB_DTV] + DTV_LENGTH * 8, err))
		return false;
	for (uint64_t i = 0; i < n; i++) {
		raddr at = words[DTV_BLOCK_WORDS * i];
		raddr made = words[DTV_BLOCK_WORDS * i + 1];

		if (made && !tls_note(look, tid, made, err))
			return false;
		if (!made && at < *ret_start && thread - at <= MOST_STATIC)
			*ret_start = at;
	}
	return true;
}

static const char *name_of(const struct account_look *look, pid_t tid)
{
	if (tid == look->cap->tr.target->pid)
		return look->main_name;
	for (size_t i = 0; i < look->stacks.n; i++) {
		if (look->stacks.v[i].tid == tid)
			return look->stacks.v[i].name;
	}
	return "";
}

int64_t account_tls_leaf(struct account_look *look, struct account *acc,
			 const char *where, pid_t tid, struct err *err)
{
	const char *name = name_of(look, tid);
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)tid);
	return account_leaf(acc, "tls", where, text, *name ? name : NULL, err);
}

bool account_tls_claim(struct account_look *look, struct account *acc,
		       struct err *err)
{
	struct glibc_malloc *gm = &look->gm;

	for (size_t i = 0; look->has_malloc && i < look->tls.n; i++) {
		struct account_tls *tls = &look->tls.v[i];
		struct glibc_chunk *c = glibc_chunk_at(gm, tls->at);
		uint32_t *of = c ? &look->chunk_leaf[c - gm->chunks.v] : NULL;
		int64_t leaf;

		if (!c || *of || tls->at - c->at != GLIBC_HEAD ||
		    (c->state != GLIBC_USED && c->state != GLIBC_MAPPED))
			continue;
		leaf = account_tls_leaf(look, acc, "malloc", tls->tid, err);
		if (leaf < 0)
			return false;
		*of = (uint32_t)leaf + 1;
	}
	return true;
}
