"""Norms of vectors and matrices. Where a norm is 0 its derivative is 0, and the powers that make it are not taken."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.errors import ShapeError, TraceError
from gradgen.trace.array import TracedArray
from gradgen.trace.context import implements, numpy
from gradgen.trace.moves import as_traced, axes_of, one_axis, viewed
from gradgen.trace.reductions import guarded_root, inexact
from gradgen.trace.spectra import singular_values

__all__: list[str] = []

_OF_SINGULAR_VALUES: dict[Any, Any] = {2: np.max, -2: np.min, "nuc": np.sum}
_OF_SUMS: dict[Any, Any] = {1: np.max, np.inf: np.max, -1: np.min, -np.inf: np.min}


@implements(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    array = inexact(as_traced(x))
    axes = axes_of(axis, array.ndim)
    if ord is None or (ord == 2 and len(axes) == 1):
        return _root_of_squares(array, axes, keepdims)
    if len(axes) == 1:
        return _vector_norm(array, ord, axes, keepdims)
    if len(axes) == 2:
        rows, columns = axes if axis is None else (one_axis(each, array.ndim) for each in axis)
        return _matrix_norm(array, ord, rows, columns, keepdims)
    raise ShapeError(f"ord={ord!r} is a norm of vectors or matrices, not of {len(axes)} axes")


@implements(np.linalg.vector_norm)
def _vector_norm_of(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    array = inexact(as_traced(x))
    axes = axes_of(axis, array.ndim)
    return _root_of_squares(array, axes, keepdims) if ord == 2 else _vector_norm(array, ord, axes, keepdims)


@implements(np.linalg.matrix_norm)
def _matrix_norm_of(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return _norm(x, ord, axis=(-2, -1), keepdims=keepdims)


def _root_of_squares(x: TracedArray, axes: Any, keepdims: bool) -> Any:
    return guarded_root(np.sum(np.square(x), axis=axes, keepdims=keepdims))


def _vector_norm(x: TracedArray, ord: Any, axes: Any, keepdims: bool) -> Any:
    if isinstance(ord, str):
        raise TraceError(f"ord={ord!r} is a norm of matrices, not of vectors")
    size = np.abs(x)
    if ord == 0:
        return np.sum(as_traced(x != 0, x.dtype), axis=axes, keepdims=keepdims)
    if ord == 1:
        return np.sum(size, axis=axes, keepdims=keepdims)
    if ord in (np.inf, -np.inf):
        return (np.max if ord > 0 else np.min)(size, axis=axes, keepdims=keepdims)
    total: Any = np.sum(size**ord, axis=axes, keepdims=keepdims)
    zero = total == 0.0
    return np.where(zero, 0.0, np.where(zero, 1.0, total) ** (1.0 / ord))


def _matrix_norm(x: TracedArray, ord: Any, rows: int, columns: int, keepdims: bool) -> Any:
    if ord in ("fro", "f"):
        return _root_of_squares(x, (rows, columns), keepdims)
    if ord in _OF_SUMS:
        added, kept = (rows, columns) if abs(ord) == 1 else (columns, rows)
        norm = _OF_SUMS[ord](np.sum(np.abs(x), axis=added, keepdims=True), axis=kept, keepdims=True)
    elif ord in _OF_SINGULAR_VALUES:
        norm = _of_singular_values(x, ord, rows, columns)
    else:
        raise TraceError(f"ord={ord!r} is not a norm of matrices; use None, 'fro', 'nuc', 1, -1, 2, -2, inf or -inf")
    return norm if keepdims else np.squeeze(norm, axis=(rows, columns))


def _of_singular_values(x: TracedArray, ord: Any, rows: int, columns: int) -> Any:
    """The largest, the smallest or the sum; both axes kept with one element."""
    # What is 0 has derivative 0 as the size of a number, though not as a singular value.
    s: Any = np.abs(singular_values(numpy.moveaxis(x, (rows, columns), (-2, -1))))
    none = s.shape[-1] == 0 and ord == 2
    result = numpy.zeros(s.shape[:-1], s.dtype) if none else _OF_SINGULAR_VALUES[ord](s, axis=-1)
    return viewed(as_traced(result), [1 if axis in (rows, columns) else extent for axis, extent in enumerate(x.shape)])
