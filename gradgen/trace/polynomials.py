"""Polynomials by their coefficients, highest power first, as NumPy's older functions have them; and `vander`."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.errors import ShapeError
from gradgen.trace.context import implements, numpy
from gradgen.trace.moves import as_traced, cast, fixed

__all__: list[str] = []


def _coefficients(p: Any) -> Any:
    return numpy.atleast_1d(as_traced(p))


@implements(np.polyval)
def _polyval(p: Any, x: Any) -> Any:
    point = as_traced(x)
    result: Any = np.zeros_like(point)
    for coefficient in _coefficients(p):
        result = result * point + coefficient
    return result


def _aligned(a1: Any, a2: Any) -> tuple[Any, Any]:
    """Both with as many coefficients as the longer one."""
    first, second = _coefficients(a1), _coefficients(a2)
    length = max(fixed(first.shape[0]), fixed(second.shape[0]))
    padded = (np.pad(each, (length - fixed(each.shape[0]), 0)) for each in (first, second))
    return next(padded), next(padded)


@implements(np.polyadd)
def _polyadd(a1: Any, a2: Any) -> Any:
    first, second = _aligned(a1, a2)
    return first + second


@implements(np.polysub)
def _polysub(a1: Any, a2: Any) -> Any:
    first, second = _aligned(a1, a2)
    return first - second


@implements(np.polymul)
def _polymul(a1: Any, a2: Any) -> Any:
    return np.convolve(_coefficients(a1), _coefficients(a2))


@implements(np.polyder)
def _polyder(p: Any, m: int = 1) -> Any:
    coefficients = _coefficients(p)
    for _ in range(m):
        n = fixed(coefficients.shape[0])
        coefficients = coefficients[:-1] * np.arange(n - 1, 0, -1)
    return coefficients


@implements(np.polyint)
def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    constants = numpy.broadcast_to(as_traced(0.0 if k is None else k), (m,))
    coefficients = _coefficients(p)
    for step in range(m):
        n = fixed(coefficients.shape[0])
        coefficients = np.concatenate([coefficients / np.arange(n, 0, -1), constants[step : step + 1]])
    return coefficients


@implements(np.poly)
def _poly(seq_of_zeros: Any) -> Any:
    zeros = _coefficients(seq_of_zeros)
    if zeros.ndim != 1:
        raise ShapeError("the characteristic polynomial of a matrix is not supported; pass its eigenvalues")
    zeros = cast(zeros, np.float64) if zeros.dtype.kind in "bi" else zeros
    result: Any = np.ones(1, zeros.dtype)
    for zero in zeros:
        result = np.convolve(result, np.stack([np.ones_like(zero), -zero]))
    return result


@implements(np.vander)
def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """By repeated products, so that the derivative of a power 0 is 0 at 0 too."""
    points: Any = cast(as_traced(x), np.promote_types(as_traced(x).dtype, int))
    count = fixed(points.shape[0]) if N is None else N
    columns = [np.ones_like(points)]
    while len(columns) < count:
        columns.append(columns[-1] * points)
    ordered = columns[:count] if increasing else columns[:count][::-1]
    return np.stack(ordered, axis=1) if ordered else numpy.reshape(points[:0], (points.shape[0], 0))
