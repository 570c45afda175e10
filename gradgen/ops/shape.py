"""Ops that move elements and compute nothing. All are linear; each transposes into another of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradgen.errors import ShapeError
from gradgen.ir import Dim, Extent, Node, Type, shape_text, size_of
from gradgen.ops.lowering import Access, Assembly, Expression, Index, Reshaping, View
from gradgen.ops.op import Joint, Linear, Op, define
from gradgen.ops.value import Value

__all__ = ["broadcast", "concatenate", "copy", "embed", "place", "reshape", "slice_", "transpose"]


def _broadcast_type(x: Type, shape: tuple[Extent, ...], axes: tuple[int, ...]) -> Type:
    if tuple(shape[axis] for axis in axes) != x.shape:
        raise ShapeError(f"cannot place {shape_text(x.shape)} at axes {axes} of {shape_text(shape)}")
    return x.with_shape(shape)


def _broadcast(x: np.ndarray, shape: tuple[int, ...], axes: tuple[int, ...]) -> np.ndarray:
    placed = np.expand_dims(np.asarray(x), tuple(axis for axis in range(len(shape)) if axis not in axes))
    return np.broadcast_to(placed, shape)


def _new_axes(ct: Value, axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(axis for axis in range(ct.ndim) if axis not in axes)


def _broadcast_access(index: Index, node: Node, x: Type) -> Access:
    return tuple(index[axis] for axis in node["axes"]), ()


# The operand's axes become the axes `axes` (ascending) of `shape`; along the others it is repeated.
broadcast = define(
    "broadcast",
    numpy=_broadcast,
    type=_broadcast_type,
    c=View(_broadcast_access),
    batch=lambda size, batched, shape, axes: {"shape": (size, *shape), "axes": (0, *(axis + 1 for axis in axes))},
    rules=[Linear(lambda ct, x, shape, axes: _sum(ct, _new_axes(ct, axes)))],
)


def _sum(x: Value, axes: tuple[int, ...]) -> Value:
    from gradgen.ops.reduce import sum_  # transposes of each other

    return sum_(x, axes=axes)


def _reshape_type(x: Type, shape: tuple[Extent, ...]) -> Type:
    named = [extent for extent in x.shape if isinstance(extent, Dim)]
    if named != [extent for extent in shape if isinstance(extent, Dim)] or size_of(_fixed(x.shape)) != size_of(
        _fixed(shape)
    ):
        raise ShapeError(f"cannot reshape {shape_text(x.shape)} into {shape_text(shape)}")
    return x.with_shape(shape)


def _fixed(shape: Sequence[Extent]) -> list[int]:
    return [extent for extent in shape if isinstance(extent, int)]


reshape: Op = define(
    "reshape",
    numpy=lambda x, shape: np.reshape(x, shape),
    type=_reshape_type,
    c=Reshaping(),
    batch=lambda size, batched, shape: {"shape": (size, *shape)},
    rules=[Linear(lambda ct, x, shape: reshape(ct, shape=x.shape))],
)


def _transpose_type(x: Type, axes: tuple[int, ...]) -> Type:
    if sorted(axes) != list(range(x.ndim)):
        raise ShapeError(f"axes {axes} are not a permutation of the axes of {shape_text(x.shape)}")
    return x.with_shape([x.shape[axis] for axis in axes])


def inverse_permutation(axes: Sequence[int]) -> tuple[int, ...]:
    """The permutation that undoes ``axes``."""
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


def _transpose_access(index: Index, node: Node, x: Type) -> Access:
    return tuple(index[position] for position in inverse_permutation(node["axes"])), ()


transpose: Op = define(
    "transpose",
    numpy=lambda x, axes: np.transpose(x, axes),
    type=_transpose_type,
    c=View(_transpose_access),
    batch=lambda size, batched, axes: {"axes": (0, *(axis + 1 for axis in axes))},
    rules=[Linear(lambda ct, x, axes: transpose(ct, axes=inverse_permutation(axes)))],
)


def _slices(starts: Sequence[int], steps: Sequence[int], shape: Sequence[int]) -> tuple[Any, ...]:
    """Python slices from start, step and count, negative steps included."""
    ends = [start + step * count for start, step, count in zip(starts, steps, shape, strict=True)]
    return tuple(
        slice(start, end if end >= 0 else None, step) if count else slice(0, 0)
        for start, step, count, end in zip(starts, steps, shape, ends, strict=True)
    )


def _slice_type(x: Type, starts: tuple[Extent, ...], steps: tuple[int, ...], shape: tuple[Extent, ...]) -> Type:
    if not len(starts) == len(steps) == len(shape) == x.ndim:
        raise ShapeError(f"{len(starts)} slices for {shape_text(x.shape)}")
    return x.with_shape(shape)


def _slice_access(index: Index, node: Node, x: Type) -> Access:
    moved = zip(index, node["starts"], node["steps"], strict=True)
    return tuple(i * step + start for i, start, step in moved), ()


def _whole_first_axis(
    size: Extent, batched: Sequence[bool], starts: tuple[Extent, ...], steps: tuple[int, ...], shape: tuple[Extent, ...]
) -> dict[str, Any]:
    return {"starts": (0, *starts), "steps": (1, *steps), "shape": (size, *shape)}


# result[i] = x[starts + i * steps]; `shape` is that of the result.
slice_ = define(
    "slice",
    numpy=lambda x, starts, steps, shape: np.asarray(x)[_slices(starts, steps, shape)],
    type=_slice_type,
    c=View(_slice_access),
    batch=_whole_first_axis,
    rules=[Linear(lambda ct, x, starts, steps, shape: _embedded(ct, starts, steps, x.shape))],
)


def _embedded(ct: Value, starts: tuple[Extent, ...], steps: tuple[int, ...], shape: tuple[Extent, ...]) -> Value:
    """Zeros of ``shape`` with ``ct`` at the slice: a gather where steps are 1, else stores into zeros."""
    op = embed if all(step == 1 for step in steps) else place
    return op(ct, starts=starts, steps=steps, shape=shape)


def _embed_type(x: Type, starts: tuple[Extent, ...], steps: tuple[int, ...], shape: tuple[Extent, ...]) -> Type:
    if not len(starts) == len(steps) == len(shape) == x.ndim:
        raise ShapeError(f"{len(starts)} slices for {shape_text(x.shape)}")
    return x.with_shape(shape)


def _embed(x: np.ndarray, starts: Any, steps: Any, shape: tuple[int, ...]) -> np.ndarray:
    out = np.zeros(shape, np.asarray(x).dtype)
    out[_slices(starts, steps, np.shape(x))] = x
    return out


def _sliced(ct: Value, x: Value, starts: Any, steps: Any, shape: Any) -> Value:
    return slice_(ct, starts=starts, steps=steps, shape=x.shape)


def _embed_access(index: Index, node: Node, x: Type) -> Access:
    moved = tuple(i - start for i, start in zip(index, node["starts"], strict=True))
    triples = zip(node["starts"], x.shape, node["shape"], strict=True)
    whole = [start == 0 and extent == full for start, extent, full in triples]
    bounds = [i.within(extent) for i, extent, covered in zip(moved, x.shape, whole, strict=True) if not covered]
    return moved, tuple(bounds)


# result[starts + i] = x[i], zero elsewhere: the transpose of a slice with steps 1, read as a gather.
embed = define(
    "embed",
    numpy=_embed,
    type=_embed_type,
    c=View(_embed_access),
    batch=_whole_first_axis,
    rules=[Linear(_sliced)],
)


def _place_piece(operand: int, index: Index, node: Node, types: tuple[Type, ...]) -> Index:
    moved = zip(index, node["starts"], node["steps"], strict=True)
    return tuple(i * step + start for i, start, step in moved)


# The same with other steps: stored into zeros.
place = define(
    "place",
    numpy=_embed,
    type=_embed_type,
    c=Assembly(_place_piece, covers=False),
    batch=_whole_first_axis,
    rules=[Linear(_sliced)],
)


def _concatenate_type(*xs: Type, axis: int) -> Type:
    first = xs[0]
    around = first.shape[:axis], first.shape[axis + 1 :]
    for x in xs[1:]:
        if x.dtype != first.dtype or (x.shape[:axis], x.shape[axis + 1 :]) != around:
            raise ShapeError(f"cannot join {first} and {x} along axis {axis}: all other axes and the dtype must agree")
    total = _total([x.shape[axis] for x in xs])
    return first.with_shape((*first.shape[:axis], total, *first.shape[axis + 1 :]))


def _total(extents: Sequence[Extent]) -> Extent:
    total: Extent = 0
    for extent in extents:
        if isinstance(total, Dim) and isinstance(extent, Dim):
            raise ShapeError("at most one of the joined extents may be a named dimension")
        total = extent + total  # type: ignore[operator]  # int + Dim is a Dim
    return total


def _offset(operand: int, axis: int, types: Sequence[Type]) -> Extent:
    return _total([type_.shape[axis] for type_ in types[:operand]])


def _concatenate_piece(operand: int, index: Index, node: Node, types: tuple[Type, ...]) -> Index:
    axis = node["axis"]
    return (*index[:axis], index[axis] + _offset(operand, axis, types), *index[axis + 1 :])


def _split(ct: Value, *xs: Value, axis: int) -> list[Value]:
    types = [x.type for x in xs]
    starts = [tuple(_offset(k, axis, types) if a == axis else 0 for a in range(ct.ndim)) for k in range(len(xs))]
    return [slice_(ct, starts=start, steps=(1,) * ct.ndim, shape=x.shape) for start, x in zip(starts, xs, strict=True)]


concatenate = define(
    "concatenate",
    numpy=lambda *xs, axis: np.concatenate(xs, axis),
    type=_concatenate_type,
    c=Assembly(_concatenate_piece, covers=True),
    batch=lambda size, batched, axis: {"axis": axis + 1},
    rules=Joint(_split),
)

# The same values in memory of their own; `number` keeps two copies of one value apart.
copy = define(
    "copy",
    numpy=lambda x, number: np.array(x),
    type=lambda x, number: x,
    c=Expression("{0}", 0),
    rules=[Linear(lambda ct, x, number: ct)],
)
