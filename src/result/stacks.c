/* SPDX-License-Identifier: MIT */
#include "result/stacks.h"

#include <stdlib.h>

void stack_frame_fini(struct stack_frame *frame)
{
	for (size_t i = 0; i < frame->locals.n; i++) {
		free(frame->locals.v[i].name);
		free(frame->locals.v[i].value);
	}
	vec_free(&frame->locals);
	free(frame->function);
	free(frame->qualname);
	free(frame->file);
	free(frame->self_class);
	free(frame->module);
}

static void thread_fini(struct stack_thread *thread)
{
	for (size_t i = 0; i < thread->frames.n; i++)
		stack_frame_fini(&thread->frames.v[i]);
	vec_free(&thread->frames);
	free(thread->name);
	free(thread->comm);
	free(thread->problem);
}

static void task_fini(struct stack_task *task)
{
	for (size_t i = 0; i < task->frames.n; i++)
		stack_frame_fini(&task->frames.v[i]);
	vec_free(&task->frames);
	vec_free(&task->awaited_by);
	free(task->name);
	free(task->coroutine);
}

void stacks_fini(struct stacks *stacks)
{
	for (size_t i = 0; i < stacks->threads.n; i++)
		thread_fini(&stacks->threads.v[i]);
	vec_free(&stacks->threads);
	for (size_t i = 0; i < stacks->tasks.n; i++)
		task_fini(&stacks->tasks.v[i]);
	vec_free(&stacks->tasks);
}
