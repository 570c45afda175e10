"""Every product of two arrays, as sums, diagonals and one contraction.

    product(x, "ij", y, "jk", "ik")

A letter names an axis; letters that the result lacks are summed.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradgen.errors import DTypeError, ShapeError
from gradgen.ir import Extent, shape_text
from gradgen.ops.contract import contract
from gradgen.ops.diagonals import diagonal as diagonal_of_square
from gradgen.ops.reduce import sum_
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.moves import (
    as_traced,
    fixed,
    one_axis,
    permute,
    plain,
    result_dtype,
    sliced,
    viewed,
)

__all__ = ["LETTERS", "diagonal", "multiplied", "product", "summed"]

LETTERS = string.ascii_lowercase + string.ascii_uppercase


def product(x: TracedArray, x_labels: str, y: TracedArray, y_labels: str, labels: str) -> TracedArray:
    """The sum of products over the labels that the result lacks; an axis of extent 1 broadcasts."""
    sizes = _sizes((x, x_labels), (y, y_labels))
    x, x_labels = _without_units(x, x_labels, sizes)
    y, y_labels = _without_units(y, y_labels, sizes)
    x, x_labels = summed(x, x_labels, y_labels + labels)
    y, y_labels = summed(y, y_labels, x_labels + labels)
    return emit(contract, x, y, x_labels=x_labels, y_labels=y_labels, labels=labels)


def _sizes(*operands: tuple[TracedArray, str]) -> dict[str, Extent]:
    """The extent of each label; 1 gives way to any other."""
    sizes: dict[str, Extent] = {}
    for operand, labels in operands:
        for label, extent in zip(labels, operand.shape, strict=True):
            if sizes.setdefault(label, extent) == 1:
                sizes[label] = extent
            elif extent not in (1, sizes[label]):
                shapes = " by ".join(shape_text(each.shape) for each, _ in operands)
                raise ShapeError(f"cannot multiply {shapes}")
    return sizes


def _without_units(x: TracedArray, labels: str, sizes: dict[str, Extent]) -> tuple[TracedArray, str]:
    """Drop the axes that broadcast: the other operand has them."""
    kept = [axis for axis, label in enumerate(labels) if x.shape[axis] == sizes[label]]
    return viewed(x, [x.shape[axis] for axis in kept]), "".join(labels[axis] for axis in kept)


def summed(x: TracedArray, labels: str, wanted: str) -> tuple[TracedArray, str]:
    """Sum the axes whose labels nobody wants."""
    lost = tuple(axis for axis, label in enumerate(labels) if label not in wanted)
    result = emit(sum_, x, axes=lost) if lost else x
    return result, "".join(label for label in labels if label in wanted)


def multiplied(*operands: Any, dtype: Any = None) -> list[TracedArray]:
    """The operands in the dtype they multiply in."""
    # These make arrays of numbers first, unlike ufuncs.
    common = result_dtype(*map(as_traced, operands)) if dtype is None else np.dtype(dtype)
    if common == np.bool_:
        raise DTypeError("a product of bools is not supported; convert them with .astype()")
    return [as_traced(operand, common) for operand in operands]


@implements(np.matmul)
def _matmul(x1: Any, x2: Any, /, *, dtype: Any = None, axes: Any = None, axis: Any = None) -> TracedArray:
    plain(axes=axes, axis=axis)
    x, y = multiplied(x1, x2, dtype=dtype)
    if not x.ndim or not y.ndim:
        raise ShapeError(f"cannot multiply {shape_text(x.shape)} by {shape_text(y.shape)}; use * for a scalar")
    return _stacked(x, "ik"[-min(x.ndim, 2) :], y, "kj"[: min(y.ndim, 2)])


def _stacked(x: TracedArray, x_core: str, y: TracedArray, y_core: str) -> TracedArray:
    """A product of the last axes, over stacks that broadcast."""
    x_stack, y_stack = x.ndim - len(x_core), y.ndim - len(y_core)
    if x_stack < 0 or y_stack < 0 or x.shape[x_stack:][x_core.index("k")] != y.shape[y_stack:][y_core.index("k")]:
        raise ShapeError(f"cannot multiply {shape_text(x.shape)} by {shape_text(y.shape)}")
    stack = LETTERS[26 : 26 + max(x_stack, y_stack)]
    core = (x_core + y_core).replace("k", "")
    return product(x, stack[len(stack) - x_stack :] + x_core, y, stack[len(stack) - y_stack :] + y_core, stack + core)


def _gufunc(x_core: str, y_core: str) -> Any:
    def apply(x1: Any, x2: Any, /, *, dtype: Any = None, axes: Any = None, axis: Any = None) -> TracedArray:
        plain(axes=axes, axis=None if axis == -1 else axis)
        x, y = multiplied(x1, x2, dtype=dtype)
        return _stacked(x, x_core, y, y_core)

    return apply


# NumPy 2.2 and later have these.
for _name, _x, _y in (("vecdot", "k", "k"), ("matvec", "ik", "k"), ("vecmat", "k", "kj")):
    if hasattr(np, _name):
        implements(getattr(np, _name))(_gufunc(_x, _y))


@implements(np.dot)
def _dot(a: Any, b: Any, out: Any = None) -> Any:
    plain(out=out)
    x, y = multiplied(a, b)
    if not x.ndim or not y.ndim:
        return x * y
    labels = LETTERS[1 : x.ndim] + "a"
    others = LETTERS[26 : 26 + y.ndim - 1]
    at = max(y.ndim - 2, 0)
    _check_sizes(x, y, [(x.shape[-1], y.shape[at])])
    return product(x, labels, y, others[:at] + "a" + others[at:], labels[:-1] + others)


def _check_sizes(x: TracedArray, y: TracedArray, pairs: Sequence[tuple[Extent, Extent]]) -> None:
    """Outside matmul's stacks and einsum an extent 1 does not broadcast."""
    if any(mine != other for mine, other in pairs):
        raise ShapeError(f"cannot multiply {shape_text(x.shape)} by {shape_text(y.shape)}")


@implements(np.inner)
def _inner(a: Any, b: Any, /) -> Any:
    x, y = multiplied(a, b)
    if not x.ndim or not y.ndim:
        return x * y
    return numpy.tensordot(x, y, axes=(-1, -1))


@implements(np.vdot)
def _vdot(a: Any, b: Any, /) -> Any:
    x, y = multiplied(a, b)
    return np.dot(np.conjugate(x.ravel()), y.ravel())


@implements(np.outer)
def _outer(a: Any, b: Any, out: Any = None) -> TracedArray:
    plain(out=out)
    x, y = multiplied(a, b)
    return product(x.ravel(), "a", y.ravel(), "b", "ab")


@implements(np.tensordot)
def _tensordot(a: Any, b: Any, axes: Any = 2) -> TracedArray:
    x, y = multiplied(a, b)
    if isinstance(axes, int | np.integer):
        mine, others = list(range(x.ndim - axes, x.ndim)), list(range(axes))
    else:
        mine, others = (list(side) if isinstance(side, tuple | list) else [side] for side in axes)
    mine, others = [one_axis(axis, x.ndim) for axis in mine], [one_axis(axis, y.ndim) for axis in others]
    if len(mine) != len(others):
        raise ShapeError(f"{len(mine)} axes of the first operand for {len(others)} of the second")
    _check_sizes(x, y, [(x.shape[i], y.shape[j]) for i, j in zip(mine, others, strict=True)])
    x_labels, y_labels = LETTERS[: x.ndim], list(LETTERS[26 : 26 + y.ndim])
    for i, j in zip(mine, others, strict=True):
        y_labels[j] = x_labels[i]
    free = [label for label in x_labels if label not in y_labels] + [label for label in y_labels if label.isupper()]
    return product(x, x_labels, y, "".join(y_labels), "".join(free))


@implements(np.kron)
def _kron(a: Any, b: Any) -> Any:
    x, y = multiplied(a, b)
    ndim = max(x.ndim, y.ndim)
    x, y = (viewed(each, (*[1] * (ndim - each.ndim), *each.shape)) for each in (x, y))
    mine, others = LETTERS[:ndim], LETTERS[26 : 26 + ndim]
    pairs = product(x, mine, y, others, "".join(map("".join, zip(mine, others, strict=True))))
    return pairs.reshape(*[fixed(i) * fixed(j) for i, j in zip(x.shape, y.shape, strict=True)])


@implements(np.cross)
def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Any:
    axisa, axisb, axisc = (axis,) * 3 if axis is not None else (axisa, axisb, axisc)
    x, y = (numpy.moveaxis(each, at, -1) for each, at in zip(multiplied(a, b), (axisa, axisb), strict=True))
    if x.shape[-1] == 2 and y.shape[-1] == 2:
        return x[..., 0] * y[..., 1] - x[..., 1] * y[..., 0]
    if x.shape[-1] != 3 or y.shape[-1] != 3:
        raise ShapeError(f"expected vectors of 3 elements, got {shape_text(x.shape)} and {shape_text(y.shape)}")
    after, before = [1, 2, 0], [2, 0, 1]
    crossed = x[..., after] * y[..., before] - x[..., before] * y[..., after]
    return np.moveaxis(crossed, -1, axisc)


# --- diagonals ---------------------------------------------------------------------------------------


@implements(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> TracedArray:
    """The diagonal of a square matrix, of others a slice of step n + 1 of the flattened matrix."""
    x = as_traced(a)
    first, second = one_axis(axis1, x.ndim), one_axis(axis2, x.ndim)
    rest = [axis for axis in range(x.ndim) if axis not in (first, second)]
    x = permute(x, (*rest, first, second))
    if not offset and x.shape[-1] == x.shape[-2]:
        return emit(diagonal_of_square, x)
    rows, columns = (fixed(extent) for extent in x.shape[-2:])
    flat = viewed(x, (*x.shape[:-2], rows * columns))
    start = offset if offset >= 0 else -offset * columns
    count = max(min(rows + min(offset, 0), columns - max(offset, 0)), 0)
    starts = (*[0] * len(rest), start if count else 0)
    return sliced(flat, starts, (*[1] * len(rest), columns + 1), (*flat.shape[:-1], count))


@implements(np.trace)
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    plain(out=out)
    return numpy.sum(diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


# The array API's spellings: they take the last two axes.
implements(np.linalg.diagonal)(lambda x, /, *, offset=0: diagonal(x, offset, -2, -1))
implements(np.linalg.trace)(lambda x, /, *, offset=0, dtype=None: _trace(x, offset, -2, -1, dtype))
implements(np.linalg.outer)(_outer)
implements(np.linalg.matmul)(_matmul)
implements(np.linalg.tensordot)(lambda x1, x2, /, *, axes=2: _tensordot(x1, x2, axes))
implements(np.linalg.cross)(lambda x1, x2, /, *, axis=-1: _cross(x1, x2, axis=axis))
implements(np.linalg.vecdot)(lambda x1, x2, /, *, axis=-1: numpy.sum(np.multiply(x1, x2), axis=axis))
implements(np.linalg.matrix_transpose)(lambda x, /: numpy.swapaxes(x, -1, -2))
