/* SPDX-License-Identifier: MIT */
#include "result/growth.h"

#include <stdlib.h>
#include <string.h>

void growth_fini(struct growth *g)
{
	strset_fini(&g->text);
	strset_fini(&g->frames);
	strset_fini(&g->traces);
	vec_free(&g->stacks);
	vec_free(&g->lying);
	for (size_t i = 0; i < g->files.n; i++)
		free(g->files.v[i].text);
	vec_free(&g->files);
	addrmap_fini(&g->sources);
}

uint32_t growth_text(struct growth *g, const char *text, struct err *err)
{
	if (!text)
		text = "";
	return strset_put(&g->text, text, strlen(text), GROWTH_BYTES, err);
}

uint32_t growth_add_frame(struct growth *g, const struct growth_frame *frame,
			  struct err *err)
{
	return strset_put(&g->frames, frame, sizeof(*frame), GROWTH_BYTES, err);
}

/* A trace begins with whose it is: so its number is that of the stack. */
enum { TRACE_HEAD = 2, MAX_TRACE = 4096 /* frames, innermost */ };

uint32_t growth_stack(struct growth *g, enum growth_how how, int32_t tid,
		      const uint32_t *frames, size_t n, struct err *err)
{
	uint32_t trace[TRACE_HEAD + MAX_TRACE] = { how, (uint32_t)tid };
	struct growth_stack *stack;
	uint32_t number;

	if (n > MAX_TRACE)
		n = MAX_TRACE;
	memcpy(trace + TRACE_HEAD, frames, n * sizeof(*frames));
	number = strset_put(&g->traces, trace,
			    (TRACE_HEAD + n) * sizeof(*trace), GROWTH_BYTES,
			    err);
	if (number < g->stacks.n || number == STRSET_NONE)
		return number;
	stack = vec_add(&g->stacks, err);
	if (!stack)
		return STRSET_NONE;
	*stack = (struct growth_stack){ .how = how, .tid = tid };
	return number;
}

const uint32_t *growth_frames(const struct growth *g, uint32_t stack,
			      size_t *ret_n)
{
	const void *trace = g->traces.all.v[stack];

	*ret_n = g->traces.len.v[stack] / sizeof(uint32_t) - TRACE_HEAD;
	return (const uint32_t *)trace + TRACE_HEAD;
}

_Static_assert(ADDRMAP_NONE == STRSET_NONE, "both: there is none");
uint32_t growth_source(const struct growth *g, uint32_t stack)
{
	const uint32_t *frames;
	size_t n;

	frames = growth_frames(g, stack, &n);
	return n ? addrmap_get(&g->sources, (raddr)frames[0] + 1) :
		   STRSET_NONE;
}

const char *growth_by_word(enum growth_by by)
{
	static const char *const words[GROWTH_N_BY] = {
		"line", "function", "file", "thread", "stack", "type",
	};

	return words[by];
}

const char *growth_how_word(enum growth_how how)
{
	static const char *const words[GROWTH_N_HOW] = {
		"line", "moved", "guessed", "late", "not_python",
	};

	return words[how];
}

const char *growth_how_text(enum growth_how how)
{
	static const char *const texts[GROWTH_N_HOW] = {
		[GROWTH_GUESSED] = "(a guess)",
		[GROWTH_LATE] = "(where is not known)",
		[GROWTH_NOT_PYTHON] = "(threads without Python)",
	};

	return texts[how];
}
