/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAKECORE_H
#define TESTS_FAKECORE_H

#include <elf.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/addr.h"

/**
 * A core file made by a test.
 *
 *	struct fakecore fc = { 0 };
 *
 *	fakecore_thread(&fc, 4711);
 *	fakecore_segment(&fc, 0x7f0000000000, 8192, PF_R | PF_W, bytes, 8192);
 *	fakecore_file(&fc, 0x400000, 0x401000, 0, "/usr/bin/python3");
 *	... corefile_open(&core, fakecore_fd(&fc), &err) ...
 *	fakecore_fini(&fc);
 */
enum { FAKECORE_MAX = 16, FAKECORE_NOTES = 1 << 16 };

struct fakecore {
	Elf64_Ehdr header;	/* what is not 0 wins over what is right */
	Elf64_Phdr segment[FAKECORE_MAX];
	const void *bytes[FAKECORE_MAX];
	size_t n_segments;
	struct fakecore_file {
		raddr start, end;
		uint64_t page;
		const char *path;
	} file[FAKECORE_MAX];
	size_t n_files;
	char notes[FAKECORE_NOTES];
	size_t n_notes;		/* bytes */
	raddr stack;		/* what threads made from now on point at */
	char *whole;		/* as made last */
	size_t len;
};

/** The mapping [@start, @start + @len), of which the core has @held bytes. */
void fakecore_segment(struct fakecore *fc, raddr start, uint64_t len,
		      uint32_t flags, const void *bytes, uint64_t held);

/** @path is mapped there from page number @page on. */
void fakecore_file(struct fakecore *fc, raddr start, raddr end, uint64_t page,
		   const char *path);

void fakecore_note(struct fakecore *fc, uint32_t type, const void *bytes,
		   size_t len);

/** A thread whose program counter is 0x1000 times its number. */
void fakecore_thread(struct fakecore *fc, pid_t tid);

/** Make fc->whole, fc->len bytes, anew. */
void fakecore_make(struct fakecore *fc);

/** The same in a file, of which the first @len bytes are there. */
int fakecore_cut(struct fakecore *fc, size_t len);
int fakecore_fd(struct fakecore *fc);

/** Some bytes in a file. */
int fakecore_file_of(const void *bytes, size_t len);

void fakecore_fini(struct fakecore *fc);

#endif
