"""`numpy.linalg`: solving, inverting, determinants and Cholesky factors, of stacks of matrices as NumPy does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradgen.errors import DTypeError, ShapeError
from gradgen.ir import Extent, broadcast_shapes
from gradgen.ops.cholesky import cholesky
from gradgen.ops.determinant import lu_det, lu_slogdet
from gradgen.ops.factor import lu, lu_inverse, lu_solve
from gradgen.trace.array import TracedArray, emit
from gradgen.trace.context import implements, numpy
from gradgen.trace.moves import as_traced, result_dtype, to_shape, viewed

__all__ = ["common_stack", "matrices", "square_matrices"]


def matrices(*operands: Any) -> list[TracedArray]:
    """The operands in the one floating-point dtype that NumPy would compute in."""
    dtype = result_dtype(*operands)
    if dtype.kind not in "fbi":
        raise DTypeError(f"linear algebra on {dtype} is not supported; compute with real and imaginary parts")
    return [as_traced(x, dtype if dtype.kind == "f" else np.dtype(np.float64)) for x in operands]


def square_matrices(a: Any) -> TracedArray:
    """The operand as a stack of square matrices."""
    (x,) = matrices(a)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"{x!r} is not a square matrix")
    return x


def common_stack(*operands: tuple[TracedArray, int]) -> list[TracedArray]:
    """Arrays whose axes before the last few, a number for each, are broadcast against each other."""
    stacks = [x.shape[: x.ndim - core] for x, core in operands]
    stack: Sequence[Extent] = broadcast_shapes(*stacks)
    return [to_shape(x, (*stack, *x.shape[x.ndim - core :])) for x, core in operands]


@implements(np.linalg.inv)
def _inv(a: Any) -> TracedArray:
    x = square_matrices(a)
    return emit(lu_inverse, emit(lu, x), x)


@implements(np.linalg.solve)
def _solve(a: Any, b: Any) -> TracedArray:
    x, y = matrices(a, b)
    square_matrices(x)
    core = min(y.ndim, 2) if y.ndim != 1 else 1  # since NumPy 2 a vector is what has one axis
    if not y.ndim or y.shape[-core] != x.shape[-1]:
        raise ShapeError(f"cannot solve {x!r} with the right-hand side {y!r}")
    if x.ndim == 2 and core == 2 and y.ndim > 2:
        return _many_sides(x, y)
    x, y = common_stack((x, 2), (y, core))
    return emit(lu_solve, emit(lu, x), x, y, transposed=False)


def _many_sides(x: TracedArray, y: TracedArray) -> TracedArray:
    """One matrix for a stack of right-hand sides: they are columns beside each other."""
    n = y.shape[-2]
    wide = numpy.moveaxis(y, -2, 0)
    solved = emit(lu_solve, emit(lu, x), x, numpy.reshape(wide, (n, -1)), transposed=False)
    return as_traced(numpy.moveaxis(viewed(solved, wide.shape), 0, -2))


@implements(np.linalg.det)
def _det(a: Any) -> TracedArray:
    x = square_matrices(a)
    return emit(lu_det, emit(lu, x), x)


@implements(np.linalg.slogdet)
def _slogdet(a: Any) -> Any:
    x = square_matrices(a)
    packed = emit(lu_slogdet, emit(lu, x), x)
    return type(np.linalg.slogdet(np.eye(1)))(packed[..., 0], packed[..., 1])


@implements(np.linalg.cholesky)
def _cholesky(a: Any, /, *, upper: bool = False) -> TracedArray:
    x = square_matrices(a)
    if not upper:
        return emit(cholesky, x)
    return as_traced(numpy.swapaxes(emit(cholesky, numpy.swapaxes(x, -1, -2)), -1, -2))
