/* SPDX-License-Identifier: MIT */
/*
 * Ten functions, each called by the one before; the fourth and the seventh are
 * inlined.  The last calls back into Python.  A comment on each call says whose
 * line it is.
 *
 * As an extension module where Python.h is at hand (-DWITH_PYTHON), else as a
 * library for ctypes.
 */
#ifdef WITH_PYTHON
#include <Python.h>
typedef PyObject *callback;
#else
typedef void (*callback)(void);
#endif

#define OUT_OF_LINE static __attribute__((noinline))
#define INLINED static inline __attribute__((always_inline))

volatile int depth;	/* so that no call is the last thing done */

OUT_OF_LINE void nested_10(callback fn)
{
#ifdef WITH_PYTHON
	PyObject *none = PyObject_CallObject(fn, NULL); /* nested_10 */

	Py_XDECREF(none);
#else
	fn(); /* nested_10 */
#endif
	depth++;
}

OUT_OF_LINE void nested_9(callback fn)
{
	nested_10(fn); /* nested_9 */
	depth++;
}

OUT_OF_LINE void nested_8(callback fn)
{
	nested_9(fn); /* nested_8 */
	depth++;
}

INLINED void nested_7(callback fn)
{
	nested_8(fn); /* nested_7 */
	depth++;
}

OUT_OF_LINE void nested_6(callback fn)
{
	nested_7(fn); /* nested_6 */
	depth++;
}

OUT_OF_LINE void nested_5(callback fn)
{
	nested_6(fn); /* nested_5 */
	depth++;
}

INLINED void nested_4(callback fn)
{
	nested_5(fn); /* nested_4 */
	depth++;
}

OUT_OF_LINE void nested_3(callback fn)
{
	nested_4(fn); /* nested_3 */
	depth++;
}

OUT_OF_LINE void nested_2(callback fn)
{
	nested_3(fn); /* nested_2 */
	depth++;
}

void nested_1(callback fn);

__attribute__((noinline)) void nested_1(callback fn)
{
	nested_2(fn); /* nested_1 */
	depth++;
}

#ifdef WITH_PYTHON

static PyObject *call(PyObject *self, PyObject *fn)
{
	(void)self;
	nested_1(fn);
	depth++;
	Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
	{ "call", call, METH_O, "Call a function from ten others." },
	{ NULL, NULL, 0, NULL },
};

static PyModuleDef module = {
	PyModuleDef_HEAD_INIT, .m_name = "nested", .m_size = -1,
	.m_methods = methods,
};

PyMODINIT_FUNC PyInit_nested(void)
{
	return PyModule_Create(&module);
}

#endif
