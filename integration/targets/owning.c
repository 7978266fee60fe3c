/* SPDX-License-Identifier: MIT */
/*
 * Objects of types that nobody described, with memory that Python did not
 * allocate: from malloc(), and a mapping.
 *
 * In the limited API of 3.6.
 */
#define Py_LIMITED_API 0x03060000
#include <Python.h>

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct owner {
	PyObject_HEAD
	Py_ssize_t size;
	void *memory;
};

static PyObject *told(PyObject *self, PyObject *nothing)
{
	struct owner *o = (struct owner *)self;

	(void)nothing;
	return Py_BuildValue("nn", (Py_ssize_t)o->memory, o->size);
}

static PyMethodDef methods[] = {
	{ "told", told, METH_NOARGS, NULL },
	{ NULL, NULL, 0, NULL }
};

static int from_malloc(PyObject *self, PyObject *args, PyObject *kw)
{
	struct owner *o = (struct owner *)self;

	(void)kw;
	if (!PyArg_ParseTuple(args, "n", &o->size))
		return -1;
	o->memory = malloc((size_t)o->size);
	if (!o->memory)
		return -1;
	o->size = (Py_ssize_t)malloc_usable_size(o->memory);
	memset(o->memory, 0xee, (size_t)o->size);
	return 0;
}

/* A hole on each side, so that it is joined with no other. */
static void *mapped(Py_ssize_t size)
{
	char *p = mmap(NULL, (size_t)size + 8192, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED ||
	    mprotect(p + 4096, (size_t)size, PROT_READ | PROT_WRITE))
		return NULL;
	return memset(p + 4096, 0xee, (size_t)size);
}

static int from_mmap(PyObject *self, PyObject *args, PyObject *kw)
{
	struct owner *o = (struct owner *)self;

	(void)kw;
	if (!PyArg_ParseTuple(args, "n", &o->size))
		return -1;
	o->memory = mapped(o->size);
	return o->memory ? 0 : -1;
}

/* A mapping that only a variable knows, and not its start. */
static void *volatile known;

static PyObject *known_mapping(PyObject *self, PyObject *args)
{
	Py_ssize_t size;

	(void)self;
	if (!PyArg_ParseTuple(args, "n", &size))
		return NULL;
	known = (char *)mapped(size) + size / 2;
	return PyLong_FromSsize_t(size);
}

/* As many links of a chain, of which the object knows the first. */
static int from_chain(PyObject *self, PyObject *args, PyObject *kw)
{
	struct owner *o = (struct owner *)self;
	Py_ssize_t n, size;
	void **link = &o->memory;

	(void)kw;
	if (!PyArg_ParseTuple(args, "nn", &n, &size))
		return -1;
	while (n-- > 0) {
		*link = malloc((size_t)size);
		if (!*link)
			return -1;
		o->size += (Py_ssize_t)malloc_usable_size(*link);
		memset(*link, 0xee, malloc_usable_size(*link));
		link = (void **)*link + 5;
	}
	*link = NULL;
	return 0;
}

static PyType_Slot chain_slots[] = {
	{ Py_tp_init, from_chain }, { Py_tp_methods, methods },
	{ Py_tp_new, PyType_GenericNew }, { 0, NULL }
};
static PyType_Spec chain_spec = {
	"owning_types.Chained", sizeof(struct owner), 0, Py_TPFLAGS_DEFAULT,
	chain_slots
};
static PyType_Slot malloc_slots[] = {
	{ Py_tp_init, from_malloc }, { Py_tp_methods, methods },
	{ Py_tp_new, PyType_GenericNew }, { 0, NULL }
};
static PyType_Slot mmap_slots[] = {
	{ Py_tp_init, from_mmap }, { Py_tp_methods, methods },
	{ Py_tp_new, PyType_GenericNew }, { 0, NULL }
};
static PyType_Spec malloc_spec = {
	"owning_types.Malloced", sizeof(struct owner), 0, Py_TPFLAGS_DEFAULT,
	malloc_slots
};
static PyType_Spec mmap_spec = {
	"owning_types.Mapped", sizeof(struct owner), 0, Py_TPFLAGS_DEFAULT,
	mmap_slots
};

/* Blocks of C code's that say whose they are: their second word is the address
 * of a table of ours, which the loader has to fill. */
static void *const table[] = { (void *)malloc_slots, (void *)mmap_slots };

static void sign(void *block, size_t size)
{
	memset(block, 0xee, size);
	((const void **)block)[1] = table;
}

/* blocks(n, size): of malloc's, and as many of Python's of at most 512 bytes;
 * the bytes that the first have. */
static PyObject *blocks(PyObject *self, PyObject *args)
{
	Py_ssize_t n, size, sum = 0;

	(void)self;
	if (!PyArg_ParseTuple(args, "nn", &n, &size))
		return NULL;
	while (n-- > 0) {
		void *p = malloc((size_t)size), *q = PyMem_Malloc(512);

		if (!p || !q)
			return PyErr_NoMemory();
		sign(p, malloc_usable_size(p));
		sign(q, 512);
		sum += (Py_ssize_t)malloc_usable_size(p);
	}
	return PyLong_FromSsize_t(sum);
}

static PyMethodDef functions[] = {
	{ "blocks", blocks, METH_VARARGS, NULL },
	{ "known_mapping", known_mapping, METH_VARARGS, NULL },
	{ NULL, NULL, 0, NULL }
};

static PyModuleDef owning = { PyModuleDef_HEAD_INIT, "owning_types", NULL, -1,
			      functions, NULL, NULL, NULL, NULL };

PyMODINIT_FUNC PyInit_owning_types(void)
{
	PyObject *m = PyModule_Create(&owning);

	if (m && (PyModule_AddObject(m, "Malloced",
				     PyType_FromSpec(&malloc_spec)) ||
		  PyModule_AddObject(m, "Chained",
				     PyType_FromSpec(&chain_spec)) ||
		  PyModule_AddObject(m, "Mapped",
				     PyType_FromSpec(&mmap_spec))))
		return NULL;
	return m;
}
