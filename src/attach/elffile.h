/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_ELFFILE_H
#define ATTACH_ELFFILE_H

#include <elf.h>
#include <stddef.h>

#include "attach/mem.h"
#include "base/addr.h"
#include "base/err.h"

/**
 * A 64-bit ELF program or library of the tracee: segments, sections, symbols.
 *
 * Only what is asked for is read, and only with pread(): a mapped file that
 * someone truncates would kill us with SIGBUS, and a single symbol needs a few
 * hundred bytes of thirty megabytes.  The same code reads the image in the
 * tracee's memory where the file is out of reach; it has no sections then.
 *
 * Nothing in it is believed.  Symbol values and section addresses are as in
 * the file: the caller adds the load bias.
 *
 * Threads: one at a time.
 * Errors:  ERR_BADDATA: no ELF file, or a broken one.
 * Facts:   elf(5); the GNU hash table as in glibc's elf/dl-lookup.c.
 */
struct elffile {
	struct mem image;	/* first: its bytes by virtual address */
	int fd;			/* -1: read from memory */
	uint64_t size;		/* of the file */
	struct mem *memory;	/* of the tracee, with the bias below */
	raddr bias;

	uint16_t type, machine;
	uint64_t shoff;
	uint16_t shnum, shstrndx;
	Elf64_Phdr *phdr;
	size_t n_phdr;

	Elf64_Shdr *shdr;	/* NULL: not read yet, or none */
	bool tried_sections;
	char *shstr;
	uint64_t shstr_len;

	Elf64_Sym *sym;		/* of .symtab, once asked for */
	size_t n_sym;
	char *str;
	uint64_t str_len;
	bool tried_symtab;
};

/** Takes over @fd, also if it fails. */
MUST_CHECK bool elffile_open(struct elffile *elf, int fd, struct err *err);

/** The image whose header lies at @at in @memory, which must stay. */
MUST_CHECK bool elffile_open_memory(struct elffile *elf, struct mem *memory,
				    raddr at, struct err *err);
void elffile_close(struct elffile *elf);

/** Exactly @len bytes at @offset of the file; false: it has not so many. */
bool elffile_read(const struct elffile *elf, uint64_t offset, void *buf,
		  size_t len);

/** A symbol defined in .dynsym; thread-local ones do not count. */
bool elffile_dynsym(struct elffile *elf, const char *name, Elf64_Sym *ret);

/** A symbol defined in .symtab, which the first call reads. */
bool elffile_symtab(struct elffile *elf, const char *name, Elf64_Sym *ret);

bool elffile_section(struct elffile *elf, const char *name, Elf64_Shdr *ret);

/**
 * All symbols that a file has, read anew each time: those of .symtab, or of
 * .dynsym where there is none.
 *
 *	if (elffile_symbols(elf, &table))
 *		while ((n = elffile_next_symbols(elf, &table, sym, room)))
 *			...
 */
struct elffile_symbols {
	uint64_t at, n, next;	/* where, how many, the next to be read */
	uint64_t strings;
	bool in_image;		/* places are addresses, not of the file */
};

bool elffile_symbols(struct elffile *elf, struct elffile_symbols *ret);
size_t elffile_next_symbols(struct elffile *elf, struct elffile_symbols *table,
			    Elf64_Sym *ret, size_t room);

/** The name of a symbol of @table; longer ones are cut, "" if there is none. */
void elffile_symbol_name(struct elffile *elf,
			 const struct elffile_symbols *table,
			 const Elf64_Sym *sym, char *buf, size_t size);

/** The first bytes of a section of the file, loaded or not: how many. */
size_t elffile_section_bytes(struct elffile *elf, const char *name, void *buf,
			     size_t size);

/** The build id into @buf: how many bytes, 0 if there is none. */
size_t elffile_build_id(struct elffile *elf, uint8_t *buf, size_t size);

#endif
