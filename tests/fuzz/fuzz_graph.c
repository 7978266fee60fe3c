/* SPDX-License-Identifier: MIT */
/*
 * The graph of a small heap in which words are wrong, and every analysis of it:
 * edges to nowhere, reference counts of nonsense, types that are their own base.
 * Each ends, with a result that adds up or an error that says why.
 *
 * The input: see tests/fakespoil.h; the highest bit of the first byte: read while
 * it runs.
 */
#include <assert.h>
#include <stdio.h>

#include "fakespoil.h"
#include "graph/check.h"
#include "graph/garbage.h"
#include "graph/holder_growth.h"
#include "graph/inspection.h"
#include "graph/suspects.h"
#include "graph/take.h"
#include "graph/waste.h"
#include "graph/ways.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { MOST = 100 };

static void find_garbage(const struct graph *g, const struct dump *dump)
{
	struct garbage garbage = { .want_objects = true };
	struct err err = { 0 };
	int64_t bytes = 0;

	if (garbage_fill(&garbage, g, &err)) {
		assert((int64_t)garbage.objects.n == garbage.found.objects);
		for (size_t i = 0; i < garbage.objects.n; i++)
			bytes += garbage.objects.v[i].size;
		assert(bytes == garbage.found.bytes);
		assert(garbage.found.objects + garbage.untracked.objects <=
		       dump->objects + dump->static_objects);
	} else {
		assert(err.code && *err.text);
	}
	garbage_fini(&garbage);
}

static void find_counts(const struct graph *g)
{
	struct counts counts = { 0 };
	struct err err = { 0 };

	if (counts_fill(&counts, g, &err))
		assert(counts.exact + counts.by_words + counts.surplus +
		       counts.excess == counts.objects);
	else
		assert(err.code && *err.text);
	counts_fini(&counts);
}

static void find_suspects(const struct graph *g)
{
	struct why why = { .most = MOST };
	struct err err = { 0 };

	if (suspects_fill(&why, g, &err)) {
		for (size_t i = 0; i < why.suspects.n; i++)
			assert(why.suspects.v[i].kind == WHY_GARBAGE ||
			       why.suspects.v[i].retained <= why.reached);
	} else {
		assert(err.code && *err.text);
	}
	why_fini(&why);
}

static void find_waste(const struct graph *g)
{
	struct waste waste = { .most = SIZE_MAX, .want_equal = true,
			       .want_values = true };
	struct err err = { 0 };

	if (!waste_fill(&waste, g, &err))
		assert(err.code && *err.text);
	for (int i = 0; !err.code && i < WASTE_N_KINDS; i++) {
		const struct waste_sum *sum = &waste.kinds[i];
		int64_t saved = 0;

		for (size_t k = 0; k < sum->owners.n; k++)
			saved += sum->owners.v[k].saved;
		assert(saved == sum->saved);
	}
	waste_fini(&waste);
}

static void find_ways(const struct graph *g, const char *what)
{
	struct ways ways = { .what = what, .most = MOST, .values = true };
	struct err err = { 0 };
	int64_t n = 0;

	if (ways_fill(&ways, g, &err)) {
		for (size_t i = 0; i < ways.v.n; i++)
			n += ways.v.v[i].also ? 0 : ways.v.v[i].count;
		assert(n + ways.more_objects == ways.count);
	} else {
		assert(err.code && *err.text);
	}
	ways_fini(&ways);
}

static void find_object(const struct graph *g, raddr at)
{
	char what[32];
	struct inspect inspect = { .what = what, .most = MOST,
				   .values = true };
	struct err err = { 0 };

	snprintf(what, sizeof(what), "0x%llx", (unsigned long long)at);
	if (inspection_fill(&inspect, g, &err)) {
		assert(inspect.address == at);
		assert(inspect.retained >= inspect.size);
		assert((int64_t)inspect.referrers.n <= inspect.n_referrers);
	} else {
		assert(err.code && *err.text);
	}
	inspect_fini(&inspect);
}

/* Two looks at the same heap, as if the first had seen no objects, and one item
 * less in each container. */
static void find_growth(const struct graph *g, const struct dump *dump)
{
	struct holder_growth growth = { .most = SIZE_MAX };
	struct survivors survivors = { .looks = 1 };
	struct err err = { 0 };
	int64_t objects = 0;
	bool ok = holder_growth_look(&growth, &survivors, g, dump, &err);

	for (size_t i = 0; i < growth.holders.rows.n; i++)
		growth.holders.rows.v[i].length--;
	if (ok && holder_growth_look(&growth, &survivors, g, dump, &err) &&
	    holder_growth_tell(&growth, &survivors, g, &err)) {
		for (size_t i = 0; i < growth.owners.v.n; i++)
			objects += growth.owners.v.v[i].objects;
		assert(objects == growth.survivors);
		assert(growth.survivors <= dump->objects);
	} else {
		assert(err.code && *err.text);
	}
	holder_growth_fini(&growth);
	survivors_fini(&survivors);
}

static bool analyse(void *arg, const struct graph *g, struct dump *dump,
		    struct err *err)
{
	const struct fakepast *fp = arg;
	char what[32];

	(void)err;
	for (size_t i = 0; i < fp->objects.n; i += fp->objects.n / 4 + 1)
		find_object(g, fp->objects.v[i].addr);
	find_ways(g, "m.a[0].b");
	find_garbage(g, dump);
	find_counts(g);
	find_suspects(g);
	find_waste(g);
	find_growth(g, dump);
	for (int i = 0; i < FP_TYPES; i++)
		find_ways(g, fakepast_type_name((enum fakepast_type)i));
	snprintf(what, sizeof(what), "0x%llx",
		 (unsigned long long)fp->objects.v[0].addr);
	find_ways(g, what);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fakepast fp;
	const struct graph_options opt = {
		.no_stop = len && *data >> 7, .analyse = analyse, .arg = &fp,
	};
	struct capture cap = { 0 };
	struct dump dump;
	struct err err = { 0 };

	if (len < 1)
		return 0;
	fakespoil_init(&fp, data, len);
	dump_init(&dump);
	if (!capture_of(&cap, &fp.heap.ft.target, &err) ||
	    !graph_look(&cap, &opt, &dump, &err))
		assert(err.code && *err.text);
	capture_close(&cap);
	dump_fini(&dump);
	fakepast_fini(&fp);
	return 0;
}
