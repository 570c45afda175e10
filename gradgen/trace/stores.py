"""Writing into arrays made in a traced function: item assignment, and NumPy's functions that change an array in place.

Where the positions are constant NumPy's own function is run on codes; where they are traced a store is a `where`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradgen.errors import DTypeError, ShapeError, TraceError
from gradgen.ir import shape_text
from gradgen.ops.index import scatter
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import active, implements, numpy
from gradgen.trace.dispatch import MUTATORS, as_numpy, unwrapped
from gradgen.trace.memory import Memory, is_open, memory_for
from gradgen.trace.moves import as_traced, cast, prepare, to_shape, viewed
from gradgen.trace.named_stores import with_part
from gradgen.trace.selected import Selected, kept
from gradgen.trace.taking import counted

__all__: list[str] = []

TRACED_POSITIONS = (
    "write np.add.at(x, i, values) to add at these places, np.where(np.arange(n) == i, value, x) to set one, and "
    "np.where(np.any(np.arange(n) == i[:, None], axis=0), value, x) to set all to one value"
)


def _written(target: Any, value: Any, assign: Callable[[np.ndarray, Any], Any]) -> None:
    """Run an assignment of NumPy's on the data or the codes of an array."""
    memory = memory_for(_buffer(target))
    operand = unwrapped(value)
    if type(operand) in (list, tuple):
        operand = prepare(operand)
    if type(operand) is TracedArray:
        if operand.value.graph is not active().graph:
            raise TraceError(f"{operand!r} belongs to the trace of another function")
        # As it is before anything is written: it may be another view of the same memory.
        operand = TracedArray(operand.value)
    as_numpy(memory.write, target.layout, operand, assign)


def _buffer(target: Any) -> TracedArray:
    if type(target) is TracedArray:
        return target
    raise TraceError(
        "a traced value would be stored into an array that was not made in the traced function, by out=, an operator "
        "such as += or a function that changes its argument; make the array by np.zeros, np.array or np.copy there, "
        "or write y = y + x, which makes a new one"
    )


def _replace(target: TracedArray, value: Any) -> None:
    """Give the array another value as a whole."""
    memory: Memory = memory_for(target)
    new = to_shape(as_traced(value, target.dtype), target.shape).value
    if target.origin is None:
        memory.touch()
        memory.become(new)
    elif target.origin.replay is None:
        memory.write(target.layout, TracedArray(new), lambda part, codes: part.__setitem__(..., codes))
    elif target.origin.key is not None:
        _named(target.origin.base, target.origin.key, TracedArray(new))
    else:
        raise TraceError(
            "a view of an array of a size known only at the call, other than by [...], cannot be written into; "
            "write into the array itself, or compile for a fixed size"
        )


# --- item assignment ---------------------------------------------------------------------------------


@implements(np.ndarray.__setitem__)
def _setitem(x: TracedArray, key: Any, value: Any) -> None:
    if x.is_scalar:
        raise TraceError(
            f"{x!r} is a number, as in NumPy, which cannot be assigned to; np.array(x) makes an array of it"
        )
    key = unwrapped(key)
    entries = key if type(key) is tuple else (key,)
    if any(type(entry) is TracedArray for entry in entries):
        _masked(x, key, value)
    elif is_open(x.root):
        _named(x, key, value)
    elif not _is_itself(x, key, value):
        _written(x, value, lambda part, new: part.__setitem__(key, new))


def _is_itself(x: TracedArray, key: Any, value: Any) -> bool:
    """Whether the value is the view that ``x[key] += y`` has written into already."""
    if type(value) is not TracedArray or value.origin is None or value.root is not x.root:
        return False
    part, other = x.layout[key], value.layout
    same = (part.shape, part.strides) == (other.shape, other.strides)
    return bool(same and part.__array_interface__["data"] == other.__array_interface__["data"])


def _masked(x: TracedArray, key: Any, value: Any) -> None:
    """``x[mask] = value`` and ``x[i] = value`` where mask or index are traced."""
    if type(key) is not TracedArray:
        raise TraceError("a traced index beside others cannot be assigned to; index by a traced mask or integer alone")
    if key.dtype == np.bool_:
        mask = viewed(key, (*key.shape, *[1] * (x.ndim - key.ndim)))
        selected = type(value) is Selected
        value = kept(value, key)
        if not selected and np.ndim(value) > x.ndim - key.ndim:
            raise TraceError(
                "the number of elements that a traced mask selects is known only when the function is called, so that "
                "an array cannot be assigned to them; use np.where(mask, value, x) with a value for every element"
            )
    elif key.ndim:
        raise TraceError(f"a traced index array cannot be assigned to; {TRACED_POSITIONS}")
    else:
        extent = x.shape[0]
        positions = as_traced(np.arange(extent) if isinstance(extent, int) else extent)
        mask = viewed(positions == numpy.where(key < 0, key + extent, key), (extent, *[1] * (x.ndim - 1)))
    _replace(x, numpy.where(mask, cast(as_traced(value), x.dtype), x))


def _named(x: TracedArray, key: Any, value: Any) -> None:
    """Into an array with a size that is known only at the call."""
    memory_for(x)
    _replace(x, with_part(x, key, value))


# --- functions ---------------------------------------------------------------------------------------


def _changes(*functions: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    MUTATORS.update(functions)
    return implements(*functions)


@_changes(np.copyto)
def _copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> TracedArray:
    """Also what in-place operators and ``out=`` come to; returns the array."""
    target, source, mask = _buffer(dst), unwrapped(src), unwrapped(where)
    memory_for(target)
    dtype = source.dtype if type(source) is TracedArray else np.asarray(source).dtype
    if not np.can_cast(dtype, target.dtype, casting):
        raise DTypeError(f"cannot store {dtype} into an array of {target.dtype}; make that of a wider dtype")
    if type(mask) is TracedArray:
        _replace(target, numpy.where(mask, cast(_fitting(source, target), target.dtype), target))
    elif type(source) is TracedArray and mask is True:
        _replace(target, _fitting(source, target))
    else:
        _written(_whole(target), source, lambda part, new: np.copyto(part, new, where=mask))
    return target


def _fitting(source: Any, target: TracedArray) -> TracedArray:
    value = as_traced(source)
    try:
        return to_shape(value, target.shape)
    except ShapeError:
        what = f"{shape_text(value.shape)} does not fit into an array of shape {shape_text(target.shape)}"
        raise ShapeError(f"a result of shape {what}") from None


def _whole(arr: Any) -> TracedArray:
    target = _buffer(arr)
    if is_open(target):
        raise TraceError("an array of a size known only at the call cannot be changed in part; use np.where")
    return target


def _constant(places: Any) -> Any:
    known = unwrapped(places)
    if type(known) is TracedArray:
        raise TraceError("is not supported at places that are traced; use np.where on a mask")
    return known


@_changes(np.put)
def _put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    at = _constant(ind)
    _written(_whole(a), _line(v), lambda part, new: np.put(part, at, new, mode))  # type: ignore[arg-type]


@_changes(np.put_along_axis)
def _put_along_axis(arr: Any, indices: Any, values: Any, axis: Any = -1) -> None:
    at = _constant(indices)
    _written(_whole(arr), values, lambda part, new: np.put_along_axis(part, at, new, axis))


@_changes(np.fill_diagonal)
def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    _written(_whole(a), val, lambda part, new: np.fill_diagonal(part, new, wrap))


@_changes(np.place)
def _place(arr: Any, mask: Any, vals: Any) -> None:
    chosen = unwrapped(mask)
    if type(chosen) is TracedArray:
        _masked(_buffer(arr), chosen, _single(vals))
    else:
        _written(_whole(arr), _line(vals), lambda part, new: np.place(part, chosen, new))


@_changes(np.putmask)
def _putmask(a: Any, mask: Any, values: Any) -> None:
    chosen = unwrapped(mask)
    if type(chosen) is TracedArray:
        new = values if np.shape(values) == a.shape else _single(values)
        _replace(_buffer(a), numpy.where(chosen, cast(as_traced(new), a.dtype), a))
    else:
        _written(_whole(a), _line(values), lambda part, new: np.putmask(part, chosen, new))


def _line(values: Any) -> Any:
    return numpy.ravel(prepare(values))


def _single(values: Any) -> TracedArray:
    value = as_traced(values)
    if value.size != 1:
        raise TraceError("with a traced mask there must be one value; use np.where(mask, values, x)")
    return viewed(value, ())


@implements(np.ufunc.at)
def _at(ufunc: np.ufunc, a: Any, indices: Any, b: Any = None) -> None:
    """``np.add.at``: positions that repeat add up."""
    target = _whole(a)
    memory_for(target)
    if ufunc not in (np.add, np.subtract):
        raise TraceError("of a traced array is not supported; use np.add.at, or one store for each element")
    count = target.layout.size
    key = unwrapped(indices)
    if type(key) is TracedArray and target.ndim == 1 and key.dtype != np.bool_:
        where = cast(key, np.int64)
    elif any(type(entry) is TracedArray for entry in (key if type(key) is tuple else (key,))):
        where = viewed(counted(count), target.shape)[key]
    else:
        where = as_traced(as_numpy(np.arange(count).reshape(target.shape).__getitem__, key))
    values = to_shape(as_traced(unwrapped(b), target.dtype), where.shape)
    added = emit(scatter, viewed(values, (values.size,)), viewed(where, (values.size,)), extent=count)
    _replace(target, ufunc(target, viewed(added, target.shape)))
