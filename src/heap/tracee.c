/* SPDX-License-Identifier: MIT */
#include "heap/tracee.h"

#include <string.h>

#include "heap/native.h"
#include "pyabi/abifile.h"

bool tracee_open(struct tracee *tr, pid_t pid, const char *offsets_path,
		 struct err *err)
{
	struct abi given;

	memset(tr, 0, sizeof(*tr));
	if (offsets_path && !abifile_read(offsets_path, &given, err))
		return false;
	if (!process_open(&tr->proc, pid, err))
		return false;
	tr->opened = true;
	if (!live_open(&tr->live, &tr->proc, err))
		return false;
	tr->live_open = true;
	if (!maps_read(&tr->maps, &tr->proc, err))
		return false;
	tr->mods = modules_new(&tr->maps, &tr->proc, &tr->live.mem, err);
	if (!tr->mods)
		return false;
	live_know(&tr->live, tr->mods);
	return runtime_find(&tr->rt, tr->mods, &tr->live.mem,
			    offsets_path ? &given : NULL, err);
}

void tracee_close(struct tracee *tr)
{
	native_free(tr->native);
	runtime_fini(&tr->rt);
	if (tr->live_open)
		live_know(&tr->live, NULL);
	modules_free(tr->mods);
	maps_free(&tr->maps);
	if (tr->live_open)
		live_close(&tr->live);
	if (tr->opened)
		process_close(&tr->proc);
}
