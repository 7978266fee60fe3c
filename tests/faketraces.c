/* SPDX-License-Identifier: MIT */
#include "faketraces.h"

#include <assert.h>
#include <string.h>

#include "base/load.h"
#include "pyabi/pytype.h"

enum { UNIT = 16, FRAME = 12 };

static raddr take(struct faketraces *ft, uint64_t size)
{
	const raddr at = ft->next;

	ft->next = addr_up(at + size, UNIT);
	assert(ft->next < FAKETRACES + FAKE_SIZE);
	return at;
}

static bool is_sized(const struct faketraces *ft)
{
	return ft->abi.hashtable == HASHTABLE_SIZED;
}

raddr faketraces_n_buckets(const struct faketraces *ft, raddr table)
{
	return table + (is_sized(ft) ? ft->abi.hashtable_num_buckets :
				       ft->abi.hashtable_nbuckets);
}

static raddr n_entries(const struct faketraces *ft, raddr table)
{
	return table + (is_sized(ft) ? ft->abi.hashtable_entries :
				       ft->abi.hashtable_nentries);
}

void faketraces_claim(struct faketraces *ft, raddr table, uint64_t n)
{
	fake_u64(&ft->fm, n_entries(ft, table), n);
}

raddr faketraces_table(const struct faketraces *ft, raddr variable)
{
	struct pyctx ctx = ft->ctx;

	return ctx_u64(&ctx, variable);
}

static raddr make_table(struct faketraces *ft, uint64_t key_size,
			uint64_t data_size)
{
	const struct abi *abi = &ft->abi;
	const raddr at = take(ft, abi->hashtable_sizeof);
	const raddr buckets = take(ft, 8 * FAKETRACES_BUCKETS);
	uint32_t off = (is_sized(ft) ? abi->hashtable_data_size :
				       abi->hashtable_buckets) + 8;

	fake_u64(&ft->fm, faketraces_n_buckets(ft, at), FAKETRACES_BUCKETS);
	fake_u64(&ft->fm, at + abi->hashtable_buckets, buckets);
	if (is_sized(ft)) {
		fake_u64(&ft->fm, at + abi->hashtable_key_size, key_size);
		fake_u64(&ft->fm, at + abi->hashtable_data_size, data_size);
	}
	for (; off < abi->hashtable_sizeof; off += 8)
		fake_u64(&ft->fm, at + off, FAKETRACES_CODE + 16 * off);
	return at;
}

static raddr put_entry(struct faketraces *ft, raddr table, uint64_t hash,
		       const void *key, size_t key_size, const void *data,
		       size_t data_size)
{
	const struct abi *abi = &ft->abi;
	struct pyctx ctx = ft->ctx;
	const raddr bucket = ctx_u64(&ctx, table + abi->hashtable_buckets) +
			     8 * (hash % FAKETRACES_BUCKETS);
	const raddr at = take(ft, abi->hashentry_sizeof + key_size +
				  data_size);
	const raddr behind = is_sized(ft) ? abi->hashentry_sizeof :
					    abi->hashentry_key;

	fake_u64(&ft->fm, at + abi->hashentry_next, ctx_u64(&ctx, bucket));
	fake_u64(&ft->fm, at + abi->hashentry_key_hash, hash);
	fake_bytes(&ft->fm, at + behind, key, key_size);
	if (data_size)
		fake_bytes(&ft->fm, at + behind + key_size, data, data_size);
	fake_u64(&ft->fm, bucket, at);
	faketraces_claim(ft, table, ctx_u64(&ctx, n_entries(ft, table)) + 1);
	return at;
}

static raddr put_key(struct faketraces *ft, raddr variable, uint64_t hash,
		     uint64_t key, uint64_t value)
{
	return put_entry(ft, faketraces_table(ft, variable), hash, &key, 8,
			 &value, is_sized(ft) ? 0 : 8);
}

void faketraces_init(struct faketraces *ft, unsigned minor)
{
	const struct abi_target want = { .version = ABI_VERSION(3, minor, 1) };
	struct err err;
	const raddr at = FAKETRACES + FAKETRACES_VARIABLES;

	memset(ft, 0, sizeof(*ft));
	fake_init(&ft->fm, FAKETRACES);
	if (!abi_builtin_find(&want, &ft->abi, &err))
		assert(!"no such version");
	ft->ctx = (struct pyctx){ .abi = &ft->abi, .mem = &ft->fm.mem };
	ft->tm = (struct tracemalloc){
		.config = at, .traced = at + 0x40, .peak = at + 0x48,
		.filenames = at + 0x50, .tracebacks = at + 0x58,
		.traces = at + 0x60,
		.domains = is_sized(ft) ? 0 : at + 0x68,
	};
	ft->next = FAKETRACES_TYPE + 0x400;
	fake_u64(&ft->fm, FAKETRACES_TYPE + ft->abi.type_tp_flags,
		 TPF_STR_SUBCLASS);
	fake_u64(&ft->fm, ft->tm.filenames, make_table(ft, 8, 0));
	fake_u64(&ft->fm, ft->tm.tracebacks, make_table(ft, 8, 0));
	fake_u64(&ft->fm, ft->tm.traces, make_table(ft, 12, 16));
	if (ft->tm.domains)
		fake_u64(&ft->fm, ft->tm.domains, make_table(ft, 8, 0));
	fake_u64(&ft->fm, ft->tm.peak, 1 << 30);
	if (abi_has(ft->abi.tmconfig_tracing)) {
		fake_u32(&ft->fm, at + ft->abi.tmconfig_tracing, 1);
		fake_u32(&ft->fm, at + ft->abi.tmconfig_max_nframe, 25);
	}
}

void faketraces_fini(struct faketraces *ft)
{
	fake_fini(&ft->fm);
}

raddr faketraces_file(struct faketraces *ft, const char *name)
{
	enum { COMPACT_ASCII = 1 << 6 | 1 << 5 | 1 << 2, HASH = 0x77 };
	const struct abi *abi = &ft->abi;
	const size_t len = strlen(name);
	raddr at;

	if (abi->trace_file == TRACE_FILE_CSTR) {
		at = take(ft, len + 1);
		fake_str(&ft->fm, at, name);
	} else {
		at = take(ft, abi->str_ascii_sizeof + len + 1);
		fake_u64(&ft->fm, at + abi->object_ob_type, FAKETRACES_TYPE);
		fake_u64(&ft->fm, at + abi->str_length, len);
		fake_u64(&ft->fm, at + abi->str_hash, HASH + len);
		fake_u32(&ft->fm, at + abi->str_state, COMPACT_ASCII);
		fake_str(&ft->fm, at + abi->str_ascii_sizeof, name);
	}
	put_key(ft, ft->tm.filenames, HASH + len, at, 0);
	return at;
}

raddr faketraces_traceback(struct faketraces *ft, uint16_t n,
			   const raddr *files, const uint32_t *lines)
{
	const struct abi *abi = &ft->abi;
	const raddr at = take(ft, abi->tmtraceback_frames + FRAME * n);
	const uint64_t hash = at * 31;
	uint32_t nframe = n;

	if (abi_has(abi->tmtraceback_total_nframe))
		nframe |= (n + 2u) << 16;
	fake_u64(&ft->fm, at, hash);
	fake_u32(&ft->fm, at + abi->tmtraceback_nframe, nframe);
	for (unsigned i = 0; i < n; i++) {
		const raddr frame = at + abi->tmtraceback_frames + FRAME * i;

		fake_bytes(&ft->fm, frame, &files[i], 8);
		fake_bytes(&ft->fm, frame + 8, &lines[i], 4);
	}
	put_key(ft, ft->tm.tracebacks, hash, at, 0);
	return at;
}

static uint64_t hash_of(raddr at)
{
	return at >> 4 | at << 60;
}

static raddr put_sized(struct faketraces *ft, uint32_t domain, raddr at,
		       const uint64_t trace[2])
{
	uint8_t key[12];

	memcpy(key, &at, 8);
	memcpy(key + 8, &domain, 4);
	return put_entry(ft, faketraces_table(ft, ft->tm.traces),
			 hash_of(at) ^ domain, key, sizeof(key), trace, 16);
}

/* The table of @domain, which has one from the first trace on. */
static raddr domain_table(struct faketraces *ft, uint32_t domain)
{
	struct pyctx ctx = ft->ctx;
	const raddr all = faketraces_table(ft, ft->tm.domains);
	const raddr buckets = ctx_u64(&ctx, all + ft->abi.hashtable_buckets);
	const raddr entry = ctx_u64(&ctx, buckets + 8 *
				    (domain % FAKETRACES_BUCKETS));
	raddr table;

	if (entry)
		return ctx_u64(&ctx, entry + ft->abi.hashentry_value);
	table = make_table(ft, 8, 0);
	put_key(ft, ft->tm.domains, domain, domain, table);
	return table;
}

raddr faketraces_block(struct faketraces *ft, uint32_t domain, raddr at,
		       uint64_t size, raddr traceback)
{
	const uint64_t trace[] = { size, traceback };
	struct pyctx ctx = ft->ctx;
	raddr value;

	fake_u64(&ft->fm, ft->tm.traced,
		 ctx_u64(&ctx, ft->tm.traced) + size);
	if (is_sized(ft))
		return put_sized(ft, domain, at, trace);
	value = take(ft, sizeof(trace));
	fake_u64(&ft->fm, value, size);
	fake_u64(&ft->fm, value + 8, traceback);
	return put_entry(ft, domain ? domain_table(ft, domain) :
			 faketraces_table(ft, ft->tm.traces), hash_of(at),
			 &at, 8, &value, 8);
}
