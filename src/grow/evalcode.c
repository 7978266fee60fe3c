/* SPDX-License-Identifier: MIT */
#include "grow/evalcode.h"

#include <stdlib.h>
#include <string.h>

enum {
	MOST = 1 << 20,		/* bytes of it that are looked through */
	JUMPS = 2,		/* into a piece, at least: no chance bytes */
};

static bool evalcode_add(struct evalcode *eval, raddr start, raddr end,
			 struct err *err)
{
	struct evalcode_piece *piece = vec_add(&eval->pieces, err);

	if (piece)
		*piece = (struct evalcode_piece){ start, end };
	return piece != NULL;
}

bool evalcode_has(const struct evalcode *eval, raddr pc)
{
	for (size_t i = 0; i < eval->pieces.n; i++) {
		const struct evalcode_piece *piece = &eval->pieces.v[i];

		if (addr_in(pc, piece->start, piece->end - piece->start))
			return true;
	}
	return false;
}

/* The start of row @i of the table, by which it is sorted. */
static raddr row_start(struct code *code, const struct code_file *file,
		       uint64_t i)
{
	struct err err;
	int32_t off = 0;

	if (i >= file->n_table ||
	    !mem_read(&code->mem, file->table + i * 8, &off, sizeof(off),
		      &err))
		return file->end;
	return file->hdr + (raddr)(int64_t)off;
}

/* The function that the tables say is at @at; false: it begins there, or there
 * is none. */
static bool is_within(struct code *code, const struct code_file *file,
		      raddr at, struct evalcode_piece *ret)
{
	uint64_t low = 0, high = file->n_table;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (row_start(code, file, mid) > at)
			high = mid;
		else
			low = mid + 1;
	}
	if (!low)
		return false;
	ret->start = row_start(code, file, low - 1);
	ret->end = row_start(code, file, low);
	return ret->start < at && at < ret->end;
}

/* The target of the conditional jump at @at; 0: there is none. */
static raddr jump_from(const uint8_t *bytes, size_t i, raddr start)
{
	int32_t off;

	if (bytes[i] != 0x0f || (bytes[i + 1] & 0xf0) != 0x80)
		return 0;
	memcpy(&off, bytes + i + 2, sizeof(off));
	return start + i + 6 + (raddr)(int64_t)off;
}

static bool follow_jumps(struct evalcode *eval, struct code *code,
			 const struct code_file *file, const uint8_t *bytes,
			 size_t n, struct err *err)
{
	const raddr start = eval->pieces.v[0].start;
	struct evalcode_piece last = { 0 }, to;
	unsigned seen = 0;

	for (size_t i = 0; i + 6 <= n; i++) {
		raddr at = jump_from(bytes, i, start);

		if (!addr_in(at, file->start, file->end - file->start) ||
		    evalcode_has(eval, at) || !is_within(code, file, at, &to))
			continue;
		seen = to.start == last.start ? seen + 1 : 1;
		last = to;
		if (seen >= JUMPS && !evalcode_add(eval, to.start, to.end,
						   err))
			return false;
	}
	return true;
}

bool evalcode_find(struct evalcode *ret, struct module *module,
		   struct code *code, struct err *err)
{
	struct code_file *file;
	uint8_t *bytes;
	uint64_t size;
	raddr at;
	bool ok;

	if (!module_symbol(module, "_PyEval_EvalFrameDefault", &at, &size))
		return true;
	if (!evalcode_add(ret, at, at + size, err))
		return false;
	file = code_find(code, at);
	if (size > MOST || !file || !code_table(code, file))
		return true;
	bytes = malloc(size);
	if (!bytes)
		return err_nomem(err);
	ok = !mem_read(&code->mem, at, bytes, size, err) ||
	     follow_jumps(ret, code, file, bytes, size, err);
	free(bytes);
	return ok;
}

void evalcode_fini(struct evalcode *eval)
{
	vec_free(&eval->pieces);
}
