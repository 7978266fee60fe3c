/* SPDX-License-Identifier: MIT */
/*
 * The first byte says which CPython it is, the rest overwrites words around
 * tracemalloc's tables: each ten bytes are where and what.  Whatever it says,
 * looking for them and reading them ends, and numbers lead to what is there.
 */
#include <assert.h>
#include <string.h>

#include "faketraces.h"
#include "result/traces_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { PATCH = 10, MOST = 500, WORDS = FAKE_SIZE / 8 };

static const char mappings[] =
	"00010000-00020000 rw-p 00000000 00:00 0 \n"
	"07000000-07100000 r-xp 00000000 00:00 0 \n";

static void fill(struct faketraces *ft)
{
	const raddr files[] = {
		faketraces_file(ft, "app.py"), faketraces_file(ft, "lib/x.py"),
		faketraces_file(ft, "<unknown>"),
	};

	for (uint32_t i = 0; i < 6; i++) {
		const uint32_t lines[] = { i, i + 1, i + 2 };
		const raddr tb = faketraces_traceback(ft, (uint16_t)(i % 3 + 1),
						      files, lines);

		for (uint32_t k = 0; k < 8; k++)
			faketraces_block(ft, k % 4 ? 0 : i, 0x500000 +
					 0x100 * i + 16 * k, 100 * k, tb);
	}
}

static bool much_time(void *arg)
{
	(void)arg;
	return true;
}

static void check(const struct traces *t)
{
	assert(t->lost >= 0);
	for (size_t i = 0; i < t->blocks.n; i++)
		assert(t->blocks.v[i].traceback < t->tracebacks.n);
	for (size_t i = 0; i < t->tracebacks.n; i++)
		assert(t->tracebacks.v[i].n &&
		       t->tracebacks.v[i].first + t->tracebacks.v[i].n <=
		       t->frames.n);
	for (size_t i = 0; i < t->frames.n; i++)
		assert(t->frames.v[i].file < t->files.all.n);
}

static void look(struct faketraces *ft, const struct tracemalloc *tm)
{
	const struct traces_query query = { .by = TRACES_BY_TRACEBACK,
					    .domain = -1 };
	struct traces_table table = { .compared = false };
	struct traces traces = { 0 };
	struct err err;

	(void)!tracemalloc_touch(tm, &ft->ctx, much_time, NULL, &err);
	if (tracemalloc_read(&traces, tm, &ft->ctx, &err)) {
		traces_sort(&traces);
		check(&traces);
		if (traces_table_make(&table, &traces, &traces, &query, &err))
			assert(table.now.count == table.before.count);
	}
	traces_table_fini(&table);
	traces_fini(&traces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tracemalloc found = { 0 };
	struct faketraces ft;
	struct maps maps;
	struct err err;

	if (!len || !maps_parse(&maps, mappings, strlen(mappings), &err))
		return 0;
	faketraces_init(&ft, 6 + data[0] % 10);
	fill(&ft);
	for (size_t i = 1, n = 0; i + PATCH <= len && n < MOST;
	     i += PATCH, n++) {
		uint64_t value;
		uint16_t where;

		memcpy(&where, data + i, sizeof(where));
		memcpy(&value, data + i + 2, sizeof(value));
		fake_u64(&ft.fm, FAKETRACES + where % WORDS * 8, value);
	}
	if (tracemalloc_search(&found, FAKETRACES, FAKETRACES_TYPE, &maps,
			       &ft.ctx, &err))
		look(&ft, &found);
	look(&ft, &ft.tm);
	faketraces_fini(&ft);
	maps_free(&maps);
	return 0;
}
