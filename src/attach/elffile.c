/* SPDX-License-Identifier: MIT */
#include "attach/elffile.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/stdlib.h>

#include "base/bounds.h"

static bool broken(struct err *err, const char *what)
{
	return err_set(err, ERR_BADDATA, "broken ELF file: %s", what);
}

bool elffile_read(const struct elffile *elf, uint64_t offset, void *buf,
		  size_t len)
{
	ssize_t got;

	if (elf->fd < 0 || offset > elf->size || len > elf->size - offset)
		return false;
	do
		got = pread(elf->fd, buf, len, (off_t)offset);
	while (got < 0 && errno == EINTR);
	return got >= 0 && (size_t)got == len;
}

/* The same into memory of its own; @len is foreign. */
static void *load_file(const struct elffile *elf, uint64_t offset,
		       uint64_t len)
{
	void *buf;

	if (len == 0 || len > MAX_ELF_TABLE || offset > elf->size ||
	    len > elf->size - offset)
		return NULL;
	buf = malloc(len);
	if (buf && !elffile_read(elf, offset, buf, len)) {
		free(buf);
		return NULL;
	}
	return buf;
}

/* -- The image: what the segments put at which address ------------------- */

static const Elf64_Phdr *segment_at(const struct elffile *elf, raddr at)
{
	for (size_t i = 0; i < elf->n_phdr; i++) {
		const Elf64_Phdr *ph = &elf->phdr[i];

		if (ph->p_type == PT_LOAD &&
		    addr_in(at, ph->p_vaddr, ph->p_filesz))
			return ph;
	}
	return NULL;
}

static int64_t image_read(struct mem *mem, raddr at, void *buf, size_t len,
			  struct err *err)
{
	struct elffile *elf = (struct elffile *)mem;
	const Elf64_Phdr *ph = segment_at(elf, at);

	if (!ph)
		return 0;
	if (len > ph->p_filesz - (at - ph->p_vaddr))
		len = ph->p_filesz - (at - ph->p_vaddr);
	if (elf->memory)
		return mem_read_some(elf->memory, elf->bias + at, buf, len,
				     err);
	if (!elffile_read(elf, ph->p_offset + (at - ph->p_vaddr), buf, len))
		return 0;
	return (int64_t)len;
}

static const struct mem_ops image_ops = {.read = image_read};

/* -- Opening -------------------------------------------------------------- */

static bool check_header(const Elf64_Ehdr *eh, struct err *err)
{
	const int native = BYTE_ORDER == LITTLE_ENDIAN ? ELFDATA2LSB
						       : ELFDATA2MSB;

	if (memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0)
		return err_set(err, ERR_BADDATA, "not an ELF file");
	if (eh->e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh->e_ident[EI_DATA] != native)
		return err_set(err, ERR_BADDATA,
			       "not a 64-bit ELF file of this machine's "
			       "byte order");
	if (eh->e_phentsize != sizeof(Elf64_Phdr) || eh->e_phnum == 0 ||
	    eh->e_phnum > MAX_ELF_SEGMENTS)
		return broken(err, "program headers");
	return true;
}

static bool take_header(struct elffile *elf, const Elf64_Ehdr *eh,
			struct err *err)
{
	if (!check_header(eh, err))
		return false;
	elf->type = eh->e_type;
	elf->machine = eh->e_machine;
	elf->shoff = eh->e_shoff;
	elf->shstrndx = eh->e_shstrndx;
	if (eh->e_shentsize == sizeof(Elf64_Shdr) &&
	    eh->e_shnum <= MAX_ELF_SECTIONS)
		elf->shnum = eh->e_shnum;
	elf->n_phdr = eh->e_phnum;
	elf->phdr = calloc(elf->n_phdr, sizeof(*elf->phdr));
	return elf->phdr || err_nomem(err);
}

static bool read_headers(struct elffile *elf, struct err *err)
{
	struct stat st;
	Elf64_Ehdr eh;

	if (fstat(elf->fd, &st) != 0)
		return err_sys(err, errno, "cannot stat the file");
	elf->size = (uint64_t)st.st_size;
	if (!elffile_read(elf, 0, &eh, sizeof(eh)))
		return err_set(err, ERR_BADDATA, "not an ELF file: too short");
	if (!take_header(elf, &eh, err))
		return false;
	if (!elffile_read(elf, eh.e_phoff, elf->phdr,
		       elf->n_phdr * sizeof(*elf->phdr)))
		return broken(err, "program headers beyond its end");
	return true;
}

bool elffile_open(struct elffile *elf, int fd, struct err *err)
{
	*elf = (struct elffile){.image.ops = &image_ops, .fd = fd};
	if (read_headers(elf, err))
		return true;
	elffile_close(elf);
	return false;
}

/* Where is address 0 of the file, if its first byte lies at @at? */
static bool find_bias(struct elffile *elf, raddr at, struct err *err)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < elf->n_phdr; i++) {
		const Elf64_Phdr *ph = &elf->phdr[i];

		if (ph->p_type == PT_LOAD && ph->p_offset < page) {
			elf->bias = at + ph->p_offset - ph->p_vaddr;
			return true;
		}
	}
	return broken(err, "its header is in no segment");
}

bool elffile_open_memory(struct elffile *elf, struct mem *memory, raddr at,
			 struct err *err)
{
	Elf64_Ehdr eh;

	*elf = (struct elffile){
		.image.ops = &image_ops, .fd = -1, .memory = memory,
	};
	if (mem_read(memory, at, &eh, sizeof(eh), err) &&
	    take_header(elf, &eh, err) &&
	    mem_read(memory, at + eh.e_phoff, elf->phdr,
		     elf->n_phdr * sizeof(*elf->phdr), err) &&
	    find_bias(elf, at, err))
		return true;
	elffile_close(elf);
	return false;
}

void elffile_close(struct elffile *elf)
{
	free(elf->phdr);
	free(elf->shdr);
	free(elf->shstr);
	free(elf->sym);
	free(elf->str);
	if (elf->fd >= 0)
		close(elf->fd);
	*elf = (struct elffile){.image.ops = &image_ops, .fd = -1};
}

/* -- Sections ------------------------------------------------------------- */

static void load_sections(struct elffile *elf)
{
	const Elf64_Shdr *names;

	if (elf->tried_sections)
		return;
	elf->tried_sections = true;
	if (elf->shnum == 0 || elf->shstrndx >= elf->shnum)
		return;
	elf->shdr = load_file(elf, elf->shoff,
			      elf->shnum * sizeof(*elf->shdr));
	if (!elf->shdr)
		return;
	names = &elf->shdr[elf->shstrndx];
	if (names->sh_size > MAX_SECTION_NAMES)
		return;
	elf->shstr = load_file(elf, names->sh_offset, names->sh_size);
	elf->shstr_len = elf->shstr ? names->sh_size : 0;
}

static const Elf64_Shdr *section_of_type(struct elffile *elf, uint32_t type)
{
	load_sections(elf);
	for (size_t i = 0; elf->shdr && i < elf->shnum; i++) {
		if (elf->shdr[i].sh_type == type)
			return &elf->shdr[i];
	}
	return NULL;
}

/* Is @name what a string table of @len bytes has at @at? */
static bool is_name(const char *table, uint64_t len, uint64_t at,
		    const char *name)
{
	size_t size = strlen(name) + 1;

	return at < len && size <= len - at &&
	       memcmp(table + at, name, size) == 0;
}

bool elffile_section(struct elffile *elf, const char *name, Elf64_Shdr *ret)
{
	load_sections(elf);
	for (size_t i = 0; elf->shdr && i < elf->shnum; i++) {
		if (is_name(elf->shstr, elf->shstr_len, elf->shdr[i].sh_name,
			    name)) {
			*ret = elf->shdr[i];
			return true;
		}
	}
	return false;
}

/* -- Symbols -------------------------------------------------------------- */

static bool is_defined(const Elf64_Sym *sym)
{
	unsigned int type = ELF64_ST_TYPE(sym->st_info);

	return sym->st_shndx != SHN_UNDEF && sym->st_shndx != SHN_ABS &&
	       sym->st_value != 0 &&
	       (type == STT_NOTYPE || type == STT_OBJECT || type == STT_FUNC);
}

/* The symbols and strings of the table that section @sh is. */
static bool load_symbols(const struct elffile *elf, const Elf64_Shdr *sh,
			 Elf64_Sym **ret, size_t *ret_n, char **ret_str,
			 uint64_t *ret_str_len)
{
	const Elf64_Shdr *strings;

	if (sh->sh_entsize != sizeof(Elf64_Sym) || sh->sh_link >= elf->shnum ||
	    sh->sh_size / sizeof(Elf64_Sym) > MAX_SYMBOLS)
		return false;
	strings = &elf->shdr[sh->sh_link];
	*ret = load_file(elf, sh->sh_offset, sh->sh_size);
	*ret_n = *ret ? sh->sh_size / sizeof(Elf64_Sym) : 0;
	*ret_str = load_file(elf, strings->sh_offset, strings->sh_size);
	*ret_str_len = *ret_str ? strings->sh_size : 0;
	return true;
}

static bool scan(const Elf64_Sym *sym, size_t n, const char *str,
		 uint64_t str_len, const char *name, Elf64_Sym *ret)
{
	for (size_t i = 0; str && i < n; i++) {
		if (is_name(str, str_len, sym[i].st_name, name) &&
		    is_defined(&sym[i])) {
			*ret = sym[i];
			return true;
		}
	}
	return false;
}

bool elffile_symtab(struct elffile *elf, const char *name, Elf64_Sym *ret)
{
	const Elf64_Shdr *sh;

	if (!elf->tried_symtab) {
		elf->tried_symtab = true;
		sh = section_of_type(elf, SHT_SYMTAB);
		if (sh)
			load_symbols(elf, sh, &elf->sym, &elf->n_sym,
				     &elf->str, &elf->str_len);
	}
	return scan(elf->sym, elf->n_sym, elf->str, elf->str_len, name, ret);
}

/* What PT_DYNAMIC says about the symbols: addresses in the image, or 0. */
struct tables {
	raddr symtab, strtab, gnu_hash, hash;
};

/*
 * In memory, the dynamic linker may have added the bias to an entry already:
 * glibc does, musl does not.
 */
static raddr unbiased(const struct elffile *elf, raddr at)
{
	if (elf->memory && !segment_at(elf, at) &&
	    segment_at(elf, at - elf->bias))
		return at - elf->bias;
	return at;
}

static void take_entry(const struct elffile *elf, const Elf64_Dyn *dyn,
		       struct tables *ret)
{
	raddr at = unbiased(elf, dyn->d_un.d_ptr);

	switch (dyn->d_tag) {
	case DT_SYMTAB:
		ret->symtab = at;
		break;
	case DT_STRTAB:
		ret->strtab = at;
		break;
	case DT_GNU_HASH:
		ret->gnu_hash = at;
		break;
	case DT_HASH:
		ret->hash = at;
		break;
	default:
		break;
	}
}

static bool find_tables(struct elffile *elf, struct tables *ret)
{
	Elf64_Dyn dyn[MAX_ELF_DYNAMIC / 16];
	const Elf64_Phdr *ph = NULL;
	struct err err;
	int64_t got;

	*ret = (struct tables){0};
	for (size_t i = 0; i < elf->n_phdr; i++) {
		if (elf->phdr[i].p_type == PT_DYNAMIC)
			ph = &elf->phdr[i];
	}
	for (size_t i = 0; ph && i < MAX_ELF_DYNAMIC; i += ARRAY_SIZE(dyn)) {
		got = mem_read_some(&elf->image, ph->p_vaddr + i * sizeof(*dyn),
				    dyn, sizeof(dyn), &err);
		for (int64_t j = 0; j < got / (int64_t)sizeof(*dyn); j++) {
			if (dyn[j].d_tag == DT_NULL)
				goto done;
			take_entry(elf, &dyn[j], ret);
		}
		if (got < (int64_t)sizeof(dyn))
			break;
	}
done:
	return ret->symtab && ret->strtab;
}

/* Is symbol @i of the image's table the one? */
static bool check_symbol(struct elffile *elf, const struct tables *t,
			 uint32_t i, const char *name, Elf64_Sym *ret)
{
	char found[256];
	size_t size = strlen(name) + 1;
	struct err err;

	return size <= sizeof(found) &&
	       mem_read(&elf->image, t->symtab + (uint64_t)i * sizeof(*ret),
			ret, sizeof(*ret), &err) &&
	       mem_read(&elf->image, t->strtab + ret->st_name, found, size,
			&err) &&
	       memcmp(found, name, size) == 0 && is_defined(ret);
}

static uint32_t gnu_hash(const char *name)
{
	uint32_t h = 5381;

	for (; *name; name++)
		h = h * 33 + (unsigned char)*name;
	return h;
}

struct gnu_header {
	uint32_t n_buckets, first_symbol, n_bloom, bloom_shift;
};

/* Most names that are not there end at the bloom filter. */
static bool may_hold(struct elffile *elf, raddr bloom,
		     const struct gnu_header *gh, uint32_t hash)
{
	uint64_t at = bloom + (uint64_t)(hash / 64 % gh->n_bloom) * 8;
	struct err err;
	uint64_t word;

	return mem_u64(&elf->image, at, &word, &err) &&
	       word >> hash % 64 & 1 &&
	       word >> (hash >> gh->bloom_shift % 32) % 64 & 1;
}

static bool by_gnu_hash(struct elffile *elf, const struct tables *t,
			const char *name, Elf64_Sym *ret)
{
	const uint32_t hash = gnu_hash(name);
	struct gnu_header gh;
	raddr buckets, chains;
	uint32_t i, end;
	struct err err;

	if (!mem_read(&elf->image, t->gnu_hash, &gh, sizeof(gh), &err) ||
	    !gh.n_buckets || !gh.n_bloom ||
	    !may_hold(elf, t->gnu_hash + sizeof(gh), &gh, hash))
		return false;
	buckets = t->gnu_hash + sizeof(gh) + (uint64_t)gh.n_bloom * 8;
	chains = buckets + (uint64_t)gh.n_buckets * 4;
	if (!mem_u32(&elf->image, buckets + (uint64_t)(hash % gh.n_buckets) * 4,
		     &i, &err) || i < gh.first_symbol)
		return false;
	for (end = i + MAX_HASH_CHAIN; i != end; i++) {
		uint64_t at = chains + (uint64_t)(i - gh.first_symbol) * 4;
		uint32_t word;

		if (!mem_u32(&elf->image, at, &word, &err))
			return false;
		/* The lowest bit marks the end of a bucket. */
		if ((word | 1) == (hash | 1) &&
		    check_symbol(elf, t, i, name, ret))
			return true;
		if (word & 1)
			return false;
	}
	return false;
}

static uint32_t sysv_hash(const char *name)
{
	uint32_t h = 0;

	for (; *name; name++) {
		h = (h << 4) + (unsigned char)*name;
		h ^= h >> 24 & 0xf0;
		h &= 0x0fffffff;
	}
	return h;
}

static bool by_sysv_hash(struct elffile *elf, const struct tables *t,
			 const char *name, Elf64_Sym *ret)
{
	uint32_t n[2];		/* buckets, chains */
	raddr buckets = t->hash + sizeof(n);
	struct err err;
	uint32_t i;
	raddr chains;

	if (!mem_read(&elf->image, t->hash, n, sizeof(n), &err) || !n[0])
		return false;
	chains = buckets + (uint64_t)n[0] * 4;
	buckets += (uint64_t)(sysv_hash(name) % n[0]) * 4;
	if (!mem_u32(&elf->image, buckets, &i, &err))
		return false;
	for (size_t steps = 0; i && i < n[1] && steps < MAX_HASH_CHAIN;
	     steps++) {
		if (check_symbol(elf, t, i, name, ret))
			return true;
		if (!mem_u32(&elf->image, chains + (uint64_t)i * 4, &i, &err))
			return false;
	}
	return false;
}

/* No hash table: a file whose section headers lead to .dynsym, perhaps. */
static bool by_section(struct elffile *elf, const char *name, Elf64_Sym *ret)
{
	const Elf64_Shdr *sh = section_of_type(elf, SHT_DYNSYM);
	auto_free Elf64_Sym *sym = NULL;
	auto_free char *str = NULL;
	uint64_t str_len;
	size_t n;

	return sh && load_symbols(elf, sh, &sym, &n, &str, &str_len) &&
	       scan(sym, n, str, str_len, name, ret);
}

bool elffile_dynsym(struct elffile *elf, const char *name, Elf64_Sym *ret)
{
	struct tables tables;
	bool known = find_tables(elf, &tables);

	if (known && tables.gnu_hash)
		return by_gnu_hash(elf, &tables, name, ret);
	if (known && tables.hash)
		return by_sysv_hash(elf, &tables, name, ret);
	return by_section(elf, name, ret);
}

/* -- All symbols ----------------------------------------------------------- */

/* Without sections, how many there are is said nowhere; but all linkers put
 * the strings behind them. */
static bool symbols_of_image(struct elffile *elf,
			     struct elffile_symbols *ret)
{
	struct tables tables;

	if (!find_tables(elf, &tables) || tables.strtab <= tables.symtab)
		return false;
	ret->at = tables.symtab;
	ret->n = (tables.strtab - tables.symtab) / sizeof(Elf64_Sym);
	ret->strings = tables.strtab;
	ret->in_image = true;
	return true;
}

bool elffile_symbols(struct elffile *elf, struct elffile_symbols *ret)
{
	const Elf64_Shdr *sh = section_of_type(elf, SHT_SYMTAB);

	*ret = (struct elffile_symbols){0};
	if (!sh)
		sh = section_of_type(elf, SHT_DYNSYM);
	if (!sh || sh->sh_entsize != sizeof(Elf64_Sym) ||
	    sh->sh_link >= elf->shnum)
		return symbols_of_image(elf, ret);
	ret->at = sh->sh_offset;
	ret->n = sh->sh_size / sizeof(Elf64_Sym);
	ret->strings = elf->shdr[sh->sh_link].sh_offset;
	return true;
}

size_t elffile_next_symbols(struct elffile *elf, struct elffile_symbols *table,
			    Elf64_Sym *ret, size_t room)
{
	uint64_t at = table->at + table->next * sizeof(*ret);
	uint64_t left = table->n - table->next;
	size_t n = left < room ? left : room;
	struct err err;

	if (table->next >= MAX_SYMBOLS || n == 0)
		return 0;
	if (table->in_image
		    ? !mem_read(&elf->image, at, ret, n * sizeof(*ret), &err)
		    : !elffile_read(elf, at, ret, n * sizeof(*ret)))
		return 0;
	table->next += n;
	return n;
}

void elffile_symbol_name(struct elffile *elf,
			 const struct elffile_symbols *table,
			 const Elf64_Sym *sym, char *buf, size_t size)
{
	uint64_t at = table->strings + sym->st_name;
	int64_t got = 0;
	struct err err;

	if (table->in_image)
		got = mem_read_some(&elf->image, at, buf, size - 1, &err);
	else if (at >= table->strings && at < elf->size)
		got = pread(elf->fd, buf, size - 1, (off_t)at);
	buf[got > 0 ? got : 0] = '\0';
}

size_t elffile_section_bytes(struct elffile *elf, const char *name, void *buf,
			     size_t size)
{
	Elf64_Shdr sh;

	if (!elffile_section(elf, name, &sh) || sh.sh_type == SHT_NOBITS)
		return 0;
	if (size > sh.sh_size)
		size = sh.sh_size;
	return elffile_read(elf, sh.sh_offset, buf, size) ? size : 0;
}

/* -- Build id ------------------------------------------------------------- */

static size_t aligned(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

static size_t id_among_notes(struct elffile *elf, const Elf64_Phdr *ph,
			     uint8_t *buf, size_t size)
{
	uint64_t at = 0;
	struct err err;

	for (int i = 0; i < MAX_ELF_NOTES; i++) {
		raddr note = ph->p_vaddr + at;
		Elf64_Nhdr nh;
		char name[4];
		uint64_t desc;

		if (at + sizeof(nh) > ph->p_filesz ||
		    !mem_read(&elf->image, note, &nh, sizeof(nh), &err))
			return 0;
		desc = note + sizeof(nh) + aligned(nh.n_namesz);
		if (nh.n_type == NT_GNU_BUILD_ID && nh.n_namesz == 4 &&
		    nh.n_descsz > 0 && nh.n_descsz <= size &&
		    mem_read(&elf->image, note + sizeof(nh), name, 4, &err) &&
		    memcmp(name, "GNU", 4) == 0 &&
		    mem_read(&elf->image, desc, buf, nh.n_descsz, &err))
			return nh.n_descsz;
		at = desc - ph->p_vaddr + aligned(nh.n_descsz);
	}
	return 0;
}

size_t elffile_build_id(struct elffile *elf, uint8_t *buf, size_t size)
{
	for (size_t i = 0; i < elf->n_phdr; i++) {
		size_t len = 0;

		if (elf->phdr[i].p_type == PT_NOTE)
			len = id_among_notes(elf, &elf->phdr[i], buf, size);
		if (len > 0)
			return len;
	}
	return 0;
}
