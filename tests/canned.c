/* SPDX-License-Identifier: MIT */
#include "canned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct err err;

uint64_t canned_ns(int i)
{
	return 1000000000000ull + (uint64_t)i * 2000000000ull;
}

static char *copy(const char *s)
{
	char *text = strdup(s);

	assert_non_null(text);
	return text;
}

void canned_type(struct dump *dump, const char *module, const char *name,
		 int64_t count, int64_t bytes)
{
	struct dump_type *type = vec_add(&dump->types, &err);
	const char *shown = strcmp(module, "builtins") == 0 ? "" : module;

	assert_non_null(type);
	assert_true(asprintf(&type->type, "%s%s%s", shown, *shown ? "." : "",
			     name) > 0);
	type->module = copy(module);
	type->name = copy(name);
	type->count = count;
	type->bytes = bytes;
	type->allocated = bytes + bytes / 8;
	type->classes = strcmp(name, "Visitor") ? 1 : 1200;
	dump->objects += count;
	dump->bytes += bytes;
	dump->allocated += type->allocated;
}

static void add_kind(struct dump *dump, const char *name, int64_t count,
		     int64_t bytes)
{
	struct dump_kind *kind = vec_add(&dump->kinds, &err);

	assert_non_null(kind);
	*kind = (struct dump_kind){ copy(name), count, bytes, bytes, 1 };
}

/* A thousand Sessions between two samples: 500 a second. */
static void fill_heap(struct dump *dump, int i)
{
	int64_t n = 20000 + 1000 * (int64_t)i;

	canned_type(dump, "builtins", "str", 241033 + n, 17354376 + n * 60);
	canned_type(dump, "builtins", "int", 375287, 10508384);
	canned_type(dump, "builtins", "dict", 28211 + n, 6738432 + n * 184);
	canned_type(dump, "__main__", "Session", n, n * 48);
	canned_type(dump, "builtins", "tuple", 61033 - 7 * i,
		    4400000 - 392 * i);
	canned_type(dump, "app.models", "Visitor", 1200, 57600);
	canned_type(dump, "app.models", "Order", 310, 14880);
	canned_type(dump, "app", "caf\xc3\xa9", 3, 144);
	canned_type(dump, "app", "\xf0\x9f\x90\x8d\xe8\x9b\x87", 2, 96);
	canned_type(dump, "app", "\033[31mred\a\n\"\\", 1, 48);
	canned_type(dump, "app", "bad\xff\xc3(", 1, 40);
	add_kind(dump, "dict of __main__.Session", n, n * 184);
	add_kind(dump, "dict of module", 211, 338432);
	add_kind(dump, "int", 375287, 10508384);
	dump_sort(dump);
	dump->static_objects = 7304;
	dump->static_bytes = 410000;
}

static void fill_blocks(struct dump *dump)
{
	static const int64_t in_use[] = { 0, 375000, 20000, 48000, 26000 };
	struct dump_blocks *blocks = &dump->blocks;

	blocks->in_use = 810000;
	blocks->in_pools = 790000;
	blocks->in_use_bytes = 90000000;
	blocks->arenas = 92;
	blocks->arena_bytes = 96468992;
	blocks->pools = 5888;
	for (size_t i = 0; i < ARRAY_SIZE(in_use); i++)
		blocks->classes[i] = (struct dump_class){
			.size = (uint32_t)(16 * (i + 1)),
			.in_use = in_use[i], .pools = in_use[i] / 200,
			.free = in_use[i] / 9,
		};
	blocks->n_classes = ARRAY_SIZE(in_use);
}

static void fill_gc(struct dump *dump, int i)
{
	static const int64_t thresholds[] = { 700, 10, 10 };
	static const int64_t objects[] = { 120, 3412, 81033 };

	dump->gc.enabled = 1;
	dump->gc.frozen = 375;
	for (int g = 0; g < 3; g++) {
		struct dump_generation *gen = vec_add(&dump->gc.generations,
						      &err);

		assert_non_null(gen);
		*gen = (struct dump_generation){
			.generation = g, .threshold = thresholds[g],
			.count = 120 >> (2 * g), .objects = objects[g] + i,
			.collections = (88 >> 3 * g) + (g ? 0 : 3 * i),
			.collected = 1203 >> g,
		};
	}
}

static void fill_memory(struct dump *dump, int i)
{
	struct dump_memory *m = &dump->memory;

	m->rss = 111648768 + i * 1048576ll;
	m->peak_rss = m->rss + 253952;
	m->uss = m->rss - 13524992;
	m->shared = m->rss - m->uss;
	m->pss = m->uss + m->shared / 2;
	m->file = 13000000;
	m->swap = 0;
}

static struct stack_frame *add_frame(struct stack_thread *thread,
				     enum stack_frame_kind kind,
				     const char *function, const char *file,
				     int64_t line)
{
	struct stack_frame *frame = vec_add(&thread->frames, &err);

	assert_non_null(frame);
	frame->kind = kind;
	frame->function = copy(function);
	if (kind == FRAME_PYTHON)
		frame->file = copy(file);
	else
		frame->module = copy(file);
	frame->line = line;
	frame->address = kind == FRAME_NATIVE ? 0x7f0000401000 : 0;
	return frame;
}

static void add_local(struct stack_frame *frame, const char *name,
		      const char *value)
{
	struct stack_local *local = vec_add(&frame->locals, &err);

	assert_non_null(local);
	*local = (struct stack_local){ copy(name), copy(value), false };
}

static struct stack_thread *add_thread(struct dump *dump, int tid,
				       const char *name, int64_t cpu_ms)
{
	struct stack_thread *thread = vec_add(&dump->stacks.threads, &err);

	assert_non_null(thread);
	thread->tid = tid;
	thread->name = copy(name);
	thread->comm = copy("python3");
	thread->ident = 0x7f0000000000;
	thread->state = "sleeping";
	thread->cpu_ms = cpu_ms;
	thread->gil = GIL_NO;
	return thread;
}

static void fill_stacks(struct dump *dump, int i)
{
	struct stack_thread *thread;
	struct stack_frame *frame;

	thread = add_thread(dump, 4711, "MainThread", 1000 + 900 * i);
	thread->gil = GIL_HELD;
	thread->state = "running";
	frame = add_frame(thread, FRAME_PYTHON, "remember", "/srv/app.py", 41);
	add_local(frame, "key", "'visitor-\033[31m17'");
	add_local(frame, "cache", "{...}");
	add_frame(thread, FRAME_NATIVE, "_PyEval_EvalFrameDefault",
		  "libpython3.12.so.1.0", -1);
	add_frame(thread, FRAME_PYTHON, "serve", "/srv/app.py", 12);
	add_frame(thread, FRAME_PYTHON, "<module>", "/srv/app.py", 60);
	thread = add_thread(dump, 4712, "worker-1", 20);
	add_frame(thread, FRAME_PYTHON, "wait", "/usr/lib/threading.py", 327);
	add_frame(thread, FRAME_PYTHON, "run", "/usr/lib/threading.py", 982);
	thread = add_thread(dump, 4713, "evil\033]0;x\a", 0);
	thread->problem = copy("its frames changed while they were read");
	thread->gil = GIL_UNKNOWN;
}

static void fill_target(struct dump *dump, int i)
{
	static const char *const command[] = {
		"/usr/bin/python3", "app.py", "--title=\033]0;x\a",
	};

	dump->pid = CANNED_PID;
	for (size_t j = 0; j < ARRAY_SIZE(command); j++) {
		char **slot = vec_add(&dump->command, &err);

		assert_non_null(slot);
		*slot = copy(command[j]);
	}
	dump->started = 1795327200;
	dump->version = copy("3.12.1");
	dump->abi = copy("cpython-3.12");
	dump->abi_source = DUMP_ABI_FILE;
	dump->allocator = "pymalloc";
	dump->interpreters = 1;
	dump->time = (struct timespec){ 1795327800 + 2 * i, 0 };
}

enum { CACHE_AT = 0x7f0012345640, DICT_AT = 0x55d0 };

static void add_container(struct containers *c, raddr address, const char *type,
			  int64_t length)
{
	struct container one = { .address = address, .type = DICT_AT,
				 .length = length };

	one.name = strset_add(&c->names, type, &err);
	assert_true(containers_add(c, &one, &err));
}

/* One grows, one did once, one never. */
static void fill_containers(struct containers *c, int i)
{
	c->known = true;
	add_container(c, CACHE_AT, "dict", 12000 + 1000 * i);
	add_container(c, CACHE_AT + 64, "collections.deque",
		      i < 3 ? 100 : 4000);
	add_container(c, CACHE_AT + 128, "app.Registry\033[2J", 300);
	if (i > 4)
		add_container(c, CACHE_AT + 192, "list", 70 + i);
}

struct news *canned_names(uint32_t id)
{
	struct news *news = news_new(NEWS_NAMES);
	struct holder_names *names;

	assert_non_null(news);
	news->id = id;
	names = &news->called.names;
	assert_true(holder_names_ask(names, CACHE_AT, DICT_AT, &err) &&
		    holder_names_ask(names, CACHE_AT + 64, DICT_AT, &err));
	names->v.v[0].name = copy("app.CACHE.sessions\033[1m");
	names->v.v[0].held = copy("app.Session");
	names->v.v[0].n_held = 21000;
	return news;
}

struct news *canned_sample(int i, enum tui_sample_kind kind)
{
	struct news *news = news_new(NEWS_SAMPLE);
	struct tui_sample *sample;
	struct dump *dump;

	assert_non_null(news);
	sample = news->sample;
	dump = &sample->dump;
	sample->kind = kind;
	sample->taken_ns = canned_ns(i);
	sample->begun_ns = sample->taken_ns - 61000000;
	sample->our_cpu_percent = 3.1;
	sample->our_rss = 12582912;
	sample->asked_interval_ms = sample->interval_ms = 2000;
	fill_target(dump, i);
	dump->mode = kind == SAMPLE_EXACT ? DUMP_STOP : DUMP_LIVE;
	dump->complete = kind == SAMPLE_EXACT;
	dump->pause_ms = kind == SAMPLE_EXACT ? 24.8 : 0;
	dump->duration_ms = 61;
	fill_memory(dump, i);
	fill_gc(dump, i);
	fill_stacks(dump, i);
	if (!tui_sample_has_heap(sample))
		return news;
	fill_heap(dump, i);
	fill_blocks(dump);
	fill_containers(&dump->containers, i);
	return news;
}

/* What all leaves but those of @i have is the same in each. */
static void fill_leaves(struct account *acc, int i)
{
	static const struct {
		const char *path[ACCOUNT_DEPTH];
		int64_t bytes, more;
	} leaves[] = {
		{ { "python", "pools", "str" }, 18200000, 60000 },
		{ { "python", "pools", "dict" }, 11000000, 184000 },
		{ { "python", "pools", "__main__.Session" }, 960000, 48000 },
		{ { "python", "malloc", "list" }, 7000000, 0 },
		{ { "data", "mappings", "numpy.ndarray" }, 40000000, 0 },
		{ { "native", "malloc", "/usr/lib/libx\033[31m.so" },
		  2000000, 12000 },
		{ { "free", "malloc", "main arena", "top" }, 3000000,
		  -100000 },
		{ { "free", "pymalloc", "blocks" }, 9000000, -40000 },
		{ { "overhead", "pymalloc" }, 400000, 0 },
		{ { "stacks", "4711" }, 60000, 0 },
		{ { "files", "/usr/bin/python3", "code" }, 7000000, 0 },
		{ { "mappings", "anonymous", "67108864" }, 13000000, 0 },
	};

	for (size_t k = 0; k < ARRAY_SIZE(leaves); k++) {
		int64_t n = account_leaf(acc, leaves[k].path[0],
					 leaves[k].path[1], leaves[k].path[2],
					 leaves[k].path[3], &err);

		assert_true(n >= 0);
		acc->leaves.v[n].bytes = leaves[k].bytes + i * leaves[k].more;
		acc->leaves.v[n].count = 100;
		acc->rss += acc->leaves.v[n].bytes;
	}
	account_sort(acc);
}

static void fill_arenas(struct account *acc)
{
	for (int k = 0; k < 92; k++) {
		struct account_arena *a = vec_add(&acc->pools, &err);

		assert_non_null(a);
		*a = (struct account_arena){ 0x7f0000000000 + k * 1048576ull,
					     1048576, 1048576,
					     k * 11398 - k % 7 / 6 * k * 11398,
					     k == 91 };
	}
	for (int k = 0; k < 3; k++) {
		struct account_malloc *m = vec_add(&acc->malloc, &err);

		assert_non_null(m);
		m->arena = (struct account_arena){ 0x7e0000000030, 1000, 900,
						   k * 450, false };
	}
}

struct news *canned_account(int i)
{
	struct news *news = canned_sample(i, SAMPLE_ACCOUNT);
	struct account *acc = &news->sample->account;

	fill_leaves(acc, i);
	fill_arenas(acc);
	acc->cgroup = (struct account_cgroup){
		.version = 2, .limit = 4ll << 30, .file = -1, .shmem = -1,
		.usage = (2185ll << 20) + i * 18050ll,
	};
	news->sample->dump.memory.rss = acc->rss;
	news->sample->dump.duration_ms = 312;
	news->sample->cpu_ms = 280;
	return news;
}

struct news *canned_event(enum event_kind kind, const char *text)
{
	struct news *news = news_new(NEWS_EVENT);

	assert_non_null(news);
	news->event.kind = kind;
	news->event.time.tv_sec = 1795327900;
	news->event.pid = CANNED_PID;
	news->event.text = text ? copy(text) : NULL;
	return news;
}

struct news *canned_instances(uint32_t id)
{
	struct news *news = news_new(NEWS_INSTANCES);
	static const char *const bases[] = { "app.Base", "object" };

	assert_non_null(news);
	news->id = id;
	news->instances.type = copy("__main__.Session");
	news->instances.total = 29000;
	news->instances.min_size = news->instances.max_size = 48;
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		char **slot = vec_add(&news->instances.bases, &err);

		assert_non_null(slot);
		*slot = copy(bases[i]);
	}
	for (int i = 0; i < 50; i++) {
		struct instance *row = vec_add(&news->instances.rows, &err);

		assert_non_null(row);
		*row = (struct instance){ 0x7f0000001000 + 64 * (raddr)i, 48,
					  64, i % 7 ? 2 : DUMP_UNKNOWN };
	}
	return news;
}

struct news *canned_fields(uint32_t id)
{
	struct news *news = news_new(NEWS_FIELDS);
	struct field *row;

	assert_non_null(news);
	news->id = id;
	news->fields.address = 0x7f0000001000;
	news->fields.type = copy("__main__.Session");
	news->fields.size = 48;
	news->fields.allocated = 64;
	row = vec_add(&news->fields.rows, &err);
	assert_non_null(row);
	*row = (struct field){ copy("visitor"), copy("'anna\033[2J'"),
			       copy("str"), 0x7f0000002000 };
	row = vec_add(&news->fields.rows, &err);
	assert_non_null(row);
	*row = (struct field){ copy("basket"), NULL, copy("dict"),
			       0x7f0000003000 };
	return news;
}

void canned_news(struct ui *ui, struct news *news)
{
	assert_true(ui_news(ui, news, &err));
}

void canned_ui(struct ui *ui, int rows, int cols, int n)
{
	struct tui_options opt = { .pid = CANNED_PID, .interval_ms = 2000 };

	ui_init(ui, NULL, &opt);
	ui->rows = rows;
	ui->cols = cols;
	for (int i = 0; i < n; i++)
		canned_news(ui, canned_sample(i, SAMPLE_LIVE));
	ui->model.now_ns = canned_ns(n - 1) + 1300000000;
	ui_update(ui);
}

struct news *canned_referrers(uint32_t id)
{
	struct news *news = news_new(NEWS_REFERRERS);
	struct inspect_ref *row;
	struct inspect *of;

	assert_non_null(news);
	news->id = id;
	of = &news->referrers.of;
	of->retained = 4321;
	of->retained_objects = 17;
	of->path = copy("app.CACHE.sessions[key]\033[2J");
	row = vec_add(&of->referrers, &err);
	assert_non_null(row);
	*row = (struct inspect_ref){ .name = copy("app.CACHE.sessions[key]"),
				     .type = copy("dict"),
				     .address = CACHE_AT };
	row = vec_add(&of->referrers, &err);
	assert_non_null(row);
	row->name = copy("thread MainThread > frame serve (app.py:31) > "
			 "local 's'");
	return news;
}
