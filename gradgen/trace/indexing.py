"""``x[…]``: integers, slices, Ellipsis and newaxis, and integer or boolean arrays, several of them too.

A key becomes one slice of all axes and one reshape; what arrays pick is picked from that. Integer arrays may be
traced, masks may not. Along an axis of named size, bounds are affine in it.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradgen.errors import ShapeError, TraceError
from gradgen.ir import Dim, Extent, broadcast_shapes, shape_text
from gradgen.trace.array import TracedArray
from gradgen.trace.context import implements, numpy
from gradgen.trace.moves import as_traced, one_axis, permute, plain, prepare, sliced, to_shape, viewed
from gradgen.trace.taking import OutOfBoundsError, Positions, pick, positions_along, take_along

__all__ = ["take_along"]

TRACED_MASK = (
    "a traced mask selects a number of elements that is known only when the function is called; "
    "use np.where(mask, x, 0.0), and np.sum(np.where(mask, x, 0.0)) for a sum over the selected"
)


@dataclass(frozen=True, slots=True)
class Cut:
    """What is taken along one axis: ``start + i * step`` for ``i`` below ``count``; None drops the axis."""

    start: Extent
    step: int
    count: Extent | None


@implements(operator.getitem)
def _getitem(x: TracedArray, key: Any) -> TracedArray:
    given = _entries(key if isinstance(key, tuple) else (key,), x)
    cuts: list[Cut] = []
    shape: list[Extent] = []
    arrays: dict[int, Positions] = {}
    for entry in _expanded(given, x):
        if entry is None:
            shape.append(1)
            continue
        extent = x.shape[len(cuts)]
        if _is_array(entry):
            arrays[len(shape)] = positions_along(entry, extent)
            entry = slice(None)
        cut = _slice(entry, extent) if isinstance(entry, slice) else _integer(entry, extent, len(cuts))
        cuts.append(cut)
        shape.extend([] if cut.count is None else [cut.count])
    counts = [1 if cut.count is None else cut.count for cut in cuts]
    part = viewed(sliced(x, [cut.start for cut in cuts], [cut.step for cut in cuts], counts), shape)
    return _advanced(part, arrays, _place(given, x)) if arrays else part


def _is_array(entry: Any) -> bool:
    return type(entry) is TracedArray or type(entry) is np.ndarray


def _advanced(x: TracedArray, arrays: dict[int, Positions], place: int | None) -> TracedArray:
    """What index arrays pick from these axes; their common axes come first, or at a place."""
    axes = list(arrays)
    positions: Any = arrays[axes[0]]
    if len(axes) == 1 and type(positions) is np.ndarray:
        axis = axes[0]
        taken = take_along(x, positions, axis)
        target = 0 if place is None else place
        front = range(positions.ndim)
        return numpy.moveaxis(taken, [axis + k for k in front], [target + k for k in front])  # type: ignore[no-any-return]
    shape = broadcast_shapes(*[index.shape for index in arrays.values()])
    spread = [_spread(index, shape) for index in arrays.values()]
    rest = [axis for axis in range(x.ndim) if axis not in arrays]
    taken = pick(permute(x, [*axes, *rest]), spread)
    before = 0 if place is None else place
    common = len(shape)
    order = [*range(common, common + before), *range(common), *range(common + before, taken.ndim)]
    return permute(taken, order)


def _spread(index: Positions, shape: tuple[Extent, ...]) -> Positions:
    if type(index) is TracedArray:
        return to_shape(index, shape)
    return np.broadcast_to(index, tuple(operator.index(extent) for extent in shape))


def _place(entries: Sequence[Any], x: TracedArray) -> int | None:
    """Where NumPy puts the axes that index arrays make: where they stand, or first (None) if they stand apart."""
    advanced = [at for at, entry in enumerate(entries) if _is_array(entry) or _is_number(entry)]
    if advanced[-1] - advanced[0] >= len(advanced):
        return None
    before = entries[: advanced[0]]
    hidden = x.ndim - sum(1 for entry in entries if entry is not None and entry is not Ellipsis)
    return sum(hidden if entry is Ellipsis else 1 for entry in before)


def _is_number(entry: Any) -> bool:
    return entry is not None and entry is not Ellipsis and not isinstance(entry, slice)


def _entries(key: tuple[Any, ...], x: TracedArray) -> list[Any]:
    """The key with its arrays as such; a mask of several axes is an index array for each of them."""
    entries: list[Any] = []
    passed = [_entry(entry) for entry in key]
    for at, entry in enumerate(passed):
        if type(entry) is np.ndarray and entry.dtype == np.bool_:
            axis = sum(1 for before in entries if before is not None and before is not Ellipsis)
            if Ellipsis in [each for each in passed[:at] if not _is_array(each)]:
                later = [each for each in passed[at:] if each is not None]
                axis = x.ndim - sum(each.ndim if _is_mask(each) else 1 for each in later)
            here = x.shape[axis : axis + entry.ndim]
            if not entry.ndim or entry.shape != here:
                raise ShapeError(f"a mask of shape {shape_text(entry.shape)} for axes {shape_text(here)}")
            entries.extend(np.nonzero(entry))
        else:
            entries.append(entry)
    return entries


def _is_mask(entry: Any) -> bool:
    return type(entry) is np.ndarray and entry.dtype == np.bool_


def _expanded(entries: list[Any], x: TracedArray) -> list[Any]:
    """One entry for each axis, and None for each new one."""
    used = sum(1 for entry in entries if entry is not None and entry is not Ellipsis)
    ellipses = [position for position, entry in enumerate(entries) if entry is Ellipsis]
    if used > x.ndim or len(ellipses) > 1:
        raise ShapeError(f"too many indices for {shape_text(x.shape)}: {used} for {x.ndim} dimensions")
    at = ellipses[0] if ellipses else len(entries)
    return entries[:at] + [slice(None)] * (x.ndim - used) + entries[at + 1 :]


def _entry(entry: Any) -> Any:
    if isinstance(entry, range):
        return np.asarray(entry, np.int64)
    if isinstance(entry, list | tuple):
        entry = prepare(entry) if len(entry) else np.zeros(0, np.int64)
    if type(entry) is TracedArray:
        if entry.dtype == np.bool_:
            raise TraceError(TRACED_MASK)
        return entry
    if isinstance(entry, bool | np.bool_) or (isinstance(entry, np.ndarray) and (entry.ndim or entry.dtype == bool)):
        return np.asarray(entry)
    return entry


def _integer(entry: Any, extent: Extent, axis: int) -> Cut:
    try:
        position = entry if isinstance(entry, Dim) else operator.index(entry)
    except TypeError:
        raise TraceError(f"{entry!r} is not an index: use integers, slices, ..., None, arrays of integers") from None
    if isinstance(extent, Dim) or isinstance(position, Dim):
        start = _affine(position, extent)
        if isinstance(start, Dim) and _above(extent, start) < 1:
            raise OutOfBoundsError(f"index {start} is out of bounds for axis {axis} with size {extent}")
        return Cut(start, 1, None)
    if not -extent <= position < extent:
        # Also what NumPy raises, so that old-style iteration over an index ends.
        raise OutOfBoundsError(f"index {position} is out of bounds for axis {axis} with size {extent}")
    return Cut(position % extent, 1, None)


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


@implements(np.take)
def _take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> TracedArray:
    plain(out=out)
    x = as_traced(a)
    x = x.ravel() if axis is None else x
    along = one_axis(0 if axis is None else axis, x.ndim)
    found: Any = prepare(indices)
    size: Any = x.shape[along]
    size = as_traced(size) if isinstance(size, Dim) else size
    if mode == "clip":
        found = np.minimum(np.maximum(found, 0), size - 1)
    elif mode == "wrap":
        found = found % size
    elif mode != "raise":
        raise ShapeError(f"mode {mode!r}; there are 'raise', 'clip' and 'wrap'")
    positions = found if type(found) is TracedArray else np.asarray(found)
    key = (*[slice(None)] * along, positions if positions.ndim else positions[()])
    return _getitem(x, key)
