/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into pyheapspy: what it reads of a process is not what is there.
 *
 * Words of a process's memory, and of the files it has mapped, are replaced on
 * their way to us: by a number that lies about a length, by a neighbour (which
 * makes types of objects, and rings of lists), by the same with a bit flipped.
 * What /proc itself says stays true: the kernel does not lie.
 *
 * TORN_SEED   which words, and by what: the same seed, the same lies, in
 *             whichever thread and order they are read
 * TORN_EVERY  one word in so many
 * TORN_AFTER  so many reads are true before: the runtime is found, say
 *
 * Facts: proc(5); how pyheapspy reads: src/attach/live.c, elffile.c.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static uint64_t seed, every, after, n_reads;

/* Not in read(): what it reads is text of /proc. */
__attribute__((constructor)) static void begin(void)
{
	const char *text[] = { getenv("TORN_SEED"), getenv("TORN_EVERY"),
			       getenv("TORN_AFTER") };

	seed = text[0] ? strtoull(text[0], NULL, 10) : 0;
	every = text[1] ? strtoull(text[1], NULL, 10) : 0;
	after = text[2] ? strtoull(text[2], NULL, 10) : 0;
}

/* splitmix64: public domain, Sebastiano Vigna. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static bool is_honest(int fd)
{
	static const char *const ends[] = {
		"/pagemap", "/maps", "/status", "/stat", "/smaps",
	};
	char link[64], path[4096];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len <= 0)
		return true;
	path[len] = '\0';
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		size_t n = strlen(ends[i]);

		if ((size_t)len > n && !strcmp(path + (size_t)len - n, ends[i]))
			return true;
	}
	return false;
}

static uint64_t lie(uint64_t word, uint64_t random, const char *near)
{
	static const uint64_t numbers[] = {
		0, 1, 2, 8, 16, 255, 4096, 1 << 16, 1 << 28, 0x7fffffff,
		0x80000000, 0xffffffff, 1ull << 32, 1ull << 40, 1ull << 60,
		INT64_MAX, INT64_MIN, UINT64_MAX, UINT64_MAX - 7,
	};
	uint64_t other;

	switch (random % 8) {
	case 0:
		return numbers[(random >> 8) %
			       (sizeof(numbers) / sizeof(*numbers))];
	case 1:
	case 2:
		memcpy(&other, near, sizeof(other));
		return other;
	case 3:
		return word + (((random >> 8) & 63) - 32) * 8;
	case 4:
		return (word & ~0xffull) | (random >> 8 & 0xff);
	case 5:
		return (word & UINT32_MAX) | (random & ~(uint64_t)UINT32_MAX);
	default:
		return word ^ 1ull << (random >> 8 & 63);
	}
}

/* The words of what was read at @at. */
static void tear(char *p, size_t len, uint64_t at)
{
	for (size_t i = (8 - at % 8) % 8; i + 8 <= len; i += 8) {
		uint64_t random = mix(seed ^ mix(at + i)), word;
		size_t near;

		if (random % every)
			continue;
		random = mix(random);
		near = (random >> 16) % (len - 7);
		if (len > 1024)
			near = i < 512 ? 0 : i - 512 + (random >> 16) % 512;
		memcpy(&word, p + i, sizeof(word));
		word = lie(word, random, p + near);
		memcpy(p + i, &word, sizeof(word));
	}
}

static bool is_torn(void)
{
	return every &&
	       __atomic_fetch_add(&n_reads, 1, __ATOMIC_RELAXED) >= after;
}

ssize_t pread(int fd, void *buf, size_t len, off_t at)
{
	static ssize_t (*next)(int, void *, size_t, off_t);
	ssize_t got;

	if (!next)
		next = (__typeof__(next))dlsym(RTLD_NEXT, "pread");
	got = next(fd, buf, len, at);
	if (got >= 8 && !is_honest(fd) && is_torn())
		tear(buf, (size_t)got, (uint64_t)at);
	return got;
}

ssize_t pread64(int fd, void *buf, size_t len, off64_t at)
	__attribute__((alias("pread")));

ssize_t process_vm_readv(pid_t pid, const struct iovec *here, unsigned long n,
			 const struct iovec *there, unsigned long m,
			 unsigned long flags)
{
	static ssize_t (*next)(pid_t, const struct iovec *, unsigned long,
			       const struct iovec *, unsigned long,
			       unsigned long);
	ssize_t got;
	size_t left;

	if (!next)
		next = (__typeof__(next))dlsym(RTLD_NEXT, "process_vm_readv");
	got = next(pid, here, n, there, m, flags);
	left = got > 0 ? (size_t)got : 0;
	for (unsigned long i = 0; i < n && i < m && left; i++) {
		size_t some = here[i].iov_len < left ? here[i].iov_len : left;

		if (is_torn())
			tear(here[i].iov_base, some,
			     (uint64_t)(uintptr_t)there[i].iov_base);
		left -= some;
	}
	return got;
}
