/* SPDX-License-Identifier: MIT */
/* Whom the user means, by number, by name, or by choice. */
#include "cli/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach/errand.h"
#include "cli/corefind.h"
#include "cli/ps_list.h"
#include "cli/ps_table.h"

enum { ANSWER = 32 };

typedef bool print_fn(struct out *out, struct ps_list *list,
		      const char *command, struct err *err);

static bool print_to(int fd, struct ps_list *list, print_fn *print,
		     const char *command, struct err *err)
{
	struct out *out = malloc(sizeof(*out));
	bool ok;

	if (!out)
		return err_nomem(err);
	out_init(out, fd);
	ok = print(out, list, command, err) && out_flush(out, err);
	free(out);
	return ok;
}

static const struct ps_row *first_worker(const struct ps_list *list)
{
	for (size_t i = 0; i < list->rows.n; i++) {
		if (list->rows.v[i].role == ROLE_WORKER)
			return &list->rows.v[i];
	}
	return NULL;
}

static void print_example(struct out *out, const char *command,
			  const struct ps_row *row)
{
	const char *role = ps_role_words[row->role];

	out_printf(out, "  pyheapspy %s %d", command, (int)row->pid);
	if (role)
		out_printf(out, "%*s  %s", (int)(9 - strlen(command)), "", role);
	out_char(out, '\n');
}

/* What they are to each other, what they have, and what to type. */
static bool print_choice(struct out *out, struct ps_list *list,
			 const char *command, struct err *err)
{
	const struct ps_row *worker;

	for (size_t i = 0; i < list->rows.n; i++)
		ps_row_weigh(&list->rows.v[i]);
	if (!ps_table_print_family(out, list, false, err))
		return false;
	out_char(out, '\n');
	worker = first_worker(list);
	print_example(out, command, &list->rows.v[0]);
	if (worker && worker != &list->rows.v[0])
		print_example(out, command, worker);
	out_printf(out, "  pyheapspy ps --tree %d  its family: memory, objects"
		   "\n\n", (int)list->rows.v[0].pid);
	return true;
}

static void list_on_stderr(const struct command *command, struct ps_list *list)
{
	struct err ignored;

	(void)!print_to(STDERR_FILENO, list, print_choice, command->name,
			&ignored);
}

/* No process is called @text, and a core file it is not. */
static bool refuse_name(const struct command *command, const char *text,
			struct err *err)
{
	bool is_file = access(text, F_OK) == 0;

	if (is_file && access(text, R_OK) != 0)
		return err_sys(err, errno, "no Python process is called "
			       "'%.80s', and the file of that name cannot be "
			       "read", text);
	return option_usage(command, err, "no Python process is called "
			    "'%.80s' or has that in its command line%s", text,
			    is_file ? ", and the file of that name is no core "
				      "file" : "");
}

static bool by_name(const struct command *command, const char *text,
		    pid_t *ret, struct err *err)
{
	struct ps_list list = { 0 };
	bool ok = ps_list_find(&list, 0, err);
	size_t n = ok ? ps_list_filter(&list, text, false) : 0;

	if (ok && n == 0)
		ok = refuse_name(command, text, err);
	if (ok && n > 1) {
		list_on_stderr(command, &list);
		ok = option_usage(command, err, "'%.80s' may be any of these "
				  "%zu", text, n);
	}
	if (ok)
		*ret = list.rows.v[0].pid;
	ps_list_fini(&list);
	return ok;
}

/* @ret stays what it is, a process called @comm, if there is nothing below. */
static bool below(struct cli *cli, const struct command *command,
		  const char *comm, pid_t *ret, struct err *err)
{
	struct ps_list list = { 0 };
	const struct ps_row *row;
	bool ok = ps_list_find(&list, *ret, err);
	char text[400];

	if (ok && list.rows.n > 1) {
		list_on_stderr(command, &list);
		ok = option_usage(command, err, "process %d (%s) is no Python; "
				  "of these %zu below it, which?", (int)*ret,
				  comm, list.rows.n);
	} else if (ok && list.rows.n == 1) {
		row = &list.rows.v[0];
		snprintf(text, sizeof(text), "process %d (%s) is no Python: "
			 "looking into %d below it (%.200s)", (int)*ret, comm,
			 (int)row->pid, row->command);
		cli->note(text);
		*ret = row->pid;
	}
	ps_list_fini(&list);
	return ok;
}

/* What the first look at a process says. */
struct first_look {
	pid_t pid;
	bool no_python;
	char comm[64];
};

static void look_first(void *arg, size_t i, int fd)
{
	struct first_look *look = arg;

	(void)i;
	look->no_python = ps_is_no_python(look->pid, look->comm,
					  sizeof(look->comm));
	errand_write(fd, look, sizeof(*look));
}

/* In a child: whoever gets stuck at this would at all that comes after it. */
static bool look_ahead(struct first_look *look, struct err *err)
{
	enum errand_read how;
	struct errand e;

	if (!errand_start(&e, 0, 1, look_first, look, err))
		return false;
	how = errand_read(&e, look, sizeof(*look));
	errand_end(&e);
	if (how == ERRAND_STUCK)
		return err_set(err, ERR_BADDATA, "process %d does not answer: "
			       "who looks at it waits for a file system or a "
			       "userfaultfd", (int)look->pid);
	return how == ERRAND_CAME ||
	       err_set(err, ERR_NOMEM, "the first look at process %d died",
		       (int)look->pid);
}

/* "coredump:WHAT": the newest core of systemd's folder. */
static bool by_coredump(struct cli *cli, const char *what,
			struct target_spec *ret, struct err *err)
{
	if (!corefind_newest(COREFIND_FOLDER, what, cli->core,
			     sizeof(cli->core), err))
		return false;
	cli->note(cli->core);
	ret->core = cli->core;
	cli->of_core = true;
	return true;
}

bool target_find(struct cli *cli, const struct command *command,
		 const char *text, struct target_spec *ret, struct err *err)
{
	static const char coredump[] = "coredump:";
	struct first_look look = { 0 };

	ret->pid = 0;
	ret->core = NULL;
	if (strncmp(text, coredump, strlen(coredump)) == 0)
		return by_coredump(cli, text + strlen(coredump), ret, err);
	if (*text && text[strspn(text, "-0123456789")] != '\0') {
		if (!corefind_is_core(text))
			return by_name(command, text, &ret->pid, err);
		ret->core = text;
		cli->of_core = true;
		return true;
	}
	if (!command_pid(command, text, &ret->pid, err))
		return false;
	look.pid = ret->pid;
	return look_ahead(&look, err) &&
	       (!look.no_python ||
		below(cli, command, look.comm, &ret->pid, err));
}

bool target_fits(const struct command *command,
		 const struct target_spec *target, const char *of_process,
		 struct err *err)
{
	if (target->core && of_process)
		return option_usage(command, err, "%s needs a process that "
				    "runs: a core file stays as it is",
				    of_process);
	if (!target->core && target->sysroot)
		return option_usage(command, err, "--sysroot is for a core "
				    "file: a process says where its files are");
	return true;
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

static bool print_numbered(struct out *out, struct ps_list *list,
			   const char *command, struct err *err)
{
	(void)command;
	return ps_table_print(out, list, true, err);
}

static bool ask(struct ps_list *list, pid_t *ret, struct err *err)
{
	char answer[ANSWER];

	if (!print_to(STDOUT_FILENO, list, print_numbered, NULL, err))
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

bool target_choose(const struct command *command, struct target_spec *ret,
		   struct err *err)
{
	struct ps_list list = { 0 };
	bool ok;

	if (!target_fits(command, ret, NULL, err))
		return false;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return option_usage(command, err, "no PID given, and no "
				    "terminal to choose one on; 'pyheapspy ps' "
				    "lists the Python processes");
	ok = ps_list_find(&list, 0, err);
	if (ok && list.rows.n == 0)
		ok = option_usage(command, err,
				  "there is no Python process here");
	*ret = (struct target_spec){ 0 };
	ok = ok && ask(&list, &ret->pid, err);
	ps_list_fini(&list);
	return ok;
}
