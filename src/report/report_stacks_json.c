/* SPDX-License-Identifier: MIT */
/*
 * Threads, frames and tasks as JSON.  Frames stand innermost first, whatever
 * order people like to read them in.
 */
#include "report/report_stacks_json.h"

#include <stdio.h>

#include "report/report_envelope.h"

static const char *const kind_names[] = {
	[FRAME_PYTHON] = "python",
	[FRAME_NATIVE] = "native",
};

static const char *const gil_names[] = {
	[GIL_UNKNOWN] = NULL,
	[GIL_NO] = "no",
	[GIL_WAITING] = "waiting",
	[GIL_HELD] = "held",
};

static const char *const task_states[] = {
	[TASK_UNKNOWN] = NULL,
	[TASK_PENDING] = "pending",
	[TASK_RUNNING] = "running",
	[TASK_DONE] = "done",
};

static void put_address(struct json *json, const char *key, raddr at)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, at);
	json_string(json, key, at ? text : NULL);
}

static void put_locals(struct json *json, const struct stack_frame *frame)
{
	json_array(json, "locals", JSON_ROW);
	for (size_t i = 0; i < frame->locals.n; i++) {
		const struct stack_local *local = &frame->locals.v[i];

		json_object(json, NULL, JSON_ROW);
		json_string(json, "name", local->name);
		json_string(json, "value", local->value);
		json_bool(json, "argument", local->is_argument);
		json_close(json);
	}
	json_close(json);
}

static void put_frame(struct json *json, const struct stack_frame *frame,
		      bool locals)
{
	bool python = frame->kind == FRAME_PYTHON;

	json_object(json, NULL, JSON_ROW);
	json_string(json, "kind", kind_names[frame->kind]);
	json_string(json, "function", frame->function);
	json_string(json, "qualname", frame->qualname);
	json_string(json, "file", frame->file);
	json_int(json, "line", frame->line);
	json_string(json, "module", frame->module);
	put_address(json, "address", frame->address);
	if (python) {
		json_int(json, "column", frame->column);
		json_int(json, "end_line", frame->end_line);
		json_int(json, "end_column", frame->end_column);
		json_string(json, "self_class", frame->self_class);
	} else {
		json_bool(json, "inlined", frame->is_inlined);
	}
	if (python && locals)
		put_locals(json, frame);
	json_close(json);
}

static void put_frames(struct json *json, const struct stack_frame *v,
		       size_t n, bool locals)
{
	json_array(json, "frames", JSON_LINES);
	for (size_t i = 0; i < n; i++)
		put_frame(json, &v[i], locals);
	json_close(json);
}

static void put_thread(struct json *json, const struct stack_thread *thread,
		       bool locals)
{
	json_object(json, NULL, JSON_LINES);
	json_int(json, "tid", thread->tid);
	put_address(json, "ident", thread->ident);
	json_string(json, "name", thread->name);
	json_string(json, "comm", thread->comm);
	json_string(json, "gil", gil_names[thread->gil]);
	json_string(json, "state", thread->state);
	json_bool(json, "gc", thread->collecting);
	json_bool(json, "daemon", thread->is_daemon);
	json_int(json, "interpreter", thread->interpreter);
	json_double(json, "cpu_s", thread->cpu_ms == DUMP_UNKNOWN ? -1 :
		    (double)thread->cpu_ms / 1000);
	json_string(json, "problem", thread->problem);
	put_frames(json, thread->frames.v, thread->frames.n, locals);
	json_close(json);
}

void report_threads(struct json *json, const struct stacks *stacks,
		    bool locals)
{
	json_array(json, "threads", JSON_LINES);
	for (size_t i = 0; i < stacks->threads.n; i++)
		put_thread(json, &stacks->threads.v[i], locals);
	json_close(json);
}

static void put_awaiters(struct json *json, const struct stack_task *task)
{
	json_array(json, "awaited_by", JSON_ROW);
	for (size_t i = 0; i < task->awaited_by.n; i++)
		put_address(json, NULL, task->awaited_by.v[i]);
	json_close(json);
}

static void put_task(struct json *json, const struct stack_task *task,
		     bool locals)
{
	json_object(json, NULL, JSON_LINES);
	json_string(json, "name", task->name);
	json_string(json, "coroutine", task->coroutine);
	json_string(json, "state", task_states[task->state]);
	put_frames(json, task->frames.v, task->frames.n, locals);
	put_awaiters(json, task);
	put_address(json, "address", task->address);
	put_address(json, "waits_for", task->waits_for);
	put_address(json, "loop", task->loop);
	json_int(json, "tid", task->tid);
	json_close(json);
}

void report_stacks_json(struct out *out, const struct dump *dump,
			const struct report_stacks_json_options *opt)
{
	const struct stacks *stacks = &dump->stacks;
	struct json json;

	json_init(&json, out);
	report_envelope(&json, "pyheapspy.stacks/1", dump,
			opt->one_line ? JSON_ROW : JSON_LINES);
	report_threads(&json, stacks, opt->locals);
	if (opt->tasks) {
		json_array(&json, "tasks", JSON_LINES);
		for (size_t i = 0; i < stacks->tasks.n; i++)
			put_task(&json, &stacks->tasks.v[i], opt->locals);
		json_close(&json);
	}
	json_close(&json);
}
