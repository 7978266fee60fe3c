/* SPDX-License-Identifier: MIT */
/*
 * A program whose malloc is in every state there is: arenas of several threads,
 * one of two heaps, holes, fast bins, full caches, chunks mapped by themselves.
 * It writes what it did, then what malloc says of itself, and allocates nothing
 * from then on.
 *
 * No Python in here, and nothing younger than glibc 2.31: it is loaded by
 * ctypes, in chroots too.
 */
#define _GNU_SOURCE
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	THREADS = 4, HOLES = 400, LISTED = 40, SIZES = 5,
	BLOCK = 100000, BLOCKS = 900,	/* more than a heap of 64 MiB */
	MINE = 5000,
};

static const size_t sizes[SIZES] = { 24, 56, 120, 500, 1000 };

/* As they are in glibc 2.31, too. */
__asm__(".symver pthread_getattr_np, pthread_getattr_np@GLIBC_2.2.5");
__asm__(".symver pthread_attr_getstack, pthread_attr_getstack@GLIBC_2.2.5");

/* In a library that is loaded late: malloc has it. */
static __thread char mine[MINE];

static FILE *told;
static char told_buffer[1 << 16];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int started, done;

/* In use for ever, listed or given back later. */
struct block {
	void *p;
	size_t size;
};

static struct thread_blocks {
	struct block hole[HOLES];
	struct block listed[SIZES][LISTED], fence[SIZES][LISTED];
	struct block large[BLOCKS], mapped[3], aligned;
	struct own {
		char *start, *end;	/* variables of all libraries, ... */
		void *mine, *dtv;	/* ... and others are elsewhere */
	} own;
} all[THREADS + 1];

static struct block get(size_t size)
{
	struct block b = { malloc(size), size };

	memset(b.p, 0x55, size);
	return b;
}

static unsigned long long number_of(const void *p)
{
	return (uintptr_t)p;
}

static void say(const char *what, const struct block *b)
{
	fprintf(told, "%s %llx %zu\n", what, number_of(b->p),
		b->size);
}

static void say_used(struct block *b)
{
	b->size = malloc_usable_size(b->p);
	say("used", b);
}

static void allocate(struct thread_blocks *t, int number)
{
	for (int i = 0; i < HOLES; i++)
		t->hole[i] = get(1500 + (size_t)i * 37 % 9000);
	for (int s = 0; s < SIZES; s++) {
		for (int i = 0; i < LISTED; i++) {
			t->listed[s][i] = get(sizes[s]);
			/* So that no two of them lie side by side. */
			t->fence[s][i] = get(2000);
		}
	}
	for (int i = 0; i < (number == 1 ? BLOCKS : 20); i++)
		t->large[i] = get(BLOCK);
	for (int i = 0; i < 3; i++)
		t->mapped[i] = get((size_t)(i + 1) << 20);
	t->aligned.size = 3 << 20;
	if (posix_memalign(&t->aligned.p, 1 << 16, t->aligned.size))
		abort();
}

static void give_back(struct thread_blocks *t, int number)
{
	for (int i = 0; i < HOLES; i += 3)
		free(t->hole[i].p);
	for (int s = 0; s < SIZES; s++) {
		for (int i = 0; i < LISTED; i++)
			free(t->listed[s][i].p);
	}
	for (int i = 100; number == 1 && i < 300; i++)
		free(t->large[i].p);
	free(t->mapped[1].p);
}

static void tell(struct thread_blocks *t, int number)
{
	for (int i = 0; i < HOLES; i++) {
		if (i % 3 == 0)
			say("freed", &t->hole[i]);
		else
			say_used(&t->hole[i]);
	}
	for (int s = 0; s < SIZES; s++) {
		for (int i = 0; i < LISTED; i++) {
			fprintf(told, "listed %d %d %llx %zu\n", number, i,
				number_of(t->listed[s][i].p),
				sizes[s]);
			say_used(&t->fence[s][i]);
		}
	}
	for (int i = 0; i < (number == 1 ? BLOCKS : 20); i++) {
		if (number == 1 && i >= 100 && i < 300)
			say("freed", &t->large[i]);
		else
			say_used(&t->large[i]);
	}
	say_used(&t->mapped[0]);
	say_used(&t->mapped[2]);
	fprintf(told, "aligned %llx %zu\n",
		number_of(t->aligned.p), t->aligned.size);
}

static int find_lowest(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct own *own = arg;
	char *at = info->dlpi_tls_data;

	(void)size;
	if (at && at < own->end && at > own->end - (1 << 16) &&
	    (!own->start || at < own->start))
		own->start = at;
	return 0;
}

/* May take memory, and gives it back. */
static void find_own(struct own *own)
{
	pthread_attr_t attr;
	void *stack;
	size_t size;

	memset(mine, 1, sizeof(mine));
	own->mine = mine;
	if (pthread_getattr_np(pthread_self(), &attr) ||
	    pthread_attr_getstack(&attr, &stack, &size))
		abort();
	pthread_attr_destroy(&attr);
	own->end = (char *)stack + size;
	dl_iterate_phdr(find_lowest, own);
	__asm__("mov %%fs:8, %0" : "=r"(own->dtv));
}

/* Number @number does all this, and waits for ever. */
void malloced_thread(int number)
{
	struct thread_blocks *t = &all[number];
	volatile char deep[300000];

	__atomic_fetch_add(&started, 1, __ATOMIC_SEQ_CST);
	/* Until all have begun: then none of them is given another's arena. */
	while (__atomic_load_n(&started, __ATOMIC_SEQ_CST) < THREADS)
		usleep(1000);
	find_own(&t->own);
	allocate(t, number);
	give_back(t, number);
	memset((char *)deep, 1, sizeof(deep));
	pthread_mutex_lock(&lock);
	fprintf(told, "thread %d %ld %llx\n", number, syscall(SYS_gettid),
		number_of(t->hole[0].p));
	fprintf(told, "own %ld %llx %llx %llx %llx\n", syscall(SYS_gettid),
		number_of(t->own.start), number_of(t->own.end),
		number_of(t->own.mine), number_of(t->own.dtv));
	fprintf(told, "stack %llx %zu\n", number_of((void *)deep),
		sizeof(deep));
	tell(t, number);
	pthread_mutex_unlock(&lock);
	__atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
	for (;;)
		pause();
}

struct info {
	size_t v[10];
};

/* All arenas, as malloc has them; @info is mallinfo2(), which not all have. */
static void tell_malloc(struct info (*info)(void))
{
	fprintf(told, "info\n");
	malloc_info(0, told);
	if (info) {
		struct info m = info();

		fprintf(told, "\nmallinfo2");
		for (int i = 0; i < 10; i++)
			fprintf(told, " %zu", m.v[i]);
	}
	fprintf(told, "\n");
	fflush(told);
}

void malloced_begin(const char *path)
{
	told = fopen(path, "w");
	setvbuf(told, told_buffer, _IOFBF, sizeof(told_buffer));
}

/* Reads what it is told by standard input: "trim" is what it can do. */
void malloced_end(void *info)
{
	char line[64];

	while (__atomic_load_n(&done, __ATOMIC_SEQ_CST) < THREADS)
		usleep(1000);
	allocate(&all[0], 0);
	give_back(&all[0], 0);
	tell(&all[0], 0);
	tell_malloc((struct info (*)(void))info);
	if (write(1, "ready\n", 6) != 6)
		return;
	while (read(0, line, sizeof(line)) > 0) {
		if (strncmp(line, "trim", 4))
			continue;
		malloc_trim(0);
		if (write(1, "trimmed\n", 8) != 8)
			return;
	}
}
