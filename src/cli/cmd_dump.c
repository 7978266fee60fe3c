/* SPDX-License-Identifier: MIT */
/* `pyheapspy dump PID`: one look at a heap. */
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/target.h"
#include "heap/snapshot.h"
#include "report/report_json.h"
#include "report/report_objects.h"
#include "report/report_text.h"
#include "result/dump.h"
#include "stacks/stackshot.h"

enum {
	OPT_NO_STOP = OPTION_LONG, OPT_OFFSETS, OPT_SYSROOT, OPT_KINDS,
	OPT_REFS, OPT_NAMES, OPT_TOP, OPT_SORT, OPT_JSON, OPT_OBJECTS, OPT_NO_COLOR, OPT_STRICT,
	OPT_MAX_PAUSE,
};

enum {
	DEFAULT_TOP = 20, TOP_MAX = 1000000000,
	PAUSE_MAX_MS = 3600000,
};

static const struct option_row dump_options[] = {
	{ .name = "Reading" },
	{ OPT_NO_STOP, "no-stop", NULL,
	  "do not pause the process; what changes meanwhile\n"
	  "may be counted twice or not at all" },
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
	{ .name = "What to show" },
	{ OPT_KINDS, "kinds", NULL,
	  "split dicts by their owner, as heapy does" },
	{ OPT_TOP, "top", "N", "rows of the table, 20 unless told; 0: all" },
	{ OPT_SORT, "sort", "bytes|count|name|allocated",
	  "order of the table; JSON is always by bytes" },
	{ .name = "Output" },
	{ OPT_JSON, "json", NULL,
	  "print JSON (schema: JSON in pyheapspy(1))" },
	{ OPT_OBJECTS, "objects", NULL,
	  "print every object, a line of JSON each" },
	{ OPT_REFS, "refs", NULL,
	  "with --objects: and what it refers to" },
	{ OPT_NAMES, "names", NULL,
	  "with --refs: and by what name, index or key" },
	{ 'o', "output", "FILE",
	  "write to FILE, which only you may read, when all\n"
	  "is well" },
	{ OPT_NO_COLOR, "no-color", NULL,
	  "no colours; so does a non-empty NO_COLOR" },
	{ OPT_STRICT, "strict", NULL,
	  "exit with 3 if anything could not be read" },
	{ 0 }
};

struct dump_args {
	const char *whom;	/* as the user has it */
	struct target_spec target;
	bool no_stop, kinds, json, objects, refs, names, no_color, strict;
	const char *offsets, *output;
	const char *of_process;	/* an option that is; or NULL */
	enum report_sort sort;
	int64_t top, max_pause_ms;
};

static bool take(void *arg, const struct options *o, int key, struct err *err)
{
	struct dump_args *args = arg;
	int choice;

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
	case OPT_KINDS:
		args->kinds = true;
		return true;
	case OPT_TOP:
		return command_number(&cmd_dump, "top", o->value, TOP_MAX,
				      &args->top, err);
	case OPT_MAX_PAUSE:
		args->of_process = "--max-pause";
		return command_number(&cmd_dump, "max-pause", o->value,
				      PAUSE_MAX_MS, &args->max_pause_ms, err);
	case OPT_SORT:
		choice = option_choice(o, key, err);
		args->sort = choice < 0 ? SORT_BYTES : (enum report_sort)choice;
		return choice >= 0;
	case OPT_JSON:
		args->json = true;
		return true;
	case OPT_OBJECTS:
		args->objects = true;
		return true;
	case OPT_REFS:
		args->refs = true;
		return true;
	case OPT_NAMES:
		args->names = true;
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

static bool check(struct dump_args *args, const struct options *o,
		  struct err *err)
{
	if (args->json && args->objects)
		return option_usage(&cmd_dump, err,
				    "--json and --objects exclude each other");
	if (args->objects && args->no_stop)
		return option_usage(&cmd_dump, err,
				    "--objects needs a pause: not --no-stop");
	if (args->refs && !args->objects)
		return option_usage(&cmd_dump, err, "--refs needs --objects");
	if (args->names && !args->refs)
		return option_usage(&cmd_dump, err, "--names needs --refs");
	return command_one(o, &args->whom, err);
}

/* @ret_help: the user only asked for help. */
static bool parse(struct dump_args *args, int argc, char **argv,
		  bool *ret_help, struct err *err)
{
	struct options o;

	*args = (struct dump_args){ .top = DEFAULT_TOP,
				    .max_pause_ms = SNAPSHOT_MAX_PAUSE_MS };
	options_init(&o, &cmd_dump, argc, argv);
	return option_each(&o, take, args, ret_help, err) &&
	       (*ret_help || check(args, &o, err));
}

static bool print(struct cli *cli, const struct dump *dump,
		  const struct dump_args *args, struct err *err)
{
	struct report_text_options text = {
		.sort = args->sort,
		.top = (size_t)args->top,
		.kinds = args->kinds,
		.color = command_wants_color(args->no_color, cli->out.fd),
	};

	if (args->objects)
		return true;	/* each was printed when it was found */
	if (!args->json)
		return report_text(&cli->out, dump, &text, err);
	report_json(&cli->out, dump);
	return true;
}

static bool take_snapshot(struct cli *cli, struct dump *dump,
			  const struct dump_args *args, struct err *err)
{
	struct target_spec target = args->target;
	struct progress progress;
	struct snapshot_options opt = {
		.stop = !args->no_stop,
		.max_pause_ms = args->max_pause_ms,
		.want_objects = args->objects,
		.want_refs = args->names ? DUMP_REFS_NAMED :
			     args->refs ? DUMP_REFS : DUMP_REFS_NOT,
		.want_pss = !args->objects,
		.beside = args->json ? &stackshot_beside : NULL,
		.offsets_path = args->offsets,
		.object = args->objects ? report_object : NULL,
		.arg = &cli->out,
		.progress = progress_show,
		.progress_arg = &progress,
	};
	bool ok;

	progress_init(&progress);
	target.unpacking = progress_unpacking;
	target.arg = &progress;
	ok = snapshot_take(&target, &opt, dump, err);
	progress_end(&progress);
	return ok;
}

/* The table has them in its last lines; who does not see it hears of them. */
static void warn(const struct cli *cli, const struct dump *dump,
		 const struct dump_args *args)
{
	if (!args->json && !args->objects && !args->output)
		return;
	for (size_t i = 0; i < dump->warnings.n; i++)
		cli->warn(dump->warnings.v[i]);
}

/* A look, and where it goes. */
struct dump_job {
	const struct dump_args *args;
	struct dump *dump;
};

static bool look_and_print(struct cli *cli, void *arg, struct err *err)
{
	const struct dump_job *job = arg;

	return take_snapshot(cli, job->dump, job->args, err) &&
	       print(cli, job->dump, job->args, err);
}

static bool dump_run(struct cli *cli, int argc, char **argv, struct err *err)
{
	struct dump_args args;
	struct dump dump;
	struct dump_job job = { &args, &dump };
	bool help, ok;

	if (!parse(&args, argc, argv, &help, err))
		return false;
	if (help) {
		command_help(&cli->out, &cmd_dump);
		return true;
	}
	if (!target_find(cli, &cmd_dump, args.whom, &args.target, err) ||
	    !target_fits(&cmd_dump, &args.target, args.of_process, err))
		return false;
	cli->pid = args.target.pid;
	dump_init(&dump);
	ok = command_write(cli, args.output, look_and_print, &job, err);
	if (ok) {
		warn(cli, &dump, &args);
		cli->incomplete = args.strict && !dump.complete;
	}
	dump_fini(&dump);
	return ok;
}

const struct command cmd_dump = {
	.name = "dump",
	.args = "[OPTION]... PID|NAME|CORE",
	.summary = "what is in the heap",
	.about = "Print what is in the heap of a CPython process, by type: how "
		 "many objects, and\nhow large, as sys.getsizeof() has it.  "
		 "The process is paused while its heap is\ncopied, for "
		 "milliseconds, and never changed.\n" COMMAND_ABOUT_NAME,
	.options = dump_options,
	.examples =
		"  pyheapspy dump 4711                 the largest types\n"
		"  pyheapspy dump 4711 --kinds         whose dicts are they?\n"
		"  pyheapspy dump 4711 --sort=allocated --top=5\n"
		"                                      what explains the "
		"resident memory\n"
		"  pyheapspy dump 4711 --json | jq '.types[:5]'\n"
		"  pyheapspy dump 4711 --objects --refs -o heap.ndjson\n"
		"  pyheapspy dump core.4711 --sysroot=/srv/image\n"
		"                                      a core of another host\n",
	.run = dump_run,
};
