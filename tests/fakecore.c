/* SPDX-License-Identifier: MIT */
#include "fakecore.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/procfs.h>
#include <sys/user.h>
#include <unistd.h>

enum { PAGE = 4096 };

void fakecore_segment(struct fakecore *fc, raddr start, uint64_t len,
		      uint32_t flags, const void *bytes, uint64_t held)
{
	assert(fc->n_segments < FAKECORE_MAX);
	fc->segment[fc->n_segments] = (Elf64_Phdr){
		.p_type = PT_LOAD, .p_flags = flags, .p_vaddr = start,
		.p_memsz = len, .p_filesz = held,
	};
	fc->bytes[fc->n_segments++] = bytes;
}

void fakecore_file(struct fakecore *fc, raddr start, raddr end, uint64_t page,
		   const char *path)
{
	assert(fc->n_files < FAKECORE_MAX);
	fc->file[fc->n_files++] = (struct fakecore_file){ start, end, page,
							  path };
}

static void put(struct fakecore *fc, const void *bytes, size_t len)
{
	size_t room = (len + 3) / 4 * 4;

	assert(fc->n_notes + room <= sizeof(fc->notes));
	memset(fc->notes + fc->n_notes, 0, room);
	if (len)
		memcpy(fc->notes + fc->n_notes, bytes, len);
	fc->n_notes += room;
}

void fakecore_note(struct fakecore *fc, uint32_t type, const void *bytes,
		   size_t len)
{
	Elf64_Nhdr nh = { .n_namesz = 5, .n_descsz = (uint32_t)len,
			  .n_type = type };

	put(fc, &nh, sizeof(nh));
	put(fc, "CORE", 5);
	put(fc, bytes, len);
}

void fakecore_thread(struct fakecore *fc, pid_t tid)
{
	struct elf_prstatus status;
	struct user_regs_struct regs;

	memset(&status, 0, sizeof(status));
	memset(&regs, 0, sizeof(regs));
	status.pr_pid = tid;
	regs.rip = (unsigned long long)tid * 0x1000;
	regs.rsp = fc->stack;
	regs.orig_rax = UINT64_MAX;
	memcpy(&status.pr_reg, &regs, sizeof(regs));
	fakecore_note(fc, NT_PRSTATUS, &status, sizeof(status));
}

static void put_files(struct fakecore *fc)
{
	static char text[FAKECORE_NOTES];
	uint64_t *word = (uint64_t *)text;
	char *name = text + 16 + 24 * fc->n_files;

	*word++ = fc->n_files;
	*word++ = PAGE;
	for (size_t i = 0; i < fc->n_files; i++) {
		*word++ = fc->file[i].start;
		*word++ = fc->file[i].end;
		*word++ = fc->file[i].page;
		name = stpcpy(name, fc->file[i].path) + 1;
	}
	fakecore_note(fc, NT_FILE, text, (size_t)(name - text));
}

static Elf64_Ehdr header(const struct fakecore *fc)
{
	Elf64_Ehdr eh = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_CORE, .e_machine = EM_X86_64,
		.e_version = EV_CURRENT, .e_phoff = sizeof(eh),
		.e_ehsize = sizeof(eh), .e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (Elf64_Half)(fc->n_segments + 1),
	};
	uint8_t *right = (uint8_t *)&eh;
	const uint8_t *given = (const uint8_t *)&fc->header;

	for (size_t i = 0; i < sizeof(eh); i++)
		right[i] = given[i] ? given[i] : right[i];
	return eh;
}

void fakecore_make(struct fakecore *fc)
{
	Elf64_Ehdr eh = header(fc);
	size_t heads = sizeof(eh) + (fc->n_segments + 1) * sizeof(Elf64_Phdr);
	size_t notes = fc->n_notes;
	Elf64_Phdr note = { .p_type = PT_NOTE, .p_offset = heads };
	char *to;

	if (fc->n_files)
		put_files(fc);
	note.p_filesz = fc->n_notes;
	fc->len = (heads + fc->n_notes + PAGE - 1) / PAGE * PAGE;
	for (size_t i = 0; i < fc->n_segments; i++) {
		fc->segment[i].p_offset = fc->len;
		fc->len += (fc->segment[i].p_filesz + PAGE - 1) / PAGE * PAGE;
	}
	free(fc->whole);
	fc->whole = calloc(1, fc->len);
	assert(fc->whole);
	memcpy(fc->whole, &eh, sizeof(eh));
	to = fc->whole + sizeof(eh);
	memcpy(to, &note, sizeof(note));
	memcpy(to + sizeof(note), fc->segment,
	       fc->n_segments * sizeof(*fc->segment));
	memcpy(fc->whole + heads, fc->notes, fc->n_notes);
	for (size_t i = 0; i < fc->n_segments; i++) {
		if (fc->segment[i].p_filesz)
			memcpy(fc->whole + fc->segment[i].p_offset,
			       fc->bytes[i], fc->segment[i].p_filesz);
	}
	fc->n_notes = notes;
}

int fakecore_file_of(const void *bytes, size_t len)
{
	int fd = memfd_create("core", MFD_CLOEXEC);

	assert(fd >= 0);
	assert(len == 0 || write(fd, bytes, len) == (ssize_t)len);
	return fd;
}

int fakecore_cut(struct fakecore *fc, size_t len)
{
	fakecore_make(fc);
	return fakecore_file_of(fc->whole, len < fc->len ? len : fc->len);
}

int fakecore_fd(struct fakecore *fc)
{
	return fakecore_cut(fc, SIZE_MAX);
}

void fakecore_fini(struct fakecore *fc)
{
	free(fc->whole);
	memset(fc, 0, sizeof(*fc));
}
