/* SPDX-License-Identifier: MIT */
#include "cli/advice.h"

#include <stdio.h>

#include "attach/permission.h"

static const char *const advices[ERR_N] = {
	[ERR_NOMEM] = "if the process is in the same container, look from "
		      "outside of it, on the host; else dump and memory take "
		      "little memory with --no-stop",
	[ERR_GONE] = "'pyheapspy ps' lists the Python processes there are",
	[ERR_PERM] = "try as root; see PERMISSIONS in pyheapspy(1)",
	[ERR_FAULT] = "it may have changed meanwhile: try again",
	[ERR_LIMIT] = "if its heap is sound, this is a bug of pyheapspy: "
		      "please report it",
	[ERR_VERSION] = "'pyheapspy ps' lists the Python processes there are; "
			"for the supported versions see pyheapspy(1)",
};

static const char *const core_advices[ERR_N] = {
	[ERR_PERM] = "try as root, or as whom it belongs to",
	[ERR_LACK] = "--sysroot=DIR looks for its programs and libraries below "
		     "DIR; a core holds all that was mapped if "
		     "/proc/PID/coredump_filter was 0x7f",
	[ERR_VERSION] = "for the supported versions see pyheapspy(1)",
};

bool advice_for(const struct err *err, pid_t pid, bool of_core, char *buf,
		size_t size)
{
	const char *const *table = of_core ? core_advices : advices;

	*buf = '\0';
	if (pid > 0)
		permission_explain(pid, err, buf, size);
	if (!*buf && table[err->code])
		snprintf(buf, size, "%s", table[err->code]);
	return *buf != '\0';
}
