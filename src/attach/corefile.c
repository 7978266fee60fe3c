/* SPDX-License-Identifier: MIT */
/*
 * Read a core file: its segments, by address, and what was mapped.
 *
 * A segment is a mapping of the process.  Of its bytes (p_memsz) the file holds
 * the first p_filesz: all, none, or the first page, from which a debugger
 * tells the file by its build id.  The rest was left out, and is not zeros:
 * pages that were never touched are in the file, as a hole in it.
 *
 * Not believed: that a segment lies in the file (a full disk and RLIMIT_CORE
 * cut cores short), that segments ascend, that they do not overlap.
 */
#include "attach/corefile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bounds.h"
#include "base/ranges.h"

enum { HEADERS_AT_ONCE = 64 };

#if defined(__x86_64__)
enum { OUR_MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { OUR_MACHINE = EM_AARCH64 };
#endif

bool corefile_pread(int fd, uint64_t offset, void *buf, size_t len)
{
	char *to = buf;

	while (len > 0) {
		ssize_t got = pread(fd, to, len, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		to += got;
		offset += (uint64_t)got;
		len -= (size_t)got;
	}
	return true;
}

static bool core_broken(struct err *err, const char *what)
{
	return err_set(err, ERR_BADDATA, "broken core file: %s", what);
}

/* --- reading by address -------------------------------------------------- */

/* Where the bytes from @at on lie: @len of them in @fd, or if that is -1
 * nowhere, if it is CORE_ZEROS everywhere. */
struct run {
	int fd;
	uint64_t offset, len;
};

static void run_end_at(struct run *run, raddr at, raddr end)
{
	if (run->len > end - at)
		run->len = end - at;
}

static struct run run_supplied(const struct corefile *core, raddr at,
			       struct run run)
{
	size_t i = ranges_from(&core->supplies, at);
	const struct core_supply *s;

	if (i == core->supplies.n)
		return run;
	s = &core->supplies.v[i];
	if (s->start > at) {
		run_end_at(&run, at, s->start);
		return run;
	}
	run_end_at(&run, at, s->end);
	run.fd = s->fd;
	run.offset = s->offset + (at - s->start);
	return run;
}

static struct run run_at(const struct corefile *core, raddr at, uint64_t len)
{
	size_t i = ranges_from(&core->segments, at);
	const struct core_segment *s = i < core->segments.n ?
				       &core->segments.v[i] : NULL;
	struct run run = { .fd = -1, .len = len };

	if (s && s->start <= at) {
		if (at - s->start < s->held) {
			run_end_at(&run, at, s->start + s->held);
			run.fd = core->fd;
			run.offset = s->offset + (at - s->start);
			return run;
		}
		run_end_at(&run, at, s->end);
	} else if (s) {
		run_end_at(&run, at, s->start);
	}
	return run_supplied(core, at, run);
}

uint64_t corefile_run(const struct corefile *core, raddr at, uint64_t len,
		      enum core_from *ret_from)
{
	struct run run = run_at(core, at, len);

	*ret_from = run.fd == CORE_ZEROS ? CORE_UNWRITTEN :
		    run.fd == core->fd	 ? CORE_ITSELF :
		    run.fd >= 0		 ? CORE_OTHER :
					   CORE_NOWHERE;
	return run.len;
}

static int64_t core_read(struct mem *mem, raddr at, void *buf, size_t len,
			 struct err *err)
{
	struct corefile *core = (struct corefile *)mem;
	size_t done = 0;

	(void)err;
	while (done < len) {
		struct run run = run_at(core, at + done, len - done);
		ssize_t got;

		if (run.fd == CORE_ZEROS) {
			memset((char *)buf + done, 0, run.len);
			done += run.len;
			continue;
		}
		if (run.fd < 0)
			break;
		got = pread(run.fd, (char *)buf + done, run.len,
			    (off_t)run.offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return (int64_t)done;
}

/* Can all of it be mapped, page on page? */
static bool may_map(const struct corefile *core, raddr at, uint64_t len)
{
	while (len > 0) {
		struct run run = run_at(core, at, len);

		if (run.fd != CORE_ZEROS &&
		    (run.fd != core->fd || run.offset % ADDR_PAGE ||
		     run.len % ADDR_PAGE))
			return false;
		at += run.len;
		len -= run.len;
	}
	return core->may_map;
}

static bool map_runs(const struct corefile *core, raddr at, uint64_t len,
		     char *where)
{
	while (len > 0) {
		struct run run = run_at(core, at, len);

		if (run.fd != CORE_ZEROS &&
		    mmap(where, run.len, PROT_READ, MAP_PRIVATE | MAP_FIXED,
			 run.fd, (off_t)run.offset) == MAP_FAILED)
			return false;
		at += run.len;
		where += run.len;
		len -= run.len;
	}
	return true;
}

static bool core_map(struct mem *mem, raddr at, uint64_t len, void *where)
{
	const struct corefile *core = (struct corefile *)mem;

	if (at % ADDR_PAGE || len % ADDR_PAGE || !may_map(core, at, len))
		return false;
	if (map_runs(core, at, len, where))
		return true;
	/* Too many mappings: as it was. */
	(void)!mmap(where, len, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE,
		    -1, 0);
	return false;
}

static const struct mem_ops core_ops = { .read = core_read, .map = core_map };

bool corefile_supply(struct corefile *core, const struct core_supply *supply,
		     struct err *err)
{
	size_t n = core->supplies.n;
	struct core_supply *slot;

	if (supply->end <= supply->start ||
	    supply->offset > INT64_MAX - (supply->end - supply->start) ||
	    (n > 0 && core->supplies.v[n - 1].end > supply->start))
		return core_broken(err, "what it left out overlaps");
	slot = vec_add(&core->supplies, err);
	if (slot)
		*slot = *supply;
	return slot != NULL;
}

/* --- opening ------------------------------------------------------------- */

static bool check_kind(const Elf64_Ehdr *eh, struct err *err)
{
	if (memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0)
		return err_set(err, ERR_BADDATA, "not a core file");
	if (eh->e_ident[EI_DATA] != ELFDATA2LSB)
		return err_set(err, ERR_BADDATA,
			       "of a machine of another byte order");
	if (eh->e_type != ET_CORE)
		return err_set(err, ERR_BADDATA,
			       "an ELF file, but not a core file");
	if (eh->e_ident[EI_CLASS] != ELFCLASS64)
		return err_set(err, ERR_BADDATA,
			       "the core of a 32-bit program");
	if (eh->e_machine != OUR_MACHINE)
		return err_set(err, ERR_BADDATA, "the core of a program for "
			       "another processor (ELF machine %d)",
			       eh->e_machine);
	if (eh->e_phentsize != sizeof(Elf64_Phdr))
		return core_broken(err, "its program headers are of another "
				   "size");
	return true;
}

/* More than 65,534 program headers do not fit the header: then the first
 * section says how many. */
static bool count_headers(const struct corefile *core, const Elf64_Ehdr *eh,
			  uint64_t *ret, struct err *err)
{
	Elf64_Shdr sh;

	*ret = eh->e_phnum;
	if (*ret == PN_XNUM) {
		if (!corefile_pread(core->fd, eh->e_shoff, &sh, sizeof(sh)))
			return core_broken(err, "it does not say how many "
					   "program headers it has");
		*ret = sh.sh_info;
	}
	if (*ret > MAX_MAPS)
		return err_set(err, ERR_LIMIT, "more than %d segments",
			       MAX_MAPS);
	if (*ret == 0)
		return core_broken(err, "no program headers");
	return true;
}

static bool take_segment(struct corefile *core, const Elf64_Phdr *ph,
			 struct err *err)
{
	uint64_t held = ph->p_filesz < ph->p_memsz ? ph->p_filesz : ph->p_memsz;
	uint64_t room = ph->p_offset < core->size ? core->size - ph->p_offset
						  : 0;
	struct core_segment *s;

	if (ph->p_memsz == 0)
		return true;
	if (ph->p_memsz > UINT64_MAX - ph->p_vaddr ||
	    (ph->p_vaddr | ph->p_memsz) % ADDR_PAGE)
		return core_broken(err, "a segment makes no sense");
	core->truncated |= held > room;
	s = vec_add(&core->segments, err);
	if (!s)
		return false;
	*s = (struct core_segment){
		.start = ph->p_vaddr, .end = ph->p_vaddr + ph->p_memsz,
		.offset = ph->p_offset, .held = held < room ? held : room,
		.flags = ph->p_flags, .empty = ph->p_filesz == 0,
	};
	return true;
}

static int by_start(const void *a, const void *b)
{
	const struct core_segment *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static bool sort_segments(struct corefile *core, struct err *err)
{
	const struct core_segment *v = core->segments.v;

	if (core->segments.n)
		qsort(core->segments.v, core->segments.n,
		      sizeof(*core->segments.v), by_start);
	for (size_t i = 1; i < core->segments.n; i++) {
		if (v[i].start < v[i - 1].end)
			return core_broken(err, "segments overlap");
	}
	return true;
}

static bool take_header(struct corefile *core, const Elf64_Phdr *ph,
			struct err *err)
{
	uint64_t room = ph->p_offset < core->size ? core->size - ph->p_offset
						  : 0;

	if (ph->p_type == PT_LOAD)
		return take_segment(core, ph, err);
	if (ph->p_type != PT_NOTE)
		return true;
	core->truncated |= ph->p_filesz > room;
	return corenotes_take(core, ph->p_offset,
			      ph->p_filesz < room ? ph->p_filesz : room, err);
}

static bool take_headers(struct corefile *core, const Elf64_Ehdr *eh,
			 struct err *err)
{
	Elf64_Phdr ph[HEADERS_AT_ONCE] = { { 0 } };
	uint64_t n;

	if (!count_headers(core, eh, &n, err))
		return false;
	for (uint64_t i = 0; i < n; i += HEADERS_AT_ONCE) {
		size_t some = n - i < HEADERS_AT_ONCE ? n - i
						      : HEADERS_AT_ONCE;

		if (eh->e_phoff > core->size ||
		    !corefile_pread(core->fd, eh->e_phoff + i * sizeof(*ph),
				    ph, some * sizeof(*ph)))
			return core_broken(err, "it ends within its program "
					   "headers");
		for (size_t j = 0; j < some; j++) {
			if (!take_header(core, &ph[j], err))
				return false;
		}
	}
	return sort_segments(core, err);
}

/* The kernel begins with the thread that died.  The others stay sorted, also if
 * more than one bears the number. */
static void put_main_first(struct corefile *core)
{
	for (size_t i = 0; i < core->threads.n; i++) {
		struct core_thread main = core->threads.v[i];

		if (main.tid != core->pid)
			continue;
		memmove(core->threads.v + 1, core->threads.v,
			i * sizeof(*core->threads.v));
		core->threads.v[0] = main;
		return;
	}
}

static int by_tid(const void *a, const void *b)
{
	const struct core_thread *x = a, *y = b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

static bool know_process(struct corefile *core, struct err *err)
{
	if (core->threads.n == 0)
		return core_broken(err, core->truncated ? "it is cut short, "
				   "before its first thread" :
				   "it says nothing of any thread");
	if (!core->has_info)
		core->pid = core->threads.v[0].tid;
	qsort(core->threads.v, core->threads.n, sizeof(*core->threads.v),
	      by_tid);
	put_main_first(core);
	return true;
}

bool corefile_open(struct corefile *core, int fd, struct err *err)
{
	Elf64_Ehdr eh;
	struct stat st;

	*core = (struct corefile){ .mem.ops = &core_ops, .fd = fd };
	if (fstat(fd, &st) != 0)
		return err_sys(err, errno, "cannot stat the file");
	core->size = (uint64_t)st.st_size;
	memset(&eh, 0, sizeof(eh));
	if (core->size < sizeof(eh) || !corefile_pread(fd, 0, &eh, sizeof(eh)))
		return err_set(err, ERR_BADDATA, "not a core file: too short");
	return check_kind(&eh, err) && take_headers(core, &eh, err) &&
	       know_process(core, err);
}

const struct core_thread *corefile_thread(const struct corefile *core,
					  pid_t tid)
{
	const struct core_thread key = { .tid = tid };

	if (core->threads.v[0].tid == tid)
		return &core->threads.v[0];
	return bsearch(&key, core->threads.v + 1, core->threads.n - 1,
		       sizeof(key), by_tid);
}

void corefile_close(struct corefile *core)
{
	vec_free(&core->segments);
	vec_free(&core->files);
	vec_free(&core->supplies);
	vec_free(&core->threads);
	vec_free(&core->auxv);
	free(core->file_names);
	core->file_names = NULL;
	if (core->fd >= 0)
		close(core->fd);
	core->fd = -1;
}

uint64_t corefile_auxv(const struct corefile *core, uint64_t type)
{
	for (size_t i = 0; i < core->auxv.n; i++) {
		if (core->auxv.v[i].a_type == type)
			return core->auxv.v[i].a_un.a_val;
	}
	return 0;
}

const struct core_segment *corefile_segment(const struct corefile *core,
					    raddr at)
{
	size_t i = ranges_from(&core->segments, at);

	return i < core->segments.n && core->segments.v[i].start <= at ?
	       &core->segments.v[i] : NULL;
}

int corefile_flags(const struct corefile *core, raddr at)
{
	const struct core_segment *segment = corefile_segment(core, at);
	size_t j = ranges_from(&core->supplies, at);

	if (segment)
		return (int)segment->flags & 7;
	if (j < core->supplies.n && core->supplies.v[j].start <= at)
		return (int)core->supplies.v[j].flags & 7;
	return -1;
}
