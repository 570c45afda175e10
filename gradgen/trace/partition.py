"""How an array whose elements come from several places falls into boxes, and which boxes are slices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

__all__ = ["Joined", "Part", "Run", "along_axes", "partition", "stretch"]

# More boxes than this for each place that elements come from is no order to speak of.
BOXES = 4


class Part:
    """A box whose elements all come from one place."""


class Joined(NamedTuple):
    """A box that falls into others side by side along an axis; ``flat`` if it is looked at as one axis."""

    axis: int
    parts: list[tuple[tuple[slice, ...], Part | Joined]]
    flat: bool = False


@dataclass(frozen=True)
class Run:
    """What is taken along one axis of an array, and the axis of the result that it becomes."""

    start: int
    step: int
    count: int
    axis: int | None = None


def partition(owners: np.ndarray) -> Part | Joined | None:
    """An array of owners as boxes that have one owner each; None if it would be very many.

    Examples
    --------
    >>> partition(np.array([0, 0, 1])).parts[0][0]
    (slice(0, 2, None),)
    """
    room = max(16, BOXES * len(np.unique(owners)))
    line = owners.reshape(-1)
    ends = np.flatnonzero(line[1:] != line[:-1])
    flat = _split(line, [min(len(ends) + 1, room) + 1]) if len(ends) < room else None
    if owners.ndim < 2:
        return flat
    boxes = [room]
    nested = _split(owners, boxes)
    if nested is None or (isinstance(flat, Joined) and len(flat.parts) <= room - boxes[0]):
        return flat._replace(flat=True) if isinstance(flat, Joined) else flat
    return nested


def _split(owners: np.ndarray, room: list[int]) -> Part | Joined | None:
    """Boxes along the axis that needs the fewest; ``room`` counts down how many more there may be."""
    if (owners == owners.flat[0]).all():
        room[0] -= 1
        return Part() if room[0] >= 0 else None
    changes = [(len(ends), axis, ends) for axis in range(owners.ndim) if len(ends := _changes(owners, axis))]
    _, axis, ends = min(changes, key=lambda change: change[:2])
    parts: list[tuple[tuple[slice, ...], Part | Joined]] = []
    for start, stop in zip([0, *ends], [*ends, owners.shape[axis]], strict=True):
        before = (slice(None),) * axis
        cut, first = (*before, slice(start, stop)), (*before, slice(start, start + 1))
        # Equal all along the axis, so that one layer stands for the box.
        part = _split(owners[first], room)
        if part is None:
            return None
        parts.append((cut, part))
    return Joined(axis, parts)


def _changes(owners: np.ndarray, axis: int) -> list[int]:
    """Where along an axis the next layer differs from the last."""
    layers = np.moveaxis(owners, axis, 0).reshape(owners.shape[axis], -1)
    ends: list[int] = (np.flatnonzero((layers[1:] != layers[:-1]).any(axis=1)) + 1).tolist()
    return ends


def along_axes(positions: np.ndarray, shape: tuple[int, ...]) -> list[Run] | None:
    """Positions in an array of a shape as one slice of each of its axes, if they are.

    Examples
    --------
    >>> along_axes(np.array([1, 4, 7]), (3, 3))
    [Run(start=0, step=1, count=3, axis=0), Run(start=1, step=1, count=1, axis=None)]
    """
    coordinates = np.unravel_index(positions, shape) if shape else ()
    runs: list[Run] = []
    for coordinate in coordinates:
        run = _run(coordinate)
        if run is None or (run.axis is not None and run.axis in [other.axis for other in runs]):
            return None
        runs.append(run)
    return runs


def _run(coordinate: np.ndarray) -> Run | None:
    """A coordinate that changes steadily along at most one axis."""
    start = int(coordinate.flat[0])
    steps = [
        (axis, int(coordinate[tuple(int(at == axis) for at in range(coordinate.ndim))]) - start)
        for axis in range(coordinate.ndim)
        if coordinate.shape[axis] > 1
    ]
    moving = [(axis, step) for axis, step in steps if step]
    if not moving:
        return Run(start, 1, 1) if (coordinate == start).all() else None
    axis, step = moving[0]
    count = coordinate.shape[axis]
    line = start + step * np.arange(count).reshape([-1 if at == axis else 1 for at in range(coordinate.ndim)])
    return Run(start, step, count, axis) if len(moving) == 1 and (coordinate == line).all() else None


def stretch(positions: np.ndarray) -> Run | None:
    """Positions, in order, as one arithmetic progression, if they are."""
    line = positions.reshape(-1)
    step = int(line[1] - line[0])
    steady = step != 0 and (np.diff(line) == step).all()
    return Run(int(line[0]), step, line.size, 0) if steady else None
