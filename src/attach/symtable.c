/* SPDX-License-Identifier: MIT */
#include "attach/symtable.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "attach/budget.h"
#include "attach/elffile.h"
#include "base/bounds.h"

enum {
	AT_ONCE = 1024,
	/* Symbols that all lie in one another, or have the same place. */
	MAX_MATCHES = 1 << 24,
};

struct pass {
	struct elffile *elf;
	struct elffile_symbols table;
	struct budget *budget;
	struct symtable_want *want;
	size_t n;
	unsigned matches;
};

static int by_address(const void *a, const void *b)
{
	const struct symtable_want *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static bool is_function(const Elf64_Sym *sym)
{
	unsigned type = ELF64_ST_TYPE(sym->st_info);

	return sym->st_shndx != SHN_UNDEF && sym->st_size > 0 &&
	       (type == STT_FUNC || type == STT_GNU_IFUNC ||
		type == STT_NOTYPE);
}

/* The first want at or behind @at. */
static size_t first_from(const struct pass *pass, raddr at)
{
	size_t low = 0, high = pass->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (pass->want[mid].at < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static size_t underscores(const char *name)
{
	return strspn(name, "_");
}

static int binding_rank(const Elf64_Sym *sym)
{
	switch (ELF64_ST_BIND(sym->st_info)) {
	case STB_GLOBAL:
		return 0;
	case STB_WEAK:
		return 1;
	default:
		return 2;
	}
}

/* Of names for the same code, the one people know: poll, not __poll. */
static bool is_better_name(struct pass *pass, const Elf64_Sym *sym,
			   const Elf64_Sym *than)
{
	char name[MAX_SYMBOL_NAME], other[MAX_SYMBOL_NAME];
	int rank = binding_rank(sym) - binding_rank(than);

	elffile_symbol_name(pass->elf, &pass->table, sym, name, sizeof(name));
	elffile_symbol_name(pass->elf, &pass->table, than, other,
			    sizeof(other));
	if (!*name || !*other)
		return *name != '\0';
	if (underscores(name) != underscores(other))
		return underscores(name) < underscores(other);
	if (rank != 0)
		return rank < 0;
	if (strlen(name) != strlen(other))
		return strlen(name) < strlen(other);
	return strcmp(name, other) < 0;
}

/* Functions may lie within others: the innermost is meant. */
static bool is_better(struct pass *pass, const Elf64_Sym *sym,
		      const Elf64_Sym *than)
{
	if (than->st_size == 0 || sym->st_value != than->st_value)
		return than->st_size == 0 || sym->st_value > than->st_value;
	if (sym->st_size != than->st_size)
		return sym->st_size < than->st_size;
	return sym->st_name != than->st_name &&
	       budget_take(pass->budget, 2 * MAX_SYMBOL_NAME) &&
	       is_better_name(pass, sym, than);
}

static void take_symbol(struct pass *pass, const Elf64_Sym *sym)
{
	if (!is_function(sym))
		return;
	for (size_t i = first_from(pass, sym->st_value);
	     i < pass->n && pass->want[i].at - sym->st_value < sym->st_size &&
	     ++pass->matches < MAX_MATCHES;
	     i++) {
		if (is_better(pass, sym, &pass->want[i].sym))
			pass->want[i].sym = *sym;
	}
}

static void name_it(struct pass *pass, struct symtable_want *want)
{
	char name[MAX_SYMBOL_NAME];

	if (want->sym.st_size == 0)
		return;
	elffile_symbol_name(pass->elf, &pass->table, &want->sym, name,
			    sizeof(name));
	want->name = name[0] ? strdup(name) : NULL;
}

void symtable_find(struct elffile *elf, struct symtable_want *want, size_t n,
		   struct budget *budget)
{
	struct pass pass = {
		.elf = elf, .budget = budget, .want = want, .n = n,
	};
	Elf64_Sym sym[AT_ONCE];
	size_t got;

	qsort(want, n, sizeof(*want), by_address);
	if (!elffile_symbols(elf, &pass.table))
		return;
	while (budget_take(budget, sizeof(sym)) &&
	       (got = elffile_next_symbols(elf, &pass.table, sym, AT_ONCE))) {
		for (size_t i = 0; i < got; i++)
			take_symbol(&pass, &sym[i]);
	}
	/* A pass that did not come to its end may have found the wrong ones. */
	for (size_t i = 0; i < n && !budget_is_spent(budget); i++)
		name_it(&pass, &want[i]);
}
