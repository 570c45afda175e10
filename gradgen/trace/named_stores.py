"""Writing into a part of an array with a size that is known only at the call: the array is joined anew from parts."""

from __future__ import annotations

from typing import Any

from gradgen.errors import TraceError
from gradgen.ir import Dim
from gradgen.trace.array import TracedArray
from gradgen.trace.context import numpy
from gradgen.trace.moves import as_traced, to_shape, viewed

__all__ = ["with_part"]

WHOLE = slice(None)


def with_part(x: TracedArray, key: Any, value: Any) -> TracedArray:
    """The array with a value in the place of ``x[key]``.

    Raises
    ------
    TraceError
        If the key is not made of integers and slices of step 1.
    """
    entries = _entries(key, x.ndim)
    part = to_shape(as_traced(value, x.dtype), x[key].shape)
    slices = [entry if isinstance(entry, slice) else _one(entry) for entry in entries]
    return _joined(x, slices, viewed(part, x[tuple(slices)].shape))


def _entries(key: Any, ndim: int) -> list[Any]:
    entries = list(key) if isinstance(key, tuple) else [key]
    at = next((position for position, entry in enumerate(entries) if entry is Ellipsis), len(entries))
    hidden = ndim - sum(1 for entry in entries if entry is not Ellipsis)
    entries[at : at + 1] = [WHOLE] * hidden
    if not all(_is_simple(entry) for entry in entries):
        raise TraceError(
            "into an array of a size known only at the call a value can be stored by integers and slices of step 1; "
            "use np.where or np.concatenate, or compile for a fixed size"
        )
    return entries


def _is_simple(entry: Any) -> bool:
    return entry.step in (None, 1) if isinstance(entry, slice) else isinstance(entry, int | Dim)


def _one(entry: Any) -> slice:
    """The slice that an integer takes one element of."""
    return slice(entry, None if entry == -1 else entry + 1)


def _joined(x: TracedArray, slices: list[slice], part: TracedArray) -> TracedArray:
    """The array with ``part`` at the slices: along the first that is not whole, what is before, the part, the rest."""
    axis = next((axis for axis, cut in enumerate(slices) if cut != WHOLE), None)
    if axis is None:
        return part
    cut = slices[axis]
    block = _joined(_along(x, axis, cut), [*slices[:axis], WHOLE, *slices[axis + 1 :]], part)
    before = [_along(x, axis, slice(None, cut.start))] if cut.start not in (None, 0) else []
    after = [_along(x, axis, slice(cut.stop, None))] if cut.stop is not None else []
    parts = [piece for piece in (*before, block, *after) if piece.shape[axis] != 0]
    joined: TracedArray = numpy.concatenate(parts, axis=axis)
    return joined


def _along(x: TracedArray, axis: int, cut: slice) -> TracedArray:
    key = (*[WHOLE] * axis, cut)
    part: TracedArray = x[key]
    return part
