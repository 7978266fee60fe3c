/* SPDX-License-Identifier: MIT */
#include "cli/option.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"

static const struct option_row no_rows[] = { { 0 } };

static const struct option_row help_row = {
	OPTION_HELP, "help", NULL, "this text",
};

static const struct option_row *rows_of(const struct command *command)
{
	return command->options ? command->options : no_rows;
}

static bool is_last(const struct option_row *row)
{
	return !row->key && !row->name;
}

static bool is_letter(int key)
{
	return key > 0 && key < OPTION_HELP;
}

void options_init(struct options *o, const struct command *command, int argc,
		  char **argv)
{
	size_t letters = 0, names = 0;

	*o = (struct options){
		.command = command, .argc = argc, .argv = argv,
	};
	/* A missing value is told apart from an unknown option. */
	o->letters[letters++] = ':';
	for (const struct option_row *row = rows_of(command); !is_last(row);
	     row++) {
		if (!row->key || names == OPTION_MAX)
			continue;
		o->names[names++] = (struct option){
			row->name, row->arg ? required_argument : no_argument,
			NULL, row->key,
		};
		if (is_letter(row->key)) {
			o->letters[letters++] = (char)row->key;
			if (row->arg)
				o->letters[letters++] = ':';
		}
	}
	o->names[names] = (struct option){
		help_row.name, no_argument, NULL, help_row.key,
	};
	optind = 0;	/* glibc: forget the last table */
	opterr = 0;
}

bool option_usage(const struct command *command, struct err *err,
		  const char *fmt, ...)
{
	char text[sizeof(err->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(err, ERR_USAGE, "%.300s (see pyheapspy %s --help)",
		       text, command->name);
}

/* How many long options @word, an abbreviation, may stand for. */
static int meanings(const struct options *o, const char *word)
{
	size_t len = strcspn(word, "=");
	int n = 0;

	for (const struct option *at = o->names; at->name; at++)
		n += strncmp(at->name, word, len) == 0;
	return n;
}

static int refuse(const struct options *o, int what, struct err *err)
{
	const char *word = o->argv[optind - 1];

	if (what == ':') {
		option_usage(o->command, err, "option '%s' needs a value",
			     word);
	} else if (strncmp(word, "--", 2) != 0) {
		option_usage(o->command, err, "unknown option '-%c'", optopt);
	} else if (optopt) {
		option_usage(o->command, err, "option '%s' takes no value",
			     word);
	} else {
		option_usage(o->command, err, "%s option '%s'",
			     meanings(o, word + 2) > 1 ? "ambiguous" :
							 "unknown", word);
	}
	return OPTION_FAILED;
}

int option_next(struct options *o, struct err *err)
{
	int key = getopt_long(o->argc, o->argv, o->letters, o->names, NULL);

	if (key == -1) {
		o->rest = optind;
		return OPTION_END;
	}
	if (key == '?' || key == ':')
		return refuse(o, key, err);
	o->value = optarg;
	return key;
}

bool option_each(struct options *o, option_fn *take, void *arg,
		 bool *ret_help, struct err *err)
{
	int key;

	*ret_help = false;
	while ((key = option_next(o, err)) != OPTION_END) {
		if (key == OPTION_HELP) {
			*ret_help = true;
			return true;
		}
		if (key == OPTION_FAILED || !take(arg, o, key, err))
			return false;
	}
	return true;
}

int option_choice(const struct options *o, int key, struct err *err)
{
	const struct option_row *row = rows_of(o->command);
	size_t len = strlen(o->value);
	int n = 0;

	while (row->key != key)
		row++;
	for (const char *at = row->arg; *at; n++) {
		size_t here = strcspn(at, "|");

		if (here == len && strncmp(at, o->value, len) == 0)
			return n;
		at += here + (at[here] == '|');
	}
	option_usage(o->command, err, "--%s must be %s, not '%s'", row->name,
		     row->arg, o->value);
	return -1;
}

/* "  -o, --output=FILE" and then the help, in a column of its own. */
static void help_line(struct out *out, const struct option_row *row)
{
	enum { COLUMN = 27 };
	char left[80];
	const char *help = row->help;
	int len;

	len = is_letter(row->key) ? snprintf(left, sizeof(left), "  -%c, ",
					     row->key) :
				    snprintf(left, sizeof(left), "      ");
	len += snprintf(left + len, sizeof(left) - (size_t)len, "--%s%s%s",
			row->name, row->arg ? "=" : "",
			row->arg ? row->arg : "");
	out_printf(out, "%-*s", COLUMN - 1, left);
	out_printf(out, len < COLUMN - 1 ? " " : "\n%*s", COLUMN, "");
	for (;;) {
		int n = (int)strcspn(help, "\n");

		out_printf(out, "%.*s\n", n, help);
		if (!help[n])
			break;
		help += n + 1;
		out_printf(out, "%*s", COLUMN, "");
	}
}

void option_help(struct out *out, const struct option_row *rows)
{
	for (const struct option_row *row = rows ? rows : no_rows;
	     !is_last(row); row++) {
		if (!row->key)
			out_printf(out, "%s:\n", row->name);
		else if (row->help)
			help_line(out, row);
	}
	help_line(out, &help_row);
}

/* Hyphens and backslashes of the text itself are not troff's. */
static void put_troff(struct out *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '-' || *s == '\\')
			out_char(out, '\\');
		out_char(out, *s == '\n' ? ' ' : *s);
	}
}

static void man_line(struct out *out, const struct option_row *row)
{
	out_str(out, ".TP\n");
	if (is_letter(row->key))
		out_printf(out, "\\fB\\-%c\\fR, ", row->key);
	out_str(out, "\\fB\\-\\-");
	put_troff(out, row->name);
	out_str(out, "\\fR");
	if (row->arg) {
		out_str(out, "=\\fI");
		put_troff(out, row->arg);
		out_str(out, "\\fR");
	}
	out_str(out, "\n\\&");	/* a dot in front would be a request */
	put_troff(out, row->help);
	out_char(out, '\n');
}

void option_man(struct out *out, const struct option_row *rows)
{
	for (const struct option_row *row = rows ? rows : no_rows;
	     !is_last(row); row++) {
		if (row->key && row->help)
			man_line(out, row);
	}
}

void option_list(struct out *out, const struct option_row *rows)
{
	for (const struct option_row *row = rows ? rows : no_rows;
	     !is_last(row); row++) {
		if (row->key && row->help)
			out_printf(out, "--%s%s%s\n", row->name,
				   row->arg ? "=" : "",
				   row->arg ? row->arg : "");
	}
	out_printf(out, "--%s\n", help_row.name);
}
