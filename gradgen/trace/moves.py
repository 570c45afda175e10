"""The few steps that everything else is written in: make a value, convert it, and move it to another shape.

Each one adds nothing to the graph where there is nothing to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import asarray  # np.asarray is another while a function is traced

from gradgen.errors import DTypeError, ShapeError, TraceError
from gradgen.ir import DTYPES, Dim, Extent, shape_text
from gradgen.ops import full
from gradgen.ops.elementwise import astype
from gradgen.ops.leaf import extent
from gradgen.ops.shape import broadcast, reshape, slice_, transpose
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.complex_pair import complex_constant, converted
from gradgen.trace.context import CONSTANT_LIMIT, active, numpy
from gradgen.trace.operators import is_weak

__all__ = [
    "WIDEST",
    "as_traced",
    "axes_of",
    "cast",
    "filled",
    "fixed",
    "kind_of",
    "number_of",
    "permute",
    "plain",
    "prepare",
    "result_dtype",
    "shape_of",
    "sliced",
    "specimen",
    "to_shape",
    "viewed",
]

# The Python types of weak numbers, by the kind of their dtype; bool gives way to all others anyway.
NUMBERS: dict[str, type] = {"i": int, "f": float, "c": complex}
# Beside these NumPy's scalars lead to the same dtype as Python's numbers. Not beside a single bool: it is 0 or 1 in
# Python's arithmetic, and a truth value in NumPy's.
WIDEST = {np.dtype(np.float64), np.dtype(np.int64), np.dtype(np.complex128)}

# Operands with a shape and a dtype, and numbers, which take the dtype of what they meet.
Operand = TracedArray | np.ndarray | int | float | complex | Dim


def prepare(x: Any) -> Operand:
    """What a user may pass as an operand, as one of the few kinds of `Operand`.

    Raises
    ------
    TraceError
        If it is none of them.
    """
    kind = type(x)
    if kind in (TracedArray, float, int, complex, np.ndarray, Dim):
        return x  # type: ignore[no-any-return]
    if isinstance(x, int | float | np.generic | np.memmap):  # also a class of one's own made from these
        return np.asarray(x)
    if isinstance(x, list | tuple):
        return _joined(x)
    if isinstance(x, np.ndarray):
        raise TraceError(f"{kind.__name__} does not mix with traced arrays; convert it with np.asarray")
    raise TraceError(f"{x!r} is not an array or a number")


def _joined(items: Sequence[Any]) -> Operand:
    """A list as an array, which may hold traced values."""
    prepared = [prepare(item) for item in items]
    if any(type(item) in (TracedArray, Dim) for item in prepared):
        stacked: TracedArray = numpy.stack([as_traced(item) for item in prepared])
        return stacked
    return np.asarray(items)


def as_traced(x: Any, dtype: np.dtype | None = None) -> TracedArray:
    """Anything that can be an operand as a traced array, of this dtype if one is given."""
    operand = prepare(x)
    if type(operand) is TracedArray:
        operand = TracedArray(operand.value) if operand.weak else operand
        return operand if dtype is None else cast(operand, dtype)
    trace = active()
    graph = trace.here()
    if isinstance(operand, Dim):
        wanted = np.dtype(dtype or np.int64)
        real = np.finfo(wanted).dtype if wanted.kind == "c" else wanted
        return cast(TracedArray(extent.leaf(graph, extent=operand, dtype=real.str)), wanted)
    own = dtype is None or isinstance(operand, np.ndarray | complex)
    array = asarray(operand) if own else asarray(operand, dtype)
    value = TracedArray(trace.array(array))
    if dtype is None or value.dtype == dtype:
        return value
    small = array.size <= CONSTANT_LIMIT and array.dtype.kind != "c"
    return TracedArray(trace.array(array.astype(dtype))) if small else cast(value, dtype)


def filled(number: Any, dtype: np.dtype, shape: Sequence[Extent]) -> TracedArray:
    """An array of this shape with one number everywhere."""
    repeat = complex_constant if dtype.kind == "c" else full
    return TracedArray(repeat(active().here(), asarray(number, dtype), tuple(shape)))


def cast(x: TracedArray, dtype: np.dtype | type) -> TracedArray:
    """The array with another dtype."""
    target = np.dtype(dtype)
    if target == x.dtype:
        return x
    if target not in DTYPES:
        names = ", ".join(str(known) for known in DTYPES)
        raise DTypeError(f"dtype {target} is not supported; convert with .astype() to one of {names}")
    if "c" in (target.kind, x.dtype.kind):
        return emit(converted, x, dtype=target)
    return emit(astype, x, dtype=target.str)


def kind_of(x: Operand) -> np.dtype | type:
    """The dtype of an operand, or the Python type of a number, which takes the dtype of what it meets."""
    if not isinstance(x, np.ndarray):
        return int if isinstance(x, Dim) else type(x)
    dtype = x.dtype
    if is_weak(x) and dtype.kind in NUMBERS:
        return NUMBERS[dtype.kind]
    if dtype not in WIDEST and (dtype.kind != "b" or not x.ndim):
        active().adapting = True
    return dtype


def result_dtype(*operands: Any) -> np.dtype:
    """The dtype NumPy would compute in for these operands together; Python's numbers adapt."""
    kinds = [kind_of(prepare(x)) for x in operands]
    return np.result_type(*map(specimen, kinds))


def specimen(kind: np.dtype | type) -> Any:
    """What np.result_type takes for a `kind_of` something."""
    return kind(0) if isinstance(kind, type) else kind


def shape_of(x: Operand) -> tuple[Extent, ...]:
    """The shape of an operand."""
    return x.shape if isinstance(x, np.ndarray) else ()


def plain(**arguments: Any) -> None:
    """Refuse arguments of NumPy's that have no meaning here, unless left at their defaults."""
    for name, value in arguments.items():
        if value is not None and value is not np._NoValue and not (name == "where" and value is True):
            if name == "out":
                raise TraceError(
                    "out=, or an operator such as += on an array that is not traced, would store a traced result into "
                    "an existing array; write y = y + x, which makes a new one"
                )
            raise TraceError(f"leave away the argument {name}= on traced arrays: it is not supported")


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """NumPy's ``axis`` argument as ascending axes; None means all.

    Raises
    ------
    ShapeError
        If an axis is out of bounds or given twice.
    """
    if axis is None:
        return tuple(range(ndim))
    given = axis if isinstance(axis, tuple | list) else (axis,)
    axes = [one_axis(entry, ndim) for entry in given]
    if len(set(axes)) != len(axes):
        raise ShapeError(f"an axis is given twice in {axis}")
    return tuple(sorted(axes))


def one_axis(axis: Any, ndim: int) -> int:
    """An axis counted from the front."""
    position = int(axis.__index__())
    if not -ndim <= position < ndim:
        raise ShapeError(f"axis {position} is out of bounds for an array of {ndim} dimensions")
    return position % ndim


def fixed(extent: Extent) -> int:
    """An extent that must be known while tracing.

    Raises
    ------
    TraceError
        If it is a named dimension.
    """
    if isinstance(extent, Dim):
        raise TraceError(f"along a size {extent} known only at the call is not supported; compile for a fixed size")
    return extent


def viewed(x: TracedArray, shape: Sequence[Extent]) -> TracedArray:
    """The same elements in the same order under another shape."""
    return x if x.shape == tuple(shape) else emit(reshape, x, shape=tuple(shape))


def permute(x: TracedArray, axes: Sequence[int]) -> TracedArray:
    """The axes in another order."""
    return x if list(axes) == list(range(x.ndim)) else emit(transpose, x, axes=tuple(axes))


def sliced(x: TracedArray, starts: Sequence[Extent], steps: Sequence[int], shape: Sequence[Extent]) -> TracedArray:
    """The elements at ``starts + i * steps``, as many as ``shape`` says."""
    if tuple(shape) == x.shape and set(starts) <= {0} and set(steps) <= {1}:
        return x
    return emit(slice_, x, starts=tuple(starts), steps=tuple(steps), shape=tuple(shape))


def to_shape(x: TracedArray, shape: Sequence[Extent]) -> TracedArray:
    """Broadcast to a shape, as NumPy does: axes of extent 1 are dropped, then repeated."""
    target = tuple(shape)
    if x.shape == target:
        return x
    lead = len(target) - x.ndim
    kept = [axis for axis, size in enumerate(x.shape) if lead >= 0 and size == target[axis + lead]]
    if lead < 0 or any(size != 1 for axis, size in enumerate(x.shape) if axis not in kept):
        raise ShapeError(f"cannot broadcast {shape_text(x.shape)} to {shape_text(target)}")
    dropped = viewed(x, [x.shape[axis] for axis in kept])
    return emit(broadcast, dropped, shape=target, axes=tuple(axis + lead for axis in kept))


def number_of(extents: Sequence[Extent], dtype: np.dtype) -> TracedArray | int:
    """How many elements there are in these extents: an int, or traced where a named dimension is among them."""
    total: Any = 1
    for size in extents:
        total = total * (as_traced(size, dtype) if isinstance(size, Dim) else size)
    return total  # type: ignore[no-any-return]
