/* SPDX-License-Identifier: MIT */
/* The input is a core file, whose files are the core itself. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attach/corefile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void supply(struct corefile *core)
{
	struct err err;

	for (size_t i = 0; i < core->files.n; i++) {
		const struct core_file *file = &core->files.v[i];

		const struct core_supply s = {
			.start = file->start, .end = file->end,
			.fd = i % 2 ? core->fd : CORE_ZEROS,
			.offset = file->offset,
		};

		if (!corefile_supply(core, &s, &err))
			break;
	}
}

static void read_around(struct corefile *core, raddr at)
{
	uint8_t buf[8192];
	struct err err;
	enum core_from from;

	assert(corefile_run(core, at, sizeof(buf), &from) <= sizeof(buf));
	assert(mem_read_some(&core->mem, at, buf, sizeof(buf), &err) >= 0);
	assert(corefile_flags(core, at) < 8);
}

static void ask(struct corefile *core)
{
	struct maps maps;
	struct err err;
	size_t len;
	char *command = corefile_command(core, &len);

	assert(!command || len == 0 || command[len - 1] == '\0');
	free(command);
	if (!corefile_maps(core, &maps, &err))
		return;
	for (size_t i = 0; i < maps.n; i++) {
		assert(maps.v[i].start < maps.v[i].end);
		assert(!i || maps.v[i - 1].end <= maps.v[i].start);
		read_around(core, maps.v[i].start);
		read_around(core, maps.v[i].end - 1);
	}
	maps_free(&maps);
	read_around(core, corefile_auxv(core, AT_RANDOM));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct corefile core;
	struct err err;

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		return 0;
	if (corefile_open(&core, fd, &err)) {
		ask(&core);
		supply(&core);
		ask(&core);
	} else {
		assert(err.code == ERR_BADDATA || err.code == ERR_LIMIT);
	}
	corefile_close(&core);
	return 0;
}
