/* SPDX-License-Identifier: MIT */
#include "fakeheap.h"

#include <assert.h>
#include <elf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pyabi/abifile.h"
#include "pyabi/pytype.h"

enum {
	PAGE = 0x1000,
	DATA_LEN = 0xa0000,
	TYPES = 0x80000,	/* in the data: behind _PyRuntime */
	TYPE_STEP = 0x1000,
	TYPE_NAME = 0xf00,	/* tp_name, from its type on */
	VERSION = DATA_LEN - 64,
	MALLOC_LEN = 128 << 20,
	CHUNKS_LEN = 4 << 20,	/* of it, if malloc gives all */
	GAPS = 64,		/* one in so many blocks lies far from the last */
	FAR = 256 << 10,	/* more than one read brings, */
	FAR_CHUNK = FAR / 8,	/* ... of what is copied whole, a few pages */
	TABLE_LEN = 16,		/* entries */
	ARENA_LEN = 1 << 20,
	INODE = 7,
	RSS = 16 << 20,
};

static const char path[] = "/usr/bin/python3.12";

/* --- the program --------------------------------------------------------- */

enum { SECTION_NAMES = 0x800, SECTIONS = 0x900 };

/* Text at FAKEHEAP_PROGRAM, data at FAKEHEAP_DATA, and a section that says
 * where the runtime is.  Its bytes are in the target, not here. */
static void make_file(struct fakeheap *fh)
{
	static const char names[] = "\0.PyRuntime\0.shstrtab";
	const Elf64_Ehdr eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = EM_X86_64,
		.e_phoff = sizeof(eh), .e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 2, .e_shoff = SECTIONS,
		.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 3,
		.e_shstrndx = 2,
	};
	const Elf64_Phdr ph[] = {
		{ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
		  .p_vaddr = FAKEHEAP_PROGRAM, .p_filesz = PAGE,
		  .p_memsz = PAGE },
		{ .p_type = PT_LOAD, .p_flags = PF_R | PF_W,
		  .p_offset = PAGE, .p_vaddr = FAKEHEAP_DATA,
		  .p_filesz = DATA_LEN, .p_memsz = DATA_LEN },
	};
	const Elf64_Shdr sh[] = {
		{ 0 },
		{ .sh_name = 1, .sh_type = SHT_PROGBITS,
		  .sh_flags = SHF_ALLOC | SHF_WRITE,
		  .sh_addr = FAKEHEAP_DATA, .sh_offset = PAGE,
		  .sh_size = fh->abi.runtime_sizeof },
		{ .sh_name = 12, .sh_type = SHT_STRTAB,
		  .sh_offset = SECTION_NAMES, .sh_size = sizeof(names) },
	};
	int fd = memfd_create("fakeheap", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, PAGE + DATA_LEN) != 0 ||
	    pwrite(fd, &eh, sizeof(eh), 0) < 0 ||
	    pwrite(fd, ph, sizeof(ph), sizeof(eh)) < 0 ||
	    pwrite(fd, names, sizeof(names), SECTION_NAMES) < 0 ||
	    pwrite(fd, sh, sizeof(sh), SECTIONS) < 0)
		assert(!"a file in memory");
	fh->file = fd;
}

static void map_all(struct fakeheap *fh)
{
	struct faketarget *ft = &fh->ft;

	faketarget_map_file(ft, FAKEHEAP_PROGRAM, PAGE, "r-xp", 0, path,
			    INODE);
	faketarget_map_file(ft, FAKEHEAP_DATA, DATA_LEN, "rw-p", PAGE, path,
			    INODE);
	faketarget_map(ft, FAKEHEAP_MALLOC, MALLOC_LEN, "rw-p", "[heap]");
	faketarget_map(ft, FAKEHEAP_ARENA, ARENA_LEN, "rw-p", "");
	faketarget_file(ft, INODE, fh->file);
	ft->memory.rss = RSS;
}

/* --- the allocator ------------------------------------------------------- */

/* What nobody has lies between blocks, at times. */
static raddr from_fakechunks(struct fakeheap *fh, uint64_t size)
{
	raddr at;

	fh->chunks.choose = fh->choose;
	fh->chunks.choose_arg = fh->choose_arg;
	if (fh->choose && !fh->choose(fh->choose_arg, GAPS))
		fakechunks_alloc(&fh->chunks,
				 fh->choose(fh->choose_arg, FAR_CHUNK));
	at = fakechunks_alloc(&fh->chunks, size);
	if (!fh->choose)
		memset(fake_at(&fh->ft.fm, at, size), 0, size);
	return at;
}

static raddr obmalloc(const struct fakeheap *fh)
{
	return fh->interp + fh->abi.interp_obmalloc;
}

static void put_arena(struct fakeheap *fh)
{
	const struct abi *abi = &fh->abi;
	uint32_t total = (uint32_t)(ARENA_LEN / abi->n_pool_size);
	uint32_t cut = (uint32_t)((fh->next_pool - FAKEHEAP_ARENA) /
				  (uint64_t)abi->n_pool_size);
	raddr entry = FAKEHEAP_MALLOC;

	fake_u64(&fh->ft.fm, entry + abi->arena_address, FAKEHEAP_ARENA);
	fake_u64(&fh->ft.fm, entry + abi->arena_pool_address, fh->next_pool);
	fake_u32(&fh->ft.fm, entry + abi->arena_nfreepools, total - cut);
	fake_u32(&fh->ft.fm, entry + abi->arena_ntotalpools, total);
}

static void put_allocator(struct fakeheap *fh)
{
	const struct abi *abi = &fh->abi;
	raddr at = obmalloc(fh);

	fake_u64(&fh->ft.fm, at + abi->obmalloc_arenas, FAKEHEAP_MALLOC);
	fake_u32(&fh->ft.fm, at + abi->obmalloc_maxarenas, TABLE_LEN);
	fh->next_malloc = FAKEHEAP_MALLOC + TABLE_LEN * abi->arena_sizeof;
	fh->next_pool = FAKEHEAP_ARENA;
	put_arena(fh);
}

static uint32_t read_u32(struct fakeheap *fh, raddr at)
{
	uint32_t value;

	memcpy(&value, fake_at(&fh->ft.fm, at, sizeof(value)), sizeof(value));
	return value;
}

static uint64_t read_u64(struct fakeheap *fh, raddr at)
{
	uint64_t value;

	memcpy(&value, fake_at(&fh->ft.fm, at, sizeof(value)), sizeof(value));
	return value;
}

static raddr new_pool(struct fakeheap *fh, uint32_t class, uint32_t block)
{
	const struct abi *abi = &fh->abi;
	struct fakemem *fm = &fh->ft.fm;
	raddr pool = fh->next_pool;

	assert(pool < FAKEHEAP_ARENA + ARENA_LEN);
	fh->next_pool += (uint64_t)abi->n_pool_size;
	fh->n_pools++;
	put_arena(fh);
	fake_u32(fm, pool + abi->pool_szidx, class);
	fake_u32(fm, pool + abi->pool_nextoffset, abi->pool_sizeof);
	fake_u32(fm, pool + abi->pool_maxnextoffset,
		 (uint32_t)abi->n_pool_size - block);
	return pool;
}

static void add_to_count(struct fakeheap *fh, raddr pool, int by)
{
	raddr at = pool + fh->abi.pool_count;

	fake_u32(&fh->ft.fm, at, read_u32(fh, at) + (uint32_t)by);
	fh->n_blocks += by;
}

/* From the chain of free ones, else the next that was never used. */
static raddr take_block(struct fakeheap *fh, raddr pool, uint32_t block)
{
	const struct abi *abi = &fh->abi;
	struct fakemem *fm = &fh->ft.fm;
	raddr next_at = pool + abi->pool_nextoffset;
	raddr free_at = pool + abi->pool_freeblock;
	raddr at = read_u64(fh, free_at);

	if (at) {
		fake_u64(fm, free_at, read_u64(fh, at));
	} else {
		at = pool + read_u32(fh, next_at);
		fake_u32(fm, next_at, read_u32(fh, next_at) + block);
	}
	add_to_count(fh, pool, 1);
	if (!fh->choose)
		memset(fake_at(fm, at, block), 0, block);
	return at;
}

static bool is_full(struct fakeheap *fh, raddr pool)
{
	const struct abi *abi = &fh->abi;

	return !read_u64(fh, pool + abi->pool_freeblock) &&
	       read_u32(fh, pool + abi->pool_nextoffset) >
		       read_u32(fh, pool + abi->pool_maxnextoffset);
}

raddr fakeheap_raw(struct fakeheap *fh, uint64_t size)
{
	/* Behind what malloc puts before a chunk. */
	raddr at = fh->next_malloc + 16;

	if (fh->of_malloc)
		return from_fakechunks(fh, size);
	if (fh->choose)
		at += fh->choose(fh->choose_arg, 2) *
		      fh->choose(fh->choose_arg, FAR);
	at = addr_up(at, 16);
	fh->next_malloc = addr_up(at + size, 16);
	assert(fh->next_malloc <= FAKEHEAP_MALLOC + MALLOC_LEN);
	return at;
}

static raddr any_pool(struct fakeheap *fh, uint32_t class)
{
	size_t n = fh->n_pools, first = n ? fh->choose(fh->choose_arg, n) : 0;

	for (size_t i = 0; i < n; i++) {
		raddr pool = FAKEHEAP_ARENA + (raddr)((first + i) % n) *
			     (uint64_t)fh->abi.n_pool_size;

		if (read_u32(fh, pool + fh->abi.pool_szidx) == class &&
		    !is_full(fh, pool))
			return pool;
	}
	return 0;
}

/* A chunk that was given back, if one is large enough; else 0. */
static raddr from_chunks(struct fakeheap *fh, uint64_t size)
{
	for (size_t i = 0; i < fh->n_chunks; i++) {
		raddr at = fh->chunk[i].at;

		if (fh->chunk[i].size < size)
			continue;
		fh->chunk[i] = fh->chunk[--fh->n_chunks];
		return at;
	}
	return 0;
}

static raddr from_malloc(struct fakeheap *fh, uint64_t size)
{
	raddr raw = obmalloc(fh) + fh->abi.obmalloc_raw_allocated_blocks;
	raddr at = from_chunks(fh, size);

	if (!at)
		at = fakeheap_raw(fh, size);
	fake_u64(&fh->ft.fm, raw, read_u64(fh, raw) + 1);
	fh->n_blocks++;
	return at;
}

raddr fakeheap_alloc(struct fakeheap *fh, uint64_t size)
{
	uint32_t unit = (uint32_t)fh->abi.n_pool_alignment, class, block;

	if (fh->of_malloc)
		return from_fakechunks(fh, size);
	if (size > (uint64_t)fh->abi.n_small_request)
		return from_malloc(fh, size);
	class = (uint32_t)(size ? (size - 1) / unit : 0);
	block = (class + 1) * unit;
	if (fh->choose)
		fh->pool[class] = any_pool(fh, class);
	if (!fh->pool[class] || is_full(fh, fh->pool[class]))
		fh->pool[class] = new_pool(fh, class, block);
	return take_block(fh, fh->pool[class], block);
}

uint64_t fakeheap_takes(const struct fakeheap *fh, raddr at, uint64_t size)
{
	return fh->of_malloc ? fakechunks_takes(&fh->chunks, at) :
			       addr_up(size, (uint64_t)fh->abi.n_pool_alignment);
}

static void to_malloc(struct fakeheap *fh, raddr at, uint64_t size)
{
	raddr raw = obmalloc(fh) + fh->abi.obmalloc_raw_allocated_blocks;

	fake_u64(&fh->ft.fm, raw, read_u64(fh, raw) - 1);
	fh->n_blocks--;
	if (fh->n_chunks == FAKEHEAP_CHUNKS)
		return;		/* never handed out again */
	fh->chunk[fh->n_chunks].at = at;
	fh->chunk[fh->n_chunks++].size = size;
}

void fakeheap_free(struct fakeheap *fh, raddr at, uint64_t size)
{
	raddr pool = addr_down(at, (uint64_t)fh->abi.n_pool_size);
	raddr free_at = pool + fh->abi.pool_freeblock;

	if (fh->of_malloc) {
		fakechunks_free(&fh->chunks, at);
		return;
	}
	if (size > (uint64_t)fh->abi.n_small_request) {
		to_malloc(fh, at, size);
		return;
	}
	fake_u64(&fh->ft.fm, at, read_u64(fh, free_at));
	fake_u64(&fh->ft.fm, free_at, at);
	add_to_count(fh, pool, -1);
}

/* --- the collector ------------------------------------------------------- */

raddr fakeheap_generation(const struct fakeheap *fh, int generation)
{
	const struct abi *abi = &fh->abi;

	return fh->interp + abi->interp_gc + abi->gc_generations +
	       (raddr)generation * abi->gcgen_sizeof + abi->gcgen_head;
}

static void join(struct fakeheap *fh, raddr a, raddr b)
{
	fake_u64(&fh->ft.fm, a + fh->abi.gc_head_gc_next, b);
	fake_u64(&fh->ft.fm, b + fh->abi.gc_head_gc_prev, a);
}

static void put_collector(struct fakeheap *fh)
{
	const struct abi *abi = &fh->abi;
	raddr gc = fh->interp + abi->interp_gc;
	raddr frozen = gc + abi->gc_permanent_generation + abi->gcgen_head;

	for (int i = 0; i < 3; i++)
		join(fh, fakeheap_generation(fh, i),
		     fakeheap_generation(fh, i));
	join(fh, frozen, frozen);
	fake_u64(&fh->ft.fm, gc + abi->gc_generation0,
		 fakeheap_generation(fh, 0));
	fake_u32(&fh->ft.fm, gc + abi->gc_enabled, 1);
}

/* --- objects ------------------------------------------------------------- */

raddr fakeheap_type(struct fakeheap *fh, const char *tp_name,
		    uint64_t basicsize, uint64_t itemsize, uint64_t flags)
{
	const struct abi *abi = &fh->abi;
	struct fakemem *fm = &fh->ft.fm;
	raddr at = fh->next_type;

	fh->next_type += TYPE_STEP;
	assert(fh->next_type <= FAKEHEAP_DATA + VERSION);
	fake_u64(fm, at, 1);
	fake_u64(fm, at + abi->object_ob_type, fh->type_type);
	fake_u64(fm, at + abi->type_tp_flags, flags | TPF_READY);
	fake_u64(fm, at + abi->type_tp_basicsize, basicsize);
	fake_u64(fm, at + abi->type_tp_itemsize, itemsize);
	fake_u64(fm, at + abi->type_tp_name, at + TYPE_NAME);
	fake_str(fm, at + TYPE_NAME, tp_name);
	return at;
}

static uint64_t pre_of(struct fakeheap *fh, raddr type)
{
	uint64_t flags = read_u64(fh, type + fh->abi.type_tp_flags);

	return flags & TPF_HAVE_GC ? (uint64_t)fh->abi.n_pre_gc : 0;
}

raddr fakeheap_new(struct fakeheap *fh, raddr type, uint64_t size)
{
	uint64_t pre = pre_of(fh, type);
	raddr head = fakeheap_alloc(fh, pre + size);
	raddr anchor = fakeheap_generation(fh, fh->choose ?
		(int)fh->choose(fh->choose_arg, 3) : 0);

	fake_u64(&fh->ft.fm, head + pre, 1);
	fake_u64(&fh->ft.fm, head + pre + fh->abi.object_ob_type, type);
	if (pre) {
		join(fh, read_u64(fh, anchor + fh->abi.gc_head_gc_prev), head);
		join(fh, head, anchor);
	}
	return head + pre;
}

void fakeheap_untrack(struct fakeheap *fh, raddr at)
{
	const struct abi *abi = &fh->abi;
	raddr head = at - (uint64_t)abi->n_pre_gc;
	raddr next = read_u64(fh, head + abi->gc_head_gc_next);

	if (!next)
		return;
	join(fh, read_u64(fh, head + abi->gc_head_gc_prev), next);
	fake_u64(&fh->ft.fm, head + abi->gc_head_gc_next, 0);
	fake_u64(&fh->ft.fm, head + abi->gc_head_gc_prev, 0);
}

void fakeheap_delete(struct fakeheap *fh, raddr at, uint64_t size)
{
	uint64_t pre = pre_of(fh, read_u64(fh, at + fh->abi.object_ob_type));

	if (pre)
		fakeheap_untrack(fh, at);
	fakeheap_free(fh, at - pre, pre + size);
}

/* Its keys are all str, of which there are none. */
static void put_modules(struct fakeheap *fh)
{
	const struct abi *abi = &fh->abi;
	struct fakemem *fm = &fh->ft.fm;
	raddr dict = fakeheap_new(fh, fh->dict_type, abi->dict_sizeof);
	raddr keys = fakeheap_alloc(fh, abi->keys_dk_indices + 8 +
					5 * abi->strentry_sizeof);

	fake_u64(fm, keys + abi->keys_dk_refcnt, 1);
	fake_u8(fm, keys + abi->keys_dk_log2_size, 3);
	fake_u8(fm, keys + abi->keys_dk_log2_index_bytes, 3);
	fake_u8(fm, keys + abi->keys_dk_kind, 1);
	fake_u64(fm, keys + abi->keys_dk_usable, 5);
	memset(fake_at(fm, keys + abi->keys_dk_indices, 8), 0xff, 8);
	fake_u64(fm, dict + abi->dict_ma_keys, keys);
	fake_u64(fm, fh->interp + abi->interp_modules, dict);
}

static void put_types(struct fakeheap *fh)
{
	fh->next_type = fh->type_type = FAKEHEAP_DATA + TYPES;
	fakeheap_type(fh, "type", fh->abi.heaptype_sizeof,
		      fh->abi.memberdef_sizeof,
		      TPF_TYPE_SUBCLASS | TPF_HAVE_GC);
	fh->dict_type = fakeheap_type(fh, "dict", fh->abi.dict_sizeof, 0,
				      TPF_HAVE_GC | TPF_DICT_SUBCLASS);
}

static void init(struct fakeheap *fh, bool of_malloc)
{
	const struct abi_target target = {
		.version = ABI_VERSION(3, 12, 0),
		.build = BUILD_DEFAULT,
		.arch = ARCH_X86_64,
	};
	struct err err;
	bool found;

	memset(fh, 0, sizeof(*fh));
	fh->of_malloc = of_malloc;
	faketarget_init(&fh->ft);
	found = abi_builtin_find(&target, &fh->abi, &err);
	assert(found && fh->abi.runtime_sizeof <=
			FAKEHEAP_STATE - FAKEHEAP_DATA);
	(void)found;
	make_file(fh);
	map_all(fh);
	fh->runtime = FAKEHEAP_DATA;
	fh->interp = fh->runtime + fh->abi.runtime_main_interpreter;
	fake_u64(&fh->ft.fm, fh->runtime + fh->abi.runtime_interpreters_head,
		 fh->interp);
	fake_str(&fh->ft.fm, FAKEHEAP_DATA + VERSION, "3.12.1 (fake)");
	if (of_malloc)
		fakechunks_init(&fh->chunks, &fh->ft.fm, FAKEHEAP_STATE,
				FAKEHEAP_PAR, FAKEHEAP_MALLOC, CHUNKS_LEN);
	else
		put_allocator(fh);
	put_collector(fh);
	put_types(fh);
	put_modules(fh);
}

void fakeheap_init(struct fakeheap *fh)
{
	init(fh, false);
}

void fakeheap_init_of_malloc(struct fakeheap *fh)
{
	init(fh, true);
}

void fakeheap_fini(struct fakeheap *fh)
{
	close(fh->file);
	faketarget_fini(&fh->ft);
}
