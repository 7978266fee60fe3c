/* SPDX-License-Identifier: MIT */
#ifndef PYABI_FIELDS_LIB_H
#define PYABI_FIELDS_LIB_H

/**
 * Typing, iterators and the C types of the standard library.  How to read a
 * row: see fields.h.
 */

/* Typing. */
#define ABI_FIELDS_TYPING(F)						\
	F(ga, origin, "gaobject.origin")				\
	F(ga, args, "gaobject.args")					\
	F(ga, parameters, "gaobject.parameters")			\
	F(ga, weakreflist, "gaobject.weakreflist")			\
	F(ga, sizeof, "sizeof(gaobject)")				\
	F(gaiter, obj, "gaiterobject.obj")				\
	F(gaiter, sizeof, "sizeof(gaiterobject)")			\
	F(union, args, "unionobject.args")				\
	F(union, hashable_args, "unionobject.hashable_args")		\
	F(union, unhashable_args, "unionobject.unhashable_args")	\
	F(union, parameters, "unionobject.parameters")			\
	F(union, weakreflist, "unionobject.weakreflist")		\
	F(union, sizeof, "sizeof(unionobject)")				\
	F(typevar, name, "typevarobject.name")				\
	F(typevar, bound, "typevarobject.bound")			\
	F(typevar, evaluate_bound, "typevarobject.evaluate_bound")	\
	F(typevar, constraints, "typevarobject.constraints")		\
	F(typevar, evaluate_constraints,				\
	  "typevarobject.evaluate_constraints")				\
	F(typevar, default_value, "typevarobject.default_value")	\
	F(typevar, evaluate_default, "typevarobject.evaluate_default")	\
	F(typevar, sizeof, "sizeof(typevarobject)")			\
	F(paramspec, name, "paramspecobject.name")			\
	F(paramspec, bound, "paramspecobject.bound")			\
	F(paramspec, default_value, "paramspecobject.default_value")	\
	F(paramspec, evaluate_default,					\
	  "paramspecobject.evaluate_default")				\
	F(paramspec, sizeof, "sizeof(paramspecobject)")			\
	F(typevartuple, name, "typevartupleobject.name")		\
	F(typevartuple, bound, "typevartupleobject.bound")		\
	F(typevartuple, default_value,					\
	  "typevartupleobject.default_value")				\
	F(typevartuple, evaluate_default,				\
	  "typevartupleobject.evaluate_default")			\
	F(typevartuple, sizeof, "sizeof(typevartupleobject)")		\
	F(typealias, name, "typealiasobject.name")			\
	F(typealias, qualname, "typealiasobject.qualname")		\
	F(typealias, type_params, "typealiasobject.type_params")	\
	F(typealias, compute_value, "typealiasobject.compute_value")	\
	F(typealias, value, "typealiasobject.value")			\
	F(typealias, module, "typealiasobject.module")			\
	F(typealias, sizeof, "sizeof(typealiasobject)")			\
	F(template, strings, "templateobject.strings")			\
	F(template, interpolations, "templateobject.interpolations")	\
	F(template, sizeof, "sizeof(templateobject)")			\
	F(interpolation, value, "interpolationobject.value")		\
	F(interpolation, expression, "interpolationobject.expression")	\
	F(interpolation, conversion, "interpolationobject.conversion")	\
	F(interpolation, format_spec,					\
	  "interpolationobject.format_spec")				\
	F(interpolation, sizeof, "sizeof(interpolationobject)")		\
	F(sentinel, name, "sentinelobject.name")			\
	F(sentinel, module, "sentinelobject.module")			\
	F(sentinel, repr, "sentinelobject.repr")			\
	F(sentinel, sizeof, "sizeof(sentinelobject)")			\
	F(lazyimport, lz_builtins, "PyLazyImportObject.lz_builtins")	\
	F(lazyimport, lz_from, "PyLazyImportObject.lz_from")		\
	F(lazyimport, lz_attr, "PyLazyImportObject.lz_attr")		\
	F(lazyimport, lz_code, "PyLazyImportObject.lz_code")		\
	F(lazyimport, sizeof, "sizeof(PyLazyImportObject)")

/* Iterators. */
#define ABI_FIELDS_ITER(F)						\
	F(dictiter, di_dict, "dictiterobject.di_dict")			\
	F(dictiter, di_result, "dictiterobject.di_result")		\
	F(dictiter, sizeof, "sizeof(dictiterobject)")			\
	F(dictview, dv_dict, "_PyDictViewObject.dv_dict")		\
	F(dictview, sizeof, "sizeof(_PyDictViewObject)")		\
	F(setiter, si_set, "setiterobject.si_set")			\
	F(setiter, sizeof, "sizeof(setiterobject)")			\
	F(listiter, it_seq,						\
	  "_PyListIterObject.it_seq|listiterobject.it_seq")		\
	F(listiter, sizeof,						\
	  "sizeof(_PyListIterObject)|sizeof(listiterobject)")		\
	F(listreviter, it_seq, "listreviterobject.it_seq")		\
	F(listreviter, sizeof, "sizeof(listreviterobject)")		\
	F(tupleiter, it_seq,						\
	  "_PyTupleIterObject.it_seq|tupleiterobject.it_seq")		\
	F(tupleiter, sizeof,						\
	  "sizeof(_PyTupleIterObject)|sizeof(tupleiterobject)")		\
	F(seqiter, it_seq, "seqiterobject.it_seq")			\
	F(seqiter, sizeof, "sizeof(seqiterobject)")			\
	F(calliter, it_callable, "calliterobject.it_callable")		\
	F(calliter, it_sentinel, "calliterobject.it_sentinel")		\
	F(calliter, sizeof, "sizeof(calliterobject)")			\
	F(striter, it_seq, "unicodeiterobject.it_seq")			\
	F(striter, sizeof, "sizeof(unicodeiterobject)")			\
	F(bytesiter, it_seq, "bytesiterobject.it_seq")			\
	F(bytesiter, sizeof, "sizeof(bytesiterobject)")			\
	F(arrayiter, ao, "arrayiterobject.ao")				\
	F(arrayiter, sizeof, "sizeof(arrayiterobject)")			\
	F(rangeiter, start,						\
	  "_PyRangeIterObject.start|rangeiterobject.start")		\
	F(rangeiter, step,						\
	  "_PyRangeIterObject.step|rangeiterobject.step")		\
	F(rangeiter, len, "_PyRangeIterObject.len|rangeiterobject.len")	\
	F(rangeiter, sizeof,						\
	  "sizeof(_PyRangeIterObject)|sizeof(rangeiterobject)")		\
	F(longrangeiter, index, "longrangeiterobject.index")		\
	F(longrangeiter, start, "longrangeiterobject.start")		\
	F(longrangeiter, step, "longrangeiterobject.step")		\
	F(longrangeiter, len, "longrangeiterobject.len")		\
	F(longrangeiter, sizeof, "sizeof(longrangeiterobject)")		\
	F(reversed, index, "reversedobject.index")			\
	F(reversed, seq, "reversedobject.seq")				\
	F(reversed, sizeof, "sizeof(reversedobject)")			\
	F(enum, en_sit, "enumobject.en_sit")				\
	F(enum, en_result, "enumobject.en_result")			\
	F(enum, en_longindex, "enumobject.en_longindex")		\
	F(enum, one, "enumobject.one")					\
	F(enum, sizeof, "sizeof(enumobject)")				\
	F(map, iters, "mapobject.iters")				\
	F(map, func, "mapobject.func")					\
	F(map, sizeof, "sizeof(mapobject)")				\
	F(filter, func, "filterobject.func")				\
	F(filter, it, "filterobject.it")				\
	F(filter, sizeof, "sizeof(filterobject)")			\
	F(zip, tuplesize, "zipobject.tuplesize")			\
	F(zip, ittuple, "zipobject.ittuple")				\
	F(zip, result, "zipobject.result")				\
	F(zip, sizeof, "sizeof(zipobject)")				\
	F(dequeiter, b, "dequeiterobject.b")				\
	F(dequeiter, deque, "dequeiterobject.deque")			\
	F(dequeiter, sizeof, "sizeof(dequeiterobject)")			\
	F(odictiter, di_odict, "odictiterobject.di_odict")		\
	F(odictiter, di_current, "odictiterobject.di_current")		\
	F(odictiter, di_result, "odictiterobject.di_result")		\
	F(odictiter, sizeof, "sizeof(odictiterobject)")

/* itertools, functools, operator. */
#define ABI_FIELDS_TOOLS(F)						\
	F(batched, it, "batchedobject.it")				\
	F(batched, sizeof, "sizeof(batchedobject)")			\
	F(pairwise, it, "pairwiseobject.it")				\
	F(pairwise, old, "pairwiseobject.old")				\
	F(pairwise, result, "pairwiseobject.result")			\
	F(pairwise, sizeof, "sizeof(pairwiseobject)")			\
	F(groupby, it, "groupbyobject.it")				\
	F(groupby, keyfunc, "groupbyobject.keyfunc")			\
	F(groupby, tgtkey, "groupbyobject.tgtkey")			\
	F(groupby, currkey, "groupbyobject.currkey")			\
	F(groupby, currvalue, "groupbyobject.currvalue")		\
	F(groupby, currgrouper, "groupbyobject.currgrouper")		\
	F(groupby, sizeof, "sizeof(groupbyobject)")			\
	F(grouper, parent, "_grouperobject.parent")			\
	F(grouper, tgtkey, "_grouperobject.tgtkey")			\
	F(grouper, sizeof, "sizeof(_grouperobject)")			\
	F(teedata, it, "teedataobject.it")				\
	F(teedata, numread, "teedataobject.numread")			\
	F(teedata, nextlink, "teedataobject.nextlink")			\
	F(teedata, values, "teedataobject.values")			\
	F(teedata, values_count, "count(teedataobject.values)")		\
	F(teedata, sizeof, "sizeof(teedataobject)")			\
	F(tee, dataobj, "teeobject.dataobj")				\
	F(tee, weakreflist, "teeobject.weakreflist")			\
	F(tee, sizeof, "sizeof(teeobject)")				\
	F(cycle, it, "cycleobject.it")					\
	F(cycle, saved, "cycleobject.saved")				\
	F(cycle, sizeof, "sizeof(cycleobject)")				\
	F(dropwhile, func, "dropwhileobject.func")			\
	F(dropwhile, it, "dropwhileobject.it")				\
	F(dropwhile, sizeof, "sizeof(dropwhileobject)")			\
	F(takewhile, func, "takewhileobject.func")			\
	F(takewhile, it, "takewhileobject.it")				\
	F(takewhile, sizeof, "sizeof(takewhileobject)")			\
	F(islice, it, "isliceobject.it")				\
	F(islice, sizeof, "sizeof(isliceobject)")			\
	F(starmap, func, "starmapobject.func")				\
	F(starmap, it, "starmapobject.it")				\
	F(starmap, sizeof, "sizeof(starmapobject)")			\
	F(chain, source, "chainobject.source")				\
	F(chain, active, "chainobject.active")				\
	F(chain, sizeof, "sizeof(chainobject)")				\
	F(product, pools, "productobject.pools")			\
	F(product, indices, "productobject.indices")			\
	F(product, result, "productobject.result")			\
	F(product, sizeof, "sizeof(productobject)")			\
	F(combinations, pool, "combinationsobject.pool")		\
	F(combinations, indices, "combinationsobject.indices")		\
	F(combinations, result, "combinationsobject.result")		\
	F(combinations, r, "combinationsobject.r")			\
	F(combinations, sizeof, "sizeof(combinationsobject)")		\
	F(cwr, pool, "cwrobject.pool")					\
	F(cwr, indices, "cwrobject.indices")				\
	F(cwr, result, "cwrobject.result")				\
	F(cwr, r, "cwrobject.r")					\
	F(cwr, sizeof, "sizeof(cwrobject)")				\
	F(permutations, pool, "permutationsobject.pool")		\
	F(permutations, indices, "permutationsobject.indices")		\
	F(permutations, cycles, "permutationsobject.cycles")		\
	F(permutations, result, "permutationsobject.result")		\
	F(permutations, r, "permutationsobject.r")			\
	F(permutations, sizeof, "sizeof(permutationsobject)")		\
	F(accumulate, total, "accumulateobject.total")			\
	F(accumulate, it, "accumulateobject.it")			\
	F(accumulate, binop, "accumulateobject.binop")			\
	F(accumulate, initial, "accumulateobject.initial")		\
	F(accumulate, sizeof, "sizeof(accumulateobject)")		\
	F(compress, data, "compressobject.data")			\
	F(compress, selectors, "compressobject.selectors")		\
	F(compress, sizeof, "sizeof(compressobject)")			\
	F(filterfalse, func, "filterfalseobject.func")			\
	F(filterfalse, it, "filterfalseobject.it")			\
	F(filterfalse, sizeof, "sizeof(filterfalseobject)")		\
	F(count, long_cnt, "countobject.long_cnt")			\
	F(count, long_step, "countobject.long_step")			\
	F(count, sizeof, "sizeof(countobject)")				\
	F(repeat, element, "repeatobject.element")			\
	F(repeat, sizeof, "sizeof(repeatobject)")			\
	F(ziplongest, tuplesize, "ziplongestobject.tuplesize")		\
	F(ziplongest, ittuple, "ziplongestobject.ittuple")		\
	F(ziplongest, result, "ziplongestobject.result")		\
	F(ziplongest, fillvalue, "ziplongestobject.fillvalue")		\
	F(ziplongest, sizeof, "sizeof(ziplongestobject)")		\
	F(partial, fn, "partialobject.fn")				\
	F(partial, args, "partialobject.args")				\
	F(partial, kw, "partialobject.kw")				\
	F(partial, dict, "partialobject.dict")				\
	F(partial, weakreflist, "partialobject.weakreflist")		\
	F(partial, placeholder, "partialobject.placeholder")		\
	F(partial, sizeof, "sizeof(partialobject)")			\
	F(lru, root, "lru_cache_object.root")				\
	F(lru, maxsize_O, "lru_cache_object.maxsize_O")			\
	F(lru, func, "lru_cache_object.func")				\
	F(lru, cache, "lru_cache_object.cache")				\
	F(lru, kwd_mark, "lru_cache_object.kwd_mark")			\
	F(lru, lru_list_elem_type,					\
	  "lru_cache_object.lru_list_elem_type")			\
	F(lru, cache_info_type, "lru_cache_object.cache_info_type")	\
	F(lru, dict, "lru_cache_object.dict")				\
	F(lru, weakreflist, "lru_cache_object.weakreflist")		\
	F(lru, sizeof, "sizeof(lru_cache_object)")			\
	F(lruelem, prev, "lru_list_elem.prev")				\
	F(lruelem, next, "lru_list_elem.next")				\
	F(lruelem, key, "lru_list_elem.key")				\
	F(lruelem, result, "lru_list_elem.result")			\
	F(lruelem, sizeof, "sizeof(lru_list_elem)")			\
	F(keyobject, cmp, "keyobject.cmp")				\
	F(keyobject, object, "keyobject.object")			\
	F(keyobject, sizeof, "sizeof(keyobject)")			\
	F(itemgetter, nitems, "itemgetterobject.nitems")		\
	F(itemgetter, item, "itemgetterobject.item")			\
	F(itemgetter, index, "itemgetterobject.index")			\
	F(itemgetter, sizeof, "sizeof(itemgetterobject)")		\
	F(attrgetter, nattrs, "attrgetterobject.nattrs")		\
	F(attrgetter, attr, "attrgetterobject.attr")			\
	F(attrgetter, sizeof, "sizeof(attrgetterobject)")		\
	F(methodcaller, name, "methodcallerobject.name")		\
	F(methodcaller, args, "methodcallerobject.args|.xargs")		\
	F(methodcaller, kwds, "methodcallerobject.kwds")		\
	F(methodcaller, vectorcall_args,				\
	  "methodcallerobject.vectorcall_args")				\
	F(methodcaller, vectorcall_kwnames,				\
	  "methodcallerobject.vectorcall_kwnames")			\
	F(methodcaller, sizeof, "sizeof(methodcallerobject)")

/* Standard library. */
#define ABI_FIELDS_STDLIB(F)						\
	F(array, ob_item, "arrayobject.ob_item")			\
	F(array, allocated, "arrayobject.allocated")			\
	F(array, ob_descr, "arrayobject.ob_descr")			\
	F(array, weakreflist, "arrayobject.weakreflist")		\
	F(array, sizeof, "sizeof(arrayobject)")				\
	F(arraydescr, itemsize, "arraydescr.itemsize")			\
	F(arraydescr, sizeof, "sizeof(arraydescr)")			\
	F(bytesio, buf, "bytesio.buf")					\
	F(bytesio, string_size, "bytesio.string_size")			\
	F(bytesio, dict, "bytesio.dict")				\
	F(bytesio, weakreflist, "bytesio.weakreflist")			\
	F(bytesio, sizeof, "sizeof(bytesio)")				\
	F(bytesiobuf, source, "bytesiobuf.source")			\
	F(bytesiobuf, sizeof, "sizeof(bytesiobuf)")			\
	F(stringio, buf, "stringio.buf")				\
	F(stringio, buf_size, "stringio.buf_size")			\
	F(stringio, state, "stringio.state")				\
	F(stringio, writer, "stringio.writer")				\
	F(stringio, writer_sizeof, "sizeof(stringio.writer)")		\
	F(stringio, accu, "stringio.accu")				\
	F(stringio, decoder, "stringio.decoder")			\
	F(stringio, readnl, "stringio.readnl")				\
	F(stringio, writenl, "stringio.writenl")			\
	F(stringio, dict, "stringio.dict")				\
	F(stringio, weakreflist, "stringio.weakreflist")		\
	F(stringio, sizeof, "sizeof(stringio)")				\
	F(accu, large, "_PyAccu.large")					\
	F(accu, small, "_PyAccu.small")					\
	F(accu, sizeof, "sizeof(_PyAccu)")				\
	F(iobase, dict, "iobase.dict")					\
	F(iobase, weakreflist, "iobase.weakreflist")			\
	F(iobase, sizeof, "sizeof(iobase)")				\
	F(buffered, raw, "buffered.raw")				\
	F(buffered, buffer, "buffered.buffer")				\
	F(buffered, lock, "buffered.lock")				\
	F(buffered, buffer_size, "buffered.buffer_size")		\
	F(buffered, dict, "buffered.dict")				\
	F(buffered, weakreflist, "buffered.weakreflist")		\
	F(buffered, sizeof, "sizeof(buffered)")				\
	F(rwpair, reader, "rwpair.reader")				\
	F(rwpair, writer, "rwpair.writer")				\
	F(rwpair, dict, "rwpair.dict")					\
	F(rwpair, weakreflist, "rwpair.weakreflist")			\
	F(rwpair, sizeof, "sizeof(rwpair)")				\
	F(textio, buffer, "textio.buffer")				\
	F(textio, encoding, "textio.encoding")				\
	F(textio, encoder, "textio.encoder")				\
	F(textio, decoder, "textio.decoder")				\
	F(textio, readnl, "textio.readnl")				\
	F(textio, errors, "textio.errors")				\
	F(textio, decoded_chars, "textio.decoded_chars")		\
	F(textio, pending_bytes, "textio.pending_bytes")		\
	F(textio, snapshot, "textio.snapshot")				\
	F(textio, raw, "textio.raw")					\
	F(textio, weakreflist, "textio.weakreflist")			\
	F(textio, dict, "textio.dict")					\
	F(textio, sizeof, "sizeof(textio)")				\
	F(fileio, fd, "fileio.fd")					\
	F(fileio, stat_atopen, "fileio.stat_atopen")			\
	F(fileio, weakreflist, "fileio.weakreflist")			\
	F(fileio, dict, "fileio.dict")					\
	F(fileio, sizeof, "sizeof(fileio)")				\
	F(pattern, groups, "PatternObject.groups")			\
	F(pattern, groupindex, "PatternObject.groupindex")		\
	F(pattern, indexgroup, "PatternObject.indexgroup")		\
	F(pattern, pattern, "PatternObject.pattern")			\
	F(pattern, weakreflist, "PatternObject.weakreflist")		\
	F(pattern, codesize, "PatternObject.codesize")			\
	F(pattern, code, "PatternObject.code")				\
	F(pattern, sizeof, "sizeof(PatternObject)")			\
	F(match, string, "MatchObject.string")				\
	F(match, regs, "MatchObject.regs")				\
	F(match, pattern, "MatchObject.pattern")			\
	F(match, mark, "MatchObject.mark")				\
	F(match, sizeof, "sizeof(MatchObject)")				\
	F(scanner, pattern, "ScannerObject.pattern")			\
	F(scanner, state, "ScannerObject.state")			\
	F(scanner, sizeof, "sizeof(ScannerObject)")			\
	F(retemplate, literal, "TemplateObject.literal")		\
	F(retemplate, items, "TemplateObject.items")			\
	F(retemplate, sizeof, "sizeof(TemplateObject)")			\
	F(date, hastzinfo, "PyDateTime_Date.hastzinfo")			\
	F(date, sizeof, "sizeof(PyDateTime_Date)")			\
	F(datetime, tzinfo, "PyDateTime_DateTime.tzinfo")		\
	F(datetime, sizeof, "sizeof(PyDateTime_DateTime)")		\
	F(time, tzinfo, "PyDateTime_Time.tzinfo")			\
	F(time, sizeof, "sizeof(PyDateTime_Time)")			\
	F(delta, days, "PyDateTime_Delta.days")				\
	F(delta, sizeof, "sizeof(PyDateTime_Delta)")			\
	F(timezone, offset, "PyDateTime_TimeZone.offset")		\
	F(timezone, name, "PyDateTime_TimeZone.name")			\
	F(timezone, sizeof, "sizeof(PyDateTime_TimeZone)")		\
	F(zoneinfo, key, "PyZoneInfo_ZoneInfo.key")			\
	F(zoneinfo, file_repr, "PyZoneInfo_ZoneInfo.file_repr")		\
	F(zoneinfo, weakreflist, "PyZoneInfo_ZoneInfo.weakreflist")	\
	F(zoneinfo, num_transitions,					\
	  "PyZoneInfo_ZoneInfo.num_transitions")			\
	F(zoneinfo, num_ttinfos, "PyZoneInfo_ZoneInfo.num_ttinfos")	\
	F(zoneinfo, trans_list_utc,					\
	  "PyZoneInfo_ZoneInfo.trans_list_utc")				\
	F(zoneinfo, trans_list_wall,					\
	  "PyZoneInfo_ZoneInfo.trans_list_wall")			\
	F(zoneinfo, trans_ttinfos, "PyZoneInfo_ZoneInfo.trans_ttinfos")	\
	F(zoneinfo, _ttinfos, "PyZoneInfo_ZoneInfo._ttinfos")		\
	F(zoneinfo, sizeof, "sizeof(PyZoneInfo_ZoneInfo)")		\
	F(dec, flags, "PyDecObject.dec.flags")				\
	F(dec, digits, "PyDecObject.dec.digits")			\
	F(dec, len, "PyDecObject.dec.len")				\
	F(dec, alloc, "PyDecObject.dec.alloc")				\
	F(dec, mpd_data, "PyDecObject.dec.data")			\
	F(dec, data, "PyDecObject.data")				\
	F(dec, sizeof, "sizeof(PyDecObject)")				\
	F(decctx, traps, "PyDecContextObject.traps")			\
	F(decctx, flags, "PyDecContextObject.flags")			\
	F(decctx, modstate, "PyDecContextObject.modstate")		\
	F(decctx, sizeof, "sizeof(PyDecContextObject)")			\
	F(mmap, data, "mmap_object.data")				\
	F(mmap, size, "mmap_object.size")				\
	F(mmap, weakreflist, "mmap_object.weakreflist")			\
	F(mmap, sizeof, "sizeof(mmap_object)")				\
	F(pickler, memo, "PicklerObject.memo")				\
	F(pickler, persistent_id, "PicklerObject.persistent_id")	\
	F(pickler, persistent_id_attr,					\
	  "PicklerObject.persistent_id_attr")				\
	F(pickler, pers_func, "PicklerObject.pers_func")		\
	F(pickler, pers_func_self, "PicklerObject.pers_func_self")	\
	F(pickler, dispatch_table, "PicklerObject.dispatch_table")	\
	F(pickler, reducer_override, "PicklerObject.reducer_override")	\
	F(pickler, write, "PicklerObject.write")			\
	F(pickler, output_buffer, "PicklerObject.output_buffer")	\
	F(pickler, fast_memo, "PicklerObject.fast_memo")		\
	F(pickler, buffer_callback, "PicklerObject.buffer_callback")	\
	F(pickler, sizeof, "sizeof(PicklerObject)")			\
	F(unpickler, stack, "UnpicklerObject.stack")			\
	F(unpickler, memo, "UnpicklerObject.memo")			\
	F(unpickler, memo_size, "UnpicklerObject.memo_size")		\
	F(unpickler, memo_len, "UnpicklerObject.memo_len")		\
	F(unpickler, memo_dict, "UnpicklerObject.memo_dict")		\
	F(unpickler, persistent_load,					\
	  "UnpicklerObject.persistent_load")				\
	F(unpickler, persistent_load_attr,				\
	  "UnpicklerObject.persistent_load_attr")			\
	F(unpickler, pers_func, "UnpicklerObject.pers_func")		\
	F(unpickler, pers_func_self, "UnpicklerObject.pers_func_self")	\
	F(unpickler, buffer, "UnpicklerObject.buffer")			\
	F(unpickler, input_line, "UnpicklerObject.input_line")		\
	F(unpickler, read, "UnpicklerObject.read")			\
	F(unpickler, readinto, "UnpicklerObject.readinto")		\
	F(unpickler, readline, "UnpicklerObject.readline")		\
	F(unpickler, peek, "UnpicklerObject.peek")			\
	F(unpickler, buffers, "UnpicklerObject.buffers")		\
	F(unpickler, encoding, "UnpicklerObject.encoding")		\
	F(unpickler, errors, "UnpicklerObject.errors")			\
	F(unpickler, marks, "UnpicklerObject.marks")			\
	F(unpickler, marks_size, "UnpicklerObject.marks_size")		\
	F(unpickler, sizeof, "sizeof(UnpicklerObject)")			\
	F(memotable, mt_allocated, "PyMemoTable.mt_allocated")		\
	F(memotable, mt_table, "PyMemoTable.mt_table")			\
	F(memotable, sizeof, "sizeof(PyMemoTable)")			\
	F(pdata, data, "Pdata.data")					\
	F(pdata, allocated, "Pdata.allocated")				\
	F(pdata, sizeof, "sizeof(Pdata)")				\
	F(simplequeue, lock, "simplequeueobject.lock")			\
	F(simplequeue, lst, "simplequeueobject.lst")			\
	F(simplequeue, ring_items, "simplequeueobject.buf.items")	\
	F(simplequeue, ring_get, "simplequeueobject.buf.get_idx")	\
	F(simplequeue, ring_cap, "simplequeueobject.buf.items_cap")	\
	F(simplequeue, ring_n, "simplequeueobject.buf.num_items")	\
	F(simplequeue, weakreflist, "simplequeueobject.weakreflist")	\
	F(simplequeue, sizeof, "sizeof(simplequeueobject)")		\
	F(structobj, s_size, "PyStructObject.s_size")			\
	F(structobj, s_len, "PyStructObject.s_len")			\
	F(structobj, s_codes, "PyStructObject.s_codes")			\
	F(structobj, s_format, "PyStructObject.s_format")		\
	F(structobj, weakreflist, "PyStructObject.weakreflist")		\
	F(structobj, sizeof, "sizeof(PyStructObject)")			\
	F(formatcode, fmtdef, "formatcode.fmtdef")			\
	F(formatcode, sizeof, "sizeof(formatcode)")			\
	F(element, tag, "ElementObject.tag")				\
	F(element, text, "ElementObject.text")				\
	F(element, tail, "ElementObject.tail")				\
	F(element, extra, "ElementObject.extra")			\
	F(element, weakreflist, "ElementObject.weakreflist")		\
	F(element, sizeof, "sizeof(ElementObject)")			\
	F(elementextra, attrib, "ElementObjectExtra.attrib")		\
	F(elementextra, length, "ElementObjectExtra.length")		\
	F(elementextra, allocated, "ElementObjectExtra.allocated")	\
	F(elementextra, children, "ElementObjectExtra.children")	\
	F(elementextra, _children, "ElementObjectExtra._children")	\
	F(elementextra, sizeof, "sizeof(ElementObjectExtra)")		\
	F(direntry, name, "DirEntry.name")				\
	F(direntry, path, "DirEntry.path")				\
	F(direntry, stat, "DirEntry.stat")				\
	F(direntry, lstat, "DirEntry.lstat")				\
	F(direntry, sizeof, "sizeof(DirEntry)")				\
	F(scandir, path, "ScandirIterator.path")			\
	F(scandir, dirp, "ScandirIterator.dirp")			\
	F(scandir, sizeof, "sizeof(ScandirIterator)")			\
	F(random, sizeof, "sizeof(RandomObject)")			\
	F(socket, sock_fd, "PySocketSockObject.sock_fd")		\
	F(socket, sizeof, "sizeof(PySocketSockObject)")			\
	F(local, key, "localobject.key")				\
	F(local, args, "localobject.args")				\
	F(local, kw, "localobject.kw")					\
	F(local, weakreflist, "localobject.weakreflist")		\
	F(local, localdicts, "localobject.localdicts")			\
	F(local, thread_watchdogs, "localobject.thread_watchdogs")	\
	F(local, dummies, "localobject.dummies")			\
	F(local, wr_callback, "localobject.wr_callback")		\
	F(local, sizeof, "sizeof(localobject)")				\
	F(localdummy, localdict, "localdummyobject.localdict")		\
	F(localdummy, weakreflist, "localdummyobject.weakreflist")	\
	F(localdummy, sizeof, "sizeof(localdummyobject)")		\
	F(lock, lock_lock, "lockobject.lock_lock")			\
	F(lock, in_weakreflist, "lockobject.in_weakreflist")		\
	F(lock, sizeof, "sizeof(lockobject)")				\
	F(rlock, rlock_lock, "rlockobject.rlock_lock")			\
	F(rlock, in_weakreflist, "rlockobject.in_weakreflist")		\
	F(rlock, sizeof, "sizeof(rlockobject)")				\
	F(threadhandle, handle, "PyThreadHandleObject.handle")		\
	F(threadhandle, sizeof, "sizeof(PyThreadHandleObject)")		\
	F(future, fut_loop, "FutureObj.fut_loop")			\
	F(future, fut_callback0, "FutureObj.fut_callback0")		\
	F(future, fut_context0, "FutureObj.fut_context0")		\
	F(future, fut_callbacks, "FutureObj.fut_callbacks")		\
	F(future, fut_exception, "FutureObj.fut_exception")		\
	F(future, fut_exception_tb, "FutureObj.fut_exception_tb")	\
	F(future, fut_result, "FutureObj.fut_result")			\
	F(future, fut_source_tb, "FutureObj.fut_source_tb")		\
	F(future, fut_cancel_msg, "FutureObj.fut_cancel_msg")		\
	F(future, fut_cancelled_exc, "FutureObj.fut_cancelled_exc")	\
	F(future, fut_cancelled_exc_state,				\
	  "FutureObj.fut_cancelled_exc_state")				\
	F(future, fut_awaited_by, "FutureObj.fut_awaited_by")		\
	F(future, fut_awaited_by_is_set,				\
	  "FutureObj.fut_awaited_by_is_set")				\
	F(future, fut_is_task, "FutureObj.fut_is_task")			\
	F(future, fut_state, "FutureObj.fut_state")			\
	F(future, dict, "FutureObj.dict")				\
	F(future, fut_weakreflist, "FutureObj.fut_weakreflist")		\
	F(future, sizeof, "sizeof(FutureObj)")				\
	F(task, task_fut_waiter, "TaskObj.task_fut_waiter")		\
	F(task, task_coro, "TaskObj.task_coro")				\
	F(task, task_name, "TaskObj.task_name")				\
	F(task, task_context, "TaskObj.task_context")			\
	F(task, task_node, "TaskObj.task_node")				\
	F(task, task_must_cancel, "TaskObj.task_must_cancel")		\
	F(task, task_num_cancels_requested,				\
	  "TaskObj.task_num_cancels_requested")				\
	F(task, sizeof, "sizeof(TaskObj)")				\
	F(futureiter, future, "futureiterobject.future")		\
	F(futureiter, sizeof, "sizeof(futureiterobject)")		\
	F(taskstep, sw_task, "TaskStepMethWrapper.sw_task")		\
	F(taskstep, sw_arg, "TaskStepMethWrapper.sw_arg")		\
	F(taskstep, sizeof, "sizeof(TaskStepMethWrapper)")		\
	F(cdata, b_ptr, "CDataObject.b_ptr")				\
	F(cdata, b_needsfree, "CDataObject.b_needsfree")		\
	F(cdata, b_base, "CDataObject.b_base")				\
	F(cdata, b_size, "CDataObject.b_size")				\
	F(cdata, b_length, "CDataObject.b_length")			\
	F(cdata, b_index, "CDataObject.b_index")			\
	F(cdata, b_objects, "CDataObject.b_objects")			\
	F(cdata, b_value, "CDataObject.b_value")			\
	F(cdata, sizeof, "sizeof(CDataObject)")				\
	F(cfuncptr, thunk, "PyCFuncPtrObject.thunk")			\
	F(cfuncptr, callable, "PyCFuncPtrObject.callable")		\
	F(cfuncptr, converters, "PyCFuncPtrObject.converters")		\
	F(cfuncptr, argtypes, "PyCFuncPtrObject.argtypes")		\
	F(cfuncptr, restype, "PyCFuncPtrObject.restype")		\
	F(cfuncptr, checker, "PyCFuncPtrObject.checker")		\
	F(cfuncptr, errcheck, "PyCFuncPtrObject.errcheck")		\
	F(cfuncptr, paramflags, "PyCFuncPtrObject.paramflags")		\
	F(cfuncptr, sizeof, "sizeof(PyCFuncPtrObject)")			\
	F(stgdict, length, "StgDictObject.length")			\
	F(stgdict, ffi_elements,					\
	  "StgDictObject.ffi_type_pointer.elements")			\
	F(stgdict, proto, "StgDictObject.proto")			\
	F(stgdict, argtypes, "StgDictObject.argtypes")			\
	F(stgdict, converters, "StgDictObject.converters")		\
	F(stgdict, restype, "StgDictObject.restype")			\
	F(stgdict, checker, "StgDictObject.checker")			\
	F(stgdict, flags, "StgDictObject.flags")			\
	F(stgdict, format, "StgDictObject.format")			\
	F(stgdict, ndim, "StgDictObject.ndim")				\
	F(stgdict, shape, "StgDictObject.shape")			\
	F(stgdict, sizeof, "sizeof(StgDictObject)")			\
	F(stginfo, initialized, "StgInfo.initialized")			\
	F(stginfo, length, "StgInfo.length")				\
	F(stginfo, ffi_elements, "StgInfo.ffi_type_pointer.elements")	\
	F(stginfo, proto, "StgInfo.proto")				\
	F(stginfo, argtypes, "StgInfo.argtypes")			\
	F(stginfo, converters, "StgInfo.converters")			\
	F(stginfo, restype, "StgInfo.restype")				\
	F(stginfo, checker, "StgInfo.checker")				\
	F(stginfo, pointer_type, "StgInfo.pointer_type")		\
	F(stginfo, module, "StgInfo.module")				\
	F(stginfo, flags, "StgInfo.flags")				\
	F(stginfo, format, "StgInfo.format")				\
	F(stginfo, ndim, "StgInfo.ndim")				\
	F(stginfo, shape, "StgInfo.shape")				\
	F(stginfo, sizeof, "sizeof(StgInfo)")				\
	F(carg, obj, "PyCArgObject.obj")				\
	F(carg, sizeof, "sizeof(PyCArgObject)")				\
	F(cfield, proto, "CFieldObject.proto")				\
	F(cfield, name, "CFieldObject.name")				\
	F(cfield, sizeof, "sizeof(CFieldObject)")			\
	F(cthunk, pcl_write, "CThunkObject.pcl_write")			\
	F(cthunk, converters, "CThunkObject.converters")		\
	F(cthunk, callable, "CThunkObject.callable")			\
	F(cthunk, restype, "CThunkObject.restype")			\
	F(cthunk, ffi_restype, "CThunkObject.ffi_restype")		\
	F(cthunk, atypes, "CThunkObject.atypes")			\
	F(cthunk, sizeof, "sizeof(CThunkObject)")			\
	F(sqlite, isolation_level,					\
	  "pysqlite_Connection.isolation_level")			\
	F(sqlite, statement_cache,					\
	  "pysqlite_Connection.statement_cache")			\
	F(sqlite, statements, "pysqlite_Connection.statements")		\
	F(sqlite, cursors, "pysqlite_Connection.cursors")		\
	F(sqlite, blobs, "pysqlite_Connection.blobs")			\
	F(sqlite, row_factory, "pysqlite_Connection.row_factory")	\
	F(sqlite, text_factory, "pysqlite_Connection.text_factory")	\
	F(sqlite, function_pinboard,					\
	  "pysqlite_Connection.function_pinboard")			\
	F(sqlite, trace_callback,					\
	  "pysqlite_Connection.function_pinboard_trace_callback")	\
	F(sqlite, progress_handler,					\
	  "pysqlite_Connection.function_pinboard_progress_handler")	\
	F(sqlite, authorizer_cb,					\
	  "pysqlite_Connection.function_pinboard_authorizer_cb")	\
	F(sqlite, collations, "pysqlite_Connection.collations")		\
	F(sqlite, trace_ctx, "pysqlite_Connection.trace_ctx")		\
	F(sqlite, progress_ctx, "pysqlite_Connection.progress_ctx")	\
	F(sqlite, authorizer_ctx, "pysqlite_Connection.authorizer_ctx")	\
	F(sqlite, sizeof, "sizeof(pysqlite_Connection)")

#endif
