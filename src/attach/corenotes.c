/* SPDX-License-Identifier: MIT */
/*
 * The notes of a core file: threads with their registers, who it was, which
 * files were mapped where.
 *
 * A note is a header with two lengths, a name and what it says, each rounded
 * up to four bytes.  The kernel writes those of the process behind the first
 * NT_PRSTATUS, then for each thread the next NT_PRSTATUS and a few thousand
 * bytes of registers that we do not ask for: so headers are read one by one,
 * and of the rest only what is wanted.
 *
 * Not believed: any length, any count.  A note that is too short for what it
 * should say is as if it were not there, since writers differ; but notes that
 * end where the file does not, or files that overlap, are told.
 *
 * Facts: Linux fs/binfmt_elf.c (fill_note_info, fill_files_note); glibc's
 *        sys/procfs.h for the structs.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>

#include "attach/corefile.h"
#include "base/bounds.h"

enum {
	NOTES_A_THREAD = 32,		/* no kernel writes half as many */
	MAX_AUXV = 1 << 10,
};

struct note {
	uint32_t type;
	uint64_t offset, len;		/* of what it says */
};

/* The first bytes of a note: as many as @want, or it is none. */
static bool note_read(const struct corefile *core, const struct note *note,
		      void *ret, size_t want)
{
	return note->len >= want &&
	       corefile_pread(core->fd, note->offset, ret, want);
}

static bool note_prstatus(struct corefile *core, const struct note *note,
			  struct err *err)
{
	struct core_thread *thread;
	struct elf_prstatus status;

	if (!note_read(core, note, &status, sizeof(status)))
		return true;
	if (core->threads.n >= MAX_THREADS)
		return err_set(err, ERR_LIMIT, "more than %d threads",
			       MAX_THREADS);
	thread = vec_add(&core->threads, err);
	if (!thread)
		return false;
	thread->tid = status.pr_pid;
	regs_take(&thread->regs, status.pr_reg, sizeof(status.pr_reg));
	return true;
}

static bool note_prpsinfo(struct corefile *core, const struct note *note,
			  struct err *err)
{
	struct elf_prpsinfo info;

	(void)err;
	if (!note_read(core, note, &info, sizeof(info)))
		return true;
	core->has_info = true;
	core->pid = info.pr_pid;
	core->ppid = info.pr_ppid;
	core->uid = info.pr_uid;
	core->gid = info.pr_gid;
	memcpy(core->comm, info.pr_fname, sizeof(core->comm) - 1);
	memcpy(core->args, info.pr_psargs, sizeof(core->args) - 1);
	return true;
}

static bool note_auxv(struct corefile *core, const struct note *note,
		      struct err *err)
{
	size_t n = note->len / sizeof(Elf64_auxv_t);

	if (core->auxv.n)		/* a second vector */
		return true;
	for (size_t i = 0; i < n && i < MAX_AUXV; i++) {
		Elf64_auxv_t entry, *slot;

		if (!corefile_pread(core->fd, note->offset + i * sizeof(entry),
				    &entry, sizeof(entry)) ||
		    entry.a_type == AT_NULL)
			break;
		slot = vec_add(&core->auxv, err);
		if (!slot)
			return false;
		*slot = entry;
	}
	return true;
}

/* --- NT_FILE ------------------------------------------------------------- */

static bool files_broken(struct err *err, const char *what)
{
	return err_set(err, ERR_BADDATA,
		       "broken core file: the list of mapped files %s", what);
}

static int by_start(const void *a, const void *b)
{
	const struct core_file *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static bool files_sort(struct corefile *core, struct err *err)
{
	if (core->files.n)
		qsort(core->files.v, core->files.n, sizeof(*core->files.v),
		      by_start);
	for (size_t i = 1; i < core->files.n; i++) {
		if (core->files.v[i].start < core->files.v[i - 1].end)
			return files_broken(err, "overlaps itself");
	}
	return true;
}

/* Count, bytes of a page, then so many times start, end and page in the file,
 * then as many names.  The @len bytes have a NUL behind them. */
static bool files_parse(struct corefile *core, const char *text, size_t len,
			struct err *err)
{
	const uint64_t *word = (const uint64_t *)text;
	uint64_t n = len >= 16 ? word[0] : 0, page = len >= 16 ? word[1] : 1;
	const char *name, *end = text + len;

	if (n > MAX_MAPS || 16 + n * 24 > len || page > UINT32_MAX)
		return files_broken(err, "is longer than its note");
	name = text + 16 + n * 24;
	for (uint64_t i = 0; i < n; i++, name += strlen(name) + 1) {
		const uint64_t *row = word + 2 + i * 3;
		struct core_file *file;

		if (name >= end)
			return files_broken(err, "lacks names");
		if (row[0] >= row[1] || row[2] > UINT64_MAX / (page + 1) ||
		    (row[0] | row[1]) % ADDR_PAGE)
			return files_broken(err, "makes no sense");
		file = vec_add(&core->files, err);
		if (!file)
			return false;
		*file = (struct core_file){ row[0], row[1], row[2] * page,
					    name };
	}
	return files_sort(core, err);
}

static bool note_files(struct corefile *core, const struct note *note,
		       struct err *err)
{
	char *text;

	if (core->file_names)		/* a second list */
		return true;
	if (note->len > MAX_MAPS_TEXT)
		return files_broken(err, "is too long");
	text = malloc(note->len + 1);
	if (!text)
		return err_nomem(err);
	core->file_names = text;
	if (!corefile_pread(core->fd, note->offset, text, note->len))
		return files_broken(err, "cannot be read");
	text[note->len] = '\0';
	return files_parse(core, text, note->len, err);
}

/* --- all of them --------------------------------------------------------- */

static const struct {
	uint32_t type;
	bool (*take)(struct corefile *core, const struct note *note,
		     struct err *err);
} kinds[] = {
	{ NT_PRSTATUS, note_prstatus },
	{ NT_PRPSINFO, note_prpsinfo },
	{ NT_AUXV, note_auxv },
	{ NT_FILE, note_files },
};

static bool note_take(struct corefile *core, const struct note *note,
		      struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kinds[i].type == note->type)
			return kinds[i].take(core, note, err);
	}
	return true;
}

/* Is it one of the system's?  Registers beyond the first have other names. */
static bool note_is_core(const struct corefile *core, uint64_t offset,
			 uint32_t len)
{
	char name[5];

	return len == sizeof(name) &&
	       corefile_pread(core->fd, offset, name, sizeof(name)) &&
	       memcmp(name, "CORE", sizeof(name)) == 0;
}

bool corenotes_take(struct corefile *core, uint64_t offset, uint64_t len,
		    struct err *err)
{
	const uint64_t most = (uint64_t)MAX_THREADS * NOTES_A_THREAD;
	uint64_t at = 0;

	/* Headers may be many, and all of the same notes. */
	while (core->n_notes++ < most && len - at >= sizeof(Elf64_Nhdr)) {
		struct note note;
		Elf64_Nhdr nh;
		uint64_t name;

		if (!corefile_pread(core->fd, offset + at, &nh, sizeof(nh)))
			break;
		name = at + sizeof(nh);
		note = (struct note){
			.type = nh.n_type, .len = nh.n_descsz,
			.offset = offset + name +
				  addr_up(nh.n_namesz, 4),
		};
		at = name + addr_up(nh.n_namesz, 4) + addr_up(nh.n_descsz, 4);
		if (at > len)
			return err_set(err, ERR_BADDATA, "broken core file: a "
				       "note is longer than all of them");
		if (note_is_core(core, offset + name, nh.n_namesz) &&
		    !note_take(core, &note, err))
			return false;
	}
	return true;
}
