/* SPDX-License-Identifier: MIT */
/*
 * A copy of the sections with DWARF that we ask about.
 *
 * They are laid out as in any file: header, the sections as they are (packed
 * ones stay so, and their headers are looked at in the copy), names, section
 * headers.  Nothing is believed of a size before it was added up.
 */
#include "attach/dwarfimage.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach/elffile.h"

/* What names of functions and lines need; not .debug_loc, .debug_macro... */
static const char *const wanted[] = {
	"debug_info", "debug_types", "debug_abbrev", "debug_aranges",
	"debug_line", "debug_line_str", "debug_str", "debug_str_offsets",
	"debug_addr", "debug_ranges", "debug_rnglists",
};

enum { N_WANTED = ARRAY_SIZE(wanted), LONGEST_NAME = 32 };

/* A section header each, the one of no section, the one of the names. */
enum { N_HEADERS = N_WANTED + 2 };

struct layout {
	Elf64_Ehdr eh;
	Elf64_Shdr sh[N_HEADERS];
	char names[N_HEADERS * LONGEST_NAME];
	uint64_t from[N_HEADERS];	/* where it is in the file */
	size_t n, n_names;
	uint64_t len;
};

static uint64_t image_aligned(uint64_t n)
{
	return (n + 15) & ~(uint64_t)15;
}

static uint32_t put_name(struct layout *lay, const char *name)
{
	size_t at = lay->n_names, size = strlen(name) + 1;

	memcpy(lay->names + at, name, size);
	lay->n_names += size;
	return (uint32_t)at;
}

/* ".debug_info", or ".zdebug_info". */
static bool find_section(struct elffile *elf, const char *what,
			 char name[LONGEST_NAME], Elf64_Shdr *ret)
{
	snprintf(name, LONGEST_NAME, ".%s", what);
	if (elffile_section(elf, name, ret))
		return true;
	snprintf(name, LONGEST_NAME, ".z%s", what);
	return elffile_section(elf, name, ret);
}

static void place_section(struct layout *lay, const Elf64_Shdr *sh,
			  const char *name)
{
	lay->from[lay->n] = sh->sh_offset;
	lay->sh[lay->n++] = (Elf64_Shdr){
		.sh_name = put_name(lay, name),
		.sh_type = SHT_PROGBITS,
		.sh_flags = sh->sh_flags & SHF_COMPRESSED,
		.sh_offset = lay->len,
		.sh_size = sh->sh_size,
		.sh_addralign = 1,
	};
	lay->len = image_aligned(lay->len + sh->sh_size);
}

/* False: they are more than @most bytes. */
static bool place_all(struct layout *lay, struct elffile *elf, uint64_t most)
{
	char name[LONGEST_NAME];

	lay->n = lay->n_names = 1;
	lay->len = image_aligned(sizeof(lay->eh));
	for (size_t i = 0; i < N_WANTED; i++) {
		Elf64_Shdr sh;

		if (!find_section(elf, wanted[i], name, &sh) ||
		    sh.sh_type == SHT_NOBITS)
			continue;
		if (sh.sh_size > most || lay->len > most - sh.sh_size)
			return false;
		place_section(lay, &sh, name);
	}
	return true;
}

static void finish(struct layout *lay, const struct elffile *elf)
{
	const uint32_t name = put_name(lay, ".shstrtab");

	lay->sh[lay->n++] = (Elf64_Shdr){
		.sh_name = name, .sh_type = SHT_STRTAB,
		.sh_offset = lay->len, .sh_size = lay->n_names,
		.sh_addralign = 1,
	};
	lay->len = image_aligned(lay->len + lay->n_names);
	lay->eh = (Elf64_Ehdr){
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     BYTE_ORDER == LITTLE_ENDIAN ? ELFDATA2LSB
							 : ELFDATA2MSB,
			     EV_CURRENT },
		.e_type = ET_DYN, .e_machine = elf->machine,
		.e_version = EV_CURRENT, .e_shoff = lay->len,
		.e_ehsize = sizeof(lay->eh), .e_shentsize = sizeof(lay->sh[0]),
		.e_shnum = (Elf64_Half)lay->n,
		.e_shstrndx = (Elf64_Half)(lay->n - 1),
	};
	lay->len += lay->n * sizeof(lay->sh[0]);
}

/* The bytes of all that was placed. */
static bool fill_image(const struct layout *lay, struct elffile *elf,
		       struct dwarfimage *ret)
{
	const Elf64_Shdr *names = &lay->sh[lay->n - 1];

	memcpy(ret->bytes, &lay->eh, sizeof(lay->eh));
	memcpy(ret->bytes + names->sh_offset, lay->names, lay->n_names);
	memcpy(ret->bytes + lay->eh.e_shoff, lay->sh,
	       lay->n * sizeof(lay->sh[0]));
	for (size_t i = 1; i + 1 < lay->n; i++) {
		if (!elffile_read(elf, lay->from[i],
				  ret->bytes + lay->sh[i].sh_offset,
				  lay->sh[i].sh_size))
			return false;
	}
	return true;
}

static uint64_t unpacked_size(const uint8_t *bytes, const Elf64_Shdr *sh,
			      const char *name)
{
	Elf64_Chdr ch;
	uint64_t size;

	if (sh->sh_flags & SHF_COMPRESSED) {
		if (sh->sh_size < sizeof(ch))
			return 0;
		memcpy(&ch, bytes, sizeof(ch));
		return ch.ch_size;
	}
	/* "ZLIB" and the size, its highest byte first. */
	if (name[1] != 'z' || sh->sh_size < 12)
		return sh->sh_size;
	memcpy(&size, bytes + 4, sizeof(size));
	return be64toh(size);
}

static bool add_up(const struct layout *lay, uint64_t most,
		   struct dwarfimage *image)
{
	for (size_t i = 1; i + 1 < lay->n; i++) {
		const Elf64_Shdr *sh = &lay->sh[i];
		uint64_t size = unpacked_size(image->bytes + sh->sh_offset, sh,
					      lay->names + sh->sh_name);

		if (size > most - image->unpacked)
			return false;
		image->unpacked += size;
	}
	return true;
}

bool dwarfimage_make(struct elffile *elf, uint64_t most,
		     struct dwarfimage *ret, struct err *err)
{
	struct layout lay = {0};

	*ret = (struct dwarfimage){0};
	if (!place_all(&lay, elf, most))
		return err_set(err, ERR_LIMIT, "debug information of more than "
			       "%" PRIu64 " bytes", most);
	finish(&lay, elf);
	ret->bytes = calloc(1, lay.len);
	if (!ret->bytes)
		return err_nomem(err);
	ret->len = lay.len;
	if (!fill_image(&lay, elf, ret))
		err_set(err, ERR_BADDATA, "sections beyond the end");
	else if (!add_up(&lay, most, ret))
		err_set(err, ERR_LIMIT, "debug information that unpacks to "
			"more than %" PRIu64 " bytes", most);
	else
		return true;
	dwarfimage_fini(ret);
	return false;
}

void dwarfimage_fini(struct dwarfimage *image)
{
	free(image->bytes);
	*image = (struct dwarfimage){0};
}
