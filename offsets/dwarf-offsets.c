/* SPDX-License-Identifier: MIT */
/*
 * A file of offsets/ from the DWARF of an interpreter, or compared with it.
 *
 *	dwarf-offsets print LIKE ELF...
 *	dwarf-offsets check FILE ELF...
 *
 * ELF... is the interpreter's library (or program) and, for the types that are
 * private to extension modules, those modules.  DWARF knows no shapes and no
 * numbers (shape.h): `print` copies them from LIKE, to be gone through by
 * hand.  Separate debug files are found as debuggers find them.
 *
 * Exit status: 0 printed or equal, 1 different or failed, 77 no DWARF.
 */
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/vec.h"
#include "pyabi/abifile.h"

enum { EXIT_NO_DWARF = 77, MAX_NESTING = 32, MAX_PATH = 128 };

/* A struct of that name; several if files disagree about its size. */
struct named {
	const char *name;
	Dwarf_Die die;
	Dwarf_Word size;
};

struct index {
	VEC(struct named) structs;	/* in the order of the files */
	VEC(char *) wanted;		/* what paths begin with, sorted */
};

/* What a path leads to. */
struct place {
	Dwarf_Die type;
	Dwarf_Word offset;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void die_nomem(void)
{
	fputs("dwarf-offsets: out of memory\n", stderr);
	exit(EXIT_FAILURE);
}

/* --- paths of fields.h ------------------------------------------------- */

/* The next alternative of *path, complete, to @buf; false after the last. */
static bool next_path(const char **path, char *buf)
{
	char root[MAX_PATH];
	size_t len = strcspn(*path, "|");
	size_t root_len = 0;

	if (!len)
		return false;
	if (**path == '.') {	/* in the struct of the one before */
		snprintf(root, sizeof(root), "%s", buf);
		root_len = strcspn(root, ".");
	}
	snprintf(buf, MAX_PATH, "%.*s%.*s", (int)root_len, root, (int)len,
		 *path);
	*path += len;
	*path += **path == '|';
	return true;
}

/* Take "sizeof(" or "count(" and its ")" away. */
static bool unwrap(char *path, const char *function)
{
	size_t len = strlen(function);

	if (strncmp(path, function, len) != 0)
		return false;
	memmove(path, path + len, strlen(path + len) + 1);
	path[strcspn(path, ")")] = '\0';
	return true;
}

/* The first name of @path, and where it goes on. */
static size_t root_of(const char *path)
{
	return strcspn(path, ".");
}

static void want(struct index *index, const char *path)
{
	struct err err;
	char **s = vec_add(&index->wanted, &err);

	if (!s || !(*s = strndup(path, root_of(path))))
		die_nomem();
}

static void want_all(struct index *index)
{
	for (size_t i = 0; i < abi_n_fields; i++) {
		const char *path = abi_fields[i].path;
		char one[MAX_PATH];

		while (next_path(&path, one)) {
			char plain[MAX_PATH];

			memcpy(plain, one, sizeof(plain));
			if (!unwrap(plain, "sizeof("))
				unwrap(plain, "count(");
			want(index, plain);
		}
	}
	qsort(index->wanted.v, index->wanted.n, sizeof(char *), by_text);
}

/* --- the structs of a file --------------------------------------------- */

/* Through typedefs and qualifiers to what a type is. */
static bool peel(Dwarf_Die *die, Dwarf_Die *ret)
{
	return dwarf_peel_type(die, ret) == 0;
}

static bool is_struct(Dwarf_Die *die)
{
	int tag = dwarf_tag(die);

	return (tag == DW_TAG_structure_type || tag == DW_TAG_union_type) &&
	       !dwarf_hasattr(die, DW_AT_declaration);
}

static void add(struct index *index, const char *name, Dwarf_Die *die)
{
	Dwarf_Word size;
	struct err err;
	struct named *s;

	if (dwarf_aggregate_size(die, &size) != 0)
		return;
	for (size_t i = 0; i < index->structs.n; i++) {
		s = &index->structs.v[i];
		if (s->size == size && strcmp(s->name, name) == 0)
			return;
	}
	s = vec_add(&index->structs, &err);
	if (!s)
		die_nomem();
	*s = (struct named){ .name = name, .die = *die, .size = size };
}

static void look_at(struct index *index, Dwarf_Die *die)
{
	int tag = dwarf_tag(die);
	const char *name;
	Dwarf_Die type;

	if (tag != DW_TAG_typedef && tag != DW_TAG_structure_type &&
	    tag != DW_TAG_union_type)
		return;
	name = dwarf_diename(die);
	if (name &&
	    bsearch(&name, index->wanted.v, index->wanted.n, sizeof(char *),
		    by_text) &&
	    peel(die, &type) && is_struct(&type))
		add(index, name, &type);
}

static void index_module(struct index *index, Dwfl_Module *mod)
{
	Dwarf_Die *cu = NULL, die;
	Dwarf_Addr bias;

	while ((cu = dwfl_module_nextcu(mod, cu, &bias))) {
		if (dwarf_child(cu, &die) != 0)
			continue;
		do
			look_at(index, &die);
		while (dwarf_siblingof(&die, &die) == 0);
	}
}

/* --- members ----------------------------------------------------------- */

static bool type_of(Dwarf_Die *die, Dwarf_Die *ret)
{
	Dwarf_Attribute attr;
	Dwarf_Die type;

	return dwarf_attr_integrate(die, DW_AT_type, &attr) &&
	       dwarf_formref_die(&attr, &type) && peel(&type, ret);
}

/* Members of a union may have no location: they are at 0. */
static bool location_of(Dwarf_Die *member, Dwarf_Word *ret)
{
	Dwarf_Attribute attr;

	if (dwarf_hasattr(member, DW_AT_bit_size))
		return false;
	*ret = 0;
	return !dwarf_attr(member, DW_AT_data_member_location, &attr) ||
	       dwarf_formudata(&attr, ret) == 0;
}

static bool find_member(Dwarf_Die *in, const char *name, unsigned depth,
			struct place *ret);

static bool is_member(Dwarf_Die *member, const char *name, unsigned depth,
		      struct place *ret)
{
	const char *here = dwarf_diename(member);
	Dwarf_Word offset;
	Dwarf_Die type;

	if (dwarf_tag(member) != DW_TAG_member ||
	    !location_of(member, &offset) || !type_of(member, &type))
		return false;
	if (here && strcmp(here, name) == 0) {
		*ret = (struct place){ .type = type, .offset = offset };
		return true;
	}
	/* Without a name, its members are those of the struct around. */
	if (here || !is_struct(&type) ||
	    !find_member(&type, name, depth + 1, ret))
		return false;
	ret->offset += offset;
	return true;
}

static bool find_member(Dwarf_Die *in, const char *name, unsigned depth,
			struct place *ret)
{
	Dwarf_Die member;

	if (depth > MAX_NESTING || !is_struct(in) ||
	    dwarf_child(in, &member) != 0)
		return false;
	do {
		if (is_member(&member, name, depth, ret))
			return true;
	} while (dwarf_siblingof(&member, &member) == 0);
	return false;
}

/* One step of a path: "name" or "name[]". */
static bool step(struct place *at, const char *word, size_t len)
{
	char name[MAX_PATH];
	bool element = len > 2 && memcmp(word + len - 2, "[]", 2) == 0;
	struct place member;

	snprintf(name, sizeof(name), "%.*s", (int)(element ? len - 2 : len),
		 word);
	if (!find_member(&at->type, name, 0, &member))
		return false;
	if (element && (dwarf_tag(&member.type) != DW_TAG_array_type ||
			!type_of(&member.type, &member.type)))
		return false;
	at->offset += member.offset;
	at->type = member.type;
	return true;
}

static bool walk(const struct named *from, const char *path,
		 struct place *ret)
{
	*ret = (struct place){ .type = from->die };
	for (path += root_of(path); *path == '.';) {
		size_t len = strcspn(++path, ".");

		if (!step(ret, path, len))
			return false;
		path += len;
	}
	return true;
}

/* --- values ------------------------------------------------------------ */

static bool size_of(const struct place *at, uint64_t *ret)
{
	Dwarf_Die type = at->type;

	return dwarf_aggregate_size(&type, ret) == 0;
}

static bool count_of(const struct place *at, uint64_t *ret)
{
	Dwarf_Die type = at->type, element;
	Dwarf_Word all, one;

	if (dwarf_tag(&type) != DW_TAG_array_type ||
	    dwarf_aggregate_size(&type, &all) != 0 ||
	    !type_of(&type, &element) ||
	    dwarf_aggregate_size(&element, &one) != 0 || !one)
		return false;
	*ret = all / one;
	return true;
}

static bool offset_of(const struct place *at, uint64_t *ret)
{
	*ret = at->offset;
	return true;
}

static const struct measure {
	const char *function;
	bool (*of)(const struct place *at, uint64_t *ret);
} measures[] = {
	{ "sizeof(", size_of },
	{ "count(", count_of },
	{ "", offset_of },
};

struct answer {
	uint32_t offset;
	bool known;	/* a struct it could be in was there */
};

/* One alternative, in any struct of that name. */
static bool ask_one(const struct index *index, char *path, struct answer *ret)
{
	const struct measure *m = measures;
	size_t len;

	while (!unwrap(path, m->function))
		m++;
	len = root_of(path);
	for (size_t i = 0; i < index->structs.n; i++) {
		const struct named *s = &index->structs.v[i];
		struct place at;
		uint64_t n;

		if (strlen(s->name) != len || memcmp(s->name, path, len) != 0)
			continue;
		ret->known = true;
		if (walk(s, path, &at) && m->of(&at, &n) &&
		    n <= ABI_MAX_OFFSET) {
			ret->offset = (uint32_t)n;
			return true;
		}
	}
	return false;
}

static struct answer ask(const struct index *index,
			 const struct abi_field *field)
{
	struct answer ret = { .offset = ABI_ABSENT };
	const char *path = field->path;
	char one[MAX_PATH];

	while (next_path(&path, one)) {
		char plain[MAX_PATH];

		memcpy(plain, one, sizeof(plain));
		if (ask_one(index, plain, &ret))
			break;
	}
	return ret;
}

/* --- what to do with them ---------------------------------------------- */

static int print(const struct index *index, struct abi *abi)
{
	for (size_t i = 0; i < abi_n_fields; i++)
		abi_put(abi, &abi_fields[i],
			ask(index, &abi_fields[i]).offset);
	printf("# Facts: DWARF.  Shapes and numbers as in %s.\n", abi->name);
	abi->n_checked = 0;	/* nobody has, yet */
	abifile_print(stdout, abi);
	return EXIT_SUCCESS;
}

static const char *text_of(uint32_t offset, char *buf, size_t size)
{
	if (!abi_has(offset))
		return "-";
	snprintf(buf, size, "%u", offset);
	return buf;
}

static int check(const struct index *index, struct abi *abi)
{
	size_t different = 0, unknown = 0;

	for (size_t i = 0; i < abi_n_fields; i++) {
		uint32_t ours = abi_get(abi, &abi_fields[i]);
		struct answer dwarf = ask(index, &abi_fields[i]);
		char a[16], b[16];

		if (ours == dwarf.offset)
			continue;
		if (!dwarf.known) {
			unknown++;
			continue;
		}
		printf("%s: %s is %s, DWARF says %s\n", abi->name,
		       abi_fields[i].key, text_of(ours, a, sizeof(a)),
		       text_of(dwarf.offset, b, sizeof(b)));
		different++;
	}
	printf("%s: %zu fields, %zu differ, %zu in no struct of these files\n",
	       abi->name, abi_n_fields, different, unknown);
	return different ? EXIT_FAILURE : EXIT_SUCCESS;
}

static const struct command {
	const char *name;
	int (*run)(const struct index *index, struct abi *abi);
} commands[] = {
	{ "print", print },
	{ "check", check },
};

static const struct command *command_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

static int on_module(Dwfl_Module *mod, void **user, const char *name,
		     Dwarf_Addr start, void *arg)
{
	(void)user;
	(void)name;
	(void)start;
	index_module(arg, mod);
	return DWARF_CB_OK;
}

static bool index_files(struct index *index, Dwfl *dwfl, char **files)
{
	want_all(index);
	for (; *files; files++) {
		if (!dwfl_report_offline(dwfl, *files, *files, -1)) {
			fprintf(stderr, "dwarf-offsets: %s: %s\n", *files,
				dwfl_errmsg(-1));
			return false;
		}
	}
	dwfl_report_end(dwfl, NULL, NULL);
	dwfl_getmodules(dwfl, on_module, index, 0);
	return true;
}

int main(int argc, char **argv)
{
	const struct command *command = NULL;
	struct index index = { 0 };
	struct abi abi;
	struct err err;
	Dwfl *dwfl;
	int status;

	if (argc > 3)
		command = command_named(argv[1]);
	if (!command) {
		fputs("usage: dwarf-offsets print LIKE ELF...\n"
		      "  or:  dwarf-offsets check FILE ELF...\n", stderr);
		return 2;
	}
	if (!abifile_read(argv[2], &abi, &err)) {
		fprintf(stderr, "dwarf-offsets: %s\n", err.text);
		return EXIT_FAILURE;
	}
	dwfl = dwfl_begin(&callbacks);
	if (!dwfl || !index_files(&index, dwfl, argv + 3))
		status = EXIT_FAILURE;
	else if (!index.structs.n)
		status = EXIT_NO_DWARF;
	else
		status = command->run(&index, &abi);
	for (size_t i = 0; i < index.wanted.n; i++)
		free(index.wanted.v[i]);
	vec_free(&index.wanted);
	vec_free(&index.structs);
	dwfl_end(dwfl);
	return status;
}
