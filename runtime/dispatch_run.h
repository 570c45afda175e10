/* One call of a kernel whose arguments fit: contiguous copies where they are wanted, the results and the
 * scratch, the call itself, and what to raise if it fails. Part of dispatch.c. */
#ifndef GG_DISPATCH_RUN_H
#define GG_DISPATCH_RUN_H

#include "dispatch_match.h"

enum { STACK_FRAME = 1024, ALIGNMENT = 64, LARGE = 1 << 18 };

static PyObject *status_handler, *mismatch_handler;

static void *allocate(size_t size)
{
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
#ifdef _WIN32
    return _aligned_malloc(size, ALIGNMENT);
#else
    return aligned_alloc(ALIGNMENT, size);
#endif
}

static void release(void *memory)
{
#ifdef _WIN32
    _aligned_free(memory);
#else
    free(memory);
#endif
}

/* Take the kernel's buffer, or a new one if it is too small or another call has it. */
static void *take_scratch(Kernel *self, size_t wanted, size_t *size)
{
    void *scratch = self->scratch;

    self->scratch = NULL;
    *size = self->scratch_size;
    if (scratch && *size >= wanted)
        return scratch;
    release(scratch);
    *size = wanted;
    return allocate(wanted);
}

static void put_scratch(Kernel *self, void *scratch, size_t size)
{
    if (self->scratch) {
        release(scratch);
        return;
    }
    self->scratch = scratch;
    self->scratch_size = size;
}

static int copy_arguments(const Kernel *self, PyObject *const *args, Frame *frame)
{
    for (Py_ssize_t i = 0; i < self->argument_count; ++i) {
        if (frame->pointers[i])
            continue;
        frame->objects[i] = PyArray_NewCopy((PyArrayObject *)argument(self, args, i), NPY_CORDER);
        if (!frame->objects[i])
            return -1;
        frame->pointers[i] = PyArray_DATA((PyArrayObject *)frame->objects[i]);
    }
    return 0;
}

/* A large result of an earlier call that nobody has any more is used again: fresh memory costs a page
 * fault each 4 kB, often more than what the kernel does with it. Two are kept, since in `g = f(x)` the
 * result before is still alive while the next one is made. */
static int is_free(const Slot *slot, PyArrayObject *last, const npy_intp *shape)
{
    return Py_REFCNT(last) == 1 && !((PyArrayObject_fields *)last)->weakreflist && PyArray_ISCARRAY(last)
           && PyArray_CHKFLAGS(last, NPY_ARRAY_OWNDATA) && PyArray_NDIM(last) == slot->ndim
           && PyArray_DESCR(last)->type_num == slot->descr->type_num
           && PyArray_CompareLists(PyArray_DIMS(last), shape, slot->ndim);
}

static PyObject *take_last(Slot *slot, const npy_intp *shape)
{
    for (int k = 0; k < 2; ++k) {
        PyObject *last = slot->last[k];
        if (last && is_free(slot, (PyArrayObject *)last, shape)) {
            slot->last[k] = NULL;
            return last;
        }
    }
    return NULL;
}

static void keep_large(Kernel *self, const Frame *frame)
{
    for (Py_ssize_t i = self->argument_count; i < self->argument_count + self->result_count; ++i) {
        Slot *slot = &self->slots[i];
        PyObject **place = slot->last[0] ? &slot->last[1] : &slot->last[0];
        if (!slot->ndim || PyArray_NBYTES((PyArrayObject *)frame->objects[i]) < LARGE)
            continue;
        if (*place) {                   /* both are in use, or of a size that is not asked for any more */
            Py_SETREF(slot->last[0], slot->last[1]);
            slot->last[1] = NULL;
        }
        *place = Py_NewRef(frame->objects[i]);
    }
}

static int allocate_results(const Kernel *self, Frame *frame)
{
    for (Py_ssize_t i = self->argument_count; i < self->argument_count + self->result_count; ++i) {
        Slot *slot = &self->slots[i];
        npy_intp shape[NPY_MAXDIMS];

        frame->pointers[i] = &frame->cells[i];
        if (slot->ndim == 0)
            continue;
        for (int axis = 0; axis < slot->ndim; ++axis) {
            const Extent extent = slot->extents[axis];
            shape[axis] = extent.size + (extent.dim < 0 ? 0 : frame->dims[extent.dim]);
        }
        frame->objects[i] = take_last(slot, shape);
        if (!frame->objects[i])
            frame->objects[i] = PyArray_SimpleNew(slot->ndim, shape, slot->descr->type_num);
        if (!frame->objects[i])
            return -1;
        frame->pointers[i] = PyArray_DATA((PyArrayObject *)frame->objects[i]);
    }
    return 0;
}

static PyObject *scalar(const Slot *slot, Cell *cell)
{
    if (slot->descr->type_num == NPY_DOUBLE) {
        PyObject *number = PyArrayScalar_New(Double);
        if (number)
            PyArrayScalar_ASSIGN(number, Double, cell->f64);
        return number;
    }
    return PyArray_Scalar(cell, slot->descr, NULL);
}

static int wrap_scalars(const Kernel *self, Frame *frame)
{
    for (Py_ssize_t i = self->argument_count; i < self->argument_count + self->result_count; ++i)
        if (!frame->objects[i] && !(frame->objects[i] = scalar(&self->slots[i], &frame->cells[i])))
            return -1;
    return 0;
}

/* The results in the shape that the tree describes: an index of a result, or a tuple, list or dict of trees. */
static PyObject *arrange(PyObject *tree, PyObject *const *leaves)
{
    const Py_ssize_t count = PyDict_Check(tree) || PyLong_Check(tree) ? 0 : PySequence_Fast_GET_SIZE(tree);
    PyObject *made, *key, *branch;
    Py_ssize_t position = 0;

    if (PyLong_Check(tree))
        return Py_NewRef(leaves[PyLong_AsSsize_t(tree)]);
    if (PyDict_Check(tree)) {
        made = PyDict_New();
        while (made && PyDict_Next(tree, &position, &key, &branch)) {
            PyObject *item = arrange(branch, leaves);
            if (!item || PyDict_SetItem(made, key, item))
                Py_CLEAR(made);
            Py_XDECREF(item);
        }
        return made;
    }
    made = PyList_Check(tree) ? PyList_New(count) : PyTuple_New(count);
    for (Py_ssize_t i = 0; made && i < count; ++i) {
        PyObject *item = arrange(PySequence_Fast_GET_ITEM(tree, i), leaves);
        if (!item)
            Py_CLEAR(made);
        else if (PyList_Check(tree))
            PyList_SET_ITEM(made, i, item);
        else
            PyTuple_SET_ITEM(made, i, item);
    }
    return made;
}

static PyObject *listed(PyObject *const *leaves, Py_ssize_t count)
{
    PyObject *list = PyList_New(count);

    for (Py_ssize_t i = 0; list && i < count; ++i)
        PyList_SET_ITEM(list, i, Py_NewRef(leaves[i]));
    return list;
}

/* Raise what a handler returns for (first, second); without a handler, a plain error. Steals second. */
static void raise_from(PyObject *handler, PyObject *first, PyObject *second, const char *plain)
{
    PyObject *error = NULL;

    if (!second)
        return;
    if (!handler)
        PyErr_SetString(PyExc_RuntimeError, plain);
    else
        error = PyObject_CallFunctionObjArgs(handler, first, second, NULL);
    if (error)
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_XDECREF(error);
    Py_DECREF(second);
}

static int raise_status(const Kernel *self, int status)
{
    PyObject *number = PyLong_FromLong(status);

    if (number)
        raise_from(status_handler, number, Py_NewRef((PyObject *)self), "a native kernel returned an error status");
    Py_XDECREF(number);
    return -1;
}

static int execute(Kernel *self, Frame *frame)
{
    const ptrdiff_t wanted = self->work_size ? self->work_size(frame->dims) : 0;
    void *const *results = frame->pointers + self->argument_count;
    void *scratch = NULL;
    size_t size = 0;
    int status;

    if (wanted && (wanted < 0 || !(scratch = take_scratch(self, (size_t)wanted, &size)))) {
        PyErr_NoMemory();
        return -1;
    }
    if (self->release_gil) {
        Py_BEGIN_ALLOW_THREADS
        status = self->entry(frame->pointers, results, frame->dims, scratch);
        Py_END_ALLOW_THREADS
    } else {
        status = self->entry(frame->pointers, results, frame->dims, scratch);
    }
    if (scratch)
        put_scratch(self, scratch, size);
    return status ? raise_status(self, status) : 0;
}

static PyObject *run(Kernel *self, PyObject *const *args, Frame *frame)
{
    PyObject **leaves = frame->objects + self->argument_count;
    PyObject *result = NULL;

    memset(frame->objects, 0, (size_t)(self->argument_count + self->result_count) * sizeof *frame->objects);
    if (!copy_arguments(self, args, frame) && !allocate_results(self, frame) && !execute(self, frame)
        && !wrap_scalars(self, frame)) {
        keep_large(self, frame);
        result = self->tree == Py_None ? listed(leaves, self->result_count) : arrange(self->tree, leaves);
    }
    for (Py_ssize_t i = 0; i < self->argument_count + self->result_count; ++i)
        Py_XDECREF(frame->objects[i]);
    return result;
}

/* Whether the arguments fit; if so *result is what the call gave, NULL if it raised. */
static int try_call(Kernel *self, PyObject *const *args, Py_ssize_t count, int loose, PyObject **result)
{
    const Py_ssize_t slots = self->argument_count + self->result_count;
    Cell stack[STACK_FRAME / sizeof(Cell)];
    Cell *memory = stack;
    Frame frame;
    int fits;

    if (count != self->argument_count - self->hidden_count)
        return 0;
    *result = NULL;
    if (self->frame_size > sizeof stack && !(memory = PyMem_Malloc(self->frame_size))) {
        PyErr_NoMemory();
        return 1;
    }
    frame.cells = memory;
    frame.pointers = (void **)(frame.cells + slots);
    frame.objects = (PyObject **)(frame.pointers + slots);
    frame.dims = (npy_intp *)(frame.objects + slots);
    fits = match(self, args, loose, &frame);
    if (fits)
        *result = run(self, args, &frame);
    if (memory != stack)
        PyMem_Free(memory);
    return fits;
}

#endif
