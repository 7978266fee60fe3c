/* SPDX-License-Identifier: MIT */
#include "cli/graph_run.h"

struct graph_run {
	const struct graph_job *job;
	const struct look_args *args;
	struct dump dump;
};

static bool graph_run_print(struct cli *cli, void *arg, struct err *err)
{
	struct graph_run *run = arg;
	const struct look_args *args = run->args;
	struct progress progress;
	const struct target_spec target = look_args_begin(args, &progress);
	const struct graph_options opt = {
		.no_stop = run->job->no_stop,
		.max_pause_ms = args->max_pause_ms,
		.offsets_path = args->offsets,
		.analyse = run->job->analyse,
		.arg = run->job->arg,
		.progress = progress_show,
		.progress_arg = &progress,
	};
	bool ok = graph_take(&target, &opt, &run->dump, err);

	progress_end(&progress);
	if (ok)
		run->job->print(&cli->out, &run->dump, run->job->arg,
				command_wants_color(args->no_color,
						    cli->out.fd));
	return ok;
}

bool graph_run(struct cli *cli, struct look_args *args,
	       const struct graph_job *job, struct err *err)
{
	struct graph_run run = { .job = job, .args = args };
	bool ok;

	if (job->no_stop)
		args->of_process = "--no-stop";
	dump_init(&run.dump);
	ok = look_args_run(cli, args, graph_run_print, &run, &run.dump, err);
	dump_fini(&run.dump);
	return ok;
}
