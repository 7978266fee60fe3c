/* SPDX-License-Identifier: MIT */
/*
 * The bare copy: BYTES of the writable private memory of process PID, in
 * reads of 1 MiB into one buffer, nothing else.  What any tool that looks at
 * these bytes has to pay at least, on one core.  Prints milliseconds, the best
 * and the median of 9.
 *
 * usage: barecopy PID BYTES
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 1 << 20, RUNS = 9 };

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void copy(int mem, FILE *maps, char *buf, uint64_t left)
{
	char line[4096];

	rewind(maps);
	while (left && fgets(line, sizeof(line), maps)) {
		uint64_t start, end;
		unsigned long inode;
		char perms[5];

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %lu",
			   &start, &end, perms, &inode) != 4 || inode ||
		    perms[0] != 'r' || perms[1] != 'w')
			continue;
		while (left && start < end) {
			uint64_t len = end - start < PIECE ? end - start :
							     PIECE;
			ssize_t got;

			if (len > left)
				len = left;
			got = pread(mem, buf, len, (off_t)start);
			if (got <= 0)
				break;
			start += (uint64_t)got;
			left -= (uint64_t)got;
		}
	}
}

static int by_value(const void *a, const void *b)
{
	double l = *(const double *)a, r = *(const double *)b;

	return (l > r) - (l < r);
}

int main(int argc, char **argv)
{
	double ms[RUNS];
	char path[64], *buf = malloc(PIECE);
	FILE *maps;
	int mem;

	if (argc != 3 || !buf)
		return 2;
	snprintf(path, sizeof(path), "/proc/%s/mem", argv[1]);
	mem = open(path, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/%s/maps", argv[1]);
	maps = fopen(path, "r");
	if (mem < 0 || !maps) {
		perror(path);
		return 1;
	}
	for (int i = 0; i < RUNS; i++) {
		double begin = now_ms();

		copy(mem, maps, buf, strtoull(argv[2], NULL, 10));
		ms[i] = now_ms() - begin;
	}
	qsort(ms, RUNS, sizeof(*ms), by_value);
	printf("%.3f %.3f\n", ms[0], ms[RUNS / 2]);
	return 0;
}
