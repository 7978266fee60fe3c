/* SPDX-License-Identifier: MIT */
/* `pyheapspy memory TARGET`: where the resident memory is, once or again and
 * again. */
#include <stdlib.h>

#include "account/account.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/memory_tree.h"
#include "cli/progress.h"
#include "cli/target.h"
#include "cli/watching.h"
#include "heap/capture.h"
#include "heap/snapshot.h"
#include "report/report_memory.h"

enum {
	OPT_OFFSETS = OPTION_LONG, OPT_SYSROOT, OPT_NO_STOP, OPT_MAX_PAUSE,
	OPT_WATCH, OPT_COUNT, OPT_TREE, OPT_GROUP, OPT_JSON, OPT_NO_COLOR,
	OPT_STRICT,
};

static const struct option_row memory_options[] = {
	{ .name = "Reading" },
	{ OPT_NO_STOP, "no-stop", NULL,
	  "do not pause the process; what changes meanwhile\n"
	  "may be in another leaf than it was" },
	{ OPT_MAX_PAUSE, "max-pause", "MS",
	  "let the process go after MS milliseconds, 1000\n"
	  "unless told; what is not copied by then is as it\n"
	  "was while it ran, and that is said; 0: never" },
	{ OPT_SYSROOT, "sysroot", "DIR",
	  "look below DIR for the programs and libraries of\n"
	  "a core file, and take them for those it is of" },
	{ OPT_OFFSETS, "offsets", "FILE",
	  "describe the interpreter by FILE, not by what is\n"
	  "built in" },
	{ OPT_WATCH, "watch", "SECONDS",
	  "look again and again, so far apart, and tell what\n"
	  "changed, until a signal comes" },
	{ OPT_COUNT, "count", "N", "with --watch: look N times" },
	{ OPT_TREE, "tree", "PID",
	  "of PID and each Python below it: what it has,\n"
	  "shares, and wrote of what it shared, by type" },
	{ OPT_GROUP, "group", "NAME",
	  "the same of all who are called so, with their\n"
	  "masters and workers" },
	{ .name = "Output" },
	{ OPT_JSON, "json", NULL,
	  "print JSON (schema: JSON in pyheapspy(1)); with\n"
	  "--watch a line for each look" },
	{ 'o', "output", "FILE",
	  "write to FILE, which only you may read, when all\n"
	  "is well" },
	{ OPT_NO_COLOR, "no-color", NULL,
	  "no colours; so does a non-empty NO_COLOR" },
	{ OPT_STRICT, "strict", NULL,
	  "exit with 3 if anything could not be read" },
	{ 0 }
};

struct memory_args {
	const char *whom;	/* as the user has it */
	struct target_spec target;
	bool no_stop, json, no_color, strict;
	const char *offsets, *output;
	const char *of_process;	/* an option that is; or NULL */
	int64_t max_pause_ms;
	struct watching watch;
	struct memory_tree_whom tree;
};

static bool is_of_many(const struct memory_args *args)
{
	return args->tree.top || args->tree.group;
}

/* A PID is at most 2^22. */
static bool memory_take_tree(struct memory_args *args, const char *text,
			     struct err *err)
{
	int64_t pid;

	if (!command_number(&cmd_memory, "tree", text, INT32_MAX, &pid, err))
		return false;
	args->tree.top = (pid_t)pid;
	return pid || option_usage(&cmd_memory, err, "--tree must be a PID");
}

static bool memory_take(void *arg, const struct options *o, int key,
			struct err *err)
{
	struct memory_args *args = arg;

	switch (key) {
	case OPT_NO_STOP:
		args->no_stop = true;
		args->of_process = "--no-stop";
		return true;
	case OPT_OFFSETS:
		args->offsets = o->value;
		return true;
	case OPT_SYSROOT:
		args->target.sysroot = o->value;
		return true;
	case OPT_MAX_PAUSE:
		args->of_process = "--max-pause";
		return command_max_pause(&cmd_memory, o->value,
					 &args->max_pause_ms, err);
	case OPT_TREE:
		return memory_take_tree(args, o->value, err);
	case OPT_GROUP:
		args->tree.group = o->value;
		return true;
	case OPT_WATCH:
		args->of_process = "--watch";
		return watching_seconds(&cmd_memory, o->value,
					&args->watch.seconds, err);
	case OPT_COUNT:
		return watching_count(&cmd_memory, o->value,
				      &args->watch.count, err);
	case OPT_JSON:
		args->json = true;
		return true;
	case 'o':
		args->output = o->value;
		return true;
	case OPT_NO_COLOR:
		args->no_color = true;
		return true;
	case OPT_STRICT:
		args->strict = true;
		return true;
	default:
		return false;
	}
}

static bool memory_fits_many(const struct options *o,
			     const struct memory_args *args, struct err *err)
{
	const char *option = args->tree.top ? "--tree" : "--group";

	if (args->tree.top && args->tree.group)
		return option_usage(&cmd_memory, err,
				    "--tree and --group exclude each other");
	if (args->watch.seconds)
		return option_usage(&cmd_memory, err,
				    "%s and --watch exclude each other",
				    option);
	if (!target_fits(&cmd_memory, &args->target, NULL, err))
		return false;
	return o->rest == o->argc ||
	       option_usage(&cmd_memory, err, "%s says which processes: "
			    "'%.80s' is one too many", option,
			    o->argv[o->rest]);
}

static bool memory_parse(struct memory_args *args, int argc, char **argv,
			 bool *ret_help, struct err *err)
{
	struct options o;

	*args = (struct memory_args){ .max_pause_ms = SNAPSHOT_MAX_PAUSE_MS };
	options_init(&o, &cmd_memory, argc, argv);
	if (!option_each(&o, memory_take, args, ret_help, err))
		return false;
	if (!*ret_help && args->watch.count && !args->watch.seconds)
		return option_usage(&cmd_memory, err,
				    "--count needs --watch");
	return *ret_help ||
	       (is_of_many(args) ? memory_fits_many(&o, args, err) :
				   command_one(&o, &args->whom, err));
}

/** One look, and what it is compared with. */
struct memory_look {
	struct dump dump;
	struct account account;
	struct timespec begin;
};

/* What goes on over all looks. */
struct memory {
	struct cli *cli;
	struct memory_args *args;
	struct capture *cap;
	struct memory_look last;
	struct timespec first;
	struct trend held;	/* against the limit of its cgroup */
	long long looks;
};

static void memory_look_fini(struct memory_look *look)
{
	account_fini(&look->account);
	dump_fini(&look->dump);
}

static double seconds_between(const struct timespec *from,
			      const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) +
	       (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

/* Of another limit than the last, it is another group. */
static void memory_foresee(struct memory *m, struct memory_look *look)
{
	struct account_cgroup *cg = &look->account.cgroup;

	if (!m->looks)
		m->first = look->begin;
	if (!m->looks || cg->version != m->last.account.cgroup.version ||
	    cg->limit != m->last.account.cgroup.limit)
		m->held.n = 0;
	if (!cg->version)
		return;
	trend_add(&m->held, seconds_between(&m->first, &look->begin),
		  account_cgroup_held(cg));
	account_cgroup_foresee(cg, &m->held);
}

static struct account_options memory_options_of(const struct memory_args *args,
						struct progress *progress)
{
	return (struct account_options){
		.no_stop = args->no_stop,
		.max_pause_ms = args->max_pause_ms,
		.progress = progress_show,
		.progress_arg = progress,
	};
}

static bool memory_look(struct memory *m, struct memory_look *look,
			struct err *err)
{
	const struct memory_args *args = m->args;
	struct target_spec target = args->target;
	struct progress progress;
	const struct account_options opt = memory_options_of(args, &progress);
	bool ok;

	clock_gettime(CLOCK_MONOTONIC, &look->begin);
	progress_init(&progress);
	target.unpacking = progress_unpacking;
	target.arg = &progress;
	ok = (m->looks ? capture_again(m->cap, err) :
			 capture_open(m->cap, &target, args->offsets,
				      err)) &&
	     account_of(m->cap, &opt, &look->dump, &look->account, err);
	look->dump.duration_ms = clock_ms_since(&look->begin);
	progress_end(&progress);
	if (ok)
		memory_foresee(m, look);
	return ok;
}

static void memory_put(struct memory *m, const struct memory_look *look,
		       const struct account_growth *growth)
{
	const struct memory_args *args = m->args;
	struct out *out = &m->cli->out;
	bool color = command_wants_color(args->no_color, out->fd);

	if (args->json && args->watch.seconds)
		report_memory_line(out, &look->dump, &look->account, growth);
	else if (args->json)
		report_memory_json(out, &look->dump, &look->account, NULL);
	else if (growth)
		report_memory_growth(out, &look->dump, &look->account, growth,
				     color);
	else
		report_memory_text(out, &look->dump, &look->account, color);
}

static bool memory_print(struct memory *m, const struct memory_look *look,
			 struct err *err)
{
	struct account_growth growth = { 0 };
	bool ok = true;

	if (m->looks)
		ok = account_growth_find(&growth, &m->last.account,
					 &look->account, seconds_between(
					 &m->last.begin, &look->begin), err);
	if (ok)
		memory_put(m, look, m->looks ? &growth : NULL);
	account_growth_fini(&growth);
	return ok && out_flush(&m->cli->out, err);
}

/* What was looked at is the last look from then on. */
static bool memory_look_once(void *arg, struct timespec *ret_begin,
			     struct err *err)
{
	struct memory *m = arg;
	struct memory_look look = { 0 };

	dump_init(&look.dump);
	if (!memory_look(m, &look, err) || !memory_print(m, &look, err)) {
		memory_look_fini(&look);
		return false;
	}
	command_warn(m->cli, &look.dump, m->args->json || m->args->output,
		     m->args->strict);
	memory_look_fini(&m->last);
	m->last = look;
	m->looks++;
	*ret_begin = look.begin;
	return true;
}

static bool memory_do(struct cli *cli, void *arg, struct err *err)
{
	struct memory m = { .cli = cli, .args = arg };
	bool ok;

	m.cap = calloc(1, sizeof(*m.cap));
	if (!m.cap)
		return err_nomem(err);
	dump_init(&m.last.dump);
	ok = watching_run(&m.args->watch, cli, memory_look_once, &m, err);
	memory_look_fini(&m.last);
	capture_close(m.cap);
	free(m.cap);
	return ok;
}

static bool memory_do_tree(struct cli *cli, void *arg, struct err *err)
{
	const struct memory_args *args = arg;
	struct progress progress;
	const struct account_options opt = memory_options_of(args, &progress);
	struct memory_tree tree;
	bool ok;

	progress_init(&progress);
	ok = memory_tree_look(&tree, &args->tree, &opt, args->offsets, err);
	progress_end(&progress);
	if (ok && args->json)
		report_memory_json(&cli->out, &tree.dump, &tree.account,
				   &tree.family);
	else if (ok)
		report_family_text(&cli->out, &tree.dump, &tree.account,
				   &tree.family,
				   command_wants_color(args->no_color,
						       cli->out.fd));
	if (ok)
		command_warn(cli, &tree.dump, args->json || args->output,
			     args->strict);
	memory_tree_fini(&tree);
	return ok;
}

static bool memory_run(struct cli *cli, int argc, char **argv,
		       struct err *err)
{
	struct memory_args args;
	bool help;

	if (!memory_parse(&args, argc, argv, &help, err))
		return false;
	if (help) {
		command_help(&cli->out, &cmd_memory);
		return true;
	}
	if (is_of_many(&args)) {
		cli->pid = args.tree.top;
		return command_write(cli, args.output, memory_do_tree, &args,
				     err);
	}
	if (!target_find(cli, &cmd_memory, args.whom, &args.target, err) ||
	    !target_fits(&cmd_memory, &args.target, args.of_process, err))
		return false;
	cli->pid = args.target.pid;
	return command_write(cli, args.output, memory_do, &args, err);
}

const struct command cmd_memory = {
	.name = "memory",
	.args = "[OPTION]... PID|NAME|CORE",
	.summary = "where the resident memory is",
	.about = "Print where the resident memory of a CPython process is, to "
		 "the last byte: in\nobjects of Python, in C code's hands, "
		 "free but kept by malloc or by Python's\npools, in stacks, "
		 "files and mappings; and what malloc_trim(0) would give back."
		 "\nThe process is paused while it is copied, and never changed.\nOf a "
		 "core file it is what that holds, resident or not.\n"
		 "--tree and --group say which processes, then PID|NAME|CORE "
		 "does not stand.\n"
		 COMMAND_ABOUT_NAME,
	.options = memory_options,
	.examples =
		"  pyheapspy memory 4711               who has how much?\n"
		"  pyheapspy memory 4711 --watch=60    and what grows?\n"
		"  pyheapspy memory --tree 4711        what do workers share?\n"
		"  pyheapspy memory core.4711           the same of a core\n"
		"  pyheapspy memory 4711 --json | jq '.account[:10]'\n",
	.run = memory_run,
};
