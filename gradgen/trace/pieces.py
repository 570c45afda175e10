"""Arrays in pieces: every element is named by a code, and NumPy itself moves the codes about.

An array of codes says which element of which piece stands where. Item assignment, ``np.put``, ``np.array`` of nested
lists and all else that only moves elements is done on codes by NumPy's own function; `Pieces.assemble` then records
the few slices and joins that make the array.
"""

from __future__ import annotations

import math
import operator
from bisect import bisect_right
from typing import Any, NamedTuple

import numpy as np

from gradgen.ops.elementwise import where
from gradgen.ops.index import gather
from gradgen.ops.shape import concatenate, embed, place
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.complex_pair import is_zero
from gradgen.trace.moves import as_traced, filled, permute, sliced, to_shape, viewed
from gradgen.trace.partition import Joined, Part, Run, along_axes, partition, stretch

__all__ = ["Pieces"]

# More kinds of elements than this, in no order, are taken one by one and not laid over each other.
LAYERS_LIMIT = 8


class Pieces:
    """Arrays behind each other, so that one integer, a code, names one element of one of them.

    Parameters
    ----------
    dtype : numpy.dtype
        The dtype they have, or are converted to.
    """

    def __init__(self, dtype: np.dtype) -> None:
        self.dtype = dtype
        self.arrays: list[TracedArray | np.ndarray] = []
        self.starts: list[int] = []
        self.count = 0

    def add(self, array: Any) -> np.ndarray:
        """Add an array; the codes of its elements, in its shape."""
        if type(array) is TracedArray:
            array = as_traced(array, self.dtype)
            # Whatever is written into the array later is not meant.
            piece: Any = TracedArray(array.value)
            size = _extent(array)
        else:
            piece = np.array(array).astype(self.dtype)
            size = piece.size
        start, self.count = self.count, self.count + size
        if size:
            self.arrays.append(piece)
            self.starts.append(start)
        return np.arange(start, self.count).reshape(array.shape if type(array) is TracedArray else piece.shape)

    def element(self, code: int) -> Any:
        """One element: a number of NumPy's, or traced."""
        owner = bisect_right(self.starts, code) - 1
        array, position = self.arrays[owner], code - self.starts[owner]
        if isinstance(array, TracedArray):
            return TracedArray(_element(array, position).value)
        return array.reshape(-1)[position]

    def data(self, codes: np.ndarray) -> np.ndarray | None:
        """The elements, if there is none traced among them."""
        owners = self._owners(codes)
        known = set(np.unique(owners).tolist())
        if any(type(self.arrays[owner]) is TracedArray for owner in known):
            return None
        out = np.empty(codes.shape, self.dtype)
        for owner in known:
            chosen = owners == owner
            out[chosen] = self.arrays[owner].reshape(-1)[codes[chosen] - self.starts[owner]]
        return out

    def _owners(self, codes: np.ndarray) -> np.ndarray:
        return np.searchsorted(np.asarray(self.starts), codes, side="right") - 1

    def assemble(self, codes: np.ndarray) -> TracedArray:
        """The array of the elements with these codes, a new one: whoever gets it may write into it."""
        return TracedArray(self._assembled(codes).value)

    def _assembled(self, codes: np.ndarray) -> TracedArray:
        if not codes.size:
            return filled(0, self.dtype, codes.shape)
        owners = self._owners(codes)
        arrays, positions, owners = self._with_one_constant(codes, owners)
        box = _box_in_zeros(arrays, owners)
        if box is not None:
            return _in_zeros(_region(arrays[1 - box.zeros], positions[box.cut]), box.cut, codes.shape)
        plan = partition(owners)
        if plan is not None:
            return viewed(_join(arrays, positions, owners, plan), codes.shape)
        kinds = np.unique(owners).tolist()
        if len(kinds) <= LAYERS_LIMIT:
            return _overlay(arrays, positions, owners, kinds)
        return _gathered(arrays, positions, owners, kinds)

    def _with_one_constant(
        self, codes: np.ndarray, owners: np.ndarray
    ) -> tuple[list[TracedArray], np.ndarray, np.ndarray]:
        """The pieces that occur, all data among them made one piece of the shape of the whole."""
        kinds, owners = np.unique(owners, return_inverse=True)
        owners = owners.reshape(codes.shape)
        positions = codes - np.asarray(self.starts)[kinds][owners]
        plain = [rank for rank, kind in enumerate(kinds) if type(self.arrays[kind]) is not TracedArray]
        arrays: list[Any] = [self.arrays[kind] for kind in kinds]
        if plain:
            known = np.isin(owners, plain)
            numbers = np.concatenate([arrays[rank].reshape(-1)[positions[owners == rank]] for rank in plain])
            table = np.full(codes.shape, numbers[0])
            for rank in plain:
                chosen = owners == rank
                table[chosen] = arrays[rank].reshape(-1)[positions[chosen]]
            equal = (numbers == numbers[0]).all() and not (numbers[0] == 0 and np.signbit(numbers.real).any())
            arrays[plain[0]] = table.reshape(-1)[:1].reshape(()) if equal else table
            own = np.zeros(codes.shape, int) if equal else np.arange(codes.size).reshape(codes.shape)
            positions, owners = np.where(known, own, positions), np.where(known, plain[0], owners)
        return [as_traced(array, self.dtype) for array in arrays], positions, owners


def _extent(array: TracedArray) -> int:
    return math.prod([operator.index(extent) for extent in array.shape])


def _element(array: TracedArray, position: int) -> TracedArray:
    shape = [int(extent) for extent in array.shape]
    starts = [int(at) for at in np.unravel_index(position, shape)] if shape else []
    return viewed(sliced(array, starts, [1] * len(shape), [1] * len(shape)), ())


def _join(arrays: list[TracedArray], positions: np.ndarray, owners: np.ndarray, plan: Part | Joined) -> TracedArray:
    if isinstance(plan, Joined):
        if plan.flat:
            positions, owners = positions.reshape(-1), owners.reshape(-1)
        parts = [_join(arrays, positions[cut], owners[cut], part) for cut, part in plan.parts]
        return emit(concatenate, *parts, axis=plan.axis)
    return _region(arrays[int(owners.flat[0])], positions)


def _region(array: TracedArray, positions: np.ndarray) -> TracedArray:
    """Elements of one array: a part of it where they lie in order, else taken one by one."""
    shape = tuple([int(extent) for extent in array.shape])
    size = int(np.prod(shape))
    if positions.size == 1:
        return viewed(_element(array, int(positions.flat[0])), positions.shape)
    if positions.size == size and np.array_equal(positions.reshape(-1), np.arange(size)):
        return viewed(array, positions.shape)
    runs = along_axes(positions, shape)
    if runs is not None:
        return _cut(array, runs, positions.shape)
    line = stretch(positions)
    if line is not None:
        return viewed(sliced(viewed(array, (size,)), [line.start], [line.step], [line.count]), positions.shape)
    return emit(gather, viewed(array, (size,)), as_traced(np.ascontiguousarray(positions)))


def _cut(array: TracedArray, runs: list[Run], shape: tuple[int, ...]) -> TracedArray:
    """Slice each axis of the array, and put those that remain where the result has them."""
    part = sliced(array, [run.start for run in runs], [run.step for run in runs], [run.count for run in runs])
    kept = [run.axis for run in runs if run.axis is not None]
    part = viewed(part, [run.count for run in runs if run.axis is not None])
    part = permute(part, sorted(range(len(kept)), key=kept.__getitem__))
    return to_shape(viewed(part, [extent if axis in kept else 1 for axis, extent in enumerate(shape)]), shape)


def _overlay(arrays: list[TracedArray], positions: np.ndarray, owners: np.ndarray, kinds: list[int]) -> TracedArray:
    """Each kind of elements as an array of the whole shape, chosen between by constant masks."""
    result: TracedArray | None = None
    for kind in sorted(kinds, key=lambda kind: -np.count_nonzero(owners == kind)):
        chosen = owners == kind
        layer = _layer(arrays[kind], positions, chosen)
        result = layer if result is None else emit(where, as_traced(chosen), layer, result)
    assert result is not None
    return result


class _Box(NamedTuple):
    zeros: int
    cut: tuple[slice, ...]


def _box_in_zeros(arrays: list[TracedArray], owners: np.ndarray) -> _Box | None:
    """Whether there is but one array, at constant steps, and zeros around it."""
    if len(arrays) != 2:
        return None
    for rank, array in enumerate(arrays):
        if not array.ndim and is_zero(array.value):
            cut = _grid(owners != rank)
            return None if cut is None else _Box(rank, cut)
    return None


def _grid(chosen: np.ndarray) -> tuple[slice, ...] | None:
    """The slices that choose just these elements, if there are such."""
    if not chosen.any():
        return None
    lines = [_line(np.flatnonzero(chosen.any(axis=tuple(set(range(chosen.ndim)) - {at})))) for at in range(chosen.ndim)]
    cut = tuple(slice(line.start, line.stop, line.step) for line in lines if line is not None)
    return cut if len(cut) == chosen.ndim and chosen[cut].all() else None


def _in_zeros(part: TracedArray, cut: tuple[slice, ...], shape: tuple[int, ...]) -> TracedArray:
    steps = tuple(along.step for along in cut)
    op = embed if set(steps) == {1} else place
    return emit(op, part, starts=tuple(along.start for along in cut), steps=steps, shape=shape)


def _layer(array: TracedArray, positions: np.ndarray, chosen: np.ndarray) -> TracedArray:
    """An array of the whole shape that has the chosen elements where they belong, and anything elsewhere."""
    if not array.ndim or array.size == 1:
        return to_shape(viewed(array, ()), positions.shape)
    if np.array_equal(positions[chosen], np.arange(positions.size).reshape(positions.shape)[chosen]) and (
        array.size == positions.size
    ):
        return viewed(array, positions.shape)
    cut = _grid(chosen)
    if cut is not None:
        return _in_zeros(_region(array, positions[cut]), cut, positions.shape)
    return _region(array, np.where(chosen, positions, positions[chosen].flat[0]))


def _line(indices: np.ndarray) -> range | None:
    """Indices as a range, if they are one."""
    if len(indices) == 1:
        return range(int(indices[0]), int(indices[0]) + 1)
    line = range(int(indices[0]), int(indices[-1]) + 1, int(indices[1] - indices[0]))
    return line if np.array_equal(indices, line) else None


def _gathered(arrays: list[TracedArray], positions: np.ndarray, owners: np.ndarray, kinds: list[int]) -> TracedArray:
    """All pieces in one line, and the elements taken from there."""
    lines = [viewed(arrays[kind], (_extent(arrays[kind]),)) for kind in kinds]
    starts = np.zeros(max(kinds) + 1, int)
    starts[kinds] = np.cumsum([0, *[_extent(line) for line in lines[:-1]]])
    return emit(gather, emit(concatenate, *lines, axis=0), as_traced(positions + starts[owners]))
