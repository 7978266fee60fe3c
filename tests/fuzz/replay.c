/* SPDX-License-Identifier: MIT */
/*
 * A fuzz target without a fuzzer: hands it each file named on the command
 * line, once.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Exactly as long as the input, so that a sanitizer sees reads past it. */
static uint8_t *read_all(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	long len;

	if (!f)
		return NULL;
	if (fseek(f, 0, SEEK_END) == 0 && (len = ftell(f)) >= 0) {
		rewind(f);
		data = malloc(len > 0 ? (size_t)len : 1);
		*ret_len = data ? fread(data, 1, (size_t)len, f) : 0;
	}
	fclose(f);
	return data;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		size_t len = 0;
		uint8_t *data = read_all(argv[i], &len);

		if (!data) {
			perror(argv[i]);
			return 1;
		}
		printf("%s: %zu bytes\n", argv[i], len);
		fflush(stdout);
		LLVMFuzzerTestOneInput(data, len);
		free(data);
	}
	return 0;
}
