/* SPDX-License-Identifier: MIT */
/*
 * An object that the state of an interpreter or of a thread points at is called
 * by the member which does.  Members that hold many (type caches, small ints)
 * are not looked through.
 *
 * Facts: CPython 3.6 to 3.15, Include/internal/pycore_interp_structs.h,
 *        Include/cpython/pystate.h.
 */
#include <stdio.h>

#include "base/compiler.h"
#include "graph/names.h"

/* A member of a state, by where its offset is in struct abi. */
struct state_member {
	size_t offset;
	const char *words;
};

#define AT(name) offsetof(struct abi, name)

static const struct state_member of_interpreter[] = {
	{ AT(interp_codec_search_path), "functions that search codecs" },
	{ AT(interp_codec_search_cache), "codecs by name" },
	{ AT(interp_codec_error_registry), "error handlers of codecs" },
	{ AT(interp_before_forkers), "to be called before a fork" },
	{ AT(interp_after_forkers_parent),
	  "to be called after a fork, in the parent" },
	{ AT(interp_after_forkers_child),
	  "to be called after a fork, in the child" },
	{ AT(interp_interned_strings), "interned strings" },
	{ AT(interp_modules), "sys.modules" },
	{ AT(interp_modules_by_index), "modules by index" },
	{ AT(interp_importlib), "importlib" },
	{ AT(interp_import_func), "__import__" },
	{ AT(interp_sysdict), "sys.__dict__" },
	{ AT(interp_sysdict_copy), "a copy of sys.__dict__" },
	{ AT(interp_builtins), "builtins.__dict__" },
	{ AT(interp_builtins_copy), "a copy of builtins.__dict__" },
	{ AT(interp_dict), "what extensions keep there" },
};

static const struct state_member of_thread[] = {
	{ AT(tstate_dict), "what extensions keep there" },
	{ AT(tstate_c_profileobj), "its profile function" },
	{ AT(tstate_c_traceobj), "its trace function" },
	{ AT(tstate_curexc_type), "the exception being raised" },
	{ AT(tstate_curexc_value), "the exception being raised" },
	{ AT(tstate_curexc_traceback), "the exception being raised" },
	{ AT(tstate_current_exception), "the exception being raised" },
	{ AT(tstate_async_exc), "an exception to be raised" },
	{ AT(tstate_async_gen_firstiter), "sys.get_asyncgen_hooks()" },
	{ AT(tstate_async_gen_finalizer), "sys.get_asyncgen_hooks()" },
	{ AT(tstate_coroutine_wrapper), "sys.get_coroutine_wrapper()" },
	{ AT(tstate_context), "its context" },
	{ AT(tstate_threading_local_key), "its key of threading.local" },
	{ AT(tstate_threading_local_sentinel),
	  "its sentinel of threading.local" },
};

enum { ROW_BITS = 8 };	/* of a member: its row, and above it the thread */

_Static_assert(ARRAY_SIZE(of_interpreter) < 1 << ROW_BITS &&
	       ARRAY_SIZE(of_thread) < 1 << ROW_BITS, "a row has its number");

/* Whose is a state: no thread's, or that of a number. */
#define OF_INTERPRETER 0
#define OF_THREAD(i) ((uint32_t)(i) + 1)

static void note_members(struct names *names, raddr state, uint32_t of,
			 const struct state_member *rows, size_t n)
{
	struct pyctx *ctx = &names->lk.ctx;
	struct err ignored;

	for (size_t i = 0; i < n; i++) {
		uint32_t offset = *(const uint32_t *)
			((const char *)ctx->abi + rows[i].offset);
		raddr at = abi_has(offset) ? ctx_u64(ctx, state + offset) : 0;

		/* Without memory it has no name. */
		if (at && addrmap_get(&names->of_state, at) == ADDRMAP_NONE)
			(void)!addrmap_put(&names->of_state, at,
					   of << ROW_BITS | (uint32_t)i,
					   &ignored);
	}
}

static void note_states(struct names *names)
{
	const struct runtime *rt = &names->g->heap->cap->tr.rt;
	const struct roots *roots = names->roots;

	for (size_t i = 0; i < rt->interps.n; i++)
		note_members(names, rt->interps.v[i], OF_INTERPRETER,
			     of_interpreter, ARRAY_SIZE(of_interpreter));
	for (size_t i = 0; i < roots->threads.n; i++)
		note_members(names, roots->threads.v[i].tstate, OF_THREAD(i),
			     of_thread, ARRAY_SIZE(of_thread));
}

bool names_of_state(struct names *names, uint32_t number, struct name ret[2])
{
	struct object object;
	uint32_t found, row;

	if (!names->of_state.n)
		note_states(names);
	if (!graph_object(names->g, number, &object))
		return false;
	found = addrmap_get(&names->of_state, object.addr);
	if (found == ADDRMAP_NONE)
		return false;
	row = found & ((1u << ROW_BITS) - 1);
	found >>= ROW_BITS;
	ret[0].kind = ret[1].kind = NAME_ROOT;
	if (found == OF_INTERPRETER)
		snprintf(ret[0].text, NAME_TEXT, "the interpreter");
	else
		snprintf(ret[0].text, NAME_TEXT, "thread %s",
			 names->roots->threads.v[found - 1].name);
	snprintf(ret[1].text, NAME_TEXT, "%s", found == OF_INTERPRETER ?
		 of_interpreter[row].words : of_thread[row].words);
	return true;
}
