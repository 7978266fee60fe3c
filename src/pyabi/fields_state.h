/* SPDX-License-Identifier: MIT */
#ifndef PYABI_FIELDS_STATE_H
#define PYABI_FIELDS_STATE_H

/**
 * The interpreter's own records: allocators, collector, runtime, interpreters,
 * threads, free lists.  How to read a row: see fields.h.
 */

/* Allocators. */
#define ABI_FIELDS_ALLOC(F)						\
	F(pool, count, "pool_header.ref.count")				\
	F(pool, freeblock, "pool_header.freeblock")			\
	F(pool, nextpool, "pool_header.nextpool")			\
	F(pool, prevpool, "pool_header.prevpool")			\
	F(pool, arenaindex, "pool_header.arenaindex")			\
	F(pool, szidx, "pool_header.szidx")				\
	F(pool, nextoffset, "pool_header.nextoffset")			\
	F(pool, maxnextoffset, "pool_header.maxnextoffset")		\
	F(pool, sizeof, "sizeof(pool_header)")				\
	F(arena, address, "arena_object.address")			\
	F(arena, pool_address, "arena_object.pool_address")		\
	F(arena, nfreepools, "arena_object.nfreepools")			\
	F(arena, ntotalpools, "arena_object.ntotalpools")		\
	F(arena, freepools, "arena_object.freepools")			\
	F(arena, nextarena, "arena_object.nextarena")			\
	F(arena, prevarena, "arena_object.prevarena")			\
	F(arena, sizeof, "sizeof(arena_object)")			\
	F(obmalloc, usedpools, "_obmalloc_state.pools.used")		\
	F(obmalloc, arenas, "_obmalloc_state.mgmt.arenas")		\
	F(obmalloc, maxarenas, "_obmalloc_state.mgmt.maxarenas")	\
	F(obmalloc, narenas_currently_allocated,			\
	  "_obmalloc_state.mgmt.narenas_currently_allocated")		\
	F(obmalloc, raw_allocated_blocks,				\
	  "_obmalloc_state.mgmt.raw_allocated_blocks")			\
	F(obmalloc, arena_map_root,					\
	  "_obmalloc_state.usage.arena_map_root")			\
	F(obmalloc, sizeof, "sizeof(_obmalloc_state)")			\
	F(allocator, ctx, "PyMemAllocatorEx.ctx")			\
	F(allocator, malloc, "PyMemAllocatorEx.malloc")			\
	F(allocator, calloc, "PyMemAllocatorEx.calloc")			\
	F(allocator, realloc, "PyMemAllocatorEx.realloc")		\
	F(allocator, free, "PyMemAllocatorEx.free")			\
	F(allocator, sizeof, "sizeof(PyMemAllocatorEx)")		\
	F(debugalloc, api_id, "debug_alloc_api_t.api_id")		\
	F(debugalloc, alloc, "debug_alloc_api_t.alloc")			\
	F(debugalloc, sizeof, "sizeof(debug_alloc_api_t)")		\
	F(preconfig, allocator, "PyPreConfig.allocator")		\
	F(preconfig, sizeof, "sizeof(PyPreConfig)")			\
	F(tracemalloc, config, "_tracemalloc_runtime_state.config")	\
	F(tracemalloc, traced_memory,					\
	  "_tracemalloc_runtime_state.traced_memory")			\
	F(tracemalloc, peak_traced_memory,				\
	  "_tracemalloc_runtime_state.peak_traced_memory")		\
	F(tracemalloc, traces, "_tracemalloc_runtime_state.traces")	\
	F(tracemalloc, domains, "_tracemalloc_runtime_state.domains")	\
	F(tracemalloc, filenames,					\
	  "_tracemalloc_runtime_state.filenames")			\
	F(tracemalloc, tracebacks,					\
	  "_tracemalloc_runtime_state.tracebacks")			\
	F(tracemalloc, sizeof, "sizeof(_tracemalloc_runtime_state)")	\
	F(tmconfig, initialized, "_PyTraceMalloc_Config.initialized")	\
	F(tmconfig, tracing, "_PyTraceMalloc_Config.tracing")		\
	F(tmconfig, max_nframe, "_PyTraceMalloc_Config.max_nframe")	\
	F(tmconfig, use_domain, "_PyTraceMalloc_Config.use_domain")	\
	F(tmconfig, sizeof, "sizeof(_PyTraceMalloc_Config)")		\
	F(hashtable, nentries, "_Py_hashtable_t.nentries")		\
	F(hashtable, nbuckets, "_Py_hashtable_t.nbuckets")		\
	F(hashtable, num_buckets, "_Py_hashtable_t.num_buckets")	\
	F(hashtable, entries, "_Py_hashtable_t.entries")		\
	F(hashtable, buckets, "_Py_hashtable_t.buckets")		\
	F(hashtable, key_size, "_Py_hashtable_t.key_size")		\
	F(hashtable, data_size, "_Py_hashtable_t.data_size")		\
	F(hashtable, sizeof, "sizeof(_Py_hashtable_t)")			\
	F(hashentry, next, "_Py_hashtable_entry_t._Py_slist_item.next")	\
	F(hashentry, key_hash, "_Py_hashtable_entry_t.key_hash")	\
	F(hashentry, key, "_Py_hashtable_entry_t.key")			\
	F(hashentry, value, "_Py_hashtable_entry_t.value")		\
	F(hashentry, sizeof, "sizeof(_Py_hashtable_entry_t)")		\
	F(trace, size, "trace_t.size")					\
	F(trace, traceback, "trace_t.traceback")			\
	F(trace, sizeof, "sizeof(trace_t)")				\
	F(tmtraceback, nframe,						\
	  "tracemalloc_traceback.nframe|traceback_t.nframe")		\
	F(tmtraceback, total_nframe,					\
	  "tracemalloc_traceback.total_nframe"				\
	  "|traceback_t.total_nframe")					\
	F(tmtraceback, frames,						\
	  "tracemalloc_traceback.frames|traceback_t.frames")		\
	F(tmtraceback, sizeof,						\
	  "sizeof(tracemalloc_traceback)|sizeof(traceback_t)")		\
	F(tmframe, filename,						\
	  "tracemalloc_frame.filename|frame_t.filename")		\
	F(tmframe, lineno, "tracemalloc_frame.lineno|frame_t.lineno")	\
	F(tmframe, sizeof, "sizeof(tracemalloc_frame)|sizeof(frame_t)")

/* The collector. */
#define ABI_FIELDS_GC(F)						\
	F(gc, enabled, "_gc_runtime_state.enabled")			\
	F(gc, debug, "_gc_runtime_state.debug")				\
	F(gc, generations, "_gc_runtime_state.generations")		\
	F(gc, young, "_gc_runtime_state.young")				\
	F(gc, old, "_gc_runtime_state.old")				\
	F(gc, permanent_generation,					\
	  "_gc_runtime_state.permanent_generation")			\
	F(gc, generation0, "_gc_runtime_state.generation0")		\
	F(gc, generation_stats, "_gc_runtime_state.generation_stats")	\
	F(gc, collecting, "_gc_runtime_state.collecting")		\
	F(gc, frame, "_gc_runtime_state.frame")				\
	F(gc, garbage, "_gc_runtime_state.garbage")			\
	F(gc, callbacks, "_gc_runtime_state.callbacks")			\
	F(gc, heap_size, "_gc_runtime_state.heap_size")			\
	F(gc, work_to_do, "_gc_runtime_state.work_to_do")		\
	F(gc, visited_space, "_gc_runtime_state.visited_space")		\
	F(gc, phase, "_gc_runtime_state.phase")				\
	F(gc, long_lived_total, "_gc_runtime_state.long_lived_total")	\
	F(gc, long_lived_pending,					\
	  "_gc_runtime_state.long_lived_pending")			\
	F(gc, sizeof, "sizeof(_gc_runtime_state)")			\
	F(gcgen, head, "gc_generation.head")				\
	F(gcgen, threshold, "gc_generation.threshold")			\
	F(gcgen, count, "gc_generation.count")				\
	F(gcgen, sizeof, "sizeof(gc_generation)")			\
	F(gcstats, collections, "gc_generation_stats.collections")	\
	F(gcstats, collected, "gc_generation_stats.collected")		\
	F(gcstats, uncollectable, "gc_generation_stats.uncollectable")	\
	F(gcstats, candidates, "gc_generation_stats.candidates")	\
	F(gcstats, duration, "gc_generation_stats.duration")		\
	F(gcstats, heap_size, "gc_generation_stats.heap_size")		\
	F(gcstats, ts_start, "gc_generation_stats.ts_start")		\
	F(gcstats, ts_stop, "gc_generation_stats.ts_stop")		\
	F(gcstats, sizeof, "sizeof(gc_generation_stats)")		\
	F(gcring, young, "gc_stats.young")				\
	F(gcring, young_index, "gc_stats.young.index")			\
	F(gcring, young_count, "count(gc_stats.young.items)")		\
	F(gcring, old, "gc_stats.old")					\
	F(gcring, old_index, "gc_old_stats_buffer.index")		\
	F(gcring, old_count, "count(gc_old_stats_buffer.items)")	\
	F(gcring, old_sizeof, "sizeof(gc_old_stats_buffer)")		\
	F(gcring, sizeof, "sizeof(gc_stats)")				\
	F(gc_head, gc_next, "PyGC_Head._gc_next|.gc.gc_next")		\
	F(gc_head, gc_prev, "PyGC_Head._gc_prev|.gc.gc_prev")		\
	F(gc_head, gc_refs, "PyGC_Head.gc.gc_refs")			\
	F(gc_head, sizeof, "sizeof(PyGC_Head)")

/* Runtime, interpreters, threads. */
#define ABI_FIELDS_RUNTIME(F)						\
	F(runtime, finalizing,						\
	  "_PyRuntimeState._finalizing|.finalizing")			\
	F(runtime, interpreters_head,					\
	  "_PyRuntimeState.interpreters.head")				\
	F(runtime, interpreters_main,					\
	  "_PyRuntimeState.interpreters.main")				\
	F(runtime, main_thread, "_PyRuntimeState.main_thread")		\
	F(runtime, main_tstate, "_PyRuntimeState.main_tstate")		\
	F(runtime, tstate_current,					\
	  "_PyRuntimeState.gilstate.tstate_current")			\
	F(runtime, gil, "_PyRuntimeState.ceval.gil")			\
	F(runtime, gc, "_PyRuntimeState.gc")				\
	F(runtime, allocators_raw,					\
	  "_PyRuntimeState.allocators.standard.raw")			\
	F(runtime, allocators_mem,					\
	  "_PyRuntimeState.allocators.standard.mem")			\
	F(runtime, allocators_obj,					\
	  "_PyRuntimeState.allocators.standard.obj")			\
	F(runtime, allocators_debug,					\
	  "_PyRuntimeState.allocators.debug")				\
	F(runtime, use_hugepages,					\
	  "_PyRuntimeState.allocators.use_hugepages")			\
	F(runtime, preconfig, "_PyRuntimeState.preconfig")		\
	F(runtime, tracemalloc, "_PyRuntimeState.tracemalloc")		\
	F(runtime, interned_strings,					\
	  "_PyRuntimeState.cached_objects.interned_strings")		\
	F(runtime, static_objects,					\
	  "_PyRuntimeState.static_objects|.global_objects")		\
	F(runtime, main_interpreter,					\
	  "_PyRuntimeState._main_interpreter")				\
	F(runtime, sizeof, "sizeof(_PyRuntimeState)")			\
	F(interp, next, "PyInterpreterState.next")			\
	F(interp, id, "PyInterpreterState.id")				\
	F(interp, runtime, "PyInterpreterState.runtime")		\
	F(interp, finalizing, "PyInterpreterState.finalizing")		\
	F(interp, tstate_head,						\
	  "PyInterpreterState.threads.head|.tstate_head")		\
	F(interp, threads_main,						\
	  "PyInterpreterState.threads.main|.threads_main")		\
	F(interp, modules,						\
	  "PyInterpreterState.imports.modules|.modules")		\
	F(interp, modules_by_index,					\
	  "PyInterpreterState.imports.modules_by_index"			\
	  "|.modules_by_index")						\
	F(interp, importlib,						\
	  "PyInterpreterState.imports.importlib|.importlib")		\
	F(interp, import_func,						\
	  "PyInterpreterState.imports.import_func|.import_func")	\
	F(interp, lazy_modules,						\
	  "PyInterpreterState.imports.lazy_modules")			\
	F(interp, lazy_imports_filter,					\
	  "PyInterpreterState.imports.lazy_imports_filter")		\
	F(interp, lazy_pending_submodules,				\
	  "PyInterpreterState.imports.lazy_pending_submodules")		\
	F(interp, sysdict, "PyInterpreterState.sysdict")		\
	F(interp, sysdict_copy, "PyInterpreterState.sysdict_copy")	\
	F(interp, builtins, "PyInterpreterState.builtins")		\
	F(interp, builtins_copy, "PyInterpreterState.builtins_copy")	\
	F(interp, dict, "PyInterpreterState.dict")			\
	F(interp, codec_search_path,					\
	  "PyInterpreterState.codecs.search_path|.codec_search_path")	\
	F(interp, codec_search_cache,					\
	  "PyInterpreterState.codecs.search_cache|.codec_search_cache")	\
	F(interp, codec_error_registry,					\
	  "PyInterpreterState.codecs.error_registry"			\
	  "|.codec_error_registry")					\
	F(interp, eval_frame, "PyInterpreterState.eval_frame")		\
	F(interp, gc, "PyInterpreterState.gc")				\
	F(interp, ceval_gil, "PyInterpreterState.ceval.gil")		\
	F(interp, ceval_own_gil, "PyInterpreterState.ceval.own_gil")	\
	F(interp, _gil, "PyInterpreterState._gil")			\
	F(interp, code_object_generation,				\
	  "PyInterpreterState._code_object_generation")			\
	F(interp, obmalloc, "PyInterpreterState.obmalloc")		\
	F(interp, small_ints, "PyInterpreterState.small_ints")		\
	F(interp, small_ints_count,					\
	  "count(PyInterpreterState.small_ints)")			\
	F(interp, latin1, "PyInterpreterState.unicode.latin1")		\
	F(interp, empty_string,						\
	  "PyInterpreterState.unicode.empty_string")			\
	F(interp, characters, "PyInterpreterState.bytes.characters")	\
	F(interp, empty_bytes, "PyInterpreterState.bytes.empty_string")	\
	F(interp, interned_strings,					\
	  "PyInterpreterState.cached_objects.interned_strings")		\
	F(interp, cached_objects, "PyInterpreterState.cached_objects")	\
	F(interp, callable_cache, "PyInterpreterState.callable_cache")	\
	F(interp, common_consts, "PyInterpreterState.common_consts")	\
	F(interp, static_objects, "PyInterpreterState.static_objects")	\
	F(interp, before_forkers, "PyInterpreterState.before_forkers")	\
	F(interp, after_forkers_parent,					\
	  "PyInterpreterState.after_forkers_parent")			\
	F(interp, after_forkers_child,					\
	  "PyInterpreterState.after_forkers_child")			\
	F(interp, asyncio_tasks_head,					\
	  "PyInterpreterState.asyncio_tasks_head")			\
	F(interp, asyncio_tasks_lock,					\
	  "PyInterpreterState.asyncio_tasks_lock")			\
	F(interp, types, "PyInterpreterState.types")			\
	F(interp, memerrors_freelist,					\
	  "PyInterpreterState.exc_state.memerrors_freelist")		\
	F(interp, initial_thread, "PyInterpreterState._initial_thread")	\
	F(interp, sizeof, "sizeof(PyInterpreterState)")			\
	F(types, builtins,						\
	  "types_state.builtins.initialized|.builtins")			\
	F(types, builtins_count,					\
	  "count(types_state.builtins.initialized)"			\
	  "|count(types_state.builtins)")				\
	F(types, for_extensions,					\
	  "types_state.for_extensions.initialized")			\
	F(types, for_extensions_count,					\
	  "count(types_state.for_extensions.initialized)")		\
	F(types, sizeof, "sizeof(types_state)")				\
	F(typestate, type,						\
	  "managed_static_type_state.type|static_builtin_state.type")	\
	F(typestate, tp_dict,						\
	  "managed_static_type_state.tp_dict"				\
	  "|static_builtin_state.tp_dict")				\
	F(typestate, tp_subclasses,					\
	  "managed_static_type_state.tp_subclasses"			\
	  "|static_builtin_state.tp_subclasses")			\
	F(typestate, tp_weaklist,					\
	  "managed_static_type_state.tp_weaklist"			\
	  "|static_builtin_state.tp_weaklist")				\
	F(typestate, sizeof,						\
	  "sizeof(managed_static_type_state)"				\
	  "|sizeof(static_builtin_state)")				\
	F(gil, last_holder, "_gil_runtime_state.last_holder")		\
	F(gil, locked, "_gil_runtime_state.locked")			\
	F(gil, switch_number, "_gil_runtime_state.switch_number")	\
	F(gil, enabled, "_gil_runtime_state.enabled")			\
	F(gil, sizeof, "sizeof(_gil_runtime_state)")			\
	F(tstate, prev, "PyThreadState.prev")				\
	F(tstate, next, "PyThreadState.next")				\
	F(tstate, interp, "PyThreadState.interp")			\
	F(tstate, frame, "PyThreadState.frame")				\
	F(tstate, cframe, "PyThreadState.cframe")			\
	F(tstate, current_frame, "PyThreadState.current_frame")		\
	F(tstate, base_frame, "PyThreadState.base_frame")		\
	F(tstate, root_cframe, "PyThreadState.root_cframe")		\
	F(tstate, _status, "PyThreadState._status")			\
	F(tstate, holds_gil, "PyThreadState.holds_gil")			\
	F(tstate, gil_requested, "PyThreadState.gil_requested")		\
	F(tstate, _whence, "PyThreadState._whence")			\
	F(tstate, state, "PyThreadState.state")				\
	F(tstate, c_profileobj, "PyThreadState.c_profileobj")		\
	F(tstate, c_traceobj, "PyThreadState.c_traceobj")		\
	F(tstate, curexc_type, "PyThreadState.curexc_type")		\
	F(tstate, curexc_value, "PyThreadState.curexc_value")		\
	F(tstate, curexc_traceback, "PyThreadState.curexc_traceback")	\
	F(tstate, current_exception, "PyThreadState.current_exception")	\
	F(tstate, exc_state, "PyThreadState.exc_state")			\
	F(tstate, exc_info, "PyThreadState.exc_info")			\
	F(tstate, exc_type, "PyThreadState.exc_type")			\
	F(tstate, exc_value, "PyThreadState.exc_value")			\
	F(tstate, exc_traceback, "PyThreadState.exc_traceback")		\
	F(tstate, dict, "PyThreadState.dict")				\
	F(tstate, async_exc, "PyThreadState.async_exc")			\
	F(tstate, thread_id, "PyThreadState.thread_id")			\
	F(tstate, native_thread_id, "PyThreadState.native_thread_id")	\
	F(tstate, trash_delete_later,					\
	  "PyThreadState.trash_delete_later|.trash.delete_later")	\
	F(tstate, delete_later, "PyThreadState.delete_later")		\
	F(tstate, async_gen_firstiter,					\
	  "PyThreadState.async_gen_firstiter")				\
	F(tstate, async_gen_finalizer,					\
	  "PyThreadState.async_gen_finalizer")				\
	F(tstate, coroutine_wrapper, "PyThreadState.coroutine_wrapper")	\
	F(tstate, context, "PyThreadState.context")			\
	F(tstate, datastack_chunk, "PyThreadState.datastack_chunk")	\
	F(tstate, datastack_top, "PyThreadState.datastack_top")		\
	F(tstate, datastack_limit, "PyThreadState.datastack_limit")	\
	F(tstate, datastack_cached_chunk,				\
	  "PyThreadState.datastack_cached_chunk")			\
	F(tstate, current_executor, "PyThreadState.current_executor")	\
	F(tstate, threading_local_key,					\
	  "PyThreadState.threading_local_key")				\
	F(tstate, threading_local_sentinel,				\
	  "PyThreadState.threading_local_sentinel")			\
	F(tstate, on_delete_data, "PyThreadState.on_delete_data")	\
	F(tstate, id, "PyThreadState.id")				\
	F(tstate, sizeof, "sizeof(PyThreadState)")			\
	F(tstateimpl, base_frame, "_PyThreadStateImpl.base_frame")	\
	F(tstateimpl, asyncio_running_loop,				\
	  "_PyThreadStateImpl.asyncio_running_loop")			\
	F(tstateimpl, asyncio_running_task,				\
	  "_PyThreadStateImpl.asyncio_running_task")			\
	F(tstateimpl, asyncio_tasks_head,				\
	  "_PyThreadStateImpl.asyncio_tasks_head")			\
	F(tstateimpl, mem_free_queue,					\
	  "_PyThreadStateImpl.mem_free_queue")				\
	F(tstateimpl, lazy_imports, "_PyThreadStateImpl.lazy_imports")	\
	F(tstateimpl, sizeof, "sizeof(_PyThreadStateImpl)")		\
	F(llist, next, "llist_node.next")				\
	F(llist, prev, "llist_node.prev")				\
	F(llist, sizeof, "sizeof(llist_node)")

/*
 * Dead objects waiting to be used again: offsets in PyInterpreterState, or in
 * _PyThreadStateImpl where there is no GIL.  Each is a pointer to the first, or
 * an array of pointers, with a number beside it: the shape free_lists says
 * which.  Before 3.10 they are file statics.
 */
#define ABI_FREE_LIST(F, name, first, number)				\
	F(freelist, name,						\
	  first "|PyInterpreterState.object_state.freelists." #name ".items" \
	  "|.object_state.freelists." #name ".freelist"			\
	  "|_PyThreadStateImpl.freelists." #name ".items"		\
	  "|.freelists." #name ".freelist")				\
	F(freelist, name##_n,						\
	  number "|PyInterpreterState.object_state.freelists." #name	\
	  ".numfree|.object_state.freelists." #name ".size"		\
	  "|_PyThreadStateImpl.freelists." #name ".numfree"		\
	  "|.freelists." #name ".size")

/* One that came with _Py_freelists, or just before. */
#define ABI_FREE_CHAIN(F, name)						\
	F(freelist, name,						\
	  "PyInterpreterState.object_state.freelists." #name ".items"	\
	  "|.object_state.freelists." #name ".freelist"			\
	  "|_PyThreadStateImpl.freelists." #name ".items"		\
	  "|.freelists." #name ".freelist")				\
	F(freelist, name##_n,						\
	  "PyInterpreterState.object_state.freelists." #name ".numfree"	\
	  "|.object_state.freelists." #name ".size"			\
	  "|_PyThreadStateImpl.freelists." #name ".numfree"		\
	  "|.freelists." #name ".size")

#define ABI_FIELDS_FREELIST(F)						\
	ABI_FREE_LIST(F, floats, "PyInterpreterState.float_state.free_list", \
		      "PyInterpreterState.float_state.numfree")		\
	F(freelist, tuples, "PyInterpreterState.tuple.free_list"	\
	  "|.object_state.freelists.tuples.items"			\
	  "|.object_state.freelists.tuples"				\
	  "|_PyThreadStateImpl.freelists.tuples.items"			\
	  "|.freelists.tuples")						\
	F(freelist, tuples_n, "PyInterpreterState.tuple.numfree"	\
	  "|.object_state.freelists.tuples.numfree"			\
	  "|.object_state.freelists.tuples[].size"			\
	  "|_PyThreadStateImpl.freelists.tuples.numfree"		\
	  "|.freelists.tuples[].size")					\
	F(freelist, tuples_count,					\
	  "count(PyInterpreterState.tuple.free_list)"			\
	  "|count(_Py_tuple_freelist.items)|count(_Py_freelists.tuples)") \
	ABI_FREE_LIST(F, lists, "PyInterpreterState.list.free_list",	\
		      "PyInterpreterState.list.numfree")		\
	ABI_FREE_LIST(F, dicts, "PyInterpreterState.dict_state.free_list", \
		      "PyInterpreterState.dict_state.numfree")		\
	ABI_FREE_LIST(F, dictkeys,					\
		      "PyInterpreterState.dict_state.keys_free_list",	\
		      "PyInterpreterState.dict_state.keys_numfree")	\
	F(freelist, frames, "PyInterpreterState.frame.free_list")	\
	F(freelist, frames_n, "PyInterpreterState.frame.numfree")	\
	F(freelist, slices, "PyInterpreterState.slice_cache"		\
	  "|.object_state.freelists.slices.slice_cache"			\
	  "|.object_state.freelists.slices.freelist"			\
	  "|_PyThreadStateImpl.freelists.slices.slice_cache"		\
	  "|.freelists.slices.freelist")				\
	F(freelist, slices_n,						\
	  "PyInterpreterState.object_state.freelists.slices.size"	\
	  "|_PyThreadStateImpl.freelists.slices.size")			\
	ABI_FREE_LIST(F, contexts, "PyInterpreterState.context.freelist", \
		      "PyInterpreterState.context.numfree")		\
	ABI_FREE_LIST(F, async_gens,					\
		      "PyInterpreterState.async_gen.value_freelist",	\
		      "PyInterpreterState.async_gen.value_numfree")	\
	ABI_FREE_LIST(F, async_gen_asends,				\
		      "PyInterpreterState.async_gen.asend_freelist",	\
		      "PyInterpreterState.async_gen.asend_numfree")	\
	ABI_FREE_CHAIN(F, object_stacks)				\
	ABI_FREE_CHAIN(F, ints)						\
	ABI_FREE_CHAIN(F, complexes)					\
	ABI_FREE_CHAIN(F, list_iters)					\
	ABI_FREE_CHAIN(F, tuple_iters)					\
	ABI_FREE_CHAIN(F, ranges)					\
	ABI_FREE_CHAIN(F, range_iters)					\
	ABI_FREE_CHAIN(F, futureiters)					\
	ABI_FREE_CHAIN(F, object_stack_chunks)				\
	ABI_FREE_CHAIN(F, unicode_writers)				\
	ABI_FREE_CHAIN(F, bytes_writers)				\
	ABI_FREE_CHAIN(F, pycfunctionobject)				\
	ABI_FREE_CHAIN(F, pycmethodobject)				\
	ABI_FREE_CHAIN(F, pymethodobjects)				\
	F(freelist, sizeof, "sizeof(_Py_freelist)")

#endif
