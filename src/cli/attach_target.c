/* SPDX-License-Identifier: MIT */
#include "cli/attach_target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ps_list.h"

enum { ANSWER = 32 };

static bool print_to(int fd, const struct ps_list *list, bool numbered,
		     struct err *err)
{
	struct out *out = malloc(sizeof(*out));
	bool ok;

	if (!out)
		return err_nomem(err);
	out_init(out, fd);
	ps_list_print(out, list, numbered);
	ok = out_flush(out, err);
	free(out);
	return ok;
}

static bool the_only_one(const struct command *command, const char *text,
			 const struct ps_list *list, pid_t *ret,
			 struct err *err)
{
	struct err ignored;

	if (list->rows.n == 0)
		return option_usage(command, err, "no Python process is called "
				    "'%.80s' or has that in its command line",
				    text);
	if (list->rows.n > 1) {
		(void)!print_to(STDERR_FILENO, list, false, &ignored);
		return option_usage(command, err, "'%.80s' may be any of "
				    "these %zu", text, list->rows.n);
	}
	*ret = list->rows.v[0].pid;
	return true;
}

bool attach_target(const struct command *command, const char *text,
		   pid_t *ret, struct err *err)
{
	struct ps_list list = { 0 };
	bool ok;

	if (!*text || text[strspn(text, "-0123456789")] == '\0')
		return command_pid(command, text, ret, err);
	ok = ps_list_find(&list, err);
	if (ok) {
		ps_list_filter(&list, text);
		ok = the_only_one(command, text, &list, ret, err);
	}
	ps_list_fini(&list);
	return ok;
}

/* A number of the list, or a PID; -1: none of these. */
static pid_t chosen(const struct ps_list *list, const char *answer)
{
	char *end;
	unsigned long n = strtoul(answer, &end, 10);

	if (*answer == '\n')
		return list->rows.v[0].pid;
	if (end == answer || *end != '\n')
		return -1;
	if (n >= 1 && n <= list->rows.n)
		return list->rows.v[n - 1].pid;
	for (size_t i = 0; i < list->rows.n; i++) {
		if ((unsigned long)list->rows.v[i].pid == n)
			return list->rows.v[i].pid;
	}
	return -1;
}

static bool ask(const struct ps_list *list, pid_t *ret, struct err *err)
{
	char answer[ANSWER];

	if (!print_to(STDOUT_FILENO, list, true, err))
		return false;
	do {
		printf("\nAttach to which (1 to %zu, or a PID; Enter: the "
		       "first; q: none)? ", list->rows.n);
		fflush(stdout);
		if (!fgets(answer, sizeof(answer), stdin) || *answer == 'q') {
			*ret = 0;
			return true;
		}
		*ret = chosen(list, answer);
	} while (*ret < 0);
	return true;
}

bool attach_choose(const struct command *command, pid_t *ret, struct err *err)
{
	struct ps_list list = { 0 };
	bool ok;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return option_usage(command, err, "no PID given, and no "
				    "terminal to choose one on; 'pyheapspy ps' "
				    "lists the Python processes");
	ok = ps_list_find(&list, err);
	if (ok && list.rows.n == 0)
		ok = option_usage(command, err,
				  "there is no Python process here");
	ok = ok && ask(&list, ret, err);
	ps_list_fini(&list);
	return ok;
}
