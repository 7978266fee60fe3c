/* SPDX-License-Identifier: MIT */
#include "cli/advice.h"

#include <stdio.h>

#include "attach/permission.h"

static const char *const advices[ERR_N] = {
	[ERR_NOMEM] = "if the process is in the same container, look from "
		      "outside of it, on the host; else try --no-stop without "
		      "--objects and --refs, which takes little memory",
	[ERR_GONE] = "'pyheapspy ps' lists the Python processes there are",
	[ERR_PERM] = "try as root; see PERMISSIONS in pyheapspy(1)",
	[ERR_FAULT] = "it may have changed meanwhile: try again",
	[ERR_LIMIT] = "if its heap is sound, this is a bug of pyheapspy: "
		      "please report it",
	[ERR_VERSION] = "'pyheapspy ps' lists the Python processes there are; "
			"for the supported versions see pyheapspy(1)",
};

bool advice_for(const struct err *err, pid_t pid, char *buf, size_t size)
{
	*buf = '\0';
	if (pid > 0)
		permission_explain(pid, err, buf, size);
	if (!*buf && advices[err->code])
		snprintf(buf, size, "%s", advices[err->code]);
	return *buf != '\0';
}
