"""`numpy.linalg`: pseudo-inverses and least squares, and systems of equations of arrays with more axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradgen.errors import ShapeError, TraceError
from gradgen.ir import Extent, shape_text
from gradgen.ops.pseudo_inverse import inverse_in_parts, kept_reciprocals, least_squares
from gradgen.ops.singular import svd
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.linalg import matrices
from gradgen.trace.moves import as_traced, cast, fixed, permute, to_shape, viewed
from gradgen.trace.spectra import decomposed, decomposed_symmetric, single_matrices

__all__: list[str] = []

NO: Any = np._NoValue


def _cutoff(s: Any, relative: Any) -> TracedArray:
    """Up to this singular values count for 0; a number for each matrix."""
    largest = s[..., 0]
    return to_shape(as_traced(largest * relative, s.dtype), largest.shape)


@implements(np.linalg.pinv)
def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = NO) -> TracedArray:
    if rcond is not None and rtol is not NO:
        raise TraceError("rtol= and rcond= cannot both be given")
    x = single_matrices(a)
    if 0 in x.shape[-2:]:
        return numpy.swapaxes(x, -1, -2)  # type: ignore[no-any-return]
    relative = rcond if rcond is not None else rtol
    if relative is NO:
        relative = 1e-15
    elif relative is None:
        relative = max(map(int, x.shape[-2:])) * np.finfo(x.dtype).eps
    u, s, vh = decomposed_symmetric(x) if hermitian else decomposed(x)
    return emit(inverse_in_parts, u, s, vh, _cutoff(s, relative), x)


@implements(np.linalg.lstsq)
def _lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """What the residuals are depends on the rank: they are those of a matrix of full rank."""
    x, y = matrices(a, b)
    x = single_matrices(x)
    if x.ndim != 2 or y.ndim not in (1, 2) or x.shape[0] != y.shape[0]:
        raise ShapeError(f"no least squares of {x!r} with the right-hand side {y!r}")
    rows, columns = map(int, x.shape)
    eps = np.finfo(x.dtype).eps
    u, s, vh = decomposed(x)
    if not s.shape[-1]:
        solution = numpy.zeros((columns, *y.shape[1:]), x.dtype)
        return solution, _residuals(x, y, solution), np.int32(0), s
    cutoff = _cutoff(s, eps * max(rows, columns) if rcond is None else rcond if rcond >= 0 else eps)
    reciprocals = emit(kept_reciprocals, s, cutoff)
    within = u.T @ y
    plain = vh.T @ (within * (reciprocals if y.ndim == 1 else reciprocals[:, None]))
    solution = emit(least_squares, plain, emit(svd, x, full=False), cutoff, x, y)
    return solution, _residuals(x, y, solution), cast(numpy.sum(s > cutoff), np.int32), s


def _residuals(x: Any, y: Any, solution: Any) -> Any:
    if x.shape[0] <= x.shape[1]:
        return numpy.zeros(0, x.dtype)
    return np.atleast_1d(np.sum(np.square(y - x @ solution), axis=0))


# --- more axes -----------------------------------------------------------------------------------


def _product(extents: Sequence[Extent]) -> int:
    return math.prod(map(fixed, extents))


@implements(np.linalg.tensorinv)
def _tensorinv(a: Any, ind: int = 2) -> TracedArray:
    x = as_traced(a)
    if ind <= 0:
        raise ShapeError(f"ind={ind} must be 1 or more")
    rows, columns = _product(x.shape[:ind]), _product(x.shape[ind:])
    if rows != columns:
        raise ShapeError(f"{shape_text(x.shape)} has {rows} elements before axis {ind} and {columns} from it on")
    return viewed(numpy.linalg.inv(viewed(x, (columns, rows))), (*x.shape[ind:], *x.shape[:ind]))


@implements(np.linalg.tensorsolve)
def _tensorsolve(a: Any, b: Any, axes: Any = None) -> TracedArray:
    x, y = matrices(a, b)
    if axes is not None:
        order = list(range(x.ndim))
        for axis in axes:
            order.remove(axis)
            order.insert(x.ndim, axis)
        x = permute(x, order)
    unknown = x.shape[len(x.shape) - (x.ndim - y.ndim) :]
    size = _product(unknown)
    if _product(x.shape) != size**2:
        raise ShapeError(f"{shape_text(x.shape)} is no system of equations for {shape_text(y.shape)}")
    return viewed(numpy.linalg.solve(viewed(x, (size, size)), y.ravel()), unknown)
