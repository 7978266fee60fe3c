/* SPDX-License-Identifier: MIT */
#include "cli/look_args.h"

#include "heap/snapshot.h"

void look_args_init(struct look_args *args, const struct command *command,
		    int64_t top)
{
	*args = (struct look_args){ .command = command, .top = top,
				    .max_pause_ms = SNAPSHOT_MAX_PAUSE_MS };
}

bool look_args_take(struct look_args *args, const struct options *o, int key,
		    struct err *err)
{
	switch (key) {
	case LOOK_OPT_OFFSETS:
		args->offsets = o->value;
		return true;
	case LOOK_OPT_SYSROOT:
		args->target.sysroot = o->value;
		return true;
	case LOOK_OPT_NO_STOP:
		args->no_stop = true;
		args->of_process = "--no-stop";
		return true;
	case LOOK_OPT_MAX_PAUSE:
		args->of_process = "--max-pause";
		return command_max_pause(args->command, o->value,
					 &args->max_pause_ms, err);
	case LOOK_OPT_TOP:
		return command_number(args->command, "top", o->value,
				      LOOK_TOP_MAX, &args->top, err);
	case LOOK_OPT_JSON:
		args->json = args->apart = true;
		return true;
	case 'o':
		args->output = o->value;
		args->apart = true;
		return true;
	case LOOK_OPT_NO_COLOR:
		args->no_color = true;
		return true;
	case LOOK_OPT_STRICT:
		args->strict = true;
		return true;
	default:
		return false;
	}
}

bool look_args_write(struct cli *cli, struct look_args *args,
		     command_print *look, void *arg, struct err *err)
{
	if (!target_find(cli, args->command, args->whom, &args->target, err) ||
	    !target_fits(args->command, &args->target, args->of_process, err))
		return false;
	cli->pid = args->target.pid;
	return command_write(cli, args->output, look, arg, err);
}

bool look_args_run(struct cli *cli, struct look_args *args,
		   command_print *look, void *arg, struct dump *dump,
		   struct err *err)
{
	if (!look_args_write(cli, args, look, arg, err))
		return false;
	command_warn(cli, dump, args->apart, args->strict);
	return true;
}

struct target_spec look_args_begin(const struct look_args *args,
				   struct progress *progress)
{
	struct target_spec target = args->target;

	progress_init(progress);
	target.unpacking = progress_unpacking;
	target.arg = progress;
	return target;
}
