/* SPDX-License-Identifier: MIT */
/* An account made by hand, as text and as JSON, against tests/golden/. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "report/report_memory.h"

static struct err err;

static void leaf(struct account *acc, const char *a, const char *b,
		 const char *c, const char *d, int64_t bytes, int64_t count)
{
	int64_t i = account_leaf(acc, a, b, c, d, &err);

	assert_true(i >= 0);
	acc->leaves.v[i].bytes = bytes;
	acc->leaves.v[i].count = count;
	acc->leaves.v[i].shared = strcmp(a, "files") ? 0 : bytes / 2;
	acc->rss += bytes;
}

static void allocators(struct account *acc, int64_t trimmable)
{
	const struct account_allocator both[] = {
		{ "pymalloc", 92, 96000000, 90000000, 5000000, -1 },
		{ "malloc", 28, 260000000, 170000000, 86000000, trimmable },
	};

	for (int i = 0; i < 2; i++) {
		struct account_allocator *a = vec_add(&acc->allocators, &err);

		assert_non_null(a);
		*a = both[i];
	}
}

static void kept(struct account *acc, const char *type, int64_t count)
{
	struct account_kept *k = vec_add(&acc->sparse.kept_by, &err);

	assert_non_null(k);
	*k = (struct account_kept){ .type = strdup(type), .count = count,
				    .bytes = count * 64 };
}

static void held_by(struct account *acc, const char *a, const char *b,
		    const char *c, int64_t count)
{
	struct account_leaf *to = vec_add(&acc->sparse_malloc.held_by, &err);

	assert_non_null(to);
	*to = (struct account_leaf){ .path = { strdup(a), strdup(b),
					       c ? strdup(c) : NULL },
				     .count = count, .bytes = count * 112 };
}

static void pool(struct account *acc, int64_t used, bool filling)
{
	struct account_arena *a = vec_add(&acc->pools, &err);

	assert_non_null(a);
	*a = (struct account_arena){ 0x7f0000000000 + acc->pools.n * 1048576,
				     1048576, 800000, used, filling };
}

static void owner(struct account *acc, const char *type, uint64_t address,
		  int64_t bytes, bool inferred)
{
	struct account_owner *o = vec_add(&acc->owners, &err);

	assert_non_null(o);
	*o = (struct account_owner){ .address = address, .type = strdup(type),
				     .bytes = bytes, .size = bytes + 4096,
				     .inferred = inferred };
}

static void advise(struct account *acc, const char *what, int64_t bytes,
		   const char *text)
{
	struct account_advice *a = vec_add(&acc->advice, &err);

	assert_non_null(a);
	a->what = what;
	a->bytes = bytes;
	strcpy(a->text, text);
}

static void malloced(struct account *acc, int64_t mib, int64_t trimmable,
		     int64_t attached, int known)
{
	struct account_malloc *row = vec_add(&acc->malloc, &err);

	assert_non_null(row);
	row->arena.at = 0x7f0000000030 + (acc->malloc.n << 26);
	row->arena.size = (mib + 4) << 20;
	row->arena.used = 3 << 20;
	row->free = mib << 20;
	row->largest = row->free / 2;
	row->top = 1 << 20;
	row->trimmable = trimmable;
	row->attached = attached;
	for (int i = 0; i < known; i++) {
		int *tid = vec_add(&row->threads, &err);

		assert_non_null(tid);
		*tid = 4711 + i;
	}
}

static void sample(struct dump *dump, struct account *acc)
{
	memset(acc, 0, sizeof(*acc));
	dump_init(dump);
	dump->pid = 4711;
	dump->version = strdup("3.12.1");
	dump->abi = strdup("cpython-3.12");
	dump->allocator = "pymalloc";
	dump->time = (struct timespec){ 1795327800, 123456789 };
	dump->mode = DUMP_STOP;
	dump->pause_ms = 24.8;
	dump->duration_ms = 61.04;
	dump->objects = 5120331;
	leaf(acc, "python", "pools", "str", NULL, 50000000, 1000000);
	leaf(acc, "python", "pools", "app.\033[1mSession", NULL, 40000000,
	     500000);
	leaf(acc, "python", "malloc", "dict", NULL, 50000000, 4000);
	leaf(acc, "data", "malloc", "numpy.ndarray", NULL, 400000000, 12);
	leaf(acc, "data", "mappings", "numpy.ndarray", NULL, 229145600, 1);
	leaf(acc, "data", "malloc", "app.\033[1mImage", "inferred", 41943040,
	     2);
	leaf(acc, "native", "pools", "up to 64 bytes", NULL, 2000000, 40000);
	leaf(acc, "native", "malloc", "/usr/lib/libcrypto\033[1m.so.3", NULL,
	     41000000, 2000);
	leaf(acc, "native", "malloc", "up to 128 bytes", NULL, 77000000, 1000);
	leaf(acc, "free", "malloc", "main arena", "bins", 60000000, 900);
	leaf(acc, "free", "malloc", "arena 0x7f0000000030", "top", 26000000, 1);
	leaf(acc, "free", "pymalloc", "blocks", NULL, 5000000, 60000);
	leaf(acc, "overhead", "malloc", NULL, NULL, 4000000, 0);
	leaf(acc, "overhead", "pymalloc", NULL, NULL, 1000000, 0);
	leaf(acc, "stacks", "4711", NULL, NULL, 98304, 1);
	leaf(acc, "stacks", "4713", NULL, NULL, 12288, 1);
	leaf(acc, "files", "/usr/bin/python3", "code", NULL, 3145728, 1);
	leaf(acc, "files", "/usr/bin/python3", "data", NULL, 1048576, 2);
	leaf(acc, "mappings", "files", "/srv/model\033[31m.bin", NULL,
	     22020096, 1);
	leaf(acc, "mappings", "anonymous", "67108864", NULL, 8388608, 3);
	leaf(acc, "mappings", "anonymous", "8192",
	     "/usr/lib/libarrow\033[1m.so.26", 16384, 2);
	leaf(acc, "unknown", "[heap]", NULL, NULL, 4096, 1);
	leaf(acc, "unknown", "malloc", NULL, NULL, 0, 0);
	dump->memory.page_tables = 1048576;
	dump->memory.rss = acc->rss;
}

static void check(struct dump *dump, struct account *acc, const char *text,
		  const char *json, bool color)
{
	struct out *out = golden_out();

	account_sort(acc);
	report_memory_text(out, dump, acc, color);
	golden_check(out, text);
	if (json) {
		out = golden_out();
		report_memory_json(out, dump, acc, NULL);
		golden_check(out, json);
	}
	account_fini(acc);
	dump_fini(dump);
}

static void the_account(void **state)
{
	struct account acc;
	struct dump dump;

	(void)state;
	sample(&dump, &acc);
	allocators(&acc, 79691776);
	acc.sparse.arenas = 61;
	acc.sparse.blocks = 3120;
	acc.sparse.resident = 63963136;
	kept(&acc, "code", 36);
	kept(&acc, "str", 2988);
	kept(&acc, "app.\033[1mSession", 96);
	kept(&acc, "float", 1);
	acc.sparse.kept_by.v[1].interned = true;
	acc.sparse.kept_by.v[1].buffers = 1;
	acc.sparse.nameless = 7;
	acc.sparse.releasable = 60000000;
	acc.sparse_malloc.pages = 61234;
	acc.sparse_malloc.resident = 61234 << 12;
	acc.sparse_malloc.blocks = 70001;
	held_by(&acc, "unknown", "malloc", NULL, 1);
	held_by(&acc, "native", "malloc", "up to 128 bytes", 2500);
	held_by(&acc, "data", "malloc", "array.array", 7500);
	held_by(&acc, "python", "malloc", "app.\033[1mSession", 60000);
	acc.sparse_malloc.releasable = 250000000;
	for (int i = 0; i < 91; i++)
		pool(&acc, i * 11500, false);
	for (int i = 0; i < 28; i++)
		malloced(&acc, i * 5 % 28, i << 18, i / 4, i == 11 ? 0 : i / 4);
	pool(&acc, 4096, true);
	owner(&acc, "numpy.ndarray", 0x7f0000001230, 629145600, false);
	owner(&acc, "app.\033[1mImage", 0x7f0000004560, 41943040, true);
	acc.owners_all = 31;
	acc.cgroup = (struct account_cgroup){
		2, 4294967296, 2999999999, -1, 2000000000, 900000000, 99999999,
		3, 77, 100000000, 8600.5, 218000,
	};
	advise(&acc, "malloc_trim", 79691776, "malloc keeps 76.0 MiB");
	advise(&acc, "survivors", 60000000, "57.2 MiB are held open");
	check(&dump, &acc, "memory.txt", "memory.json", false);
}

/* No malloc that we know, and a page table at odds with the kernel. */
static void the_account_of_less(void **state)
{
	struct account acc;
	struct dump dump;

	(void)state;
	sample(&dump, &acc);
	allocators(&acc, DUMP_UNKNOWN);
	acc.sparse.arenas = acc.sparse.blocks = 1;
	acc.sparse.resident = 8192;
	acc.sparse_malloc.pages = acc.sparse_malloc.blocks = 1;
	acc.sparse_malloc.resident = 4096;
	held_by(&acc, "native", "malloc", "libxml2.so.2", 1);
	kept(&acc, "str", 1);
	malloced(&acc, 60, DUMP_UNKNOWN, 1, 0);
	dump.complete = 0;
	dump_warn(&dump, "arena 0x7f0000000030 of malloc: a chunk in it makes "
		  "no sense");
	check(&dump, &acc, "memory-less.txt", NULL, true);
}

static struct family_member *member(struct family *family, int pid, int parent,
				    const char *role)
{
	struct family_member *m = family_add(family, &err);

	assert_non_null(m);
	m->pid = pid;
	m->parent = parent;
	m->depth = parent != 0;
	m->role = role;
	return m;
}

static void fill(struct family_member *m, int64_t mib, int64_t uss)
{
	m->rss = mib << 20;
	m->pss = (mib / 2) << 20;
	m->uss = uss << 20;
	m->objects = mib * 10000;
	m->pause_ms = (double)mib / 10;
}

static void dirty(struct family_member *m, const char *type, int64_t contents,
		  int64_t references, int64_t collector, int64_t unchanged)
{
	const int64_t by[FAMILY_CAUSES] = {
		contents << 20, references << 20, collector << 20,
		unchanged << 20,
	};

	assert_true(family_dirty(m, type, by, &err));
	m->dirtied += m->by_type.v[m->by_type.n - 1].bytes;
}

/* Types that have two rows become one. */
static void a_worker_that_collects(struct family *family)
{
	struct family_member *m = member(family, 4712, 4711, "worker");

	fill(m, 900, 412);
	m->shared = 480 << 20;
	m->freezable = 100 << 20;
	m->dirtied = 0;
	dirty(m, "str", 0, 30, 0, 0);
	dirty(m, NULL, 20, 0, 0, 0);
	dirty(m, "dict", 5, 10, 100, 0);
	dirty(m, "str", 0, 30, 0, 2);
	dirty(m, "app.\033[1mSession", 14, 14, 0, 14);
	dirty(m, "tuple", 0, 0, 0, 38);
	dirty(m, "float", 1, 0, 0, 0);
	family_sort(m);
}

static void a_family(void **state)
{
	struct family family = { 0 };
	struct family_member *m;
	struct account acc;
	struct dump dump;
	struct out *out;

	(void)state;
	sample(&dump, &acc);
	allocators(&acc, 79691776);
	account_sort(&acc);
	fill(member(&family, 4711, 0, "master"), 1012, 20);
	a_worker_that_collects(&family);
	m = member(&family, 4713, 4711, "worker");
	fill(m, 520, 1);
	m->shared = 512 << 20;
	m->dirtied = m->freezable = 0;
	m->pause_ms = DUMP_UNKNOWN;
	m = member(&family, 4714, 4711, "child");
	m->problem = strdup("process 4714 is traced by process 1 "
			    "(\033[1mgdb)");
	advise(&acc, FAMILY_FREEZE, 100 << 20, "up to 100.0 MiB");
	dump.complete = 0;
	dump_warn(&dump, "process 4715 has exited meanwhile");
	out = golden_out();
	report_family_text(out, &dump, &acc, &family, false);
	golden_check(out, "family.txt");
	out = golden_out();
	report_memory_json(out, &dump, &acc, &family);
	golden_check(out, "family.json");
	family_fini(&family);
	account_fini(&acc);
	dump_fini(&dump);
}

/* It holds memory of which nobody knows whether it was resident. */
static void the_account_of_a_core(void **state)
{
	struct account acc;
	struct dump dump;

	(void)state;
	sample(&dump, &acc);
	allocators(&acc, DUMP_UNKNOWN);
	dump.mode = DUMP_NONE;
	dump.source = "core";
	dump.memory.rss = DUMP_UNKNOWN;
	acc.of_core = true;
	acc.left_out.files = 6914048;
	acc.left_out.memory = 8192;
	acc.sparse.arenas = 1;
	acc.sparse.blocks = 12;
	acc.sparse.resident = 262144;
	acc.sparse.releasable = DUMP_UNKNOWN;
	acc.sparse_malloc.releasable = DUMP_UNKNOWN;
	kept(&acc, "str", 12);
	malloced(&acc, 60, DUMP_UNKNOWN, 1, 1);
	check(&dump, &acc, "memory-core.txt", "memory-core.json", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_account),
		cmocka_unit_test(the_account_of_less),
		cmocka_unit_test(a_family),
		cmocka_unit_test(the_account_of_a_core),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
