/* SPDX-License-Identifier: MIT */
/*
 * The mappings of a core, written as /proc/PID/maps would have been and read
 * by the one parser of that.
 *
 * Segments say which memory there was and what might be done with it, NT_FILE
 * which files it was of; each may lack what the other has: anonymous memory is
 * in no file, and gdb writes no segment of a mapping that it leaves out.  What
 * only the kernel knew (inode, device, shared) no core has, nor what
 * memory was called; of that we know the stack and the vDSO, by the auxiliary
 * vector, and the page at the end that every process has.
 */
#include <stdio.h>
#include <stdlib.h>

#include "attach/corefile.h"
#include "base/strset.h"

#define VSYSCALL 0xffffffffff600000ull	/* Linux asm/vsyscall.h */

struct piece {
	raddr start, end;
	const struct core_segment *segment;	/* NULL: a file alone */
	const struct core_file *file;		/* NULL: no file's */
};

/* The piece at or behind piece->end, where number @i of segments and @j of
 * files are the first that end behind it; false: there is none. */
static bool piece_next(const struct corefile *core, struct piece *piece,
		       size_t i, size_t j)
{
	const struct core_segment *s = i < core->segments.n ?
				       &core->segments.v[i] : NULL;
	const struct core_file *f = j < core->files.n ? &core->files.v[j]
						      : NULL;
	raddr s_start = s ? s->start : UINT64_MAX;
	raddr f_start = f ? f->start : UINT64_MAX;
	raddr first = s_start < f_start ? s_start : f_start;
	raddr start = piece->end > first ? piece->end : first, end = UINT64_MAX;

	if (!s && !f)
		return false;
	*piece = (struct piece){
		.start = start,
		.segment = s_start <= start ? s : NULL,
		.file = f_start <= start ? f : NULL,
	};
	if (s)
		end = piece->segment ? s->end : s_start;
	if (f && end > (piece->file ? f->end : f_start))
		end = piece->file ? f->end : f_start;
	piece->end = end;
	return true;
}

static bool piece_has(const struct piece *piece, raddr at)
{
	return at >= piece->start && at < piece->end;
}

static const char *memory_name(const struct corefile *core,
			       const struct piece *piece)
{
	if (piece_has(piece, corefile_auxv(core, AT_SYSINFO_EHDR)))
		return "[vdso]";
	if (piece_has(piece, corefile_auxv(core, AT_RANDOM)))
		return "[stack]";
	return piece->start == VSYSCALL ? "[vsyscall]" : "";
}

static void print_path(FILE *out, const char *path)
{
	for (; *path; path++) {
		if (*path == '\n')
			fputs("\\012", out);
		else
			fputc(*path, out);
	}
}

static bool print_piece(const struct corefile *core, const struct piece *piece,
			struct strset *paths, FILE *out, struct err *err)
{
	int flags = corefile_flags(core, piece->start);
	const struct core_file *file = piece->file;
	uint64_t offset = 0;
	uint32_t inode = 0;

	if (flags < 0)
		flags = PF_R | PF_X;
	if (file) {
		offset = file->offset + (piece->start - file->start);
		inode = strset_add(paths, file->path, err);
		if (inode == STRSET_NONE)
			return false;
		inode++;
	}
	fprintf(out, "%" PRIx64 "-%" PRIx64 " %c%c%cp %" PRIx64 " 00:00 %u ",
		piece->start, piece->end, flags & PF_R ? 'r' : '-',
		flags & PF_W ? 'w' : '-', flags & PF_X ? 'x' : '-', offset,
		inode);
	print_path(out, file ? file->path : memory_name(core, piece));
	fputc('\n', out);
	return true;
}

static bool print_all(const struct corefile *core, FILE *out, struct err *err)
{
	struct strset paths = { 0 };
	struct piece piece = { 0 };
	size_t i = 0, j = 0;
	bool ok = true;

	while (ok && piece_next(core, &piece, i, j)) {
		ok = print_piece(core, &piece, &paths, out, err);
		while (i < core->segments.n &&
		       core->segments.v[i].end <= piece.end)
			i++;
		while (j < core->files.n && core->files.v[j].end <= piece.end)
			j++;
	}
	strset_fini(&paths);
	return ok;
}

bool corefile_maps(const struct corefile *core, struct maps *ret,
		   struct err *err)
{
	auto_free char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool ok;

	*ret = (struct maps){ 0 };
	if (!out)
		return err_nomem(err);
	ok = print_all(core, out, err);
	if (fclose(out) != 0)
		return err_nomem(err);
	return ok && maps_parse(ret, text, len, err);
}
