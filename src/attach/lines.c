/* SPDX-License-Identifier: MIT */
/*
 * The door to libdw.
 *
 * It is given a copy of the sections with DWARF (dwarfimage.h), never the file:
 * it has no path and no descriptor, and the copy no link to another file.  That
 * leaves split DWARF, of which we read the half that is here: lines, but no
 * functions.  Only dwarf_cu_info() and dwarf_get_units(), asked for the other
 * half of a skeleton, open a file: we do not ask.  Units that say they are such
 * a half themselves are passed over, and references from one entry to another
 * followed here: dwarf_attr_integrate() would ask for the skeleton.
 *
 * Nothing in DWARF is believed: entries refer to one another in rings, and
 * units are nested as deep as somebody likes.
 *
 * Facts: elfutils 0.188, libdw: who calls __libdw_find_split_unit() and
 *        dwarf_getalt().
 */
#include "attach/lines.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach/dwarfimage.h"
#include "base/bounds.h"
#include "base/vec.h"

enum {
	MAX_NESTED = 16,	/* namespaces and classes in each other */
	MAX_BLOCKS = 256,	/* blocks and functions in each other */
	MAX_INLINED = 64,	/* functions of a chain */
};

/* The functions of a compilation unit, and where they are described. */
struct lines_function {
	Dwarf_Addr low, high;
	Dwarf_Off die;
};

struct lines_unit {
	Dwarf_Off at;
	VEC(struct lines_function) functions;
};

struct lines {
	struct dwarfimage image;
	Elf *elf;
	Dwarf *dwarf;
	VEC(struct lines_unit) units;
};

/* -- Opening -------------------------------------------------------------- */

/* Of libdw no call comes back from here. */
static void __attribute__((noreturn)) lines_out_of_memory(void)
{
	_exit(LINES_NO_MEMORY);
}

static bool begin_dwarf(struct lines *lines, struct err *err)
{
	lines->elf = elf_memory((char *)lines->image.bytes, lines->image.len);
	if (lines->elf)
		lines->dwarf = dwarf_begin_elf(lines->elf, DWARF_C_READ, NULL);
	if (!lines->dwarf)
		return err_set(err, ERR_BADDATA, "no debug information: %s",
			       dwarf_errmsg(-1));
	dwarf_new_oom_handler(lines->dwarf, lines_out_of_memory);
	return true;
}

struct lines *lines_open(struct elffile *elf, uint64_t *most, struct err *err)
{
	struct lines *lines = calloc(1, sizeof(*lines));

	if (!lines) {
		err_nomem(err);
		return NULL;
	}
	elf_version(EV_CURRENT);
	if (dwarfimage_make(elf, *most, &lines->image, err) &&
	    begin_dwarf(lines, err)) {
		*most -= lines->image.unpacked;
		return lines;
	}
	lines_close(lines);
	return NULL;
}

void lines_close(struct lines *lines)
{
	if (!lines)
		return;
	for (size_t i = 0; i < lines->units.n; i++)
		vec_free(&lines->units.v[i].functions);
	vec_free(&lines->units);
	dwarf_end(lines->dwarf);
	elf_end(lines->elf);
	dwarfimage_fini(&lines->image);
	free(lines);
}

/* -- Units ---------------------------------------------------------------- */

static bool is_of_this_file(const Dwarf_Die *die)
{
	uint8_t type;

	return dwarf_cu_info(die->cu, NULL, &type, NULL, NULL, NULL, NULL,
			     NULL) == 0 &&
	       (type == DW_UT_compile || type == DW_UT_partial ||
		type == DW_UT_skeleton);
}

/* clang leaves out .debug_aranges, in which dwarf_addrdie() looks. */
static bool unit_at(Dwarf *dwarf, Dwarf_Addr at, Dwarf_Die *ret)
{
	Dwarf_Off off = 0, next;
	size_t header;

	if (dwarf_addrdie(dwarf, at, ret))
		return is_of_this_file(ret);
	while (dwarf_nextcu(dwarf, off, &next, &header, NULL, NULL, NULL) ==
	       0) {
		if (dwarf_offdie(dwarf, off + header, ret) &&
		    is_of_this_file(ret) && dwarf_haspc(ret, at) == 1)
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
	struct lines_unit *unit;
	unsigned dies;		/* looked at */
	bool fine;
};

static bool list_function(struct lines_unit *unit, Dwarf_Die *die)
{
	Dwarf_Addr base, low, high;
	struct err err;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(die, at, &base, &low, &high)) > 0) {
		struct lines_function *f;

		if (unit->functions.n >= MAX_SYMBOLS)
			return false;
		f = vec_add(&unit->functions, &err);
		if (!f)
			lines_out_of_memory();
		*f = (struct lines_function){ low, high,
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

static struct lines_unit *unit_of(struct lines *lines, Dwarf_Die *unit_die)
{
	const Dwarf_Off at = dwarf_dieoffset(unit_die);
	struct lines_unit *unit;
	struct listing li = { .fine = true };
	struct err err;

	for (size_t i = 0; i < lines->units.n; i++) {
		if (lines->units.v[i].at == at)
			return &lines->units.v[i];
	}
	unit = vec_add(&lines->units, &err);
	if (!unit)
		lines_out_of_memory();
	unit->at = at;
	li.unit = unit;
	list_functions(&li, unit_die, MAX_NESTED);
	return unit;
}

static bool function_at(struct lines *lines, Dwarf_Die *unit_die,
			Dwarf_Addr at, Dwarf_Die *ret)
{
	const struct lines_unit *unit = unit_of(lines, unit_die);

	for (size_t i = 0; i < unit->functions.n; i++) {
		const struct lines_function *f = &unit->functions.v[i];

		if (at >= f->low && at < f->high)
			return dwarf_offdie(lines->dwarf, f->die, ret) != NULL;
	}
	return false;
}

/* -- What encloses an address --------------------------------------------- */

/* The functions around an address, outermost first. */
struct chain {
	Dwarf_Die die[MAX_INLINED];
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

static void find_chain(struct lines *lines, struct chain *chain,
		       Dwarf_Die *unit, Dwarf_Addr at)
{
	Dwarf_Die here, child;

	chain->n = 0;
	if (!function_at(lines, unit, at, &here))
		return;
	chain->die[chain->n++] = here;
	for (int depth = 0;
	     depth < MAX_BLOCKS && chain->n < MAX_INLINED &&
	     child_at(&here, at, &child); depth++) {
		here = child;
		if (dwarf_tag(&here) != DW_TAG_lexical_block)
			chain->die[chain->n++] = here;
	}
}

/* Attribute @what of @from, or of what it is an instance of. */
static const char *attr_text(const Dwarf_Die *from, unsigned what)
{
	Dwarf_Die die = *from;

	for (int i = 0; i < MAX_DIE_ORIGINS && is_of_this_file(&die); i++) {
		Dwarf_Attribute attr;
		Dwarf_Die next;

		if (dwarf_attr(&die, what, &attr))
			return dwarf_formstring(&attr);
		if ((!dwarf_attr(&die, DW_AT_abstract_origin, &attr) &&
		     !dwarf_attr(&die, DW_AT_specification, &attr)) ||
		    !dwarf_formref_die(&attr, &next))
			return NULL;
		die = next;
	}
	return NULL;
}

static int64_t attr_number(Dwarf_Die *die, unsigned what)
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
	int64_t number = attr_number(die, DW_AT_call_file);
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

static int64_t positive(int64_t number)
{
	return number > 0 ? number : -1;
}

void lines_at(struct lines *lines, raddr at,
	      void (*fn)(void *arg, const struct lines_row *row), void *arg)
{
	struct position pos;
	struct chain chain;
	Dwarf_Die unit;

	if (!unit_at(lines->dwarf, at, &unit))
		return;
	pos = position_at(&unit, at);
	find_chain(lines, &chain, &unit, at);
	for (size_t i = chain.n; i > 0; i--) {
		Dwarf_Die *die = &chain.die[i - 1];
		const struct lines_row row = {
			.linkage = attr_text(die, DW_AT_linkage_name),
			.name = attr_text(die, DW_AT_name),
			.file = pos.file, .line = pos.line,
			.column = pos.column,
			.is_inlined = dwarf_tag(die) ==
				      DW_TAG_inlined_subroutine,
		};

		fn(arg, &row);
		if (!row.is_inlined)
			return;
		pos.file = call_file(&unit, die);
		pos.line = positive(attr_number(die, DW_AT_call_line));
		pos.column = positive(attr_number(die, DW_AT_call_column));
	}
	/* No function around it: its symbol knows better. */
	if (pos.line > 0)
		fn(arg, &(struct lines_row){
			.file = pos.file, .line = pos.line,
			.column = pos.column,
		});
}
