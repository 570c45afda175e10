"""Elements by their positions, which may be computed: everything that indexes by arrays ends here.

An array is taken from as one long axis. Positions along several axes are first looked up in ``arange`` of each
axis: that counts negative ones from the end and tells when one is out of range, each along its own axis.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradgen.errors import ShapeError, TraceError
from gradgen.ir import Dim, Extent, shape_text
from gradgen.ops import Value
from gradgen.ops.index import arange, gather
from gradgen.ops.shape import concatenate
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import active, numpy
from gradgen.trace.moves import as_traced, fixed, sliced, to_shape, viewed

__all__ = ["OutOfBoundsError", "counted", "pick", "positions_along", "take_along", "take_rows"]

# Constant positions are slices put side by side while these are few; a named extent leaves no other way.
FEW_PIECES, MANY_PIECES = 8, 256

Positions = TracedArray | np.ndarray


class OutOfBoundsError(ShapeError, IndexError):
    """As NumPy's, also an IndexError."""


def counted(extent: Extent, dtype: Any = np.int64) -> TracedArray:
    """0, 1, 2, … below an extent."""
    made: Value = arange.leaf(active().here(), extent=extent, dtype=np.dtype(dtype).str)
    return TracedArray(made)


def positions_along(entry: Any, extent: Extent) -> Positions:
    """Positions along an axis of this extent: a constant array is checked now, a traced one at the call."""
    if type(entry) is TracedArray:
        if entry.dtype.kind != "i":
            raise TraceError(f"an index must be an integer, not {entry.dtype}; convert it with .astype(int)")
        return entry.astype(np.int64)  # type: ignore[no-any-return]
    array = np.asarray(entry)
    if array.size and array.dtype.kind not in "iu":
        raise TraceError(f"an index array must hold integers or bools, not {array.dtype}")
    if isinstance(extent, Dim):
        return array.astype(np.int64)
    if array.size and not (-extent <= array.min() and array.max() < extent):
        raise OutOfBoundsError(f"an index is out of bounds for an axis of size {extent}")
    return np.where(array < 0, array + extent, array).astype(np.int64)


def pick(x: TracedArray, indices: Sequence[Positions]) -> TracedArray:
    """``x[i, j, …]`` with index arrays for the first axes, which broadcast together."""
    lead, rest = x.shape[: len(indices)], x.shape[len(indices) :]
    if len(indices) == 1 and not rest:
        return emit(gather, x, as_traced(indices[0]))
    if any(isinstance(extent, Dim) for extent in x.shape):
        raise TraceError(
            f"an index array for {shape_text(x.shape)}, of which a size is known only at the call, is not supported; "
            "compile for a fixed size"
        )
    width = math.prod(fixed(extent) for extent in rest)
    strides = [width * math.prod(fixed(extent) for extent in lead[axis + 1 :]) for axis in range(len(lead))]
    at: Any = sum(
        _checked(index, extent) * stride for index, extent, stride in zip(indices, lead, strides, strict=True)
    )
    flat = viewed(x, (math.prod(fixed(extent) for extent in x.shape),))
    if not rest:
        return emit(gather, flat, as_traced(at))
    shape = (*at.shape, *rest)
    start = to_shape(viewed(as_traced(at), (*at.shape, *[1] * len(rest))), shape)
    return emit(gather, flat, start + to_shape(viewed(counted(width), rest), shape))


def _checked(index: Positions, extent: Extent) -> Any:
    return emit(gather, counted(extent), index) if type(index) is TracedArray else index


def take_rows(x: TracedArray, positions: Positions, *, inside: bool = False) -> TracedArray:
    """Along the last axis, for each row its own positions; ``inside`` says that none is negative or beyond."""
    if x.ndim == 1:
        return emit(gather, x, as_traced(positions))
    extent = fixed(x.shape[-1])
    stack = x.shape[:-1]
    count = math.prod(fixed(size) for size in stack)
    given = as_traced(positions)
    valid = given if inside else as_traced(_checked(given, extent))
    rows = to_shape(viewed(counted(count) * extent, (*stack, 1)), valid.shape)
    return emit(gather, viewed(x, (count * extent,)), valid + rows)


# --- constant positions along one axis ---------------------------------------------------------------


def take_along(x: TracedArray, positions: np.ndarray, axis: int) -> TracedArray:
    """The elements at constant positions along an axis: runs of equal step are slices, put side by side."""
    if isinstance(x.shape[axis], Dim):
        return _picked(x, positions, axis)
    runs = _runs(positions.ravel().tolist())
    named = any(isinstance(extent, Dim) for extent in x.shape)
    if len(runs) > (MANY_PIECES if named else FEW_PIECES):
        return _picked(x, positions, axis)
    pieces = [_cut_axis(x, axis, run) for run in runs]
    taken = emit(concatenate, *pieces, axis=axis) if len(pieces) > 1 else pieces[0]
    return viewed(taken, (*x.shape[:axis], *positions.shape, *x.shape[axis + 1 :]))


def _picked(x: TracedArray, positions: np.ndarray, axis: int) -> TracedArray:
    taken = pick(numpy.moveaxis(x, axis, 0), [positions])
    front = tuple(range(positions.ndim))
    return numpy.moveaxis(taken, front, tuple(axis + k for k in front))  # type: ignore[no-any-return]


def _runs(positions: list[int]) -> list[range]:
    """Positions as few arithmetic progressions."""
    runs: list[range] = []
    at = 0
    while at < len(positions):
        end = at + 1
        step = positions[end] - positions[at] if end < len(positions) else 1
        while step and end < len(positions) and positions[end] - positions[end - 1] == step:
            end += 1
        step = step or 1
        runs.append(range(positions[at], positions[at] + step * (end - at), step))
        at = end
    return runs or [range(0)]


def _cut_axis(x: TracedArray, axis: int, run: range) -> TracedArray:
    starts: list[Extent] = [0] * x.ndim
    steps, shape = [1] * x.ndim, list(x.shape)
    starts[axis], steps[axis], shape[axis] = run.start, run.step, len(run)
    return sliced(x, starts, steps, shape)
