/* SPDX-License-Identifier: MIT */
/*
 * Names of code; the door to libdw.
 *
 * libdw reads by descriptor (ELF_C_READ), never by mapping: somebody may
 * truncate the file meanwhile.  So it loads all sections with DWARF of a file,
 * once, and files beyond MAX_DEBUG_FILE stay without lines.
 */
#include "attach/symbols.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attach/code.h"
#include "attach/debugfile.h"
#include "attach/demangle.h"
#include "attach/elffile.h"
#include "attach/symtable.h"
#include "base/addrmap.h"
#include "base/bounds.h"
#include "base/parallel.h"

/* The functions of a compilation unit, and where they are described. */
struct symbols_function {
	Dwarf_Addr low, high;
	Dwarf_Off die;
};

struct symbols_unit {
	Dwarf_Off at;
	VEC(struct symbols_function) functions;
};

/* What is known of a file of code->files, by its number. */
struct symbols_file {
	bool is_used, tried_debug, tried_dwarf;
	struct elffile *debug;	/* the separate debug file, or NULL */
	Elf *elf;
	Dwarf *dwarf;		/* NULL: none */
	VEC(struct symbols_unit) units;
};

struct symbols {
	struct code *code;
	unsigned generation;
	VEC(struct symbol) all;
	size_t n_resolved;	/* of them */
	struct addrmap of;	/* address to number in all */
	struct symbols_file *files;
	size_t n_files;
	struct demangler demangler;
	struct timespec begin;	/* of the look, for SYMBOLS_MS */
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
	for (size_t i = 0; i < sy->n_files; i++) {
		struct symbols_file *file = &sy->files[i];

		for (size_t j = 0; j < file->units.n; j++)
			vec_free(&file->units.v[j].functions);
		vec_free(&file->units);
		dwarf_end(file->dwarf);
		elf_end(file->elf);
		if (file->debug)
			elffile_close(file->debug);
		free(file->debug);
	}
	free(sy->files);
	sy->files = NULL;
	sy->n_files = 0;
}

struct symbols *symbols_new(struct code *code, struct err *err)
{
	struct symbols *sy = calloc(1, sizeof(*sy));

	if (!sy) {
		err_nomem(err);
		return NULL;
	}
	elf_version(EV_CURRENT);
	sy->code = code;
	return sy;
}

void symbols_free(struct symbols *sy)
{
	if (!sy)
		return;
	forget_names(sy);
	vec_free(&sy->all);
	forget_files(sy);
	demangler_fini(&sy->demangler);
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
	if (!sy->files)
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

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static char *placeholder(const struct symbol *sym)
{
	char *name = NULL;
	int len;

	if (sym->module)
		len = asprintf(&name, "%s+%" PRIraddr, base_name(sym->module),
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

static struct elffile *debug_of(struct symbols *sy, size_t number)
{
	struct symbols_file *file = &sy->files[number];
	const struct code_file *code = &sy->code->files.v[number];
	struct err err;
	int fd;

	if (file->tried_debug)
		return file->debug;
	file->tried_debug = true;
	fd = debugfile_open(sy->code->proc, code->elf, code->path);
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
static struct elffile *symbols_in(struct symbols *sy, size_t number)
{
	struct elffile *elf = sy->code->files.v[number].elf;
	struct elffile *debug;

	if (!elf || has_section(elf, ".symtab"))
		return elf;
	debug = debug_of(sy, number);
	return debug && has_section(debug, ".symtab") ? debug : elf;
}

static void take_name(struct symbols *sy, struct symbol *sym, char *name)
{
	char *nice;

	if (name)
		*strchrnul(name, '@') = '\0';	/* the version of a symbol */
	nice = name ? demangle(&sy->demangler, name) : NULL;

	sym->is_named = name != NULL;
	sym->function = nice ? nice : name;
	if (nice)
		free(name);
}

/* The wants of one file: @of says whose each symbol's address is. */
static bool name_file(struct symbols *sy, size_t number,
		      const uint32_t *of, struct err *err)
{
	const struct code_file *file = &sy->code->files.v[number];
	struct elffile *elf = symbols_in(sy, number);
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
		symtable_find(elf, wants.v, wants.n);
	for (size_t i = 0; i < wants.n; i++)
		take_name(sy, symbols_get(sy, wants.v[i].at + file->bias),
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

bool symbols_resolve(struct symbols *sy, struct err *err)
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
		if (sy->files[i].is_used && !name_file(sy, i, of, err))
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

static bool begin_dwarf(struct symbols_file *file, const struct elffile *from)
{
	if (from->fd < 0 || from->size > MAX_DEBUG_FILE)
		return false;
	file->elf = elf_begin(from->fd, ELF_C_READ, NULL);
	if (!file->elf)
		return false;
	file->dwarf = dwarf_begin_elf(file->elf, DWARF_C_READ, NULL);
	return file->dwarf != NULL;
}

static Dwarf *dwarf_of(struct symbols *sy, size_t number)
{
	struct symbols_file *file = &sy->files[number];
	struct elffile *elf = sy->code->files.v[number].elf, *debug;

	if (file->tried_dwarf || !elf)
		return file->dwarf;
	file->tried_dwarf = true;
	if (has_section(elf, ".debug_info")) {
		begin_dwarf(file, elf);
		return file->dwarf;
	}
	debug = debug_of(sy, number);
	if (debug && has_section(debug, ".debug_info"))
		begin_dwarf(file, debug);
	return file->dwarf;
}

struct opening {
	struct symbols *sy;
	size_t next;		/* atomic */
};

static void open_some(void *arg, unsigned i)
{
	struct opening *op = arg;
	size_t n;

	(void)i;
	while ((n = __atomic_fetch_add(&op->next, 1, __ATOMIC_RELAXED)) <
	       op->sy->n_files) {
		if (op->sy->files[n].is_used)
			dwarf_of(op->sy, n);
	}
}

void symbols_open_lines(struct symbols *sy)
{
	struct opening op = { .sy = sy };
	size_t todo = 0;

	clock_gettime(CLOCK_MONOTONIC, &sy->begin);
	for (size_t i = 0; i < sy->n_files; i++)
		todo += sy->files[i].is_used && !sy->files[i].tried_dwarf;
	if (todo > 0)
		parallel_run(todo < parallel_width() ? (unsigned)todo
						     : parallel_width(),
			     open_some, &op);
}

/* clang leaves out .debug_aranges, in which dwarf_addrdie() looks. */
static bool unit_at(Dwarf *dwarf, Dwarf_Addr at, Dwarf_Die *ret)
{
	Dwarf_Off off = 0, next;
	size_t header;

	if (dwarf_addrdie(dwarf, at, ret))
		return true;
	while (dwarf_nextcu(dwarf, off, &next, &header, NULL, NULL, NULL) ==
	       0) {
		if (dwarf_offdie(dwarf, off + header, ret) &&
		    dwarf_haspc(ret, at) == 1)
			return true;
		if (next <= off)
			return false;
		off = next;
	}
	return false;
}

static bool has_code(int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine ||
	       tag == DW_TAG_lexical_block;
}

static bool may_hold_functions(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_module ||
	       tag == DW_TAG_structure_type || tag == DW_TAG_class_type;
}

/* -- The functions of a compilation unit, listed once --------------------- */

struct listing {
	struct symbols_unit *unit;
	unsigned dies;		/* looked at */
	bool fine;
};

static bool list_function(struct symbols_unit *unit, Dwarf_Die *die)
{
	Dwarf_Addr base, low, high;
	struct err err;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(die, at, &base, &low, &high)) > 0) {
		struct symbols_function *f;

		if (unit->functions.n >= MAX_SYMBOLS)
			return false;
		f = vec_add(&unit->functions, &err);
		if (!f)
			return false;
		*f = (struct symbols_function){ low, high,
						dwarf_dieoffset(die) };
	}
	return true;
}

static void list_functions(struct listing *li, Dwarf_Die *parent, int depth)
{
	Dwarf_Die die;

	if (depth == 0 || dwarf_child(parent, &die) != 0)
		return;
	do {
		int tag = dwarf_tag(&die);

		if (++li->dies > MAX_DIES)
			return;
		if (tag == DW_TAG_subprogram)
			li->fine &= list_function(li->unit, &die);
		else if (may_hold_functions(tag))
			list_functions(li, &die, depth - 1);
	} while (li->fine && dwarf_siblingof(&die, &die) == 0);
}

static struct symbols_unit *unit_of(struct symbols_file *file,
				    Dwarf_Die *unit_die)
{
	const Dwarf_Off at = dwarf_dieoffset(unit_die);
	struct symbols_unit *unit;
	struct listing li = { .fine = true };
	struct err err;

	for (size_t i = 0; i < file->units.n; i++) {
		if (file->units.v[i].at == at)
			return &file->units.v[i];
	}
	unit = vec_add(&file->units, &err);
	if (!unit)
		return NULL;
	unit->at = at;
	li.unit = unit;
	list_functions(&li, unit_die, 16);
	return unit;
}

static bool function_at(struct symbols_file *file, Dwarf_Die *unit_die,
			Dwarf_Addr at, Dwarf_Die *ret)
{
	const struct symbols_unit *unit = unit_of(file, unit_die);

	for (size_t i = 0; unit && i < unit->functions.n; i++) {
		const struct symbols_function *f = &unit->functions.v[i];

		if (at >= f->low && at < f->high)
			return dwarf_offdie(file->dwarf, f->die, ret) != NULL;
	}
	return false;
}

/* -- What encloses an address --------------------------------------------- */

/* The functions around an address, outermost first. */
struct chain {
	Dwarf_Die die[64];
	size_t n;
};

/* Of the children of @parent the one around @at. */
static bool child_at(Dwarf_Die *parent, Dwarf_Addr at, Dwarf_Die *ret)
{
	unsigned dies = 0;

	if (dwarf_child(parent, ret) != 0)
		return false;
	do {
		if (++dies > MAX_DIES)
			return false;
		if (has_code(dwarf_tag(ret)) && dwarf_haspc(ret, at) == 1)
			return true;
	} while (dwarf_siblingof(ret, ret) == 0);
	return false;
}

static void find_chain(struct symbols_file *file, struct chain *chain,
		       Dwarf_Die *unit, Dwarf_Addr at)
{
	Dwarf_Die here, child;

	chain->n = 0;
	if (!function_at(file, unit, at, &here))
		return;
	chain->die[chain->n++] = here;
	for (int depth = 0; depth < 256 && chain->n < ARRAY_SIZE(chain->die) &&
	     child_at(&here, at, &child); depth++) {
		here = child;
		if (dwarf_tag(&here) != DW_TAG_lexical_block)
			chain->die[chain->n++] = here;
	}
}

static char *name_of(struct symbols *sy, Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	const char *name = NULL;
	char *nice = NULL;

	if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attr))
		name = dwarf_formstring(&attr);
	if (name)
		nice = demangle(&sy->demangler, name);
	if (nice)
		return nice;
	if (dwarf_attr_integrate(die, DW_AT_name, &attr))
		name = dwarf_formstring(&attr);
	return name ? strdup(name) : NULL;
}

static int64_t number_of(Dwarf_Die *die, unsigned what)
{
	Dwarf_Attribute attr;
	Dwarf_Word word;

	if (!dwarf_attr(die, what, &attr) ||
	    dwarf_formudata(&attr, &word) != 0 || word > INT32_MAX)
		return -1;
	return (int64_t)word;
}

/* Where the function that was inlined here was called. */
static const char *call_file(Dwarf_Die *unit, Dwarf_Die *die)
{
	int64_t number = number_of(die, DW_AT_call_file);
	Dwarf_Files *files;
	size_t n;

	if (number < 0 || dwarf_getsrcfiles(unit, &files, &n) != 0 ||
	    (size_t)number >= n)
		return NULL;
	return dwarf_filesrc(files, (size_t)number, NULL, NULL);
}

struct position {
	const char *file;
	int64_t line, column;
};

static struct position position_at(Dwarf_Die *unit, Dwarf_Addr at)
{
	struct position pos = { NULL, -1, -1 };
	Dwarf_Line *line = dwarf_getsrc_die(unit, at);
	int number;

	if (!line)
		return pos;
	pos.file = dwarf_linesrc(line, NULL, NULL);
	/* Line 0 is the compiler's word for "of no line". */
	if (dwarf_lineno(line, &number) == 0 && number > 0)
		pos.line = number;
	if (dwarf_linecol(line, &number) == 0 && number > 0)
		pos.column = number;
	return pos;
}

static bool add_line(struct symbol *sym, const struct position *pos,
		     char *function)
{
	struct err err;
	struct symbol_line *line = vec_add(&sym->lines, &err);

	if (!line) {
		free(function);
		return false;
	}
	*line = (struct symbol_line){
		.function = function,
		.file = pos->file ? strdup(pos->file) : NULL,
		.line = pos->line, .column = pos->column,
	};
	return true;
}

/*
 * A function's symbol is what its callers say (poll, where DWARF has __poll),
 * but the compiler's parts of functions (f.cold, f.part.0) have one, too.
 */
static char *outer_name(struct symbols *sy, const struct symbol *sym,
			Dwarf_Die *die)
{
	if (sym->is_named && !strchr(sym->function, '.'))
		return NULL;
	return name_of(sy, die);
}

static int64_t positive(int64_t number)
{
	return number > 0 ? number : -1;
}

static void fill_lines(struct symbols *sy, struct symbols_file *file,
		       struct symbol *sym, Dwarf_Addr at)
{
	struct position pos;
	struct chain chain;
	Dwarf_Die unit;

	if (!unit_at(file->dwarf, at, &unit))
		return;
	pos = position_at(&unit, at);
	find_chain(file, &chain, &unit, at);
	for (size_t i = chain.n; i > 0; i--) {
		Dwarf_Die *die = &chain.die[i - 1];

		bool is_inlined = dwarf_tag(die) == DW_TAG_inlined_subroutine;

		if (!add_line(sym, &pos, is_inlined ? name_of(sy, die)
						    : outer_name(sy, sym, die)))
			return;
		if (!is_inlined)
			return;
		pos.file = call_file(&unit, die);
		pos.line = positive(number_of(die, DW_AT_call_line));
		pos.column = positive(number_of(die, DW_AT_call_column));
	}
	/* No function around it: its symbol knows better. */
	if (pos.line > 0)
		add_line(sym, &pos, NULL);
}

static bool takes_too_long(const struct symbols *sy)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - sy->begin.tv_sec) * 1000 +
	       (now.tv_nsec - sy->begin.tv_nsec) / 1000000 > SYMBOLS_MS;
}

void symbols_lines(struct symbols *sy, struct symbol *sym)
{
	struct code_file *file = code_find(sy->code, sym->at);
	size_t number;

	if (sym->tried_lines || !file || !file->elf || !sy->files ||
	    takes_too_long(sy))
		return;
	sym->tried_lines = true;
	number = (size_t)(file - sy->code->files.v);
	if (dwarf_of(sy, number))
		fill_lines(sy, &sy->files[number], sym, sym->at - file->bias);
}
