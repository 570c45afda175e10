/* The type Kernel: reading its description once, so that calls need not. Part of dispatch.c. */
#ifndef GG_DISPATCH_KERNEL_H
#define GG_DISPATCH_KERNEL_H

#include "dispatch_run.h"

static PyObject *Kernel_call(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Kernel *self = (Kernel *)callable;
    const Py_ssize_t count = PyVectorcall_NARGS(flags);
    PyObject *result, *given;

    if (keywords && PyTuple_GET_SIZE(keywords))
        return PyErr_Format(PyExc_TypeError, "%U takes its arguments by position", self->name);
    if (try_call(self, args, count, 1, &result))
        return result;
    given = PyTuple_New(count);
    for (Py_ssize_t i = 0; given && i < count; ++i)
        PyTuple_SET_ITEM(given, i, Py_NewRef(args[i]));
    raise_from(mismatch_handler, callable, given, "the arguments do not have the types of the native kernel");
    return NULL;
}

/* ------------------------------------------------------------------------------------ reading a description */

static int refuse(const char *reason)
{
    PyErr_SetString(PyExc_ValueError, reason);
    return -1;
}

/* An extent is an int, or a pair (index of the named dimension, offset). */
static int read_extent(PyObject *given, Py_ssize_t dim_count, Extent *extent)
{
    extent->dim = -1;
    if (PyLong_Check(given))
        extent->size = PyLong_AsSsize_t(given);
    else if (!PyTuple_Check(given) || !PyArg_ParseTuple(given, "nn", &extent->dim, &extent->size))
        return PyErr_Occurred() ? -1 : refuse("an extent is an int or a pair (dimension, offset)");
    else if (extent->dim < 0 || extent->dim >= dim_count)
        return refuse("an extent names a dimension that is not there");
    return PyErr_Occurred() ? -1 : 0;
}

static int read_slot(PyObject *given, Py_ssize_t dim_count, Slot *slot)
{
    PyObject *shape;

    if (!PyTuple_Check(given) || !PyArg_ParseTuple(given, "O&O!", PyArray_DescrConverter, &slot->descr, &PyTuple_Type, &shape))
        return PyErr_Occurred() ? -1 : refuse("an argument or result is a pair (dtype, shape)");
    if (PyDataType_ELSIZE(slot->descr) > (npy_intp)sizeof(Cell) || !PyTypeNum_ISNUMBER(slot->descr->type_num))
        if (slot->descr->type_num != NPY_BOOL)
            return refuse("this dtype cannot be passed to a native kernel");
    if (PyTuple_GET_SIZE(shape) > NPY_MAXDIMS)
        return refuse("too many axes");
    slot->ndim = (int)PyTuple_GET_SIZE(shape);
    slot->extents = PyMem_Calloc((size_t)slot->ndim + 1, sizeof *slot->extents);
    if (!slot->extents)
        return refuse("out of memory");
    for (int axis = 0; axis < slot->ndim; ++axis)
        if (read_extent(PyTuple_GET_ITEM(shape, axis), dim_count, &slot->extents[axis]))
            return -1;
    return 0;
}

/* Each named dimension must stand in the shape of an argument, or nothing would bind it. */
static int check_dims(const Kernel *self)
{
    for (Py_ssize_t d = 0; d < self->dim_count; ++d) {
        int bound = 0;
        for (Py_ssize_t i = 0; i < self->argument_count; ++i)
            for (int axis = 0; axis < self->slots[i].ndim; ++axis)
                bound |= self->slots[i].extents[axis].dim == d;
        if (!bound)
            return refuse("no argument binds a named dimension");
    }
    return 0;
}

static int check_tree(PyObject *tree, Py_ssize_t result_count)
{
    PyObject *branch;
    Py_ssize_t position = 0;
    int bad = 0;

    if (PyLong_Check(tree)) {
        const Py_ssize_t leaf = PyLong_AsSsize_t(tree);
        return leaf < 0 || leaf >= result_count ? refuse("the tree names a result that is not there") : 0;
    }
    if (!PyTuple_Check(tree) && !PyList_Check(tree) && !PyDict_Check(tree))
        return refuse("a tree is None, the index of a result, or a tuple, list or dict of trees");
    if (Py_EnterRecursiveCall(" in the tree of a kernel"))
        return -1;
    if (PyDict_Check(tree))
        while (!bad && PyDict_Next(tree, &position, NULL, &branch))
            bad = check_tree(branch, result_count);
    else
        for (Py_ssize_t i = 0; !bad && i < PySequence_Fast_GET_SIZE(tree); ++i)
            bad = check_tree(PySequence_Fast_GET_ITEM(tree, i), result_count);
    Py_LeaveRecursiveCall();
    return bad;
}

static int read_slots(Kernel *self, const char *numbers)
{
    const Py_ssize_t count = self->argument_count + self->result_count;

    if (self->hidden_count > self->argument_count || PyTuple_GET_SIZE(self->argument_names) != self->argument_count)
        return refuse("the numbers of arguments, names and hidden arrays do not fit together");
    self->slots = PyMem_Calloc((size_t)count + 1, sizeof *self->slots);
    if (!self->slots)
        return refuse("out of memory");
    for (Py_ssize_t i = 0; i < count; ++i) {
        PyObject *given = i < self->argument_count ? PyTuple_GET_ITEM(self->arguments, i)
                                                   : PyTuple_GET_ITEM(self->results, i - self->argument_count);
        if (read_slot(given, self->dim_count, &self->slots[i]))
            return -1;
        self->slots[i].numbers = '-';
        if (*numbers && i < self->argument_count)
            self->slots[i].numbers = *numbers++;
    }
    self->frame_size = (size_t)count * (sizeof(Cell) + sizeof(void *) + sizeof(PyObject *))
                       + (size_t)self->dim_count * sizeof(npy_intp);
    return check_dims(self) || (self->tree != Py_None && check_tree(self->tree, self->result_count)) ? -1 : 0;
}

static int address(PyObject *given, void **pointer)
{
    *pointer = PyLong_AsVoidPtr(given);
    return !PyErr_Occurred();
}

static PyObject *Kernel_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"name", "call_address", "work_address", "arguments", "results", "dims",
                            "argument_names", "hidden", "tree", "release_gil", "numbers", NULL};
    PyObject *name, *arguments, *results, *dims, *argument_names, *hidden = NULL, *tree = Py_None;
    const char *numbers = "";
    void *entry, *work_size;
    int release_gil = 0;
    Kernel *self;

    if (!PyArg_ParseTupleAndKeywords(args, keywords, "UO&O&O!O!O!O!|O!Ops", names, &name, address, &entry, address,
                                     &work_size, &PyTuple_Type, &arguments, &PyTuple_Type, &results, &PyTuple_Type,
                                     &dims, &PyTuple_Type, &argument_names, &PyTuple_Type, &hidden, &tree, &release_gil,
                                     &numbers))
        return NULL;
    if (!entry)
        return PyErr_Format(PyExc_ValueError, "the address of %U is null", name);
    if (!(self = (Kernel *)type->tp_alloc(type, 0)))
        return NULL;
    self->call = Kernel_call;
    memcpy(&self->entry, &entry, sizeof entry);
    memcpy(&self->work_size, &work_size, sizeof work_size);
    self->release_gil = (char)release_gil;
    self->name = Py_NewRef(name);
    self->arguments = Py_NewRef(arguments);
    self->results = Py_NewRef(results);
    self->dims = Py_NewRef(dims);
    self->argument_names = Py_NewRef(argument_names);
    self->hidden = hidden ? Py_NewRef(hidden) : PyTuple_New(0);
    self->tree = Py_NewRef(tree);
    self->argument_count = PyTuple_GET_SIZE(arguments);
    self->result_count = PyTuple_GET_SIZE(results);
    self->dim_count = PyTuple_GET_SIZE(dims);
    self->hidden_count = self->hidden ? PyTuple_GET_SIZE(self->hidden) : 0;
    if (!self->hidden || read_slots(self, numbers))
        Py_CLEAR(self);
    return (PyObject *)self;
}

static void Kernel_dealloc(Kernel *self)
{
    for (Py_ssize_t i = 0; self->slots && i < self->argument_count + self->result_count; ++i) {
        Py_XDECREF(self->slots[i].descr);
        PyMem_Free(self->slots[i].extents);
        Py_XDECREF(self->slots[i].last[0]);
        Py_XDECREF(self->slots[i].last[1]);
    }
    PyMem_Free(self->slots);
    release(self->scratch);
    Py_XDECREF(self->name);
    Py_XDECREF(self->arguments);
    Py_XDECREF(self->results);
    Py_XDECREF(self->dims);
    Py_XDECREF(self->argument_names);
    Py_XDECREF(self->hidden);
    Py_XDECREF(self->tree);
    Py_XDECREF(self->where);
    Py_XDECREF(self->takes);
    Py_TYPE(self)->tp_free(self);
}

static PyMemberDef Kernel_members[] = {
    {"name", T_OBJECT, offsetof(Kernel, name), READONLY, "name of the entry"},
    {"arguments", T_OBJECT, offsetof(Kernel, arguments), READONLY, "(dtype, shape) of each argument, the hidden ones last"},
    {"results", T_OBJECT, offsetof(Kernel, results), READONLY, "(dtype, shape) of each result"},
    {"dims", T_OBJECT, offsetof(Kernel, dims), READONLY, "the named dimensions"},
    {"argument_names", T_OBJECT, offsetof(Kernel, argument_names), READONLY, "a name for each argument"},
    {"hidden", T_OBJECT, offsetof(Kernel, hidden), READONLY, "arrays passed after the arguments, read anew at each call"},
    {"tree", T_OBJECT, offsetof(Kernel, tree), READONLY, "how the results are arranged"},
    {"where", T_OBJECT, offsetof(Kernel, where), 0, "a function from the number of a call that failed to the user's line"},
    {"takes", T_OBJECT, offsetof(Kernel, takes), 0, "trees of the arguments that a dispatcher is given; None: no containers"},
    {"release_gil", T_BOOL, offsetof(Kernel, release_gil), READONLY, "whether other threads run during a call"},
    {NULL, 0, 0, 0, NULL},
};

static PyTypeObject Kernel_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "gradgen._dispatch.Kernel",
    .tp_doc = "A native entry, called with its arguments as a flat list.",
    .tp_basicsize = sizeof(Kernel),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = Kernel_new,
    .tp_dealloc = (destructor)Kernel_dealloc,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Kernel, call),
    .tp_members = Kernel_members,
};

#endif
