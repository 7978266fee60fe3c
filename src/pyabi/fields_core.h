/* SPDX-License-Identifier: MIT */
#ifndef PYABI_FIELDS_CORE_H
#define PYABI_FIELDS_CORE_H

/**
 * The built-in types, their parts, code and frames.  How to read a row: see
 * fields.h.
 */

/* Object header and the core types. */
#define ABI_FIELDS_CORE(F)						\
	F(object, ob_refcnt, "PyObject.ob_refcnt|.ob_refcnt_full")	\
	F(object, ob_type, "PyObject.ob_type")				\
	F(object, ob_overflow, "PyObject.ob_overflow")			\
	F(object, ob_flags, "PyObject.ob_flags")			\
	F(object, ob_tid, "PyObject.ob_tid")				\
	F(object, ob_mutex, "PyObject.ob_mutex")			\
	F(object, ob_gc_bits, "PyObject.ob_gc_bits")			\
	F(object, ob_ref_local, "PyObject.ob_ref_local")		\
	F(object, ob_ref_shared, "PyObject.ob_ref_shared")		\
	F(object, sizeof, "sizeof(PyObject)")				\
	F(var, ob_size, "PyVarObject.ob_size")				\
	F(var, sizeof, "sizeof(PyVarObject)")				\
	F(type, tp_name, "PyTypeObject.tp_name")			\
	F(type, tp_basicsize, "PyTypeObject.tp_basicsize")		\
	F(type, tp_itemsize, "PyTypeObject.tp_itemsize")		\
	F(type, tp_dealloc, "PyTypeObject.tp_dealloc")			\
	F(type, tp_repr, "PyTypeObject.tp_repr")			\
	F(type, tp_hash, "PyTypeObject.tp_hash")			\
	F(type, tp_call, "PyTypeObject.tp_call")			\
	F(type, tp_flags, "PyTypeObject.tp_flags")			\
	F(type, tp_doc, "PyTypeObject.tp_doc")				\
	F(type, tp_traverse, "PyTypeObject.tp_traverse")		\
	F(type, tp_clear, "PyTypeObject.tp_clear")			\
	F(type, tp_weaklistoffset, "PyTypeObject.tp_weaklistoffset")	\
	F(type, tp_iternext, "PyTypeObject.tp_iternext")		\
	F(type, tp_methods, "PyTypeObject.tp_methods")			\
	F(type, tp_members, "PyTypeObject.tp_members")			\
	F(type, tp_getset, "PyTypeObject.tp_getset")			\
	F(type, tp_base, "PyTypeObject.tp_base")			\
	F(type, tp_dict, "PyTypeObject.tp_dict")			\
	F(type, tp_dictoffset, "PyTypeObject.tp_dictoffset")		\
	F(type, tp_init, "PyTypeObject.tp_init")			\
	F(type, tp_alloc, "PyTypeObject.tp_alloc")			\
	F(type, tp_new, "PyTypeObject.tp_new")				\
	F(type, tp_free, "PyTypeObject.tp_free")			\
	F(type, tp_is_gc, "PyTypeObject.tp_is_gc")			\
	F(type, tp_bases, "PyTypeObject.tp_bases")			\
	F(type, tp_mro, "PyTypeObject.tp_mro")				\
	F(type, tp_cache, "PyTypeObject.tp_cache")			\
	F(type, tp_subclasses, "PyTypeObject.tp_subclasses")		\
	F(type, tp_weaklist, "PyTypeObject.tp_weaklist")		\
	F(type, tp_version_tag, "PyTypeObject.tp_version_tag")		\
	F(type, sizeof, "sizeof(PyTypeObject)")				\
	F(heaptype, ht_name, "PyHeapTypeObject.ht_name")		\
	F(heaptype, ht_slots, "PyHeapTypeObject.ht_slots")		\
	F(heaptype, ht_qualname, "PyHeapTypeObject.ht_qualname")	\
	F(heaptype, ht_cached_keys, "PyHeapTypeObject.ht_cached_keys")	\
	F(heaptype, ht_module, "PyHeapTypeObject.ht_module")		\
	F(heaptype, _ht_tpname, "PyHeapTypeObject._ht_tpname")		\
	F(heaptype, ht_token, "PyHeapTypeObject.ht_token")		\
	F(heaptype, _spec_cache, "PyHeapTypeObject._spec_cache")	\
	F(heaptype, sizeof, "sizeof(PyHeapTypeObject)")			\
	F(specialization, getitem, "_specialization_cache.getitem")	\
	F(specialization, init, "_specialization_cache.init")		\
	F(specialization, sizeof, "sizeof(_specialization_cache)")	\
	F(str, length, "PyASCIIObject.length")				\
	F(str, hash, "PyASCIIObject.hash")				\
	F(str, state, "PyASCIIObject.state")				\
	F(str, wstr, "PyASCIIObject.wstr")				\
	F(str, ascii_sizeof, "sizeof(PyASCIIObject)")			\
	F(str, utf8_length, "PyCompactUnicodeObject.utf8_length")	\
	F(str, utf8, "PyCompactUnicodeObject.utf8")			\
	F(str, wstr_length, "PyCompactUnicodeObject.wstr_length")	\
	F(str, compact_sizeof, "sizeof(PyCompactUnicodeObject)")	\
	F(str, data, "PyUnicodeObject.data")				\
	F(str, sizeof, "sizeof(PyUnicodeObject)")			\
	F(bytes, ob_shash, "PyBytesObject.ob_shash")			\
	F(bytes, ob_sval, "PyBytesObject.ob_sval")			\
	F(bytes, sizeof, "sizeof(PyBytesObject)")			\
	F(bytearray, ob_alloc, "PyByteArrayObject.ob_alloc")		\
	F(bytearray, ob_bytes, "PyByteArrayObject.ob_bytes")		\
	F(bytearray, ob_start, "PyByteArrayObject.ob_start")		\
	F(bytearray, ob_exports, "PyByteArrayObject.ob_exports")	\
	F(bytearray, ob_bytes_object,					\
	  "PyByteArrayObject.ob_bytes_object")				\
	F(bytearray, sizeof, "sizeof(PyByteArrayObject)")		\
	F(int, lv_tag, "PyLongObject.long_value.lv_tag")		\
	F(int, ob_digit, "PyLongObject.ob_digit|.long_value.ob_digit")	\
	F(int, sizeof, "sizeof(PyLongObject)")				\
	F(float, ob_fval, "PyFloatObject.ob_fval")			\
	F(float, sizeof, "sizeof(PyFloatObject)")			\
	F(complex, cval, "PyComplexObject.cval")			\
	F(complex, sizeof, "sizeof(PyComplexObject)")			\
	F(tuple, ob_hash, "PyTupleObject.ob_hash")			\
	F(tuple, ob_item, "PyTupleObject.ob_item")			\
	F(tuple, sizeof, "sizeof(PyTupleObject)")			\
	F(structseq, ob_item, "PyStructSequence.ob_item")		\
	F(structseq, sizeof, "sizeof(PyStructSequence)")		\
	F(list, ob_item, "PyListObject.ob_item")			\
	F(list, allocated, "PyListObject.allocated")			\
	F(list, sizeof, "sizeof(PyListObject)")				\
	F(dict, ma_used, "PyDictObject.ma_used")			\
	F(dict, ma_keys, "PyDictObject.ma_keys")			\
	F(dict, ma_values, "PyDictObject.ma_values")			\
	F(dict, sizeof, "sizeof(PyDictObject)")				\
	F(frozendict, ma_hash, "PyFrozenDictObject.ma_hash")		\
	F(frozendict, sizeof, "sizeof(PyFrozenDictObject)")		\
	F(keys, dk_refcnt, "PyDictKeysObject.dk_refcnt")		\
	F(keys, dk_size, "PyDictKeysObject.dk_size")			\
	F(keys, dk_log2_size, "PyDictKeysObject.dk_log2_size")		\
	F(keys, dk_log2_index_bytes,					\
	  "PyDictKeysObject.dk_log2_index_bytes")			\
	F(keys, dk_kind, "PyDictKeysObject.dk_kind")			\
	F(keys, dk_lookup, "PyDictKeysObject.dk_lookup")		\
	F(keys, dk_version, "PyDictKeysObject.dk_version")		\
	F(keys, dk_usable, "PyDictKeysObject.dk_usable")		\
	F(keys, dk_nentries, "PyDictKeysObject.dk_nentries")		\
	F(keys, dk_indices, "PyDictKeysObject.dk_indices")		\
	F(keys, sizeof, "sizeof(PyDictKeysObject)")			\
	F(keyentry, me_hash, "PyDictKeyEntry.me_hash")			\
	F(keyentry, me_key, "PyDictKeyEntry.me_key")			\
	F(keyentry, me_value, "PyDictKeyEntry.me_value")		\
	F(keyentry, sizeof, "sizeof(PyDictKeyEntry)")			\
	F(strentry, me_key, "PyDictUnicodeEntry.me_key")		\
	F(strentry, me_value, "PyDictUnicodeEntry.me_value")		\
	F(strentry, sizeof, "sizeof(PyDictUnicodeEntry)")		\
	F(values, capacity, "PyDictValues.capacity")			\
	F(values, size, "PyDictValues.size")				\
	F(values, embedded, "PyDictValues.embedded")			\
	F(values, valid, "PyDictValues.valid")				\
	F(values, values, "PyDictValues.values")			\
	F(values, sizeof, "sizeof(PyDictValues)")			\
	F(set, fill, "PySetObject.fill")				\
	F(set, used, "PySetObject.used")				\
	F(set, mask, "PySetObject.mask")				\
	F(set, table, "PySetObject.table")				\
	F(set, hash, "PySetObject.hash")				\
	F(set, finger, "PySetObject.finger")				\
	F(set, smalltable, "PySetObject.smalltable")			\
	F(set, weakreflist, "PySetObject.weakreflist")			\
	F(set, sizeof, "sizeof(PySetObject)")				\
	F(setentry, key, "setentry.key")				\
	F(setentry, hash, "setentry.hash")				\
	F(setentry, sizeof, "sizeof(setentry)")				\
	F(deque, leftblock, "dequeobject.leftblock")			\
	F(deque, rightblock, "dequeobject.rightblock")			\
	F(deque, leftindex, "dequeobject.leftindex")			\
	F(deque, rightindex, "dequeobject.rightindex")			\
	F(deque, state, "dequeobject.state")				\
	F(deque, maxlen, "dequeobject.maxlen")				\
	F(deque, numfreeblocks, "dequeobject.numfreeblocks")		\
	F(deque, freeblocks, "dequeobject.freeblocks")			\
	F(deque, freeblocks_count, "count(dequeobject.freeblocks)")	\
	F(deque, weakreflist, "dequeobject.weakreflist")		\
	F(deque, sizeof, "sizeof(dequeobject)")				\
	F(dequeblock, leftlink, "BLOCK.leftlink")			\
	F(dequeblock, data, "BLOCK.data")				\
	F(dequeblock, data_count, "count(BLOCK.data)")			\
	F(dequeblock, rightlink, "BLOCK.rightlink")			\
	F(dequeblock, sizeof, "sizeof(BLOCK)")				\
	F(odict, od_first, "PyODictObject.od_first")			\
	F(odict, od_last, "PyODictObject.od_last")			\
	F(odict, od_fast_nodes, "PyODictObject.od_fast_nodes")		\
	F(odict, od_fast_nodes_size,					\
	  "PyODictObject.od_fast_nodes_size")				\
	F(odict, od_inst_dict, "PyODictObject.od_inst_dict")		\
	F(odict, od_weakreflist, "PyODictObject.od_weakreflist")	\
	F(odict, sizeof, "sizeof(PyODictObject)")			\
	F(odictnode, key, "_odictnode.key")				\
	F(odictnode, hash, "_odictnode.hash")				\
	F(odictnode, next, "_odictnode.next")				\
	F(odictnode, prev, "_odictnode.prev")				\
	F(odictnode, sizeof, "sizeof(_odictnode)")			\
	F(defaultdict, default_factory,					\
	  "defdictobject.default_factory")				\
	F(defaultdict, sizeof, "sizeof(defdictobject)")			\
	F(slice, start, "PySliceObject.start")				\
	F(slice, stop, "PySliceObject.stop")				\
	F(slice, step, "PySliceObject.step")				\
	F(slice, sizeof, "sizeof(PySliceObject)")			\
	F(range, start, "rangeobject.start")				\
	F(range, stop, "rangeobject.stop")				\
	F(range, step, "rangeobject.step")				\
	F(range, length, "rangeobject.length")				\
	F(range, sizeof, "sizeof(rangeobject)")

/* Functions, modules, descriptors. */
#define ABI_FIELDS_CALLABLE(F)						\
	F(function, func_code, "PyFunctionObject.func_code")		\
	F(function, func_globals, "PyFunctionObject.func_globals")	\
	F(function, func_builtins, "PyFunctionObject.func_builtins")	\
	F(function, func_defaults, "PyFunctionObject.func_defaults")	\
	F(function, func_kwdefaults,					\
	  "PyFunctionObject.func_kwdefaults")				\
	F(function, func_closure, "PyFunctionObject.func_closure")	\
	F(function, func_doc, "PyFunctionObject.func_doc")		\
	F(function, func_name, "PyFunctionObject.func_name")		\
	F(function, func_dict, "PyFunctionObject.func_dict")		\
	F(function, func_weakreflist,					\
	  "PyFunctionObject.func_weakreflist")				\
	F(function, func_module, "PyFunctionObject.func_module")	\
	F(function, func_annotations,					\
	  "PyFunctionObject.func_annotations")				\
	F(function, func_annotate, "PyFunctionObject.func_annotate")	\
	F(function, func_typeparams,					\
	  "PyFunctionObject.func_typeparams")				\
	F(function, func_qualname, "PyFunctionObject.func_qualname")	\
	F(function, sizeof, "sizeof(PyFunctionObject)")			\
	F(method, im_func, "PyMethodObject.im_func")			\
	F(method, im_self, "PyMethodObject.im_self")			\
	F(method, im_weakreflist, "PyMethodObject.im_weakreflist")	\
	F(method, sizeof, "sizeof(PyMethodObject)")			\
	F(instancemethod, func, "PyInstanceMethodObject.func")		\
	F(instancemethod, sizeof, "sizeof(PyInstanceMethodObject)")	\
	F(cfunction, m_ml, "PyCFunctionObject.m_ml")			\
	F(cfunction, m_self, "PyCFunctionObject.m_self")		\
	F(cfunction, m_module, "PyCFunctionObject.m_module")		\
	F(cfunction, m_weakreflist, "PyCFunctionObject.m_weakreflist")	\
	F(cfunction, mm_class, "PyCMethodObject.mm_class")		\
	F(cfunction, cmethod_sizeof, "sizeof(PyCMethodObject)")		\
	F(cfunction, sizeof, "sizeof(PyCFunctionObject)")		\
	F(methoddef, ml_name, "PyMethodDef.ml_name")			\
	F(methoddef, ml_flags, "PyMethodDef.ml_flags")			\
	F(methoddef, sizeof, "sizeof(PyMethodDef)")			\
	F(cell, ob_ref, "PyCellObject.ob_ref")				\
	F(cell, sizeof, "sizeof(PyCellObject)")				\
	F(module, md_dict, "PyModuleObject.md_dict")			\
	F(module, md_def, "PyModuleObject.md_def")			\
	F(module, md_state, "PyModuleObject.md_state")			\
	F(module, md_weaklist, "PyModuleObject.md_weaklist")		\
	F(module, md_name, "PyModuleObject.md_name")			\
	F(module, md_token_is_def, "PyModuleObject.md_token_is_def")	\
	F(module, md_state_size, "PyModuleObject.md_state_size")	\
	F(module, md_state_traverse,					\
	  "PyModuleObject.md_state_traverse")				\
	F(module, md_token, "PyModuleObject.md_token")			\
	F(module, sizeof, "sizeof(PyModuleObject)")			\
	F(moduledef, m_copy, "PyModuleDef.m_base.m_copy")		\
	F(moduledef, m_name, "PyModuleDef.m_name")			\
	F(moduledef, m_size, "PyModuleDef.m_size")			\
	F(moduledef, m_traverse, "PyModuleDef.m_traverse")		\
	F(moduledef, sizeof, "sizeof(PyModuleDef)")			\
	F(property, prop_get, "propertyobject.prop_get")		\
	F(property, prop_set, "propertyobject.prop_set")		\
	F(property, prop_del, "propertyobject.prop_del")		\
	F(property, prop_doc, "propertyobject.prop_doc")		\
	F(property, prop_name, "propertyobject.prop_name")		\
	F(property, sizeof, "sizeof(propertyobject)")			\
	F(classmethod, cm_callable, "classmethod.cm_callable")		\
	F(classmethod, cm_dict, "classmethod.cm_dict")			\
	F(classmethod, sizeof, "sizeof(classmethod)")			\
	F(staticmethod, sm_callable, "staticmethod.sm_callable")	\
	F(staticmethod, sm_dict, "staticmethod.sm_dict")		\
	F(staticmethod, sizeof, "sizeof(staticmethod)")			\
	F(weakref, wr_object, "PyWeakReference.wr_object")		\
	F(weakref, wr_callback, "PyWeakReference.wr_callback")		\
	F(weakref, hash, "PyWeakReference.hash")			\
	F(weakref, wr_prev, "PyWeakReference.wr_prev")			\
	F(weakref, wr_next, "PyWeakReference.wr_next")			\
	F(weakref, vectorcall, "PyWeakReference.vectorcall")		\
	F(weakref, sizeof, "sizeof(PyWeakReference)")			\
	F(descr, d_type, "PyDescrObject.d_type")			\
	F(descr, d_name, "PyDescrObject.d_name")			\
	F(descr, d_qualname, "PyDescrObject.d_qualname")		\
	F(descr, sizeof, "sizeof(PyDescrObject)")			\
	F(memberdescr, d_member, "PyMemberDescrObject.d_member")	\
	F(memberdescr, sizeof, "sizeof(PyMemberDescrObject)")		\
	F(getsetdescr, d_getset, "PyGetSetDescrObject.d_getset")	\
	F(getsetdescr, sizeof, "sizeof(PyGetSetDescrObject)")		\
	F(methoddescr, d_method, "PyMethodDescrObject.d_method")	\
	F(methoddescr, sizeof, "sizeof(PyMethodDescrObject)")		\
	F(wrapperdescr, d_base, "PyWrapperDescrObject.d_base")		\
	F(wrapperdescr, d_wrapped, "PyWrapperDescrObject.d_wrapped")	\
	F(wrapperdescr, sizeof, "sizeof(PyWrapperDescrObject)")		\
	F(memberdef, name, "PyMemberDef.name")				\
	F(memberdef, type, "PyMemberDef.type")				\
	F(memberdef, offset, "PyMemberDef.offset")			\
	F(memberdef, flags, "PyMemberDef.flags")			\
	F(memberdef, sizeof, "sizeof(PyMemberDef)")			\
	F(wrapper, descr, "wrapperobject.descr")			\
	F(wrapper, self, "wrapperobject.self")				\
	F(wrapper, sizeof, "sizeof(wrapperobject)")			\
	F(mappingproxy, mapping, "mappingproxyobject.mapping")		\
	F(mappingproxy, sizeof, "sizeof(mappingproxyobject)")		\
	F(super, type, "superobject.type")				\
	F(super, obj, "superobject.obj")				\
	F(super, obj_type, "superobject.obj_type")			\
	F(super, sizeof, "sizeof(superobject)")				\
	F(capsule, pointer, "PyCapsule.pointer")			\
	F(capsule, name, "PyCapsule.name")				\
	F(capsule, context, "PyCapsule.context")			\
	F(capsule, destructor, "PyCapsule.destructor")			\
	F(capsule, traverse_func, "PyCapsule.traverse_func")		\
	F(capsule, clear_func, "PyCapsule.clear_func")			\
	F(capsule, sizeof, "sizeof(PyCapsule)")

/* Buffers. */
#define ABI_FIELDS_BUFFER(F)						\
	F(memoryview, mbuf, "PyMemoryViewObject.mbuf")			\
	F(memoryview, flags, "PyMemoryViewObject.flags")		\
	F(memoryview, exports, "PyMemoryViewObject.exports")		\
	F(memoryview, view, "PyMemoryViewObject.view")			\
	F(memoryview, weakreflist, "PyMemoryViewObject.weakreflist")	\
	F(memoryview, ob_array, "PyMemoryViewObject.ob_array")		\
	F(memoryview, sizeof, "sizeof(PyMemoryViewObject)")		\
	F(managedbuffer, flags, "_PyManagedBufferObject.flags")		\
	F(managedbuffer, exports, "_PyManagedBufferObject.exports")	\
	F(managedbuffer, master, "_PyManagedBufferObject.master")	\
	F(managedbuffer, sizeof, "sizeof(_PyManagedBufferObject)")	\
	F(buffer, buf, "Py_buffer.buf")					\
	F(buffer, obj, "Py_buffer.obj")					\
	F(buffer, len, "Py_buffer.len")					\
	F(buffer, itemsize, "Py_buffer.itemsize")			\
	F(buffer, ndim, "Py_buffer.ndim")				\
	F(buffer, format, "Py_buffer.format")				\
	F(buffer, shape, "Py_buffer.shape")				\
	F(buffer, strides, "Py_buffer.strides")				\
	F(buffer, suboffsets, "Py_buffer.suboffsets")			\
	F(buffer, internal, "Py_buffer.internal")			\
	F(buffer, sizeof, "sizeof(Py_buffer)")

/* Exceptions and tracebacks. */
#define ABI_FIELDS_EXC(F)						\
	F(exc, dict, "PyBaseExceptionObject.dict")			\
	F(exc, args, "PyBaseExceptionObject.args")			\
	F(exc, notes, "PyBaseExceptionObject.notes")			\
	F(exc, traceback, "PyBaseExceptionObject.traceback")		\
	F(exc, context, "PyBaseExceptionObject.context")		\
	F(exc, cause, "PyBaseExceptionObject.cause")			\
	F(exc, sizeof, "sizeof(PyBaseExceptionObject)")			\
	F(stopiteration, value, "PyStopIterationObject.value")		\
	F(stopiteration, sizeof, "sizeof(PyStopIterationObject)")	\
	F(systemexit, code, "PySystemExitObject.code")			\
	F(systemexit, sizeof, "sizeof(PySystemExitObject)")		\
	F(importerror, msg, "PyImportErrorObject.msg")			\
	F(importerror, name, "PyImportErrorObject.name")		\
	F(importerror, path, "PyImportErrorObject.path")		\
	F(importerror, name_from, "PyImportErrorObject.name_from")	\
	F(importerror, sizeof, "sizeof(PyImportErrorObject)")		\
	F(oserror, myerrno, "PyOSErrorObject.myerrno")			\
	F(oserror, strerror, "PyOSErrorObject.strerror")		\
	F(oserror, filename, "PyOSErrorObject.filename")		\
	F(oserror, filename2, "PyOSErrorObject.filename2")		\
	F(oserror, sizeof, "sizeof(PyOSErrorObject)")			\
	F(syntaxerror, msg, "PySyntaxErrorObject.msg")			\
	F(syntaxerror, filename, "PySyntaxErrorObject.filename")	\
	F(syntaxerror, lineno, "PySyntaxErrorObject.lineno")		\
	F(syntaxerror, offset, "PySyntaxErrorObject.offset")		\
	F(syntaxerror, end_lineno, "PySyntaxErrorObject.end_lineno")	\
	F(syntaxerror, end_offset, "PySyntaxErrorObject.end_offset")	\
	F(syntaxerror, text, "PySyntaxErrorObject.text")		\
	F(syntaxerror, print_file_and_line,				\
	  "PySyntaxErrorObject.print_file_and_line")			\
	F(syntaxerror, metadata, "PySyntaxErrorObject.metadata")	\
	F(syntaxerror, sizeof, "sizeof(PySyntaxErrorObject)")		\
	F(unicodeerror, encoding, "PyUnicodeErrorObject.encoding")	\
	F(unicodeerror, object, "PyUnicodeErrorObject.object")		\
	F(unicodeerror, reason, "PyUnicodeErrorObject.reason")		\
	F(unicodeerror, sizeof, "sizeof(PyUnicodeErrorObject)")		\
	F(nameerror, name, "PyNameErrorObject.name")			\
	F(nameerror, sizeof, "sizeof(PyNameErrorObject)")		\
	F(attributeerror, obj, "PyAttributeErrorObject.obj")		\
	F(attributeerror, name, "PyAttributeErrorObject.name")		\
	F(attributeerror, sizeof, "sizeof(PyAttributeErrorObject)")	\
	F(excgroup, msg, "PyBaseExceptionGroupObject.msg")		\
	F(excgroup, excs, "PyBaseExceptionGroupObject.excs")		\
	F(excgroup, excs_str, "PyBaseExceptionGroupObject.excs_str")	\
	F(excgroup, sizeof, "sizeof(PyBaseExceptionGroupObject)")	\
	F(traceback, tb_next, "PyTracebackObject.tb_next")		\
	F(traceback, tb_frame, "PyTracebackObject.tb_frame")		\
	F(traceback, tb_lasti, "PyTracebackObject.tb_lasti")		\
	F(traceback, tb_lineno, "PyTracebackObject.tb_lineno")		\
	F(traceback, sizeof, "sizeof(PyTracebackObject)")

/* Code, frames, generators. */
#define ABI_FIELDS_CODE(F)						\
	F(code, co_argcount, "PyCodeObject.co_argcount")		\
	F(code, co_posonlyargcount, "PyCodeObject.co_posonlyargcount")	\
	F(code, co_kwonlyargcount, "PyCodeObject.co_kwonlyargcount")	\
	F(code, co_nlocals, "PyCodeObject.co_nlocals")			\
	F(code, co_stacksize, "PyCodeObject.co_stacksize")		\
	F(code, co_flags, "PyCodeObject.co_flags")			\
	F(code, co_firstlineno, "PyCodeObject.co_firstlineno")		\
	F(code, co_nlocalsplus, "PyCodeObject.co_nlocalsplus")		\
	F(code, co_framesize, "PyCodeObject.co_framesize")		\
	F(code, co_nplaincellvars, "PyCodeObject.co_nplaincellvars")	\
	F(code, co_ncellvars, "PyCodeObject.co_ncellvars")		\
	F(code, co_nfreevars, "PyCodeObject.co_nfreevars")		\
	F(code, co_version, "PyCodeObject.co_version")			\
	F(code, co_code, "PyCodeObject.co_code")			\
	F(code, co_consts, "PyCodeObject.co_consts")			\
	F(code, co_names, "PyCodeObject.co_names")			\
	F(code, co_exceptiontable, "PyCodeObject.co_exceptiontable")	\
	F(code, co_varnames, "PyCodeObject.co_varnames")		\
	F(code, co_freevars, "PyCodeObject.co_freevars")		\
	F(code, co_cellvars, "PyCodeObject.co_cellvars")		\
	F(code, co_cell2arg, "PyCodeObject.co_cell2arg")		\
	F(code, co_localsplusnames, "PyCodeObject.co_localsplusnames")	\
	F(code, co_localspluskinds, "PyCodeObject.co_localspluskinds")	\
	F(code, co_filename, "PyCodeObject.co_filename")		\
	F(code, co_name, "PyCodeObject.co_name")			\
	F(code, co_qualname, "PyCodeObject.co_qualname")		\
	F(code, co_lnotab, "PyCodeObject.co_lnotab")			\
	F(code, co_linetable, "PyCodeObject.co_linetable")		\
	F(code, co_zombieframe, "PyCodeObject.co_zombieframe")		\
	F(code, co_weakreflist, "PyCodeObject.co_weakreflist")		\
	F(code, co_executors, "PyCodeObject.co_executors")		\
	F(code, _co_code, "PyCodeObject._co_code")			\
	F(code, _co_linearray, "PyCodeObject._co_linearray")		\
	F(code, _co_cached, "PyCodeObject._co_cached")			\
	F(code, _co_monitoring, "PyCodeObject._co_monitoring")		\
	F(code, _co_firsttraceable, "PyCodeObject._co_firsttraceable")	\
	F(code, co_extra, "PyCodeObject.co_extra")			\
	F(code, co_opcache_map, "PyCodeObject.co_opcache_map")		\
	F(code, co_opcache, "PyCodeObject.co_opcache")			\
	F(code, co_opcache_size, "PyCodeObject.co_opcache_size")	\
	F(code, co_tlbc, "PyCodeObject.co_tlbc")			\
	F(code, co_code_adaptive, "PyCodeObject.co_code_adaptive")	\
	F(code, sizeof, "sizeof(PyCodeObject)")				\
	F(codeextra, ce_size, "_PyCodeObjectExtra.ce_size")		\
	F(codeextra, ce_extras, "_PyCodeObjectExtra.ce_extras")		\
	F(codeextra, sizeof, "sizeof(_PyCodeObjectExtra)")		\
	F(opcache, sizeof, "sizeof(_PyOpcache)")			\
	F(cocached, _co_code, "_PyCoCached._co_code")			\
	F(cocached, _co_varnames, "_PyCoCached._co_varnames")		\
	F(cocached, _co_cellvars, "_PyCoCached._co_cellvars")		\
	F(cocached, _co_freevars, "_PyCoCached._co_freevars")		\
	F(cocached, sizeof, "sizeof(_PyCoCached)")			\
	F(comonitoring, tools, "_PyCoMonitoringData.tools")		\
	F(comonitoring, lines, "_PyCoMonitoringData.lines")		\
	F(comonitoring, line_tools, "_PyCoMonitoringData.line_tools")	\
	F(comonitoring, per_instruction_opcodes,			\
	  "_PyCoMonitoringData.per_instruction_opcodes")		\
	F(comonitoring, per_instruction_tools,				\
	  "_PyCoMonitoringData.per_instruction_tools")			\
	F(comonitoring, sizeof, "sizeof(_PyCoMonitoringData)")		\
	F(colines, bytes_per_entry,					\
	  "_PyCoLineInstrumentationData.bytes_per_entry")		\
	F(executors, size, "_PyExecutorArray.size")			\
	F(executors, capacity, "_PyExecutorArray.capacity")		\
	F(executors, executors, "_PyExecutorArray.executors")		\
	F(executors, sizeof, "sizeof(_PyExecutorArray)")		\
	F(frame, f_back, "PyFrameObject.f_back")			\
	F(frame, f_frame, "PyFrameObject.f_frame")			\
	F(frame, f_code, "PyFrameObject.f_code")			\
	F(frame, f_builtins, "PyFrameObject.f_builtins")		\
	F(frame, f_globals, "PyFrameObject.f_globals")			\
	F(frame, f_locals, "PyFrameObject.f_locals")			\
	F(frame, f_valuestack, "PyFrameObject.f_valuestack")		\
	F(frame, f_stacktop, "PyFrameObject.f_stacktop")		\
	F(frame, f_stackdepth, "PyFrameObject.f_stackdepth")		\
	F(frame, f_trace, "PyFrameObject.f_trace")			\
	F(frame, f_extra_locals, "PyFrameObject.f_extra_locals")	\
	F(frame, f_locals_cache, "PyFrameObject.f_locals_cache")	\
	F(frame, f_overwritten_fast_locals,				\
	  "PyFrameObject.f_overwritten_fast_locals")			\
	F(frame, f_exc_type, "PyFrameObject.f_exc_type")		\
	F(frame, f_exc_value, "PyFrameObject.f_exc_value")		\
	F(frame, f_exc_traceback, "PyFrameObject.f_exc_traceback")	\
	F(frame, f_gen, "PyFrameObject.f_gen")				\
	F(frame, f_lasti, "PyFrameObject.f_lasti")			\
	F(frame, f_lineno, "PyFrameObject.f_lineno")			\
	F(frame, f_state, "PyFrameObject.f_state")			\
	F(frame, f_executing, "PyFrameObject.f_executing")		\
	F(frame, f_localsplus, "PyFrameObject.f_localsplus")		\
	F(frame, _f_frame_data, "PyFrameObject._f_frame_data")		\
	F(frame, sizeof, "sizeof(PyFrameObject)")			\
	F(iframe, f_executable,						\
	  "_PyInterpreterFrame.f_executable|.f_code")			\
	F(iframe, f_funcobj, "_PyInterpreterFrame.f_funcobj|.f_func")	\
	F(iframe, f_globals, "_PyInterpreterFrame.f_globals")		\
	F(iframe, f_builtins, "_PyInterpreterFrame.f_builtins")		\
	F(iframe, f_locals, "_PyInterpreterFrame.f_locals")		\
	F(iframe, frame_obj, "_PyInterpreterFrame.frame_obj")		\
	F(iframe, previous, "_PyInterpreterFrame.previous")		\
	F(iframe, instr_ptr,						\
	  "_PyInterpreterFrame.instr_ptr|.prev_instr")			\
	F(iframe, stacktop, "_PyInterpreterFrame.stacktop")		\
	F(iframe, stackpointer, "_PyInterpreterFrame.stackpointer")	\
	F(iframe, tlbc_index, "_PyInterpreterFrame.tlbc_index")		\
	F(iframe, return_offset, "_PyInterpreterFrame.return_offset")	\
	F(iframe, is_entry, "_PyInterpreterFrame.is_entry")		\
	F(iframe, owner, "_PyInterpreterFrame.owner")			\
	F(iframe, visited, "_PyInterpreterFrame.visited")		\
	F(iframe, localsplus, "_PyInterpreterFrame.localsplus")		\
	F(iframe, sizeof, "sizeof(_PyInterpreterFrame)")		\
	F(cframe, current_frame, "_PyCFrame.current_frame")		\
	F(cframe, previous, "_PyCFrame.previous|_cframe.previous")	\
	F(cframe, sizeof, "sizeof(_PyCFrame)|sizeof(_cframe)")		\
	F(framelocals, frame, "PyFrameLocalsProxyObject.frame")		\
	F(framelocals, sizeof, "sizeof(PyFrameLocalsProxyObject)")	\
	F(gen, gi_frame, "PyGenObject.gi_frame")			\
	F(gen, gi_running, "PyGenObject.gi_running")			\
	F(gen, gi_code, "PyGenObject.gi_code")				\
	F(gen, gi_weakreflist, "PyGenObject.gi_weakreflist")		\
	F(gen, gi_name, "PyGenObject.gi_name")				\
	F(gen, gi_qualname, "PyGenObject.gi_qualname")			\
	F(gen, gi_exc_state, "PyGenObject.gi_exc_state")		\
	F(gen, gi_frame_state, "PyGenObject.gi_frame_state")		\
	F(gen, gi_iframe, "PyGenObject.gi_iframe")			\
	F(gen, sizeof, "sizeof(PyGenObject)")				\
	F(coro, cr_origin,						\
	  "PyCoroObject.cr_origin|.cr_origin_or_finalizer")		\
	F(coro, sizeof, "sizeof(PyCoroObject)")				\
	F(asyncgen, ag_finalizer,					\
	  "PyAsyncGenObject.ag_finalizer|.ag_origin_or_finalizer")	\
	F(asyncgen, sizeof, "sizeof(PyAsyncGenObject)")			\
	F(corowrapper, cw_coroutine, "PyCoroWrapper.cw_coroutine")	\
	F(corowrapper, sizeof, "sizeof(PyCoroWrapper)")			\
	F(asend, ags_gen, "PyAsyncGenASend.ags_gen")			\
	F(asend, ags_sendval, "PyAsyncGenASend.ags_sendval")		\
	F(asend, sizeof, "sizeof(PyAsyncGenASend)")			\
	F(athrow, agt_gen, "PyAsyncGenAThrow.agt_gen")			\
	F(athrow, agt_args, "PyAsyncGenAThrow.agt_args")		\
	F(athrow, agt_typ, "PyAsyncGenAThrow.agt_typ")			\
	F(athrow, agt_val, "PyAsyncGenAThrow.agt_val")			\
	F(athrow, agt_tb, "PyAsyncGenAThrow.agt_tb")			\
	F(athrow, sizeof, "sizeof(PyAsyncGenAThrow)")			\
	F(agwrapped, agw_val, "_PyAsyncGenWrappedValue.agw_val")	\
	F(agwrapped, sizeof, "sizeof(_PyAsyncGenWrappedValue)")		\
	F(anext, wrapped, "anextawaitableobject.wrapped")		\
	F(anext, sizeof, "sizeof(anextawaitableobject)")		\
	F(excitem, exc_type, "_PyErr_StackItem.exc_type")		\
	F(excitem, exc_value, "_PyErr_StackItem.exc_value")		\
	F(excitem, exc_traceback, "_PyErr_StackItem.exc_traceback")	\
	F(excitem, previous_item, "_PyErr_StackItem.previous_item")	\
	F(excitem, sizeof, "sizeof(_PyErr_StackItem)")			\
	F(stackchunk, previous, "_PyStackChunk.previous")		\
	F(stackchunk, size, "_PyStackChunk.size")			\
	F(stackchunk, top, "_PyStackChunk.top")				\
	F(stackchunk, data, "_PyStackChunk.data")			\
	F(stackchunk, sizeof, "sizeof(_PyStackChunk)")

/* Contexts. */
#define ABI_FIELDS_CONTEXT(F)						\
	F(context, ctx_prev, "PyContext.ctx_prev")			\
	F(context, ctx_vars, "PyContext.ctx_vars")			\
	F(context, ctx_weakreflist, "PyContext.ctx_weakreflist")	\
	F(context, sizeof, "sizeof(PyContext)")				\
	F(contextvar, var_name, "PyContextVar.var_name")		\
	F(contextvar, var_default, "PyContextVar.var_default")		\
	F(contextvar, var_cached, "PyContextVar.var_cached")		\
	F(contextvar, sizeof, "sizeof(PyContextVar)")			\
	F(token, tok_ctx, "PyContextToken.tok_ctx")			\
	F(token, tok_var, "PyContextToken.tok_var")			\
	F(token, tok_oldval, "PyContextToken.tok_oldval")		\
	F(token, sizeof, "sizeof(PyContextToken)")			\
	F(hamt, h_root, "PyHamtObject.h_root")				\
	F(hamt, h_weakreflist, "PyHamtObject.h_weakreflist")		\
	F(hamt, sizeof, "sizeof(PyHamtObject)")				\
	F(hamtbitmap, b_array, "PyHamtNode_Bitmap.b_array")		\
	F(hamtbitmap, sizeof, "sizeof(PyHamtNode_Bitmap)")		\
	F(hamtarray, a_array, "PyHamtNode_Array.a_array")		\
	F(hamtarray, a_count, "PyHamtNode_Array.a_count")		\
	F(hamtarray, sizeof, "sizeof(PyHamtNode_Array)")		\
	F(hamtcollision, c_array, "PyHamtNode_Collision.c_array")	\
	F(hamtcollision, sizeof, "sizeof(PyHamtNode_Collision)")

#endif
