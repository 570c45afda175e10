/* What a kernel is, and whether arguments fit it: exact checks that allocate nothing and raise nothing,
 * so that a dispatcher can try one kernel after another. Part of dispatch.c. */
#ifndef GG_DISPATCH_MATCH_H
#define GG_DISPATCH_MATCH_H

typedef int (*Entry)(void *const *arguments, void *const *results, const ptrdiff_t *dims, void *work);
typedef ptrdiff_t (*WorkSize)(const ptrdiff_t *dims);

/* One extent of a shape: size itself, or the named dimension dims[dim] plus size. */
typedef struct { npy_intp size; Py_ssize_t dim; } Extent;

/* One argument or result. */
typedef struct {
    PyArray_Descr *descr;
    int ndim;
    Extent *extents;
    char numbers;               /* of an argument: which numbers a dispatcher may pass, see takes_numbers */
    PyObject *last[2];          /* of a result: the arrays of the last calls, if they are large */
} Slot;

/* A number passed by pointer: wide enough for complex128. */
typedef union { double f64; float f32; npy_int64 i64; npy_bool boolean; npy_cdouble c128; float pair[2]; } Cell;

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    Entry entry;
    WorkSize work_size;
    Py_ssize_t argument_count, hidden_count, result_count, dim_count;
    Slot *slots;                /* the arguments (hidden ones last), then the results */
    size_t frame_size;
    void *scratch;              /* kept from call to call; NULL while a call has it */
    size_t scratch_size;
    char release_gil;
    PyObject *name, *arguments, *results, *dims, *argument_names, *hidden, *tree, *where, *takes;
} Kernel;

/* The working memory of one call. */
typedef struct {
    Cell *cells;                /* per slot: where a scalar stands */
    void **pointers;            /* per slot: what C gets; NULL for an argument still to be copied */
    PyObject **objects;         /* per slot: a reference to drop, a copy or a result */
    npy_intp *dims;             /* per named dimension: its value, -1 while unknown */
} Frame;

static int same_dtype(const PyArray_Descr *wanted, const PyArray_Descr *given)
{
    /* Kind and size, not the type number: long and long long are both int64. */
    return given->type_num == wanted->type_num
               ? PyArray_ISNBO(given->byteorder)
               : given->kind == wanted->kind && PyDataType_ELSIZE(given) == PyDataType_ELSIZE(wanted)
                     && PyArray_ISNBO(given->byteorder);
}

static int match_array(const Slot *slot, PyArrayObject *array, npy_intp *dims)
{
    const npy_intp *shape = PyArray_DIMS(array);

    if (PyArray_NDIM(array) != slot->ndim || !same_dtype(slot->descr, PyArray_DESCR(array)))
        return 0;
    for (int axis = 0; axis < slot->ndim; ++axis) {
        const Extent extent = slot->extents[axis];
        const npy_intp rest = shape[axis] - extent.size;

        if (extent.dim >= 0 && dims[extent.dim] < 0 && rest >= 0)
            dims[extent.dim] = rest;
        if (rest != (extent.dim < 0 ? 0 : dims[extent.dim]) || rest < 0)
            return 0;
    }
    return 1;
}

static int match_int(PyObject *value, Cell *cell)
{
    int overflow;

    cell->i64 = PyLong_AsLongLongAndOverflow(value, &overflow);
    return !overflow;
}

/* Where the traced function tells Python's numbers from NumPy's scalars, which is so if dtypes depend on it, a dispatcher
 * passes those of one kind only: 'p' for Python's, 'n' for NumPy's. */
static int takes_numbers(const Slot *slot, char kind, int loose)
{
    return loose || slot->numbers == '-' || slot->numbers == kind;
}

/* A Python or NumPy scalar. Loose matching, for a kernel that was chosen already, lets a Python float
 * stand for float32 as NumPy does; a dispatcher must not, or its answer would depend on earlier calls. */
static int match_scalar(const Slot *slot, PyObject *value, Cell *cell, int loose)
{
    const int type_num = slot->descr->type_num;

    if (slot->ndim)
        return 0;
    if (Py_TYPE(value) == slot->descr->typeobj) {
        if (!takes_numbers(slot, 'n', loose))
            return 0;
        if (type_num == NPY_DOUBLE)
            cell->f64 = PyArrayScalar_VAL(value, Double);   /* the general way costs 25 ns more */
        else
            PyArray_ScalarAsCtype(value, cell);
        return 1;
    }
    if (!takes_numbers(slot, 'p', loose))
        return 0;
    if (PyFloat_CheckExact(value)) {
        const double number = PyFloat_AS_DOUBLE(value);
        if (type_num == NPY_DOUBLE)
            cell->f64 = number;
        else if (type_num == NPY_FLOAT && loose)
            cell->f32 = (float)number;
        else
            return 0;
        return 1;
    }
    if (PyBool_Check(value)) {
        cell->boolean = value == Py_True;
        return type_num == NPY_BOOL;
    }
    if (PyLong_CheckExact(value))
        return slot->descr->kind == 'i' && PyDataType_ELSIZE(slot->descr) == 8 && match_int(value, cell);
    if (PyComplex_CheckExact(value)) {
        const Py_complex number = PyComplex_AsCComplex(value);
        if (type_num == NPY_CDOUBLE)
            memcpy(cell, &number, sizeof number);
        else if (type_num == NPY_CFLOAT && loose)
            cell->pair[0] = (float)number.real, cell->pair[1] = (float)number.imag;
        else
            return 0;
        return 1;
    }
    return 0;
}

static PyObject *argument(const Kernel *self, PyObject *const *args, Py_ssize_t index)
{
    const Py_ssize_t given = self->argument_count - self->hidden_count;

    return index < given ? args[index] : PyTuple_GET_ITEM(self->hidden, index - given);
}

/* Whether the arguments fit; if so the frame holds their addresses and the named dimensions. */
static int match(const Kernel *self, PyObject *const *args, int loose, Frame *frame)
{
    for (Py_ssize_t d = 0; d < self->dim_count; ++d)
        frame->dims[d] = -1;
    for (Py_ssize_t i = 0; i < self->argument_count; ++i) {
        PyObject *value = argument(self, args, i);

        if (PyArray_CheckExact(value)) {
            PyArrayObject *array = (PyArrayObject *)value;
            if (!takes_numbers(&self->slots[i], 'n', loose) || !match_array(&self->slots[i], array, frame->dims))
                return 0;
            frame->pointers[i] = PyArray_IS_C_CONTIGUOUS(array) && PyArray_ISALIGNED(array) ? PyArray_DATA(array) : NULL;
        } else if (match_scalar(&self->slots[i], value, &frame->cells[i], loose)) {
            frame->pointers[i] = &frame->cells[i];
        } else {
            return 0;
        }
    }
    return 1;
}

#endif
