/* SPDX-License-Identifier: MIT */
/*
 * Names of code.
 *
 * From symbols, which are looked up here; then lines, and names as their
 * authors wrote them, which a decoder finds, for all addresses at once.
 */
#include "attach/symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach/budget.h"
#include "attach/code.h"
#include "attach/debugfile.h"
#include "attach/decoder.h"
#include "attach/elffile.h"
#include "attach/symtable.h"
#include "base/addrmap.h"
#include "base/bounds.h"
#include "base/path.h"

/* What is known of a file of code->files, by its number. */
struct symbols_file {
	bool is_used, tried_debug, tried_lines;
	struct elffile *debug;	/* the separate debug file, or NULL */
};

struct symbols {
	struct code *code;
	unsigned generation;
	VEC(struct symbol) all;
	size_t n_resolved;	/* of them */
	struct addrmap of;	/* address to number in all */
	struct symbols_file *files;
	struct decoder_file *decoded;	/* the same files */
	size_t n_files;
	struct decoder *decoder;
};

/* -- What is kept --------------------------------------------------------- */

static void lines_fini(struct symbol *sym)
{
	for (size_t i = 0; i < sym->lines.n; i++) {
		free(sym->lines.v[i].function);
		free(sym->lines.v[i].file);
	}
	vec_free(&sym->lines);
}

static void forget_names(struct symbols *sy)
{
	for (size_t i = 0; i < sy->all.n; i++) {
		free(sy->all.v[i].function);
		lines_fini(&sy->all.v[i]);
	}
	sy->all.n = sy->n_resolved = 0;
	addrmap_fini(&sy->of);
}

static void forget_files(struct symbols *sy)
{
	if (sy->decoder)
		decoder_forget(sy->decoder);
	for (size_t i = 0; i < sy->n_files; i++) {
		if (sy->files[i].debug)
			elffile_close(sy->files[i].debug);
		free(sy->files[i].debug);
	}
	free(sy->files);
	free(sy->decoded);
	sy->files = NULL;
	sy->decoded = NULL;
	sy->n_files = 0;
}

struct symbols *symbols_new(struct code *code, struct err *err)
{
	struct symbols *sy = calloc(1, sizeof(*sy));

	if (!sy) {
		err_nomem(err);
		return NULL;
	}
	sy->code = code;
	sy->decoder = decoder_new(err);
	if (sy->decoder)
		return sy;
	free(sy);
	return NULL;
}

void symbols_free(struct symbols *sy)
{
	if (!sy)
		return;
	forget_names(sy);
	vec_free(&sy->all);
	forget_files(sy);
	decoder_free(sy->decoder);
	free(sy);
}

static bool keep_up(struct symbols *sy, struct err *err)
{
	if (sy->generation == sy->code->generation &&
	    sy->all.n < MAX_KNOWN_SYMBOLS)
		return true;
	forget_names(sy);
	if (sy->generation == sy->code->generation)
		return true;
	forget_files(sy);
	sy->files = calloc(sy->code->files.n + 1, sizeof(*sy->files));
	sy->decoded = calloc(sy->code->files.n + 1, sizeof(*sy->decoded));
	if (!sy->files || !sy->decoded)
		return err_nomem(err);
	sy->n_files = sy->code->files.n;
	sy->generation = sy->code->generation;
	return true;
}

bool symbols_want(struct symbols *sy, raddr at, struct err *err)
{
	struct symbol *sym;

	if (at == 0)
		return true;
	/* Those that are listed already must stay: the caller wants them. */
	if (sy->n_resolved == sy->all.n && !keep_up(sy, err))
		return false;
	if (addrmap_get(&sy->of, at) != ADDRMAP_NONE)
		return true;
	sym = vec_add(&sy->all, err);
	if (!sym)
		return false;
	*sym = (struct symbol){ .at = at };
	return addrmap_put(&sy->of, at, (uint32_t)(sy->all.n - 1), err);
}

struct symbol *symbols_get(struct symbols *sy, raddr at)
{
	uint32_t i = at ? addrmap_get(&sy->of, at) : ADDRMAP_NONE;

	return i < sy->all.n ? &sy->all.v[i] : NULL;
}

/* -- Names ---------------------------------------------------------------- */

static char *placeholder(const struct symbol *sym)
{
	char *name = NULL;
	int len;

	if (sym->module)
		len = asprintf(&name, "%s+%" PRIraddr, path_base(sym->module),
			       sym->offset);
	else
		len = asprintf(&name, "%" PRIraddr, sym->at);
	return len < 0 ? NULL : name;
}

static bool has_section(struct elffile *elf, const char *name)
{
	Elf64_Shdr sh;

	return elffile_section(elf, name, &sh) && sh.sh_type != SHT_NOBITS;
}

static struct elffile *debug_of(struct symbols *sy, size_t number,
				struct budget *budget)
{
	struct symbols_file *file = &sy->files[number];
	const struct code_file *code = &sy->code->files.v[number];
	struct err err;
	int fd;

	if (file->tried_debug)
		return file->debug;
	file->tried_debug = true;
	fd = debugfile_open(sy->code->target, code->elf, code->path,
			    budget);
	if (fd < 0)
		return NULL;
	file->debug = calloc(1, sizeof(*file->debug));
	if (!file->debug) {
		close(fd);
		return NULL;
	}
	if (!elffile_open(file->debug, fd, &err)) {
		free(file->debug);
		file->debug = NULL;
	}
	return file->debug;
}

/* Where the most symbols are. */
static struct elffile *symbols_in(struct symbols *sy, size_t number,
				  struct budget *budget)
{
	struct elffile *elf = sy->code->files.v[number].elf;
	struct elffile *debug;

	if (!elf || has_section(elf, ".symtab"))
		return elf;
	debug = debug_of(sy, number, budget);
	return debug && has_section(debug, ".symtab") ? debug : elf;
}

static void take_name(struct symbol *sym, char *name)
{
	if (name)
		*strchrnul(name, '@') = '\0';	/* the version of a symbol */
	sym->is_named = name != NULL;
	sym->function = name;
}

/* The wants of one file: @of says whose each symbol's address is. */
static bool name_file(struct symbols *sy, size_t number, const uint32_t *of,
		      struct budget *budget, struct err *err)
{
	const struct code_file *file = &sy->code->files.v[number];
	struct elffile *elf = symbols_in(sy, number, budget);
	VEC(struct symtable_want) wants = {0};

	for (size_t i = sy->n_resolved; i < sy->all.n && elf; i++) {
		struct symtable_want *want;

		if (of[i - sy->n_resolved] != number)
			continue;
		want = vec_add(&wants, err);
		if (!want) {
			vec_free(&wants);
			return false;
		}
		want->at = sy->all.v[i].at - file->bias;
	}
	if (wants.n > 0)
		symtable_find(elf, wants.v, wants.n, budget);
	for (size_t i = 0; i < wants.n; i++)
		take_name(symbols_get(sy, wants.v[i].at + file->bias),
			  wants.v[i].name);
	vec_free(&wants);
	return true;
}

static uint32_t place_it(struct symbols *sy, struct symbol *sym)
{
	struct code_file *file = code_find(sy->code, sym->at);

	if (!file)
		return UINT32_MAX;
	sym->module = file->path;
	sym->offset = sym->at - (file->elf ? file->bias : file->start);
	return (uint32_t)(file - sy->code->files.v);
}

bool symbols_resolve(struct symbols *sy, struct budget *budget,
		     struct err *err)
{
	size_t n = sy->all.n - sy->n_resolved;
	auto_free uint32_t *of = calloc(n + 1, sizeof(*of));

	if (!of)
		return err_nomem(err);
	for (size_t i = 0; i < n; i++) {
		of[i] = place_it(sy, &sy->all.v[sy->n_resolved + i]);
		if (of[i] < sy->n_files)
			sy->files[of[i]].is_used = true;
	}
	for (size_t i = 0; i < sy->n_files && n > 0; i++) {
		if (sy->files[i].is_used && !name_file(sy, i, of, budget, err))
			return false;
	}
	for (size_t i = sy->n_resolved; i < sy->all.n; i++) {
		struct symbol *sym = &sy->all.v[i];

		if (!sym->function)
			sym->function = placeholder(sym);
		if (!sym->function)
			return err_nomem(err);
	}
	sy->n_resolved = sy->all.n;
	return true;
}

/* -- Lines ---------------------------------------------------------------- */

static bool has_dwarf(struct elffile *elf)
{
	return has_section(elf, ".debug_info") ||
	       has_section(elf, ".zdebug_info");
}

/* The file that has the DWARF of file @number, or NULL. */
static struct elffile *lines_in(struct symbols *sy, size_t number,
				struct budget *budget)
{
	struct elffile *elf = sy->code->files.v[number].elf, *debug;

	if (!elf || has_dwarf(elf))
		return elf && elf->fd >= 0 ? elf : NULL;
	debug = debug_of(sy, number, budget);
	return debug && has_dwarf(debug) ? debug : NULL;
}

static bool is_mangled(const struct symbol *sym)
{
	return sym->is_named && sym->function[0] == '_' &&
	       strchr("_ZR", sym->function[1]);
}

struct describing {
	struct symbols *sy;
	VEC(struct decoder_want) wants;
	VEC(struct symbol *) of;	/* whose they are */
};

static bool want_description(struct describing *de, struct symbol *sym,
			     struct budget *budget, struct err *err)
{
	struct symbols *sy = de->sy;
	struct code_file *code = code_find(sy->code, sym->at);
	size_t number = code ? (size_t)(code - sy->code->files.v) : SIZE_MAX;
	struct decoder_want *want;
	struct symbol **slot;

	if (number < sy->n_files && !sy->files[number].tried_lines) {
		sy->files[number].tried_lines = true;
		sy->decoded[number].elf = lines_in(sy, number, budget);
	}
	if ((number >= sy->n_files || !sy->decoded[number].elf) &&
	    !is_mangled(sym)) {
		sym->is_described = true;
		return true;
	}
	want = vec_add(&de->wants, err);
	slot = want ? vec_add(&de->of, err) : NULL;
	if (!slot)
		return false;
	*slot = sym;
	*want = (struct decoder_want){
		.file = number, .at = code ? sym->at - code->bias : 0,
		.name = is_mangled(sym) ? sym->function : NULL,
	};
	return true;
}

static void describe_name(void *arg, size_t i, char *name)
{
	const struct describing *de = arg;

	free(de->of.v[i]->function);
	de->of.v[i]->function = name;
}

/*
 * A function's symbol is what its callers say (poll, where DWARF has __poll),
 * but the compiler's parts of functions (f.cold, f.part.0) have one, too.
 */
static bool describe_line(void *arg, size_t i, const struct decoder_line *line)
{
	const struct describing *de = arg;
	struct symbol *sym = de->of.v[i];
	struct err ignored;
	struct symbol_line *slot = vec_add(&sym->lines, &ignored);

	if (!slot || (!line->is_inlined && sym->is_named &&
		      !strchr(sym->function, '.')))
		free(line->function);
	else
		slot->function = line->function;
	if (!slot) {
		free(line->file);
		return false;
	}
	slot->file = line->file;
	slot->line = line->line;
	slot->column = line->column;
	return true;
}

bool symbols_describe(struct symbols *sy, struct budget *budget,
		      struct err *err)
{
	struct describing de = { .sy = sy };
	const struct decoder_take take = { describe_name, describe_line, &de };
	bool fine = true;

	for (size_t i = 0; i < sy->n_resolved && fine; i++) {
		if (!sy->all.v[i].is_described)
			fine = want_description(&de, &sy->all.v[i], budget,
						err);
	}
	if (fine && !decoder_ask(sy->decoder, sy->decoded, sy->n_files,
				 de.wants.v, de.wants.n, budget, &take))
		fine = err_nomem(err);
	for (size_t i = 0; i < de.of.n; i++)
		de.of.v[i]->is_described = de.wants.v[i].is_answered;
	vec_free(&de.wants);
	vec_free(&de.of);
	return fine;
}

const char *symbols_fault(const struct symbols *sy, size_t *i,
			  const char **ret_file)
{
	static const char *const why[] = {
		[DECODER_TOO_LARGE] = "its debug information is too large",
		[DECODER_NO_MEMORY] =
			"its debug information takes too much memory",
		[DECODER_DIED] = "its debug information makes no sense",
	};

	for (; *i < sy->n_files; ++*i) {
		enum decoder_fault fault = sy->decoded[*i].fault;

		if (fault == DECODER_FINE || !sy->files[*i].is_used)
			continue;
		*ret_file = path_base(sy->code->files.v[(*i)++].path);
		return why[fault];
	}
	return NULL;
}
