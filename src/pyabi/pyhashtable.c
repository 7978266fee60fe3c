/* SPDX-License-Identifier: MIT */
/*
 * Hash tables of the interpreter's own.
 *
 * Entries are asked for their hash, which follows from the key: so one that was
 * given back and used again, in a table that changes while it is read, is
 * recognised, and so is a word that was taken for the address of a table.
 */
#include "pyabi/pyhashtable.h"

#include "base/bounds.h"
#include "base/load.h"

enum {
	LEAST_BUCKETS = 16,	/* HASHTABLE_MIN_SIZE */
	PIECE = 1024,		/* buckets that are read at once */
	LATE = 1024,		/* entries that may come while it is read */
	ENTRY_MOST = 64,
	MOST_KEY = 12, MOST_DATA = 16,
};

bool pyhashtable_read(struct pyhashtable *ret, struct pyctx *ctx, raddr at)
{
	const struct abi *abi = ctx->abi;
	const unsigned faults = ctx->faults;

	*ret = (struct pyhashtable){ .at = at };
	if (abi->hashtable == HASHTABLE_SIZED) {
		ret->n_buckets = ctx_u64(ctx, at + abi->hashtable_num_buckets);
		ret->entries = ctx_u64(ctx, at + abi->hashtable_entries);
		ret->key_size = ctx_u64(ctx, at + abi->hashtable_key_size);
		ret->data_size = ctx_u64(ctx, at + abi->hashtable_data_size);
	} else {
		ret->n_buckets = ctx_u64(ctx, at + abi->hashtable_nbuckets);
		ret->entries = ctx_u64(ctx, at + abi->hashtable_nentries);
	}
	ret->buckets = ctx_u64(ctx, at + abi->hashtable_buckets);
	return ctx->faults == faults && ret->n_buckets >= LEAST_BUCKETS &&
	       ret->n_buckets <= MAX_TRACES &&
	       !(ret->n_buckets & (ret->n_buckets - 1)) &&
	       ret->entries <= MAX_TRACES && ret->buckets &&
	       ret->key_size <= MOST_KEY && ret->data_size <= MOST_DATA;
}

static uint64_t entry_size(const struct pyhashtable *t, const struct abi *abi)
{
	return abi->hashentry_sizeof + t->key_size + t->data_size;
}

uint64_t pyhashtable_size(const struct pyhashtable *t, const struct abi *abi)
{
	return abi->hashtable_sizeof + t->n_buckets * sizeof(raddr) +
	       t->entries * entry_size(t, abi);
}

/* _Py_HashPointer(): the lowest bits, which are all alike, become the highest;
 * -1 means an error, and is -2. */
static uint64_t hash_of_pointer(uint64_t key)
{
	const uint64_t hash = key >> 4 | key << 60;

	return hash == UINT64_MAX ? UINT64_MAX - 1 : hash;
}

static bool has_hash(const struct pyhashentry *e, enum pyhash hash)
{
	switch (hash) {
	case PYHASH_POINTER:
		return e->hash == (hash_of_pointer(e->key) ^ e->more);
	case PYHASH_NUMBER:
		return e->hash == e->key;
	case PYHASH_OTHER:
		break;
	}
	return true;
}

static bool read_entry(const struct pyhashtable *t, struct pyctx *ctx,
		       raddr at, struct pyhashentry *ret, raddr *ret_next)
{
	const struct abi *abi = ctx->abi;
	uint8_t tmp[ENTRY_MOST];
	const uint8_t *p = ctx_bytes(ctx, at, entry_size(t, abi), tmp);
	const uint8_t *key;

	if (!p)
		return false;
	*ret = (struct pyhashentry){ 0 };
	*ret_next = load_u64(p + abi->hashentry_next);
	ret->hash = load_u64(p + abi->hashentry_key_hash);
	if (abi->hashtable == HASHTABLE_FIXED) {
		ret->key = load_u64(p + abi->hashentry_key);
		ret->value = load_u64(p + abi->hashentry_value);
		return true;
	}
	key = p + abi->hashentry_sizeof;
	memcpy(&ret->key, key, t->key_size < 8 ? t->key_size : 8);
	if (t->key_size > 8)
		memcpy(&ret->more, key + 8, t->key_size - 8);
	memcpy(ret->data, key + t->key_size, t->data_size);
	return true;
}

struct walk {
	const struct pyhashtable *t;
	struct pyctx *ctx;
	enum pyhash hash;
	pyhashtable_fn *fn;
	void *arg;
	uint64_t found, most;
};

static bool walk_chain(struct walk *w, uint64_t bucket, raddr at,
		       struct err *err)
{
	struct pyhashentry entry;
	raddr next;

	for (; at && w->found < w->most; at = next) {
		if (!read_entry(w->t, w->ctx, at, &entry, &next) ||
		    (entry.hash & (w->t->n_buckets - 1)) != bucket ||
		    !has_hash(&entry, w->hash))
			return true;
		w->found++;
		if (!w->fn(w->arg, &entry, err))
			return false;
	}
	return true;
}

bool pyhashtable_walk(const struct pyhashtable *t, struct pyctx *ctx,
		      enum pyhash hash, pyhashtable_fn *fn, void *arg,
		      uint64_t *ret_found, struct err *err)
{
	struct walk w = { .t = t, .ctx = ctx, .hash = hash, .fn = fn,
			  .arg = arg,
			  .most = t->entries + t->entries / 8 + LATE };
	raddr piece[PIECE];
	bool ok = true;

	for (uint64_t i = 0; ok && i < t->n_buckets && w.found < w.most; i++) {
		const uint64_t k = i % PIECE, left = t->n_buckets - i;

		if (!k && !mem_read(ctx->mem, t->buckets + i * sizeof(raddr),
				    piece, (left < PIECE ? left : PIECE) *
				    sizeof(raddr), err)) {
			ok = err->code != ERR_GONE;
			ctx->faults++;
			break;
		}
		ok = !piece[k] || walk_chain(&w, i, piece[k], err);
	}
	*ret_found = w.found;
	return ok;
}
