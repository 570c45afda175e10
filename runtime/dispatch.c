/* Calls of native kernels from Python: the extension module gradgen._dispatch.
 *
 *   Kernel      one compiled entry: checks its arguments against exact types, calls C, wraps the results
 *   Dispatcher  the callable a user holds: tries its kernels in turn, else asks its method _specialise
 *
 * What to raise is said by two Python callables (set_status_handler, set_mismatch_handler), so that the
 * words of an error stand in one place, shared with the pure Python path. */
#define PY_SSIZE_T_CLEAN
#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#define NPY_TARGET_VERSION NPY_2_0_API_VERSION
#include <Python.h>
#include <structmember.h>
#include <numpy/arrayobject.h>
#include <numpy/arrayscalars.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <malloc.h>
#endif

#include "dispatch_match.h"
#include "dispatch_run.h"
#include "dispatch_kernel.h"

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    PyObject *kernels;          /* a list, the most recently used first */
} Dispatcher;

static PyObject *specialise_name;

/* Most calls repeat the last one. The order is changed by moving references, so none is counted. */
static void move_to_front(PyObject *list, Py_ssize_t index)
{
    PyObject *item = PyList_GET_ITEM(list, index);

    for (; index > 0; --index)
        PyList_SET_ITEM(list, index, PyList_GET_ITEM(list, index - 1));
    PyList_SET_ITEM(list, 0, item);
}

/* Take an argument apart as a tree describes it: new references to its leaves. 0 if it is built otherwise. */
static int unpack(PyObject *tree, PyObject *value, PyObject **leaves)
{
    PyObject *key, *branch;
    Py_ssize_t position = 0, count;

    if (PyLong_Check(tree)) {
        leaves[PyLong_AsSsize_t(tree)] = Py_NewRef(value);
        return 1;
    }
    if (Py_TYPE(value) != Py_TYPE(tree))
        return 0;
    if (PyDict_CheckExact(value)) {
        if (PyDict_GET_SIZE(value) != PyDict_GET_SIZE(tree))
            return 0;
        while (PyDict_Next(tree, &position, &key, &branch)) {
            PyObject *item = PyDict_GetItemWithError(value, key);
            PyErr_Clear();
            if (!item || !unpack(branch, item, leaves))
                return 0;
        }
        return 1;
    }
    count = PySequence_Fast_GET_SIZE(tree);
    if (PySequence_Fast_GET_SIZE(value) != count)
        return 0;
    for (Py_ssize_t i = 0; i < count; ++i)
        if (!unpack(PySequence_Fast_GET_ITEM(tree, i), PySequence_Fast_GET_ITEM(value, i), leaves))
            return 0;
    return 1;
}

/* As try_call, of a kernel whose arguments are containers. The leaves are held: a list may change during the call. */
static int try_containers(Kernel *kernel, PyObject *const *args, Py_ssize_t count, PyObject **result)
{
    const Py_ssize_t leaf_count = kernel->argument_count - kernel->hidden_count;
    PyObject *few[32], **leaves = few;
    int taken = 1;

    if (PyTuple_GET_SIZE(kernel->takes) != count)
        return 0;
    if (leaf_count > 32 && !(leaves = PyMem_Malloc((size_t)leaf_count * sizeof *leaves)))
        return 0;
    memset(leaves, 0, (size_t)leaf_count * sizeof *leaves);
    for (Py_ssize_t i = 0; taken && i < count; ++i)
        taken = unpack(PyTuple_GET_ITEM(kernel->takes, i), args[i], leaves);
    taken = taken && try_call(kernel, leaves, leaf_count, 0, result);
    for (Py_ssize_t i = 0; i < leaf_count; ++i)
        Py_XDECREF(leaves[i]);
    if (leaves != few)
        PyMem_Free(leaves);
    return taken;
}

/* Whether one of the kernels takes the arguments; if so *result is what it gave. */
static int try_kernels(Dispatcher *self, PyObject *const *args, Py_ssize_t count, PyObject **result)
{
    PyObject *kernels = self->kernels;
    int taken = 0;

    for (Py_ssize_t i = 0; !taken && i < PyList_GET_SIZE(kernels); ++i) {
        PyObject *kernel = Py_NewRef(PyList_GET_ITEM(kernels, i));
        taken = ((Kernel *)kernel)->takes && ((Kernel *)kernel)->takes != Py_None
                    ? try_containers((Kernel *)kernel, args, count, result)
                    : try_call((Kernel *)kernel, args, count, 0, result);
        /* Other threads may have changed the list during the call. */
        if (taken && i && i < PyList_GET_SIZE(kernels) && PyList_GET_ITEM(kernels, i) == kernel)
            move_to_front(kernels, i);
        Py_DECREF(kernel);
    }
    return taken;
}

/* self._specialise(*args, **keywords) */
static PyObject *specialise(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    const Py_ssize_t total = count + (keywords ? PyTuple_GET_SIZE(keywords) : 0);
    PyObject **stack = PyMem_Malloc((size_t)(total + 1) * sizeof *stack);
    PyObject *result;

    if (!stack)
        return PyErr_NoMemory();
    stack[0] = self;
    memcpy(stack + 1, args, (size_t)total * sizeof *stack);
    result = PyObject_VectorcallMethod(specialise_name, stack, (size_t)count + 1, keywords);
    PyMem_Free(stack);
    return result;
}

static PyObject *Dispatcher_call(PyObject *self, PyObject *const *args, size_t flags, PyObject *keywords)
{
    const Py_ssize_t count = PyVectorcall_NARGS(flags);
    const int plain = !keywords || !PyTuple_GET_SIZE(keywords);
    PyObject *result;

    if (plain && try_kernels((Dispatcher *)self, args, count, &result))
        return result;
    return specialise(self, args, count, keywords);
}

static PyObject *Dispatcher_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(keywords))
{
    Dispatcher *self = (Dispatcher *)type->tp_alloc(type, 0);

    if (!self)
        return NULL;
    self->call = Dispatcher_call;
    if (!(self->kernels = PyList_New(0)))
        Py_CLEAR(self);
    return (PyObject *)self;
}

static PyObject *Dispatcher_add(Dispatcher *self, PyObject *kernel)
{
    if (!PyObject_TypeCheck(kernel, &Kernel_Type))
        return PyErr_Format(PyExc_TypeError, "expected a Kernel, got %s", Py_TYPE(kernel)->tp_name);
    if (PyList_Insert(self->kernels, 0, kernel))
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *Dispatcher_kernels(Dispatcher *self, PyObject *Py_UNUSED(unused))
{
    return PyList_AsTuple(self->kernels);
}

static PyObject *Dispatcher_forget(Dispatcher *self, PyObject *Py_UNUSED(unused))
{
    if (PyList_SetSlice(self->kernels, 0, PyList_GET_SIZE(self->kernels), NULL))
        return NULL;
    Py_RETURN_NONE;
}

static int Dispatcher_traverse(Dispatcher *self, visitproc visit, void *arg)
{
    Py_VISIT(self->kernels);
    return 0;
}

static void Dispatcher_dealloc(Dispatcher *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->kernels);
    Py_TYPE(self)->tp_free(self);
}

static PyMethodDef Dispatcher_methods[] = {
    {"_add_kernel", (PyCFunction)Dispatcher_add, METH_O, "Try this kernel first from now on."},
    {"_kernels", (PyCFunction)Dispatcher_kernels, METH_NOARGS, "The kernels, the most recently used first."},
    {"_clear_kernels", (PyCFunction)Dispatcher_forget, METH_NOARGS, "Forget all kernels."},
    {NULL, NULL, 0, NULL},
};

/* No tp_clear: the list holds kernels only, and kernels refer to nothing that could lead back here. */
static PyTypeObject Dispatcher_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "gradgen._dispatch.Dispatcher",
    .tp_doc = "A callable that runs the first of its kernels that takes the arguments, else calls self._specialise.",
    .tp_basicsize = sizeof(Dispatcher),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = Dispatcher_new,
    .tp_dealloc = (destructor)Dispatcher_dealloc,
    .tp_traverse = (traverseproc)Dispatcher_traverse,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Dispatcher, call),
    .tp_methods = Dispatcher_methods,
};

static PyObject *set_status_handler(PyObject *Py_UNUSED(module), PyObject *handler)
{
    Py_XSETREF(status_handler, Py_NewRef(handler));
    Py_RETURN_NONE;
}

static PyObject *set_mismatch_handler(PyObject *Py_UNUSED(module), PyObject *handler)
{
    Py_XSETREF(mismatch_handler, Py_NewRef(handler));
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"set_status_handler", set_status_handler, METH_O, "handler(status, kernel) returns the exception to raise."},
    {"set_mismatch_handler", set_mismatch_handler, METH_O, "handler(kernel, args) returns the exception to raise."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "gradgen._dispatch",
    .m_doc = "Calls of native kernels.",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit__dispatch(void)
{
    PyObject *module;

    import_array();
    specialise_name = PyUnicode_InternFromString("_specialise");
    module = specialise_name ? PyModule_Create(&definition) : NULL;
    if (module && (PyModule_AddType(module, &Kernel_Type) || PyModule_AddType(module, &Dispatcher_Type)))
        Py_CLEAR(module);
    return module;
}
