/* SPDX-License-Identifier: MIT */
#include "attach/rights.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "attach/procfs.h"
#include "base/bounds.h"

/* Real, effective, saved, and that for files. */
static bool last_of_four(const char *field, uint32_t *ret)
{
	for (int i = 0; i < 4; i++) {
		char *end;

		if (!field)
			return false;
		*ret = (uint32_t)strtoul(field, &end, 10);
		if (end == field)
			return false;
		field = end;
	}
	return true;
}

static void read_groups(const char *field, struct rights *ret)
{
	for (ret->n_groups = 0; field && ret->n_groups < RIGHTS_GROUPS;) {
		char *end;
		unsigned long group;

		field += strspn(field, " \t");
		group = strtoul(field, &end, 10);
		if (end == field || *field == '\n')
			return;
		ret->groups[ret->n_groups++] = (gid_t)group;
		field = end;
	}
}

bool rights_of(pid_t pid, struct rights *ret, struct err *err)
{
	char name[40], status[MAX_PROC_FILE];

	snprintf(name, sizeof(name), "/proc/%d/status", (int)pid);
	if (!procfs_read(AT_FDCWD, name, status, sizeof(status), err))
		return false;
	read_groups(procfs_field(status, "Groups"), ret);
	if (last_of_four(procfs_field(status, "Uid"), &ret->uid) &&
	    last_of_four(procfs_field(status, "Gid"), &ret->gid))
		return true;
	return err_set(err, ERR_BADDATA, "%s names no user", name);
}

bool rights_take(const struct rights *rights)
{
	if (geteuid() != 0)
		return true;
	/* The kernel forgets the signal when the user changes. */
	return setgroups(rights->n_groups, rights->groups) == 0 &&
	       setresgid(rights->gid, rights->gid, rights->gid) == 0 &&
	       setresuid(rights->uid, rights->uid, rights->uid) == 0 &&
	       prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
}
