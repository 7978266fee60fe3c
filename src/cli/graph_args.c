/* SPDX-License-Identifier: MIT */
#include "cli/graph_args.h"

#include "cli/progress.h"
#include "heap/snapshot.h"

enum { PAUSE_MAX_MS = 3600000 };

void graph_args_init(struct graph_args *args, const struct command *command,
		     int64_t top)
{
	*args = (struct graph_args){ .command = command, .top = top,
				     .max_pause_ms = SNAPSHOT_MAX_PAUSE_MS };
}

bool graph_args_take(struct graph_args *args, const struct options *o, int key,
		     struct err *err)
{
	switch (key) {
	case GRAPH_OPT_OFFSETS:
		args->offsets = o->value;
		return true;
	case GRAPH_OPT_SYSROOT:
		args->target.sysroot = o->value;
		return true;
	case GRAPH_OPT_MAX_PAUSE:
		args->of_process = "--max-pause";
		return command_number(args->command, "max-pause", o->value,
				      PAUSE_MAX_MS, &args->max_pause_ms, err);
	case GRAPH_OPT_TOP:
		return command_number(args->command, "top", o->value,
				      GRAPH_TOP_MAX, &args->top, err);
	case GRAPH_OPT_JSON:
		args->json = true;
		return true;
	case 'o':
		args->output = o->value;
		return true;
	case GRAPH_OPT_NO_COLOR:
		args->no_color = true;
		return true;
	case GRAPH_OPT_STRICT:
		args->strict = true;
		return true;
	default:
		return false;
	}
}

struct graph_run {
	const struct graph_job *job;
	struct dump dump;
};

static bool graph_run_print(struct cli *cli, void *arg, struct err *err)
{
	struct graph_run *run = arg;
	const struct graph_args *args = run->job->args;
	struct target_spec target = args->target;
	struct progress progress;
	const struct graph_options opt = {
		.max_pause_ms = args->max_pause_ms,
		.offsets_path = args->offsets,
		.analyse = run->job->analyse,
		.arg = run->job->arg,
		.progress = progress_show,
		.progress_arg = &progress,
	};
	bool ok;

	progress_init(&progress);
	target.unpacking = progress_unpacking;
	target.arg = &progress;
	ok = graph_take(&target, &opt, &run->dump, err);
	progress_end(&progress);
	if (ok)
		run->job->print(&cli->out, &run->dump, run->job->arg,
				command_wants_color(args->no_color,
						    cli->out.fd));
	return ok;
}

bool graph_args_run(struct cli *cli, struct graph_args *args,
		    const struct graph_job *job, struct err *err)
{
	struct graph_run run = { .job = job };
	bool ok;

	if (!target_find(cli, args->command, args->whom, &args->target, err) ||
	    !target_fits(args->command, &args->target, args->of_process, err))
		return false;
	cli->pid = args->target.pid;
	dump_init(&run.dump);
	ok = command_write(cli, args->output, graph_run_print, &run, err);
	/* The text has them in its last lines. */
	for (size_t i = 0; ok && (args->json || args->output) &&
	     i < run.dump.warnings.n; i++)
		cli->warn(run.dump.warnings.v[i]);
	cli->incomplete = ok && args->strict && !run.dump.complete;
	dump_fini(&run.dump);
	return ok;
}
