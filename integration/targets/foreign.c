/* SPDX-License-Identifier: MIT */
/*
 * Types made in C that pyheapspy has never heard of, on bases that it knows.
 *
 * In the limited API of 3.6, so that one build runs everywhere.  Their objects
 * are never freed: of a static type that API does not tell how, up to 3.9.
 */
#define Py_LIMITED_API 0x03060000
#include <Python.h>

/* What each adds behind its base: words of its own. */
static Py_ssize_t size_of_base(PyTypeObject *base)
{
	PyObject *n = PyObject_GetAttrString((PyObject *)base,
					     "__basicsize__");
	Py_ssize_t size = n ? PyLong_AsSsize_t(n) : -1;

	Py_XDECREF(n);
	return size;
}

static PyObject **word(PyObject *self, Py_ssize_t n)
{
	return (PyObject **)((char *)self + 2 * sizeof(PyObject *)) + n;
}

static void stay(PyObject *self)
{
	(void)self;
}

/* From 3.9 on the instances of heap types have to visit their type. */
static int types_are_visited;

static int traverse(PyObject *self, visitproc visit, void *arg)
{
	if (types_are_visited)
		Py_VISIT(Py_TYPE(self));
	Py_VISIT(*word(self, 1));
	return 0;
}

static traverseproc traverse_dict;
static Py_ssize_t dict_size;

static int traverse_holder(PyObject *self, visitproc visit, void *arg)
{
	if (types_are_visited)
		Py_VISIT(Py_TYPE(self));
	Py_VISIT(*(PyObject **)((char *)self + dict_size));
	return traverse_dict(self, visit, arg);
}

static int is_gc(PyObject *self)
{
	return *word(self, 0) != NULL;
}

static PyObject *own_sizeof(PyObject *self, PyObject *nothing)
{
	(void)self;
	(void)nothing;
	return PyLong_FromLong(12345);
}

static PyMethodDef sizes[] = {
	{ "__sizeof__", own_sizeof, METH_NOARGS, NULL },
	{ NULL, NULL, 0, NULL }
};

static PyType_Slot none[] = { { 0, NULL } };
static PyType_Slot sized[] = { { Py_tp_methods, sizes }, { 0, NULL } };
static PyType_Slot freed[] = { { Py_tp_dealloc, stay }, { 0, NULL } };
static PyType_Slot holding[] = {
	{ Py_tp_dealloc, stay }, { Py_tp_traverse, traverse }, { 0, NULL }
};
static PyType_Slot holding_dict[] = {
	{ Py_tp_dealloc, stay }, { Py_tp_traverse, traverse_holder },
	{ 0, NULL }
};
static PyType_Slot specified[] = {	/* and subtype_dealloc() */
	{ Py_tp_traverse, traverse }, { 0, NULL }
};
static PyType_Slot deciding[] = {
	{ Py_tp_dealloc, stay }, { Py_tp_traverse, traverse },
	{ Py_tp_is_gc, is_gc }, { 0, NULL }
};

/* foreign.make(name, base, kind, more bytes, itemsize) */
static PyObject *make(PyObject *self, PyObject *args)
{
	static const struct {
		const char *kind;
		PyType_Slot *slots;
		unsigned gc;
	} kinds[] = {
		{ "none", none, 0 },
		{ "sized", sized, 0 },
		{ "freed", freed, 0 },
		{ "holding", holding, Py_TPFLAGS_HAVE_GC },
		{ "holding dict", holding_dict, Py_TPFLAGS_HAVE_GC },
		{ "specified", specified, Py_TPFLAGS_HAVE_GC },
		{ "deciding", deciding, Py_TPFLAGS_HAVE_GC },
	};
	const char *name, *kind;
	PyObject *base, *bases, *type;
	int more, items;
	PyType_Spec spec = { .flags = Py_TPFLAGS_DEFAULT |
				      Py_TPFLAGS_BASETYPE };

	(void)self;
	if (!PyArg_ParseTuple(args, "sOsii", &name, &base, &kind, &more,
			      &items))
		return NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kinds[i].kind, kind) == 0) {
			spec.slots = kinds[i].slots;
			spec.flags |= kinds[i].gc;
		}
	}
	spec.name = strdup(name);	/* the type keeps it */
	spec.basicsize = (int)size_of_base((PyTypeObject *)base) + more;
	spec.itemsize = items;
	bases = PyTuple_Pack(1, base);
	type = bases ? PyType_FromSpecWithBases(&spec, bases) : NULL;
	Py_XDECREF(bases);
	return type;
}

/* foreign.put(object, n, value): the nth word behind the object's header */
static PyObject *put(PyObject *self, PyObject *args)
{
	PyObject *object, *value;
	int n;

	(void)self;
	if (!PyArg_ParseTuple(args, "OiO", &object, &n, &value))
		return NULL;
	Py_INCREF(value);
	*word(object, n) = value;
	Py_RETURN_NONE;
}

/* foreign.put_behind(object of a dict's size, value) */
static PyObject *put_behind(PyObject *self, PyObject *args)
{
	PyObject *object, *value;

	(void)self;
	if (!PyArg_ParseTuple(args, "OO", &object, &value))
		return NULL;
	Py_INCREF(value);
	*(PyObject **)((char *)object + dict_size) = value;
	Py_RETURN_NONE;
}

/* foreign.learn(a heap type like dict, whether types are visited) */
static PyObject *learn(PyObject *self, PyObject *args)
{
	PyObject *type;

	(void)self;
	if (!PyArg_ParseTuple(args, "Oi", &type, &types_are_visited))
		return NULL;
	dict_size = size_of_base(&PyDict_Type);
	traverse_dict = (traverseproc)PyType_GetSlot((PyTypeObject *)type,
						     Py_tp_traverse);
	Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
	{ "make", make, METH_VARARGS, NULL },
	{ "put", put, METH_VARARGS, NULL },
	{ "put_behind", put_behind, METH_VARARGS, NULL },
	{ "learn", learn, METH_VARARGS, NULL },
	{ NULL, NULL, 0, NULL }
};

/* A state of two words: the module itself, and an object that is visited. */
static int traverse_module(PyObject *self, visitproc visit, void *arg)
{
	PyObject **state = PyModule_GetState(self);

	if (state)
		Py_VISIT(state[1]);
	return 0;
}

static int fill(PyObject *self)
{
	PyObject **state = PyModule_GetState(self);

	state[0] = self;		/* borrowed */
	state[1] = PyList_New(0);
	return state[1] ? 0 : -1;
}

static PyModuleDef_Slot slots[] = {
	{ Py_mod_exec, fill }, { 0, NULL }
};

static struct PyModuleDef definition = {
	PyModuleDef_HEAD_INIT, "foreign_types", NULL, 2 * sizeof(PyObject *),
	functions, slots, traverse_module, NULL, NULL
};

PyMODINIT_FUNC PyInit_foreign_types(void)
{
	return PyModuleDef_Init(&definition);
}
