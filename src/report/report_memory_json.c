/* SPDX-License-Identifier: MIT */
#include "report/report_memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/json_writer.h"
#include "report/report_envelope.h"
#include "report/report_json.h"
#include "result/fullness.h"

static void put_path(struct json *json, const struct account_leaf *leaf)
{
	json_array(json, "path", JSON_ROW);
	for (int i = 0; i < ACCOUNT_DEPTH && leaf->path[i]; i++)
		json_string(json, NULL, leaf->path[i]);
	json_close(json);
}

static void put_leaf(struct json *json, const struct account_leaf *leaf)
{
	json_object(json, NULL, JSON_ROW);
	put_path(json, leaf);
	json_int(json, "bytes", leaf->bytes);
	json_int(json, "swapped", leaf->swapped);
	json_int(json, "shared", leaf->shared);
	json_int(json, "count", leaf->count);
	json_close(json);
}

static void put_tenths(struct json *json, const char *name,
		       const int64_t tenths[FULLNESS_PARTS])
{
	json_array(json, name, JSON_ROW);
	for (int i = 0; i < FULLNESS_PARTS; i++)
		json_int(json, NULL, tenths[i]);
	json_close(json);
}

static int64_t add_fullness(struct fullness *f, const struct account *account,
			    const char *allocator)
{
	if (strcmp(allocator, "pymalloc") == 0) {
		for (size_t i = 0; i < account->pools.n; i++)
			fullness_add(f, &account->pools.v[i]);
		return (int64_t)account->pools.n;
	}
	if (strcmp(allocator, "malloc") != 0)
		return 0;
	for (size_t i = 0; i < account->malloc.n; i++)
		fullness_add(f, &account->malloc.v[i].arena);
	return (int64_t)account->malloc.n;
}

static void put_fullness(struct json *json, const struct account *account,
			 const char *allocator)
{
	struct fullness f = { 0 };

	if (!add_fullness(&f, account, allocator)) {
		json_null(json, "fullness");
		return;
	}
	json_object(json, "fullness", JSON_ROW);
	put_tenths(json, "arenas", f.arenas);
	put_tenths(json, "resident", f.resident);
	put_tenths(json, "used", f.used);
	json_int(json, "filling", f.filling);
	json_close(json);
}

static void put_allocators(struct json *json, const struct account *account)
{
	json_array(json, "allocators", JSON_LINES);
	for (size_t i = 0; i < account->allocators.n; i++) {
		const struct account_allocator *a = &account->allocators.v[i];

		json_object(json, NULL, JSON_ROW);
		json_string(json, "allocator", a->name);
		json_int(json, "arenas", a->arenas);
		json_int(json, "resident", a->resident);
		json_int(json, "used", a->used);
		json_int(json, "free", a->free);
		json_int(json, "trimmable", a->trimmable);
		put_fullness(json, account, a->name);
		json_close(json);
	}
	json_close(json);
}

static void put_threads(struct json *json, const struct account_malloc *row)
{
	if (!row->threads.n && row->attached) {
		json_null(json, "threads");
		return;
	}
	json_array(json, "threads", JSON_ROW);
	for (size_t i = 0; i < row->threads.n; i++)
		json_int(json, NULL, row->threads.v[i]);
	json_close(json);
}

static void put_malloc(struct json *json, const struct account *account)
{
	char at[32];

	json_array(json, "malloc_arenas", JSON_LINES);
	for (size_t i = 0; i < account->malloc.n; i++) {
		const struct account_malloc *row = &account->malloc.v[i];

		snprintf(at, sizeof(at), "0x%" PRIx64, row->arena.at);
		json_object(json, NULL, JSON_ROW);
		json_string(json, "arena", at);
		json_int(json, "heaps", row->heaps);
		json_int(json, "size", row->arena.size);
		json_int(json, "resident", row->arena.resident);
		json_int(json, "used", row->arena.used);
		json_int(json, "free", row->free);
		json_int(json, "cached", row->cached);
		json_int(json, "largest", row->largest);
		json_int(json, "top", row->top);
		json_int(json, "trimmable", row->trimmable);
		json_int(json, "attached", row->attached);
		put_threads(json, row);
		json_close(json);
	}
	json_close(json);
}

static void put_kept(struct json *json, const struct account_kept *kept)
{
	json_object(json, NULL, JSON_ROW);
	json_string(json, "type", kept->type);
	json_int(json, "count", kept->count);
	json_int(json, "bytes", kept->bytes);
	json_int(json, "buffers", kept->buffers);
	json_bool(json, "interned", kept->interned);
	json_close(json);
}

static void put_owners(struct json *json, const struct account *account)
{
	json_array(json, "owners", JSON_LINES);
	for (size_t i = 0; i < account->owners.n; i++) {
		const struct account_owner *o = &account->owners.v[i];
		char address[32];

		snprintf(address, sizeof(address), "0x%llx",
			 (unsigned long long)o->address);
		json_object(json, NULL, JSON_ROW);
		json_string(json, "type", o->type);
		json_string(json, "address", address);
		json_int(json, "bytes", o->bytes);
		json_int(json, "size", o->size);
		json_bool(json, "inferred", o->inferred);
		json_close(json);
	}
	json_close(json);
	json_int(json, "owners_all", account->owners_all);
}

static void put_sparse(struct json *json, const struct account *account)
{
	json_object(json, "sparse", JSON_LINES);
	json_int(json, "arenas", account->sparse.arenas);
	json_int(json, "resident", account->sparse.resident);
	json_int(json, "blocks", account->sparse.blocks);
	json_int(json, "nameless", account->sparse.nameless);
	json_int(json, "releasable", account->sparse.releasable);
	json_array(json, "kept_by", JSON_LINES);
	for (size_t i = 0; i < account->sparse.kept_by.n; i++)
		put_kept(json, &account->sparse.kept_by.v[i]);
	json_close(json);
	json_close(json);
}

static void put_held_by(struct json *json, const struct account_leaf *leaf)
{
	json_object(json, NULL, JSON_ROW);
	put_path(json, leaf);
	json_int(json, "count", leaf->count);
	json_int(json, "bytes", leaf->bytes);
	json_close(json);
}

static void put_sparse_malloc(struct json *json, const struct account *account)
{
	json_object(json, "sparse_malloc", JSON_LINES);
	json_int(json, "pages", account->sparse_malloc.pages);
	json_int(json, "resident", account->sparse_malloc.resident);
	json_int(json, "blocks", account->sparse_malloc.blocks);
	json_int(json, "releasable", account->sparse_malloc.releasable);
	json_array(json, "held_by", JSON_LINES);
	for (size_t i = 0; i < account->sparse_malloc.held_by.n; i++)
		put_held_by(json, &account->sparse_malloc.held_by.v[i]);
	json_close(json);
	json_close(json);
}

static void put_growth(struct json *json, const struct account_growth *growth)
{
	if (!growth) {
		json_null(json, "growth");
		return;
	}
	json_object(json, "growth", JSON_LINES);
	json_double(json, "seconds", growth->seconds);
	json_int(json, "rss_before", growth->rss_before);
	json_array(json, "account", JSON_LINES);
	for (size_t i = 0; i < growth->leaves.n; i++) {
		const struct account_change *c = &growth->leaves.v[i];

		json_object(json, NULL, JSON_ROW);
		put_path(json, c->leaf);
		json_int(json, "before", c->before);
		json_int(json, "bytes", c->now);
		json_close(json);
	}
	json_close(json);
	json_close(json);
}

static void put_cgroup(struct json *json, const struct account_cgroup *cg)
{
	if (!cg->version) {
		json_null(json, "cgroup");
		return;
	}
	json_object(json, "cgroup", JSON_ROW);
	json_int(json, "version", cg->version);
	json_int(json, "limit", cg->limit);
	json_int(json, "usage", cg->usage);
	json_int(json, "high", cg->high);
	json_int(json, "anon", cg->anon);
	json_int(json, "file", cg->file);
	json_int(json, "kernel", cg->kernel);
	json_int(json, "oom_kills", cg->oom_kills);
	json_int(json, "met", cg->met);
	json_int(json, "shmem", cg->shmem);
	json_int(json, "seconds_to_limit", cg->seconds_to_limit);
	json_close(json);
}

static void put_advice(struct json *json, const struct account *account)
{
	json_array(json, "advice", JSON_LINES);
	for (size_t i = 0; i < account->advice.n; i++) {
		json_object(json, NULL, JSON_ROW);
		json_string(json, "what", account->advice.v[i].what);
		json_int(json, "bytes", account->advice.v[i].bytes);
		json_string(json, "text", account->advice.v[i].text);
		json_close(json);
	}
	json_close(json);
}

static void put_total(struct json *json, const struct account *account)
{
	json_object(json, "total", JSON_ROW);
	json_string(json, "of", account->of_core ? "core" : "resident");
	json_int(json, "bytes", account->rss);
	json_int(json, "left_out_files", account->of_core ?
		 account->left_out.files : DUMP_UNKNOWN);
	json_int(json, "left_out_memory", account->of_core ?
		 account->left_out.memory : DUMP_UNKNOWN);
	json_close(json);
}

static void put_account(struct json *json, const struct dump *dump,
			const struct account *account)
{
	report_memory(json, &dump->memory);
	put_total(json, account);
	json_int(json, "page_tables", dump->memory.page_tables);
	json_array(json, "account", JSON_LINES);
	for (size_t i = 0; i < account->leaves.n; i++)
		put_leaf(json, &account->leaves.v[i]);
	json_close(json);
	put_owners(json, account);
	put_allocators(json, account);
	put_malloc(json, account);
	put_sparse(json, account);
	put_sparse_malloc(json, account);
	put_cgroup(json, &account->cgroup);
	put_advice(json, account);
}

static void put_dirtied(struct json *json, const struct family_dirtied *d)
{
	static const char *const causes[FAMILY_CAUSES] = {
		[FAMILY_CONTENTS] = "contents",
		[FAMILY_REFERENCES] = "references",
		[FAMILY_COLLECTOR] = "collector",
		[FAMILY_UNCHANGED] = "unchanged",
	};

	json_object(json, NULL, JSON_ROW);
	json_string(json, "type", d->type);
	json_int(json, "bytes", d->bytes);
	for (int i = 0; i < FAMILY_CAUSES; i++)
		json_int(json, causes[i], d->by[i]);
	json_close(json);
}

static void put_member(struct json *json, const struct family_member *m)
{
	json_object(json, NULL, JSON_ROW);
	json_int(json, "pid", m->pid);
	if (m->parent > 0)
		json_int(json, "parent", m->parent);
	else
		json_null(json, "parent");
	json_string(json, "role", m->role);
	json_int(json, "rss", m->rss);
	json_int(json, "pss", m->pss);
	json_int(json, "uss", m->uss);
	json_int(json, "objects", m->objects);
	json_double(json, "pause_ms", m->pause_ms);
	json_int(json, "shared_with_parent", m->shared);
	json_int(json, "dirtied_bytes", m->dirtied);
	json_int(json, "freezable", m->freezable);
	json_array(json, "dirtied", JSON_ROW);
	for (size_t i = 0; i < m->by_type.n; i++)
		put_dirtied(json, &m->by_type.v[i]);
	json_close(json);
	json_string(json, "problem", m->problem);
	json_close(json);
}

static void put_family(struct json *json, const struct family *family)
{
	json_array(json, "group", JSON_LINES);
	for (size_t i = 0; i < family->v.n; i++)
		put_member(json, &family->v.v[i]);
	json_close(json);
}

void report_memory_json(struct out *out, const struct dump *dump,
			const struct account *account,
			const struct family *family)
{
	struct json json;

	json_init(&json, out);
	report_envelope(&json, "pyheapspy.memory/1", dump, JSON_LINES);
	put_account(&json, dump, account);
	if (family)
		put_family(&json, family);
	json_close(&json);
}

void report_memory_line(struct out *out, const struct dump *dump,
			const struct account *account,
			const struct account_growth *growth)
{
	struct json json;

	json_init(&json, out);
	report_envelope(&json, "pyheapspy.memory/1", dump, JSON_ROW);
	put_account(&json, dump, account);
	put_growth(&json, growth);
	json_close(&json);
}
