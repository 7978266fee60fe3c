/* SPDX-License-Identifier: MIT */
/*
 * Facts: CPython 3.6 to 3.15, Include/cpython/code.h, Objects/codeobject.c.
 */
#include "pyabi/pycode.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/nomem.h"
#include "pyabi/strobj.h"
#include "pyabi/words.h"

enum {
	LONGEST_STRUCT = 512,	/* of a PyCodeObject that we look at */
	MAX_COUNT = 1 << 20,	/* arguments, variables */
};

static uint32_t u32(const struct words *w, uint32_t off)
{
	return (uint32_t)words_get(w, off, 4);
}

static raddr address(const struct words *w, uint32_t off)
{
	return words_get(w, off, 8);
}

static char *text(struct pyctx *ctx, raddr str)
{
	char buf[MAX_CODE_NAME];

	if (!str || !strobj_text(ctx, str, buf, sizeof(buf)))
		return NULL;
	return nomem_strdup(buf);
}

/* The name of the first variable is one of two, or of no interest. */
static char first_name(struct pyctx *ctx, raddr names)
{
	raddr first = ctx_u64(ctx, names + ctx->abi->tuple_ob_item);

	if (strobj_is(ctx, first, "self"))
		return 's';
	return strobj_is(ctx, first, "cls") ? 'c' : 0;
}

static void count_variables(struct pyctx *ctx, const struct words *w,
			    struct pycode *code)
{
	const struct abi *abi = ctx->abi;
	raddr names;

	code->n_args = u32(w, abi->code_co_argcount) +
		       u32(w, abi->code_co_kwonlyargcount);
	code->n_locals = u32(w, abi->code_co_nlocals);
	if (abi_has(abi->code_co_nlocalsplus)) {
		code->n_plus = u32(w, abi->code_co_nlocalsplus);
		names = address(w, abi->code_co_localsplusnames);
	} else {
		code->n_plus = code->n_locals;
		names = address(w, abi->code_co_varnames);
	}
	if (code->n_args > MAX_COUNT || code->n_locals > MAX_COUNT ||
	    code->n_plus > MAX_COUNT)
		ctx->faults++;
	else if (u32(w, abi->code_co_argcount) > 0 && code->n_plus > 0)
		code->first_arg = first_name(ctx, names);
}

static bool copy_table(struct pyctx *ctx, raddr bytes, struct pycode *code)
{
	uint64_t len = ctx_u64(ctx, bytes + ctx->abi->var_ob_size);
	const void *p;

	if (len > MAX_CODE_TABLE) {
		ctx->faults++;
		return true;
	}
	code->table = malloc(len + 1);
	if (!code->table) {
		nomem_note();
		return false;
	}
	p = ctx_bytes(ctx, bytes + ctx->abi->bytes_ob_sval, len, code->table);
	if (!p)
		return true;
	if (p != code->table)
		memcpy(code->table, p, len);
	code->table_len = len;
	return true;
}

static raddr table_of(const struct abi *abi, const struct words *w)
{
	return address(w, abi_has(abi->code_co_linetable) ?
			  abi->code_co_linetable : abi->code_co_lnotab);
}

static bool fill(struct pyctx *ctx, const struct words *w, struct pycode *code)
{
	const struct abi *abi = ctx->abi;

	code->name_object = address(w, abi->code_co_name);
	code->file_object = address(w, abi->code_co_filename);
	code->table_object = table_of(abi, w);
	code->file = text(ctx, code->file_object);
	code->name = text(ctx, code->name_object);
	if (abi_has(abi->code_co_qualname))
		code->qualname = text(ctx, address(w, abi->code_co_qualname));
	code->first_line = (int32_t)u32(w, abi->code_co_firstlineno);
	code->flags = u32(w, abi->code_co_flags);
	code->first_traceable = (int32_t)u32(w, abi->code__co_firsttraceable);
	if (abi_has(abi->code_co_code_adaptive))
		code->bytecode = code->addr + abi->code_co_code_adaptive;
	count_variables(ctx, w, code);
	return copy_table(ctx, code->table_object, code);
}

/* Whose type is called `code`. */
bool pycode_is(struct pyctx *ctx, raddr addr)
{
	const struct abi *abi = ctx->abi;
	unsigned before = ctx->faults;
	raddr type, name;
	char tmp[5];
	const char *p;

	type = ctx_u64(ctx, addr + abi->object_ob_type);
	name = ctx_u64(ctx, type + abi->type_tp_name);
	p = ctx->faults == before ? ctx_bytes(ctx, name, sizeof(tmp), tmp) :
				    NULL;
	ctx->faults = before;
	return p && memcmp(p, "code", sizeof(tmp)) == 0;
}

static void free_code(struct pycode *code)
{
	if (!code)
		return;
	free(code->file);
	free(code->name);
	free(code->qualname);
	free(code->table);
	free(code);
}

/* Its words, in @own, which holds LONGEST_STRUCT bytes. */
static bool take_words(struct pyctx *ctx, raddr addr, uint8_t *own,
		       struct words *ret)
{
	size_t len = ctx->abi->code_sizeof;
	const void *p;

	if (len > LONGEST_STRUCT)
		len = LONGEST_STRUCT;
	p = ctx_bytes(ctx, addr, len, own);
	if (!p)
		return false;
	if (p != own)
		memcpy(own, p, len);
	*ret = (struct words){ own, len };
	return true;
}

static struct pycode *read_code(struct pyctx *ctx, raddr addr)
{
	uint8_t own[LONGEST_STRUCT];
	struct pycode *code;
	struct words w;

	if (!take_words(ctx, addr, own, &w) || !pycode_is(ctx, addr))
		return NULL;
	code = calloc(1, sizeof(*code));
	if (!code) {
		nomem_note();
		return NULL;
	}
	code->addr = addr;
	if (fill(ctx, &w, code))
		return code;
	free_code(code);
	return NULL;
}

static size_t code_bytes(const struct pycode *code)
{
	const char *const text[] = { code->file, code->name, code->qualname };
	size_t size = sizeof(*code) + code->table_len;

	for (size_t i = 0; i < ARRAY_SIZE(text); i++)
		size += text[i] ? strlen(text[i]) + 1 : 0;
	return size;
}

/* The last one read at an address is the one that is known. */
static const struct pycode *add_code(struct pycodes *codes, struct pyctx *ctx,
				     raddr addr)
{
	unsigned before = ctx->faults;
	struct pycode **slot;
	struct pycode *code;
	struct err ignored;

	codes->is_full |= codes->all.n >= MAX_CODES ||
			  codes->bytes >= MAX_CODE_BYTES;
	if (!addr || codes->is_full)
		return NULL;
	code = read_code(ctx, addr);
	ctx->faults = before;
	slot = code ? vec_add(&codes->all, &ignored) : NULL;
	if (!slot || !addrmap_put(&codes->by_addr, addr,
				  (uint32_t)codes->all.n - 1, &ignored)) {
		codes->all.n -= slot != NULL;
		free_code(code);
		return NULL;
	}
	*slot = code;
	codes->bytes += code_bytes(code);
	return code;
}

const struct pycode *pycodes_get(struct pycodes *codes, struct pyctx *ctx,
				 raddr addr)
{
	uint32_t n = addrmap_get(&codes->by_addr, addr);

	return n != ADDRMAP_NONE ? codes->all.v[n] :
				   add_code(codes, ctx, addr);
}

static bool is_same(struct pyctx *ctx, const struct pycode *code)
{
	unsigned before = ctx->faults;
	uint8_t own[LONGEST_STRUCT];
	struct words w;
	bool same;

	same = take_words(ctx, code->addr, own, &w) &&
	       address(&w, ctx->abi->code_co_name) == code->name_object &&
	       address(&w, ctx->abi->code_co_filename) == code->file_object &&
	       table_of(ctx->abi, &w) == code->table_object &&
	       (int32_t)u32(&w, ctx->abi->code_co_firstlineno) ==
		       code->first_line && pycode_is(ctx, code->addr);
	ctx->faults = before;
	return same;
}

const struct pycode *pycodes_get_again(struct pycodes *codes,
				       struct pyctx *ctx, raddr addr)
{
	uint32_t n = addrmap_get(&codes->by_addr, addr);

	if (n != ADDRMAP_NONE && is_same(ctx, codes->all.v[n]))
		return codes->all.v[n];
	return add_code(codes, ctx, addr);
}

void pycodes_fini(struct pycodes *codes)
{
	for (size_t i = 0; i < codes->all.n; i++)
		free_code(codes->all.v[i]);
	vec_free(&codes->all);
	addrmap_fini(&codes->by_addr);
}

struct code_position pycode_position(const struct abi *abi,
				     const struct pycode *code, int64_t lasti)
{
	return codelines_find(abi->code_lines, code->table, code->table_len,
			      code->first_line, lasti);
}
