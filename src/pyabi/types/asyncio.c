/* SPDX-License-Identifier: MIT */
/*
 * asyncio.
 *
 * Facts: CPython 3.6 to 3.15, Modules/_asynciomodule.c (FutureObj_traverse,
 *        TaskObj_traverse).
 */
#include "pyabi/types/blocks.h"
#include "pyabi/types/rows.h"

#define FUTURE								\
	AT(future_fut_loop), AT(future_fut_callback0),			\
	AT(future_fut_context0), AT(future_fut_callbacks),		\
	AT(future_fut_exception), AT(future_fut_exception_tb),		\
	AT(future_fut_result), AT(future_fut_source_tb),		\
	AT(future_fut_cancel_msg), AT(future_fut_cancelled_exc),	\
	AT(future_fut_awaited_by), AT(future_dict)

/* 3.9, 3.10: what cancelled it, as in a thread's state. */
static void future_refs(struct pyctx *ctx, const struct pyobj *o,
			struct refs *to)
{
	excitem_refs(ctx, o, ctx->abi->future_fut_cancelled_exc_state, to);
}

const struct layout asyncio_rows[] = {
	{ .name = "_asyncio.Future", .basicsize = AT(future_sizeof),
	  .visit = { FUTURE }, .refs = future_refs },
	{ .name = "_asyncio.Task", .basicsize = AT(task_sizeof),
	  .visit = { FUTURE, AT(task_task_context), AT(task_task_coro),
		     AT(task_task_name), AT(task_task_fut_waiter) },
	  .refs = future_refs },
	{ .name = "_asyncio.FutureIter", .basicsize = AT(futureiter_sizeof),
	  .visit = { AT(futureiter_future) } },
	{ .name = "TaskStepMethWrapper|_asyncio.TaskStepMethWrapper",
	  .basicsize = AT(taskstep_sizeof),
	  .visit = { AT(taskstep_sw_task), AT(taskstep_sw_arg) } },
	{ .name = "TaskWakeupMethWrapper|_RunningLoopHolder",
	  .opaque = OPAQUE_VISITS },
	{ 0 }
};
