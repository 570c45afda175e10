"""Products of many matrices: in which order they are multiplied is settled while tracing."""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np

from gradgen.errors import ShapeError
from gradgen.ir import Dim, Extent
from gradgen.ops.diagonals import diag
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.linalg import square_matrices
from gradgen.trace.moves import as_traced, filled, plain

__all__: list[str] = []

# What a size known only at the call is taken for where orders are compared.
OPEN = 100


@implements(np.linalg.multi_dot)
def _multi_dot(arrays: Any, *, out: Any = None) -> Any:
    plain(out=out)
    factors = [as_traced(array) for array in arrays]
    if len(factors) < 2:
        raise ShapeError("at least two arrays are needed")
    factors[0] = factors[0][None, :] if factors[0].ndim == 1 else factors[0]
    last = factors[-1].ndim == 1
    factors[-1] = factors[-1][:, None] if last else factors[-1]
    for factor in factors:
        if factor.ndim != 2:
            raise ShapeError(f"{factor!r} is not a matrix; only the first and the last may be vectors")
    result: Any = _multiplied(factors)
    result = result[..., 0] if last else result
    return result[0] if np.ndim(as_traced(arrays[0])) == 1 else result


def _multiplied(factors: list[TracedArray]) -> Any:
    """The product in the cheapest order."""
    sizes = [_size(factor.shape[0]) for factor in factors] + [_size(factors[-1].shape[1])]

    @functools.cache
    def best(first: int, end: int) -> tuple[int, int]:
        """What the product of these factors costs, and where it is split."""
        if end - first == 1:
            return 0, first
        around = sizes[first] * sizes[end]
        return min((best(first, k)[0] + best(k, end)[0] + around * sizes[k], k) for k in range(first + 1, end))

    def product(first: int, end: int) -> Any:
        if end - first == 1:
            return factors[first]
        split = best(first, end)[1]
        return np.dot(product(first, split), product(split, end))

    return product(0, len(factors))


def _size(extent: Extent) -> int:
    return OPEN if isinstance(extent, Dim) else int(extent)


@implements(np.linalg.matrix_power)
def _matrix_power(a: Any, n: Any) -> Any:
    x, count = as_traced(a), operator.index(n)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"{x!r} is not a square matrix")
    if count == 0:
        return emit(diag, filled(1, x.dtype, x.shape[:-1]))
    return _power(x, count) if count > 0 else _power(numpy.linalg.inv(square_matrices(x)), -count)


def _power(x: Any, count: int) -> Any:
    if count == 1:
        return x
    half = _power(x, count // 2)
    return half @ half @ x if count % 2 else half @ half
