"""``x[…]``: integers, slices, Ellipsis and newaxis, and constant integer or boolean arrays.

A key becomes one slice of all axes and one reshape; along an axis of named size, bounds are affine in it.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradgen.errors import ShapeError, TraceError
from gradgen.ir import Dim, Extent, shape_text
from gradgen.ops.shape import concatenate
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements
from gradgen.trace.moves import as_traced, one_axis, plain, sliced, viewed

__all__ = ["take_along"]

# A constant index array is so many slices put side by side at most.
PIECES_LIMIT = 256


@dataclass(frozen=True, slots=True)
class Cut:
    """What is taken along one axis: ``start + i * step`` for ``i`` below ``count``; None drops the axis."""

    start: Extent
    step: int
    count: Extent | None


@implements(operator.getitem)
def _getitem(x: TracedArray, key: Any) -> TracedArray:
    entries = _expanded(key if isinstance(key, tuple) else (key,), x)
    cuts: list[Cut] = []
    shape: list[Extent] = []
    arrays: list[tuple[int, np.ndarray]] = []
    for entry in entries:
        if entry is None:
            shape.append(1)
            continue
        extent = x.shape[len(cuts)]
        if isinstance(entry, np.ndarray):
            arrays.append((len(shape), _positions(entry, extent)))
            entry = slice(None)
        cut = _slice(entry, extent) if isinstance(entry, slice) else _integer(entry, extent, len(cuts))
        cuts.append(cut)
        shape.extend([] if cut.count is None else [cut.count])
    counts = [1 if cut.count is None else cut.count for cut in cuts]
    part = viewed(sliced(x, [cut.start for cut in cuts], [cut.step for cut in cuts], counts), shape)
    _check_arrays(entries)
    return take_along(part, arrays[0][1], arrays[0][0]) if arrays else part


def _check_arrays(entries: Sequence[Any]) -> None:
    """NumPy treats integers beside an index array as index arrays too, and moves those that are apart to the front."""
    arrays = sum(1 for entry in entries if isinstance(entry, np.ndarray))
    advanced = [at for at, entry in enumerate(entries) if entry is not None and not isinstance(entry, slice)]
    if arrays > 1 or (arrays and advanced[-1] - advanced[0] >= len(advanced)):
        raise TraceError("several index arrays are not supported on traced arrays; index one axis at a time")


def _expanded(key: tuple[Any, ...], x: TracedArray) -> list[Any]:
    """The key with one entry for each axis (and None for each new one), its arrays constant."""
    entries = [_entry(entry) for entry in key]
    used = sum(1 for entry in entries if entry is not None and entry is not Ellipsis)
    ellipses = [position for position, entry in enumerate(entries) if entry is Ellipsis]
    if used > x.ndim or len(ellipses) > 1:
        raise ShapeError(f"too many indices for {shape_text(x.shape)}: {used} for {x.ndim} dimensions")
    at = ellipses[0] if ellipses else len(entries)
    return entries[:at] + [slice(None)] * (x.ndim - used) + entries[at + 1 :]


def _entry(entry: Any) -> Any:
    if type(entry) is TracedArray:
        if entry.dtype == np.bool_:
            raise TraceError(
                "a traced mask selects a number of elements that is known only when the function is called; "
                "use np.where(mask, x, 0.0), and np.sum(np.where(mask, x, 0.0)) for a sum over the selected"
            )
        raise TraceError(
            "a traced index is not supported: which element it is must be known while the function is traced; "
            "pass the index as a static argument, or choose with np.where(np.arange(n) == i, x, 0.0)"
        )
    if isinstance(entry, list | bool | np.bool_ | tuple) or (isinstance(entry, np.ndarray) and entry.ndim):
        return np.asarray(entry)
    return entry


def _integer(entry: Any, extent: Extent, axis: int) -> Cut:
    try:
        position = entry if isinstance(entry, Dim) else operator.index(entry)
    except TypeError:
        raise TraceError(f"{entry!r} is not an index: use integers, slices, ..., None, constant arrays") from None
    if isinstance(extent, Dim) or isinstance(position, Dim):
        start = _affine(position, extent)
        if isinstance(start, Dim) and _above(extent, start) < 1:
            raise OutOfBoundsError(f"index {start} is out of bounds for axis {axis} with size {extent}")
        return Cut(start, 1, None)
    if not -extent <= position < extent:
        # Also what NumPy raises, so that old-style iteration over an index ends.
        raise OutOfBoundsError(f"index {position} is out of bounds for axis {axis} with size {extent}")
    return Cut(position % extent, 1, None)


class OutOfBoundsError(ShapeError, IndexError):
    """As NumPy's, also an IndexError."""


def _affine(bound: Extent, extent: Extent) -> Extent:
    """A bound along an axis of named size, negative ones counted from its end."""
    if isinstance(bound, Dim):
        if not isinstance(extent, Dim) or bound.name != extent.name:
            raise ShapeError(f"{bound} is not an index into an axis of size {extent}")
        return bound
    return extent + bound if bound < 0 else bound


def _above(extent: Extent, bound: Extent) -> int:
    """How far a named size lies above a bound in the same name."""
    above = extent - bound  # type: ignore[operator]  # both are a Dim, see _affine
    assert isinstance(above, int)
    return above


def _slice(entry: slice, extent: Extent) -> Cut:
    parts = [part if part is None or isinstance(part, Dim) else _static(part) for part in _parts(entry)]
    if isinstance(extent, Dim) or any(isinstance(part, Dim) for part in parts):
        return _named_slice(parts, extent)
    start, stop, step = slice(*parts).indices(extent)
    return Cut(start, step, count) if (count := len(range(start, stop, step))) else Cut(0, 1, 0)


def _parts(entry: slice) -> tuple[Any, Any, Any]:
    return entry.start, entry.stop, entry.step


def _static(part: Any) -> int:
    if type(part) is TracedArray:
        raise TraceError(
            "a traced bound of a slice is not supported: the size must be known while the function is traced; "
            "use a mask, np.where(np.arange(n) < i, x, 0.0)"
        )
    return operator.index(part)


def _named_slice(parts: Sequence[Any], extent: Extent) -> Cut:
    """Along an axis of named size the bounds stay affine; `least_sizes` tells what they need at the call."""
    start, stop, step = parts
    if step == -1 and start is None and stop is None:
        return Cut(extent + -1, -1, extent)
    first = _affine(0 if start is None else start, extent)
    last = extent if stop is None else _affine(stop, extent)
    if step not in (None, 1) or (isinstance(first, Dim) and not isinstance(last, Dim)):
        raise TraceError(
            f"this slice of an axis of size {extent} has a size that is not {extent} plus a constant; "
            "compile for a fixed size"
        )
    if isinstance(last, Dim) and _above(extent, last) < 0:
        last = extent  # as NumPy, which cuts off what lies beyond the end
    count = last - first  # type: ignore[operator]  # an int minus a Dim was refused above
    return Cut(first, 1, count) if isinstance(count, Dim) or count > 0 else Cut(0, 1, 0)


def _positions(entry: np.ndarray, extent: Extent) -> np.ndarray:
    """The positions a constant index array or mask selects."""
    if isinstance(extent, Dim):
        raise TraceError(f"an index array along an axis of size {extent}, known only at the call, is not supported")
    if entry.dtype == np.bool_:
        if entry.shape != (extent,):
            raise ShapeError(f"a mask of shape {shape_text(entry.shape)} for an axis of size {extent}")
        return np.flatnonzero(entry)
    if entry.size and entry.dtype.kind not in "iu":
        raise TraceError(f"an index array must hold integers or bools, not {entry.dtype}")
    if entry.size and not (-extent <= entry.min() and entry.max() < extent):
        raise OutOfBoundsError(f"an index is out of bounds for an axis of size {extent}")
    return np.where(entry < 0, entry + extent, entry).astype(int)


def take_along(x: TracedArray, positions: np.ndarray, axis: int) -> TracedArray:
    """The elements at constant positions along an axis: runs of equal step are slices, put side by side."""
    pieces = [_cut_axis(x, axis, run) for run in _runs(positions.ravel().tolist())]
    if len(pieces) > PIECES_LIMIT:
        raise TraceError(f"an index array of {positions.size} unrelated positions is not supported; use slices")
    taken = emit(concatenate, *pieces, axis=axis) if len(pieces) > 1 else pieces[0]
    return viewed(taken, (*x.shape[:axis], *positions.shape, *x.shape[axis + 1 :]))


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


@implements(np.take)
def _take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> TracedArray:
    plain(out=out, mode=None if mode == "raise" else mode)
    x = as_traced(a)
    x = x.ravel() if axis is None else x
    key = _entry(indices)
    positions = key if isinstance(key, np.ndarray) else np.asarray(operator.index(key))
    along = one_axis(0 if axis is None else axis, x.ndim)
    return take_along(x, _positions(positions, x.shape[along]), along)
