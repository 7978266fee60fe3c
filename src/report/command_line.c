/* SPDX-License-Identifier: MIT */
#include "report/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *command_line(char *const *argv, size_t argc)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	for (size_t i = 0; i < argc; i++) {
		const char *slash = i ? NULL : strrchr(argv[i], '/');

		fprintf(f, "%s%s", i ? " " : "", slash ? slash + 1 : argv[i]);
	}
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}
