/* SPDX-License-Identifier: MIT */
/* `pyheapspy dump PID`: one look at a heap. */
#include "cli/look_args.h"
#include "graph/retained.h"
#include "heap/snapshot.h"
#include "report/report_json.h"
#include "report/report_objects.h"
#include "report/report_text.h"
#include "result/dump.h"
#include "stacks/stackshot.h"

enum {
	OPT_KINDS = LOOK_OPT_OWN, OPT_REFS, OPT_NAMES, OPT_SORT, OPT_OBJECTS,
	OPT_RETAINED,
};

enum { DEFAULT_TOP = 20 };

static const struct option_row dump_options[] = {
	{ .name = "Reading" },
	LOOK_NO_STOP_ROW("may be counted twice or not at all"),
	LOOK_READING_ROWS,
	{ .name = "What to show" },
	{ OPT_RETAINED, "retained", NULL,
	  "and what goes with the objects of each type, and\n"
	  "whose objects dominate most of that" },
	{ OPT_KINDS, "kinds", NULL,
	  "split dicts by their owner, as heapy does" },
	{ LOOK_OPT_TOP, "top", "N", "rows of the table, 20 unless told; 0: all" },
	{ OPT_SORT, "sort", "bytes|count|name|allocated",
	  "order of the table; JSON is always by bytes" },
	{ .name = "Output" },
	LOOK_JSON_ROW,
	{ OPT_OBJECTS, "objects", NULL,
	  "print every object, a line of JSON each" },
	{ OPT_REFS, "refs", NULL,
	  "with --objects: and what it refers to" },
	{ OPT_NAMES, "names", NULL,
	  "with --refs: and by what name, index or key" },
	LOOK_OUTPUT_ROWS,
	{ 0 }
};

struct dump_args {
	struct look_args common;
	bool kinds, objects, refs, names, retained;
	enum report_sort sort;
};

static bool take(void *arg, const struct options *o, int key, struct err *err)
{
	struct dump_args *args = arg;
	int choice;

	switch (key) {
	case OPT_KINDS:
		args->kinds = true;
		return true;
	case OPT_SORT:
		choice = option_choice(o, key, err);
		args->sort = choice < 0 ? SORT_BYTES : (enum report_sort)choice;
		return choice >= 0;
	case OPT_RETAINED:
		args->retained = true;
		return true;
	case OPT_OBJECTS:
		args->objects = args->common.apart = true;
		return true;
	case OPT_REFS:
		args->refs = true;
		return true;
	case OPT_NAMES:
		args->names = true;
		return true;
	default:
		return look_args_take(&args->common, o, key, err);
	}
}

static bool check(struct dump_args *args, const struct options *o,
		  struct err *err)
{
	if (args->common.json && args->objects)
		return option_usage(&cmd_dump, err,
				    "--json and --objects exclude each other");
	if (args->objects && args->common.no_stop)
		return option_usage(&cmd_dump, err,
				    "--objects needs a pause: not --no-stop");
	if (args->retained &&
	    (args->common.no_stop || args->kinds || args->objects))
		return option_usage(&cmd_dump, err, "--retained is of types, "
				    "and needs a pause");
	if (args->refs && !args->objects)
		return option_usage(&cmd_dump, err, "--refs needs --objects");
	if (args->names && !args->refs)
		return option_usage(&cmd_dump, err, "--names needs --refs");
	return command_one(o, &args->common.whom, err);
}

/* @ret_help: the user only asked for help. */
static bool parse(struct dump_args *args, int argc, char **argv,
		  bool *ret_help, struct err *err)
{
	struct options o;

	look_args_init(&args->common, &cmd_dump, DEFAULT_TOP);
	options_init(&o, &cmd_dump, argc, argv);
	return option_each(&o, take, args, ret_help, err) &&
	       (*ret_help || check(args, &o, err));
}

static bool print(struct cli *cli, const struct dump *dump,
		  const struct dump_args *args, struct err *err)
{
	struct report_text_options text = {
		.sort = args->sort,
		.top = (size_t)args->common.top,
		.kinds = args->kinds,
		.color = command_wants_color(args->common.no_color,
					     cli->out.fd),
	};

	if (args->objects)
		return true;	/* each was printed when it was found */
	if (!args->common.json)
		return report_text(&cli->out, dump, &text, err);
	report_json(&cli->out, dump);
	return true;
}

static bool take_snapshot(struct cli *cli, struct dump *dump,
			  const struct dump_args *args, struct err *err)
{
	struct progress progress;
	const struct target_spec target =
		look_args_begin(&args->common, &progress);
	struct snapshot_options opt = {
		.stop = !args->common.no_stop,
		.max_pause_ms = args->common.max_pause_ms,
		.want_objects = args->objects,
		.want_refs = args->names ? DUMP_REFS_NAMED :
			     args->refs ? DUMP_REFS : DUMP_REFS_NOT,
		.want_pss = !args->objects,
		.beside = args->common.json ? &stackshot_beside : NULL,
		.offsets_path = args->common.offsets,
		.analyse = args->retained ? retained_fill : NULL,
		.object = args->objects ? report_object : NULL,
		.arg = &cli->out,
		.progress = progress_show,
		.progress_arg = &progress,
	};
	bool ok = snapshot_take(&target, &opt, dump, err);

	progress_end(&progress);
	return ok;
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
	struct dump_args args = { .sort = SORT_BYTES };
	struct dump dump;
	struct dump_job job = { &args, &dump };
	bool help, ok;

	if (!parse(&args, argc, argv, &help, err))
		return false;
	if (help) {
		command_help(&cli->out, &cmd_dump);
		return true;
	}
	dump_init(&dump);
	ok = look_args_run(cli, &args.common, look_and_print, &job, &dump, err);
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
