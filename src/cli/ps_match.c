/* SPDX-License-Identifier: MIT */
/*
 * What a process is called.
 *
 * Arguments are written over: by `exec -a`, by setproctitle ("gunicorn: worker
 * [app]"), by uwsgi's --procname.  The file that runs, comm and sys.argv are
 * not, or not all of them: so each is asked.
 */
#include "cli/ps_match.h"

#include <string.h>

#include "base/compiler.h"

enum { COMM_MAX = 15 };		/* what the kernel keeps of a name */

static bool base_is(const char *path, const char *name)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return path && strcmp(slash ? slash + 1 : path, name) == 0;
}

static bool comm_is(const char *comm, const char *name)
{
	return *comm && (strcmp(comm, name) == 0 ||
			 (strlen(comm) == COMM_MAX &&
			  strncmp(comm, name, COMM_MAX) == 0));
}

/* sys.argv[0] of `python -m celery` is ".../celery/__main__.py". */
static bool module_is(const char *script, const char *name)
{
	static const char file[] = "/__main__.py";
	size_t len = script ? strlen(script) : 0, n = strlen(name);

	if (len < sizeof(file) + n ||
	    strcmp(script + len - (sizeof(file) - 1), file) != 0)
		return false;
	script += len - (sizeof(file) - 1) - n;
	return script[-1] == '/' && strncmp(script, name, n) == 0;
}

/* What the program runs: the first argument that is no option's. */
static const char *first_operand(char *const *argv)
{
	for (size_t i = 1; argv[0] && argv[i]; i++) {
		const char *word = argv[i];

		if (word[0] != '-')
			return word;
		if (strcmp(word, "-c") == 0)
			return NULL;
		/* Python's options with a value in the next argument. */
		if ((strcmp(word, "-X") == 0 || strcmp(word, "-W") == 0) &&
		    argv[i + 1])
			i++;
	}
	return NULL;
}

bool ps_is_called(const struct ps_row *row, const char *name)
{
	return base_is(row->argv[0], name) ||
	       base_is(first_operand(row->argv), name) ||
	       comm_is(row->comm, name) || base_is(row->exe, name) ||
	       base_is(row->script, name) || module_is(row->script, name);
}

bool ps_mentions(const struct ps_row *row, const char *text)
{
	const char *const whole[] = {
		row->command, row->comm, row->exe, row->script,
	};

	for (size_t i = 0; row->argv[i]; i++) {
		if (strstr(row->argv[i], text))
			return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
		if (whole[i] && strstr(whole[i], text))
			return true;
	}
	return false;
}

/* CPython Lib/multiprocessing, 3.6 to 3.15: what it has Python run with -c. */
static const struct {
	const char *text;
	enum ps_role role;
} multiprocessing[] = {
	{ "from multiprocessing.spawn import", ROLE_WORKER },
	{ "from multiprocessing.forkserver import", ROLE_HELPER },
	{ "from multiprocessing.resource_tracker import", ROLE_HELPER },
	{ "from multiprocessing.semaphore_tracker import", ROLE_HELPER },
};

enum ps_role ps_started_as(const struct ps_row *row)
{
	for (size_t i = 0; row->argv[i]; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(multiprocessing); k++) {
			if (strncmp(row->argv[i], multiprocessing[k].text,
				    strlen(multiprocessing[k].text)) == 0)
				return multiprocessing[k].role;
		}
	}
	return ROLE_CHILD;
}
